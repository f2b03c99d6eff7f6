"""Plugins: real distributions in folders of their own, met by fresh interpreters."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from checkout import in_a_checkout
from distributions import good, hook, install, loss, run

EXAMPLE = Path(__file__).parents[2] / "examples" / "lossreg-relative-error"


@pytest.fixture
def site(tmp_path):
    """A folder of installed distributions."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def test_a_plugin_brings_its_loss(site):
    install(site, "acme-losses", good("acme_error", ["acme"]))
    assert run(
        site,
        """
        loss = lossreg.get("ACME(scale=2.0)")
        print(repr(loss), loss([0.0], [3.0]))
        print(lossreg.describe("acme_error").provider, "acme_error" in lossreg.names())
        print(lossreg.losses.acme_error(scale=2.0) == loss, "acme_error" in dir(lossreg.losses))
        print([(p.name, p.version, p.entry_point, p.losses, p.error) for p in lossreg.plugins()])
        """,
        "-W",
        "error",
    ).splitlines() == [
        "acme_error(scale=2.0) 1.5",
        "acme-losses 1.2 True",
        "True True",
        "[('acme-losses', '1.2', 'acme_losses', ('acme_error',), None)]",
    ]


def test_built_ins_touch_no_plugin(site):
    install(site, "acme", "raise SystemError('imported')")
    assert (
        run(
            site,
            """
        import sys
        lossreg.get("huber"), lossreg.get("mse"), lossreg.get("huber(delta=2)"), lossreg.describe("bce"), lossreg.losses.huber()
        print([name for name in ("acme", "pluggy", "lossreg.registry.plugins", "lossreg.authoring.python_loss") if name in sys.modules])
        """,
        )
        == "[]"
    )


def test_only_the_plugin_that_is_called_like_the_loss_is_imported(site):
    for i in range(40):
        install(site, f"many-{i}", f"print('imported {i}')\n" + good(f"many_{i}"))
    assert run(site, "print(lossreg.get('many_17'))", "-W", "error").splitlines() == ["imported 17", "many_17()"]


BROKEN = {
    "raises at import": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "exits at import": ("raise SystemExit(3)", "SystemExit: 3"),
    "no such module": ("import nonsuch_module", "No module named 'nonsuch_module'"),
    "raises in the hook": (
        loss("bad") + hook() + "    raise KeyError('half done')\n",
        "KeyError: 'half done'",
    ),
    "no hook": (loss("bad"), "no function lossreg_register(registry) marked with @lossreg.hookimpl"),
    "misspelled hook": (
        loss("bad") + "@lossreg.hookimpl\ndef lossreg_registers(registry): pass\n",
        "unknown hook 'lossreg_registers'",
    ),
    "wrong argument": (loss("bad") + "@lossreg.hookimpl\ndef lossreg_register(register): pass\n", "'register'"),
    "no loss": ("import lossreg\n" + hook("int"), "wanted a loss or a subclass of lossreg.PythonLoss"),
    "takes a built-in's name": (good("huber"), "'huber', which is the name of a loss of lossreg itself"),
    "takes a built-in's alias": (good("mse"), "'mse', which is an alias of squared_error of lossreg itself"),
    "alias of a built-in": (good("bad", ["huber"]), "'huber', which is the name of a loss of lossreg itself"),
    "a name in capitals": (good("Bad"), "an identifier in lower case"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_plugin_breaks_only_its_own_losses(site, what):
    code, why = BROKEN[what]
    install(site, "bad", code, version="0.9")
    install(site, "fine", good("fine"))
    out = run(
        site,
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            print(lossreg.get("fine"), lossreg.get("huber"), "bad" in lossreg.names(), lossreg.get("huber")([0.0], [1.0]))
            lossreg.names(), lossreg.plugins()
            try:
                lossreg.get("bad")
            except lossreg.PluginError as error:
                print(error, type(error.__cause__).__name__)
            try:
                lossreg.get("nonsuch")
            except lossreg.UnknownLossError as error:
                print(error)
        print([w.category.__name__ for w in caught])
        print([(p.name, p.losses, bool(p.error)) for p in lossreg.plugins()])
        """,
    ).splitlines()
    assert out[0] == "fine() huber() False 0.5"
    error = " ".join(out[1:-3])
    assert "the plugin bad 0.9 (entry point bad = bad) could not be loaded" in error
    assert why in error
    assert "no loss is called 'nonsuch'" in out[-3]
    assert "bad 0.9" in out[-3]
    assert out[-2] == "['PluginWarning']"
    assert out[-1] == "[('bad', (), True), ('fine', ('fine',), False)]"


def test_strict_mode_raises_at_once(site):
    install(site, "bad", "raise RuntimeError('no licence')")
    out = run(
        site,
        """
        print(lossreg.get("huber"))
        try:
            lossreg.get("nonsuch")
        except lossreg.PluginError as error:
            print(error)
        """,
        "-W",
        "error",
        LOSSREG_STRICT_PLUGINS="1",
    ).splitlines()
    assert out[0] == "huber()"
    assert out[1].endswith("could not be loaded: RuntimeError: no licence")


def test_the_first_keeps_a_name_and_the_error_of_the_second_names_both(site):
    install(site, "alpha", good("shared"), version="1.0")
    install(site, "beta", good("shared"), version="2.0")
    out = run(
        site,
        """
        warnings.simplefilter("ignore")
        print(lossreg.describe("shared").provider)
        print([p.error for p in lossreg.plugins()])
        """,
    )
    assert out.splitlines()[0] == "alpha 1.0"
    assert "beta 2.0 claims 'shared', which is the name of a loss of alpha 1.0" in out


@pytest.mark.parametrize("first", ["lossreg.get('wanted')", "lossreg.names()", "lossreg.plugins()"])
def test_a_name_belongs_to_the_entry_point_called_so_whatever_comes_first(site, first):
    install(site, "alpha", good("wanted"))
    install(site, "beta", good("wanted"), entry_points={"wanted": "beta"})
    code = f"warnings.simplefilter('ignore')\n{first}\nprint(lossreg.describe('wanted').provider)"
    assert run(site, code) == "beta 1.2"


def test_what_was_registered_by_hand_stays(site):
    install(site, "alpha", good("mine"))
    out = run(
        site,
        loss("mine")
        + "lossreg.register(Own)\nwarnings.simplefilter('ignore')\nprint(lossreg.plugins()[0].error)\n"
        + "print(lossreg.describe('mine').provider)\n",
    )
    assert "alpha 1.2 claims 'mine', which is the name of a loss of lossreg.register" in out
    assert out.endswith("lossreg.register")


def test_a_result_of_the_wrong_shape_names_the_method(site):
    code = loss("bad").replace("np.abs(y_pred - y_true) / self.scale", "np.sum(y_pred)") + hook()
    install(site, "bad", code)
    out = run(
        site,
        """
        try:
            lossreg.get("bad")([0.0, 1.0], [0.0, 1.0])
        except lossreg.PluginError as error:
            print(error)
        """,
    )
    assert out == (
        "Own.per_element of the loss bad (bad 1.2) returned shape () and dtype float64; wanted shape (2,) and numbers"
    )


def test_a_plugin_that_never_ends_is_left_out_by_its_name_and_not_imported(site):
    install(site, "endless", "import time\nwhile True: time.sleep(1)")
    install(site, "fine", good("fine"))
    code = """
        print(lossreg.get("huber"), lossreg.get("fine"), "fine" in lossreg.names(), "endless" in sys.modules)
        print([p.name for p in lossreg.plugins()])
        """
    for setting in ("-endless", "fine"):
        out = run(site, f"import sys\n{dedent(code)}", "-W", "error", LOSSREG_PLUGINS=setting)
        assert out.splitlines() == ["huber() fine() True False", "['fine']"]
    built_in = "import sys; print(lossreg.get('huber')([0.0], [1.0]), 'endless' in sys.modules)"
    assert run(site, built_in, "-W", "error") == "0.5 False"


def test_a_loss_that_raises_hurts_nobody_else(site):
    code = loss("bad").replace("return np.abs(y_pred - y_true) / self.scale", "raise ValueError('no licence')") + hook()
    install(site, "bad", code)
    install(site, "fine", good("fine"))
    out = run(
        site,
        """
        bad = lossreg.get("bad")
        try:
            bad([0.0], [1.0])
        except ValueError as error:
            print(error, error.__traceback__.tb_next is not None)
        print(lossreg.get("fine")([0.0], [1.0]), lossreg.get("huber")([0.0], [1.0]))
        """,
        "-W",
        "error",
    )
    assert out.splitlines() == ["no licence True", "1.0 0.5"]


def test_a_wrong_derivative_is_found_and_the_distribution_is_named(site):
    grad = "    def per_element_grad(self, y_true, y_pred):\n        return np.sign(y_true - y_pred) / self.scale\n"
    install(site, "bad", loss("bad") + grad + hook(), version="0.9")
    out = run(
        site,
        """
        from lossreg.testing import check_loss
        try:
            check_loss("bad")
        except AssertionError as error:
            print(error)
        print(lossreg.describe("bad").provider)
        check_loss("huber")
        """,
    )
    assert out.startswith("bad() breaks a law: the gradient is the derivative of the value")
    assert "perhaps its sign is turned" in out
    assert out.endswith("bad 0.9")


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("", "alpha beta gamma_error"),
        ("off", ""),
        ("alpha", "alpha"),
        ("ALPHA, third", "alpha gamma_error"),
        ("-beta", "alpha gamma_error"),
        ("-a-distribution,-alpha", "beta"),
        ("nonsuch", ""),
    ],
)
def test_the_environment_chooses_plugins(site, setting, names):
    install(site, "alpha", good("alpha"))
    install(site, "beta", good("beta"))
    install(site, "a_distribution", good("gamma_error"), entry_points={"third": "a_distribution"})
    code = "print(*[name for name in lossreg.names() if lossreg.describe(name).provider != 'lossreg'])"
    assert run(site, code, "-W", "error", LOSSREG_PLUGINS=setting) == names


def test_a_mixed_choice_is_refused(site):
    code = """
    try:
        lossreg.names()
    except lossreg.ParameterError as error:
        print(error)
    """
    assert "mixes names to load and -names to leave out" in run(site, code, LOSSREG_PLUGINS="alpha,-beta")


def test_an_entry_point_can_name_an_object_or_the_hook_itself(site):
    code = loss("one") + loss("two", kind="Two")
    code += "class Plugin:\n    @lossreg.hookimpl\n    def lossreg_register(self, registry): registry.add(Own())\n"
    code += "plugin = Plugin()\n@lossreg.hookimpl\ndef hook(registry): registry.add(Two, aliases=['zwei'])\n"
    install(site, "alpha", code, entry_points={"one": "alpha:plugin", "two": "alpha:hook"})
    assert run(site, "print(lossreg.get('one'), lossreg.get('zwei'))", "-W", "error") == "one() two()"


def test_a_plugin_may_ask_for_losses_while_it_is_imported(site):
    ask = "import lossreg\nlossreg.get('huber')\ntry: lossreg.get('alpha')\nexcept KeyError: print('not yet')\n"
    install(site, "alpha", ask + good("alpha"))
    assert run(site, "print(lossreg.get('alpha'))", "-W", "error").splitlines() == ["not yet", "alpha()"]


def test_threads_load_a_plugin_once(site):
    install(site, "alpha", good("alpha"))
    install(site, "bad", "import time; time.sleep(0.05); raise RuntimeError")
    out = run(
        site,
        """
        from concurrent.futures import ThreadPoolExecutor
        with warnings.catch_warnings(record=True) as caught, ThreadPoolExecutor(8) as pool:
            warnings.simplefilter("always")
            print(len({id(type(loss)) for loss in pool.map(lambda i: lossreg.get("alpha"), range(32))}))
            print({tuple(names) for names in pool.map(lambda i: lossreg.names(), range(8))} == {tuple(lossreg.names())})
        print(len(caught))
        """,
    )
    assert out.split() == ["1", "True", "1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_forked_while_the_registry_is_locked_can_use_it(site):
    install(site, "alpha", good("alpha"))
    out = run(
        site,
        """
        import os, threading
        from lossreg.registry import lookup
        locked, done = threading.Event(), threading.Event()
        def hold():
            plugins = lookup._loader()
            with lookup._registry.lock, plugins._changed:
                plugins._plugins[0].thread = threading.get_ident()
                locked.set()
                done.wait()
        threading.Thread(target=hold).start()
        locked.wait()
        warnings.simplefilter("ignore")  # of forking with threads
        child = os.fork()
        if not child:
            import signal
            signal.alarm(200)
            os._exit(0 if lossreg.get("alpha")([0.0], [2.0]) == 2.0 else 1)
        print(os.waitpid(child, 0)[1])
        done.set()
        """,
    )
    assert out == "0"


def test_losses_of_plugins_travel_to_other_interpreters(site, tmp_path):
    install(site, "alpha", good("alpha"))
    file = tmp_path / "loss.pickle"
    write = f"import pickle\npickle.dump(lossreg.get('alpha', scale=2.0), open({str(file)!r}, 'wb'))"
    read = f"import pickle\nloss = pickle.load(open({str(file)!r}, 'rb'))\nprint(loss, loss == lossreg.get('alpha(scale=2.0)'))"
    run(site, write)
    assert run(site, read) == "alpha(scale=2.0) True"


@in_a_checkout
def test_the_example_package_passes_its_own_tests(site):
    shutil.copytree(EXAMPLE / "src" / "lossreg_relative_error", site / "lossreg_relative_error")
    info = site / "lossreg_relative_error-1.0.0.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: lossreg-relative-error\nVersion: 1.0.0\n")
    info.joinpath("entry_points.txt").write_text("[lossreg]\nlog_ratio_error = lossreg_relative_error\n")
    run_its_tests(site)


@pytest.mark.slow
def test_the_example_package_installs_with_pip(site, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(EXAMPLE, source)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(source)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    run_its_tests(site)


def run_its_tests(site):
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--rootdir", str(site)]
    done = subprocess.run(
        [*command, str(EXAMPLE / "tests")],
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
