"""The pages of docs/: their Python runs and prints what they say."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if ">>>" in page.read_text(encoding="utf-8")]

if not PAGES:
    pytest.skip("this is not a checkout of the project", allow_module_level=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_python_prints_what_it_says(page: Path) -> None:
    # The fence that ends a block is no output.
    text = page.read_text(encoding="utf-8").replace("\n```", "\n\n```")
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    said: list[str] = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert not said, "".join(said)
    assert test.examples
