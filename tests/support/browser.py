"""A browser without a window, and what axe, the checker of accessibility, finds on a page in it."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

__all__ = ["AXE", "found_browser", "violations"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
AXE = """
addEventListener('load', async () => {
  const mark = document.createElement('pre'); mark.id = 'axe';
  try {
    await new Promise(done => setTimeout(done, 1500));  // a theme that makes what scrolls reachable does so when all is laid
    const found = await axe.run(document, {resultTypes: ['violations']});
    mark.textContent = JSON.stringify(found.violations.map(rule => `${rule.id} (${rule.impact}): ${rule.help}: ` +
      rule.nodes.slice(0, 3).map(node => node.target.join(' ') + ' ' + (node.any[0] || {message: ''}).message).join('; ')));
  } catch (error) { mark.textContent = JSON.stringify([`axe failed: ${error}`]); }
  document.body.append(mark);
});
"""


def found_browser() -> str:
    """The browser that is installed; without one the test is skipped."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        pytest.skip(f"no browser is installed (looked for {', '.join(BROWSERS)}); on Debian: apt-get install chromium")
    return browser


def violations(page: Path, folder: Path, prelude: str = "") -> list[str]:
    """What axe finds on a page, as sentences; the prelude is a script that runs before it."""
    browser = found_browser()
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("axe_core_python is not installed")
    axe = (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")
    looked_at = page.with_name(f"_axe-{page.stem}.html")  # beside it, where its styles are found
    scripts = f"<script>{axe}</script><script>{prelude}{AXE}</script></body>"
    text = page.read_text(encoding="utf-8")
    looked_at.write_text(scripts.join(text.rsplit("</body>", 1)), encoding="utf-8")
    options = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--allow-file-access-from-files",
        f"--user-data-dir={folder}",
    )
    try:
        done = subprocess.run(
            [browser, *options, "--virtual-time-budget=60000", "--dump-dom", looked_at.as_uri()],
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
    finally:
        looked_at.unlink()
    said = re.search(r'<pre id="axe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert said, "axe said nothing"
    found: list[str] = json.loads(unescape(said[1]))
    return found
