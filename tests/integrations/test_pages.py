"""The example of every trainer runs and prints what its page says, whose Python runs too; the table of versions agrees with the code and the extras."""

from __future__ import annotations

import re
import shutil
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import stands_in

from lossreg.integrations.needs import numbers

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "trainers"
LIBRARIES = tomllib.loads((Path(__file__).parent / "libraries.toml").read_text(encoding="utf-8"))

if not PAGES.is_dir():
    pytest.skip("this is not a checkout of the project", allow_module_level=True)


def page_of(name: str) -> Path:
    """The page of a library: its own, or one that it shares."""
    return PAGES / LIBRARIES[name].get("page", f"{name}.md")


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_example_prints_what_the_page_says(name: str) -> None:
    package, newest, program = (LIBRARIES[name].get(key) for key in ("package", "newest", "program"))
    if program and not shutil.which(program):
        pytest.skip(f"{program} is not installed, which {package} needs")
    try:
        installed = metadata.version(package)
        metadata.version("scikit-learn")
    except metadata.PackageNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    if installed != newest:
        pytest.skip(f"{package} is {installed}; the page has the numbers of {newest}")
    stands_in(f"trainers/{name}.py", f"trainers/{page_of(name).name}")


# Pages whose Python needs no more than a reader's data; what they take from libraries they import.
SELF_CONTAINED = ("xgboost", "lightgbm", "catboost", "sklearn", "scipy", "torch", "jax")


def a_readers_data(name: str) -> dict[str, Any]:
    """Rows to train on, of three queries, and some to validate with, of two; for networks, scores."""
    rng = np.random.default_rng(0)
    X, X_valid = rng.normal(size=(49, 3)), rng.normal(size=(20, 3))
    data: dict[str, Any] = {"X": X, "X_valid": X_valid, "X_test": X_valid, "weight": rng.uniform(0.5, 1.5, 49)}
    for kind, x in (("", X), ("_valid", X_valid)):
        data["y" + kind], data["labels" + kind] = np.exp(x[:, 0] / 3), x[:, 1] > 0
        data["classes" + kind] = data["relevance" + kind] = np.digitize(x[:, 0], [-0.5, 0.5])
    data |= {"residuals": lambda params: X @ params - data["y"], "start": np.zeros(3), "scores": np.zeros(49)}
    if name == "torch":
        torch = pytest.importorskip("torch")
        data |= {"y_true": torch.tensor(data["labels"]), "y_pred": torch.zeros(49, requires_grad=True)}
        data |= {"weight": torch.tensor(data["weight"]), "mask": torch.ones(49, dtype=torch.bool)}
    return data


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", SELF_CONTAINED)
def test_the_python_of_the_page_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)  # CatBoost leaves files
    path = page_of(name)
    text = path.read_text(encoding="utf-8")
    found = list(re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    assert found
    names = a_readers_data(name)
    for block in found:
        exec(compile("\n" * text.count("\n", 0, block.start(1)) + block[1], str(path), "exec"), names)


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_oldest_version_is_the_one_that_the_module_needs(name: str) -> None:
    folder = ROOT / "python" / "lossreg" / "integrations"
    module = next(path for path in (folder / f"{name}.py", folder / name / "__init__.py") if path.is_file())
    imported = LIBRARIES[name].get("module", name)
    (needed,) = re.findall(rf'need\("{imported}", "([\d.]+)", extra="{name}"\)', module.read_text(encoding="utf-8"))
    oldest = LIBRARIES[name]["oldest"]
    assert numbers(oldest)[: len(numbers(needed))] == numbers(needed)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"][name]
    assert extra[0].endswith(f">={needed}")


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_make_test_runs_is_installed_by_it(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = {re.split(r"[<>=\[]", one)[0] for one in project["optional-dependencies"]["test"]}
    if LIBRARIES[name]["light"]:
        assert LIBRARIES[name]["package"] in packages


def test_every_trainer_has_a_page_that_the_index_names() -> None:
    index = (PAGES / "index.md").read_text(encoding="utf-8")
    for name in LIBRARIES:
        assert page_of(name).is_file()
        assert f"({page_of(name).name})" in index
    for page in PAGES.glob("*.md"):
        for target in re.findall(r"\]\((?!\w+:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
