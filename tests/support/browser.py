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

__all__ = ["AXE", "dumped", "found_browser", "violations"]

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


def dumped(page: Path, folder: Path, *options: str, query: str = "", minutes: int = 1) -> str:
    """What has become of a page when its scripts have run, which may take so long by the browser's clock; it keeps its own things in the folder."""
    command = [found_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    command += [f"--user-data-dir={folder}", f"--virtual-time-budget={60_000 * minutes}", *options, "--dump-dom"]
    done = subprocess.run([*command, page.as_uri() + query], capture_output=True, text=True, check=True, timeout=900)
    return done.stdout


def violations(page: Path, folder: Path, prelude: str = "") -> list[str]:
    """What axe finds on a page, as sentences; the prelude is a script that runs before it."""
    found_browser()
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("axe_core_python is not installed")
    axe = (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")
    looked_at = page.with_name(f"_axe-{page.stem}.html")  # beside it, where its styles are found
    scripts = f"<script>{axe}</script><script>{prelude}{AXE}</script></body>"
    text = page.read_text(encoding="utf-8")
    looked_at.write_text(scripts.join(text.rsplit("</body>", 1)), encoding="utf-8")
    try:
        text = dumped(looked_at, folder)
    finally:
        looked_at.unlink()
    said = re.search(r'<pre id="axe">(.*?)</pre>', text, re.DOTALL)
    assert said, "axe said nothing"
    found: list[str] = json.loads(unescape(said[1]))
    return found
