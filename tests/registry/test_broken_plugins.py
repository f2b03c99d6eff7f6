"""Plugins that are broken, hostile, or wait for others: whatever one of them does, all other losses are found."""

from __future__ import annotations

import os

import pytest
from distributions import good, hook, install, loss, run


@pytest.fixture
def site(tmp_path):
    """A folder of installed distributions."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


REPORT = """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(lossreg.get("huber")([0.0], [1.0]), lossreg.get("fine")([0.0], [1.0]), "fine" in lossreg.names())
    lossreg.names(), lossreg.plugins()
    try:
        lossreg.get("nonsuch")
    except lossreg.UnknownLossError as error:
        pass
print(len(caught), *{w.category.__name__ for w in caught})
print([(p.name, p.version) for p in lossreg.plugins() if p.error])
for plugin in lossreg.plugins():
    assert plugin.error is None or (plugin.error.distribution, plugin.error.version) == (plugin.name, plugin.version)
    print(plugin.name, plugin.version, plugin.losses, plugin.error)
"""


# What is installed

WITHOUT_EQUALS = "[lossreg]\nodd\nodd_error = odd\n"
DISTRIBUTIONS = {
    # How a distribution is broken: (metadata, entry points, what is said of it).
    "no METADATA": ("", None, "odd 1.2 ('odd_error',) None"),
    "no Name": ("Metadata-Version: 2.1\nVersion: 3.4\n", None, "odd 3.4 ('odd_error',) None"),
    "no Version": ("Metadata-Version: 2.1\nName: odd-one\n", None, "odd-one 1.2 ('odd_error',) None"),
    "no UTF-8 in METADATA": (b"Name: odd\xff\xfe\nVersion: 1", None, "('odd_error',) None"),
    "no UTF-8 in the entry points": (None, b"[lossreg]\nodd = odd\xff", None),
    "a line without =": (None, WITHOUT_EQUALS, "the plugin odd 1.2 could not be loaded: its entry_points.txt has the"),
    "no module": (None, "[lossreg]\nodd = not a module!\n", "has the line 'odd = not a module!' in [lossreg]; wanted"),
    "of another group": (None, "[console_scripts]\nodd\n[lossreg]\nodd = odd\n", "odd 1.2 ('odd_error',) None"),
    "nothing": ("", "", None),
}


@pytest.mark.parametrize("how", DISTRIBUTIONS)
def test_a_broken_distribution_hurts_nobody(site, how):
    metadata, text, told = DISTRIBUTIONS[how]
    install(site, "odd", good("odd_error"), metadata=metadata, text=text)
    install(site, "zfine", good("fine"))
    out = run(site, REPORT)
    assert out.startswith("0.5 1.0 True\n")
    broken = told is not None and told.endswith("None") is False
    assert out.splitlines()[1] == ("1 PluginWarning" if broken else "0")
    if told:
        assert told in out
    if how == "a line without =":
        assert "has the line 'odd' in [lossreg]; wanted name = module or name = module:object" in out
        assert "odd 1.2 ('odd_error',) None" in out  # the other line is right


def test_with_plugins_off_no_distribution_is_read(site):
    for i, (metadata, text, _) in enumerate(DISTRIBUTIONS.values()):
        install(site, f"odd{i}", "raise SystemError", metadata=metadata, text=text)
    code = """
    from importlib import metadata
    metadata.distributions = metadata.entry_points = None
    print("huber" in lossreg.names(), lossreg.plugins())
    """
    assert run(site, code, "-W", "error", LOSSREG_PLUGINS="Off") == "True []"


def test_a_finder_that_fails_is_named(site):
    install(site, "zfine", good("fine"))
    finder = """
    import sys
    class Finder:
        @staticmethod
        def find_spec(*arguments): return None
        @staticmethod
        def find_distributions(context): raise OSError("gone")
    sys.meta_path.append(Finder)
    """
    out = run(site, finder.replace("\n    ", "\n") + REPORT)
    assert out.startswith("0.5 1.0 True\n1 PluginWarning\n")
    assert "not all installed distributions could be listed: OSError: gone" in out


def test_a_distribution_hides_those_of_its_name_behind_it(site, tmp_path):
    behind = tmp_path / "behind"
    behind.mkdir()
    install(site, "acme-losses", good("acme_error"), version="2.0")
    install(behind, "Acme_Losses", "raise SystemError", version="1.0", entry_points={"other": "acme_losses"})
    out = run(
        site,
        f"import sys; sys.path.append({str(behind)!r})\nprint(lossreg.plugins())",
        "-W",
        "error",
    )
    assert out.count("PluginInfo") == 1
    assert "version='2.0'" in out


# What it raises

FAILING = {
    "__str__": "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd\n",
    "__repr__": "class Odd(Exception):\n    def __repr__(self): raise ValueError\nraise Odd(1)\n",
    "both": "class Odd(Exception):\n    __str__ = __repr__ = lambda self: 1 / 0\nraise Odd\n",
    "no Exception": "class Odd(BaseException):\n    pass\nraise Odd('panic')\n",
    "false": "class Odd(Exception):\n    def __len__(self): return 0\nraise Odd('false')\n",
    "ours": "import lossreg\nclass Odd(lossreg.LossregError):\n    def __str__(self): raise ValueError\nraise Odd\n",
}


@pytest.mark.parametrize("how", FAILING)
def test_an_exception_that_cannot_be_shown_is_a_failure_like_others(site, how):
    install(site, "odd", FAILING[how])
    install(site, "zfine", good("fine"))
    out = run(site, REPORT)
    assert out.startswith("0.5 1.0 True\n1 PluginWarning\n[('odd', '1.2')]\n")
    assert "the plugin odd 1.2 (entry point odd = odd) could not be loaded: " in out


def test_what_moves_the_cursor_is_shown_escaped(site):
    install(
        site,
        "odd",
        "raise RuntimeError('\\x1b[2J\\u202e' + 'x' * 100_000)",
        metadata="Name: o\x1b[31mdd\nVersion: 1\x07\n",
    )
    install(site, "zfine", good("fine"))
    out = run(site, REPORT)
    assert r"the plugin o\x1b[31mdd 1\x07 (entry point odd = odd)" in out
    assert r"RuntimeError: \x1b[2J\u202exxx" in out
    assert "(100,005 characters)" in out
    assert len(out) < 5000
    assert out.replace("\n", "").isprintable()


@pytest.mark.parametrize("first", ["wanted", "alpha_error", None])
def test_of_two_entry_points_of_one_name_the_first_keeps_it(site, first):
    for name, version in {"beta": "2.0", "alpha": "1.0"}.items():
        install(site, name, good("wanted"), version=version, entry_points={"wanted": name})
    out = run(
        site,
        f"""
        warnings.simplefilter("ignore")
        try:
            lossreg.get({first!r}) if {first!r} else lossreg.names()
        except KeyError:
            pass
        print(lossreg.describe("wanted").provider)
        print([str(p.error) for p in lossreg.plugins()])
        """,
    )
    assert out.splitlines()[0] == "alpha 1.0"
    assert "'None', 'the plugin beta 2.0 (entry point wanted = beta) could not be loaded: beta 2.0 claims 'wanted'" in (
        out.replace('"', "'")
    )
    assert "the name of a loss of alpha 1.0" in out


# The environment


@pytest.mark.parametrize("setting", ["0", "off", "False", "no", "", "1", "on", "TRUE", "yes", "maybe"])
def test_strictness_is_on_or_off(site, setting):
    install(site, "bad", "raise RuntimeError('no licence')")
    code = """
    warnings.simplefilter("ignore")
    try:
        print("huber" in lossreg.names())
    except lossreg.LossregError as error:
        print(type(error).__name__, error)
    """
    out = run(site, code, LOSSREG_STRICT_PLUGINS=setting)
    if setting == "maybe":
        assert out.startswith("ParameterError LOSSREG_STRICT_PLUGINS='maybe'; wanted 1, on, true, yes, or 0, off")
    elif setting in ("1", "on", "TRUE", "yes"):
        assert out.startswith("PluginError the plugin bad 1.2")
    else:
        assert out == "True"


# Threads

WAITING = """
import lossreg, threading
found = []
def ask():
    found.extend(lossreg.names())
thread = threading.Thread(target={target})
thread.start()
thread.join()
"""


@pytest.mark.parametrize("first", ["lossreg.names()", "import alpha", "lossreg.get('alpha')"])
@pytest.mark.parametrize("target", ["ask", "lossreg.names"])
def test_a_plugin_may_wait_at_import_for_a_thread_that_lists_losses(site, first, target):
    install(site, "alpha", WAITING.format(target=target) + good("alpha"))
    install(site, "zfine", good("fine"))
    out = run(
        site,
        f"""
        import lossreg.registry.plugins as plugins
        plugins.PATIENCE = 0.2 if "{target}" == "lossreg.names" else 1e9
        {first}
        import alpha
        print("alpha" in alpha.found, "{target}" == "lossreg.names" or "fine" in alpha.found)
        print(lossreg.get("alpha"), lossreg.plugins()[0].error)
        """,
        "-W",
        "error",
    )
    assert out.splitlines() == ["False True", "alpha() None"]


def test_plugins_that_wait_for_each_other_are_not_waited_for(site):
    code = """
import lossreg, __main__
__main__.both.wait()
try:
    lossreg.get({other!r})
    __main__.met.append({other!r})
except KeyError as error:
    assert "still being imported: alpha 1.2, beta 1.2" in str(error)
    """
    install(site, "alpha", code.format(other="beta") + good("alpha"))
    install(site, "beta", code.format(other="alpha") + good("beta"))
    out = run(
        site,
        """
        import threading
        import lossreg.registry.plugins as plugins
        plugins.PATIENCE = 1e9
        both, met = threading.Barrier(2), []
        threads = [threading.Thread(target=lossreg.get, args=(name,)) for name in ("alpha", "beta")]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(len(met), lossreg.get("alpha"), lossreg.get("beta"))
        """,
        "-W",
        "error",
    )
    assert out == "1 alpha() beta()"


def test_who_asks_meanwhile_waits_for_a_plugin_that_only_is_slow(site):
    install(site, "alpha", "import __main__\n__main__.begun.set()\n__main__.go.wait()\n" + good("alpha"))
    out = run(
        site,
        """
        import threading
        import lossreg.registry.plugins as plugins
        from lossreg.registry import lookup
        plugins.PATIENCE = 1e9
        begun, go, found = threading.Event(), threading.Event(), []
        threads = [threading.Thread(target=lambda: found.append(lossreg.get("alpha"))) for _ in range(5)]
        threads[0].start()
        begun.wait()
        for thread in threads[1:]: thread.start()
        while len(lookup._plugins._waiting) < 4: pass
        print(found)
        go.set()
        for thread in threads: thread.join()
        print(found)
        """,
        "-W",
        "error",
    )
    assert out.splitlines() == ["[]", "[alpha(), alpha(), alpha(), alpha(), alpha()]"]


def test_a_plugin_that_is_late_is_waited_for_once_and_named(site):
    install(site, "alpha", "import __main__\n__main__.begun.set()\n__main__.go.wait()\n" + good("alpha"))
    out = run(
        site,
        """
        import threading
        import lossreg.registry.plugins as plugins
        plugins.PATIENCE = 0.0
        begun, go = threading.Event(), threading.Event()
        thread = threading.Thread(target=lossreg.get, args=("alpha",))
        thread.start()
        begun.wait()
        try:
            lossreg.get("alpha")
        except lossreg.UnknownLossError as error:
            print(error)
        plugins.PATIENCE = 1e9
        print("alpha" in lossreg.names())
        go.set()
        thread.join()
        print("alpha" in lossreg.names())
        """,
        "-W",
        "error",
    )
    first, *rest = out.splitlines()
    assert "these plugins are still being imported: alpha 1.2; ask again when that is done" in first
    assert rest == ["False", "True"]


def test_an_interrupted_import_can_be_repeated(site):
    code = "import __main__\nif not __main__.tried:\n    __main__.tried.append(1)\n    raise KeyboardInterrupt\n"
    install(site, "alpha", code + good("alpha"))
    out = run(
        site,
        """
        tried = []
        try:
            lossreg.get("alpha")
        except KeyboardInterrupt:
            print("interrupted")
        print(lossreg.get("alpha"))
        """,
        "-W",
        "error",
    )
    assert out.splitlines() == ["interrupted", "alpha()"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_forked_while_a_plugin_is_loaded_does_not_wait_for_it(site):
    install(site, "alpha", good("alpha"))
    install(
        site, "beta", loss("beta") + hook() + "    import __main__\n    __main__.begun.set()\n    __main__.go.wait()\n"
    )
    out = run(
        site,
        """
        import os, signal, threading
        import lossreg.registry.plugins as plugins
        plugins.PATIENCE = 1e9
        begun, go = threading.Event(), threading.Event()
        thread = threading.Thread(target=lossreg.names)
        thread.start()
        begun.wait()
        warnings.simplefilter("ignore")  # of forking with threads
        child = os.fork()
        if not child:
            signal.alarm(200)
            go = threading.Event()
            go.set()
            os._exit(0 if {"alpha", "beta"} <= set(lossreg.names()) else 1)
        print(os.waitpid(child, 0)[1])
        go.set()
        thread.join()
        """,
    )
    assert out == "0"


# Pickles


def test_a_pickle_says_which_distribution_is_missing(site, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    install(site, "acme-losses", good("acme_error"))
    install(other, "emca", good("acme_error"))
    file = str(tmp_path / "loss.pickle")
    run(site, f"import pickle\npickle.dump(lossreg.get('acme_error', scale=2.0), open({file!r}, 'wb'))")
    read = f"""
    import pickle
    try:
        print(pickle.load(open({file!r}, "rb")))
    except lossreg.PluginError as error:
        print(error)
        assert (error.distribution, error.version) == ("acme-losses", "1.2")
    """
    assert run(site, read) == "acme_error(scale=2.0)"
    missing = "the loss acme_error was pickled where acme-losses 1.2 had brought it, "
    assert run(tmp_path, read).startswith(missing + "which is missing here: install acme-losses")
    assert "LOSSREG_PLUGINS leaves it out" in run(site, read, LOSSREG_PLUGINS="off")
    assert run(other, read) == missing + "and here it belongs to emca 1.2"
