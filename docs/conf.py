"""Sphinx builds the site from here: `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path

import lossreg

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "lossreg"
author = "the lossreg developers"
project_copyright = "the lossreg developers"
version = release = lossreg.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "catalogue",
    "repository",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "gallery/README.txt"]
needs_sphinx = "8.0"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
suppress_warnings = ["config.cache"]

templates_path = ["_templates"]
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "image_srcset": ["2x"],
    "thumbnail_size": (400, 270),
    "within_subsection_order": "FileNameSortKey",
    "copyfile_regex": "",
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "lossreg"
html_static_path = ["_static"]
html_css_files = ["lossreg.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "github_url": "https://github.com/lossreg/lossreg",
    "navbar_align": "left",
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
}
html_sidebars = {"*": []}  # a guide has no pages below it

# `make links`, which asks the network.
linkcheck_anchors = False
linkcheck_timeout = 30
linkcheck_retries = 3
linkcheck_report_timeouts_as_broken = True
linkcheck_allowed_redirects = {r".*": r".*"}
linkcheck_ignore = [
    r"https://github\.com/lossreg/lossreg/(blob|tree)/main/"
]  # files of this repository, which the tests look up
