"""A library that is missing or too old is an error that says what to install; one that does not load keeps its own error."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from lossreg.integrations.needs import need, numbers


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(ModuleNotFoundError, match="xgboost"):
        __import__("xgboost")
    monkeypatch.delitem(sys.modules, "xgboost")
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ImportError, match=r"not installed; .* 2\.1 or newer; write: pip install 'lossreg\[xgboost\]'"):
        need("xgboost", "2.1", extra="xgboost")


@pytest.mark.parametrize("version", ["1.9.9", "2.0.9rc1", "2"])
def test_an_old_library_is_refused(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    old = ModuleType("old")
    old.__version__ = version  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "old", old)
    with pytest.raises(
        ImportError, match=rf"old {version} is installed .* 2\.1 or newer; .*--upgrade 'lossreg\[new\]'"
    ):
        need("old", "2.1", extra="new")
    assert need("old", "1.9", extra="new") is old


def test_a_library_that_breaks_while_it_is_imported_keeps_its_error(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "breaks.py").write_text("import what_it_needs_itself")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="what_it_needs_itself"):
        need("breaks", "1", extra="breaks")


def test_versions_are_compared_by_their_numbers() -> None:
    assert numbers("3.10") > numbers("3.9.1")
    assert numbers("4.0.0.dev1+local.3") == (4, 0, 0)
    assert numbers("unknown") == ()
