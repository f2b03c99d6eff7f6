"""Pages that are read on the site and in the repository: links to files that are no pages lead to the repository."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
HOME = "https://github.com/lossreg/lossreg/blob/main/"


def relinked(text: str, page: str) -> str:
    """The text of a page of docs/, whose links to files outside of docs/ lead to the repository."""

    def target(found: re.Match[str]) -> str:
        path, anchor = found[1], found[2] or ""
        file = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), path))
        if file == "README.md":
            return f"]({posixpath.relpath('index.md', posixpath.dirname(page) or '.')}{anchor})"
        if file.startswith("docs/") and file.endswith(".md"):
            return found[0]
        if not (ROOT / file).exists():
            raise ValueError(f"{page} links to {path}, which does not exist")
        return f"]({HOME}{file}{anchor})"

    return re.sub(r"\]\((?!\w+:|#)([^)#\s]+)(#[^)]*)?\)", target, text)


def asked(_: object, link: str) -> str | None:
    """What `make links` asks instead of a DOI: whether it is anybody's. Publishers, to whom it leads, let no program in."""
    doi = "https://doi.org/"
    return link.replace(doi, f"{doi}api/handles/", 1) if link.startswith(f"{doi}10.") else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx."""

    def read(_: Sphinx, page: str, source: list[str]) -> None:
        if app.env.doc2path(page, base=False).suffix == ".md":
            source[0] = relinked(source[0], page)

    app.connect("source-read", read)
    app.connect("linkcheck-process-uri", asked)
    return {"parallel_read_safe": True}
