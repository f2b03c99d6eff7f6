"""Draws what was measured over the commits as two pages that need nothing but themselves: no scripts, no network.

    python tools/dashboard.py               write asv_bench/html/index.html and peers.html
    python tools/dashboard.py --out FOLDER
    python tools/dashboard.py --serve 8000  and serve them on this machine: 0 takes any port

`index.html` shows the results that asv keeps in asv_bench/results, each relative to the first commit that has it, and lists
what became slower from one commit to the next. `peers.html` shows lossreg beside other libraries, as every version of
docs/performance.md in the history of the repository has it.
"""

from __future__ import annotations

import argparse
import html
import itertools
import json
import math
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from readme import tables  # noqa: E402

from lossreg.demo.palette import PAGES, PALETTE, SERIES  # noqa: E402

SLOWER = 1.1  # from one commit to the next: more than what the clock's noise explains
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 360, 190, 46, 12, 30


class Point(NamedTuple):
    """One figure: when, of which commit, how much."""

    date: float
    commit: str
    value: float


Lines = dict[str, list[Point]]


def kept(folder: Path) -> dict[str, dict[str, Lines]]:
    """What asv keeps: machine → benchmark → parameters → figures in the order of their commits."""
    found: dict[str, dict[str, Lines]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for path in sorted(folder.glob("*/*-*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        columns = data["result_columns"]
        for name, row in data["results"].items():
            result = dict(zip(columns, row, strict=False))
            combinations = [" ".join(map(str, each)) for each in itertools.product(*result.get("params") or [])]
            for params, value in zip(combinations, result.get("result") or [None] * len(combinations), strict=True):
                if isinstance(value, int | float) and value > 0:  # not what failed, or was left out
                    point = Point(data["date"] / 1000, data["commit_hash"][:8], value)
                    found[path.parent.name][name][params.replace("'", "")].append(point)
    for benchmarks in found.values():
        for lines in benchmarks.values():
            for points in lines.values():
                points.sort()
    return found


def slower(lines: Lines) -> Iterator[tuple[str, Point, Point]]:
    """What takes longer than at the commit before, by more than SLOWER."""
    for name, points in lines.items():
        yield from ((name, old, new) for old, new in itertools.pairwise(points) if new.value > SLOWER * old.value)


def beside_peers(repository: Path, page: str = "docs/performance.md") -> dict[str, Lines]:
    """Row of the page → library → its time over that of lossreg, at each commit that wrote other figures."""
    found: dict[str, Lines] = defaultdict(lambda: defaultdict(list))
    before: list[list[str]] = []
    for commit, date in commits(repository, page):
        text = git(repository, "show", f"{commit}:{page}")
        table = next((table for table in tables(text) if table[0][0] == "loss"), [[]])
        if table == before:
            continue
        before = table
        head, *rows = table
        libraries = range(head.index("ns per element") + 1, len(head)) if "ns per element" in head else ()
        for row, place in itertools.product(rows, libraries):
            if row[place]:
                found[row[0]][head[place]].append(Point(float(date), commit[:8], float(row[place])))
    return found


def commits(repository: Path, page: str) -> list[tuple[str, str]]:
    """The commits that changed a page, the oldest first, with their dates."""
    lines = git(repository, "log", "--reverse", "--format=%H %ct", "--", page).splitlines()
    return [(commit, date) for commit, date in map(str.split, lines)]


def git(repository: Path, *command: str) -> str:
    """What git says."""
    done = subprocess.run(["git", "-C", str(repository), *command], check=True, capture_output=True, text=True)
    return done.stdout


def styles(figures: Iterable[Lines]) -> dict[str, str]:
    """How each line looks in all figures of a page: a colour, and dashes where the colours begin anew."""
    names = dict.fromkeys(name for lines in figures for name in lines)
    return {name: SERIES[at % len(SERIES)] + " dashed" * (at // len(SERIES) % 2) for at, name in enumerate(names)}


def marks(low: float, high: float) -> list[float]:
    """What is written beside a logarithmic scale: its ends and 1, where there is room between them."""
    room = 14 / (HEIGHT - BOTTOM - TOP) * (high - low)
    return [1.0, *(round(math.exp(end), 2) for end in (low, high) if abs(end) > room)]


def figure(title: str, lines: Lines, relative: bool, looks: dict[str, str]) -> str:
    """Lines over commits on a logarithmic scale, around 1; each commit has one place, whatever the time between."""
    order = sorted({(point.date, point.commit) for points in lines.values() for point in points})
    places = {commit: place for place, (_, commit) in enumerate(order)}
    scaled = {
        name: [point._replace(value=point.value / (points[0].value if relative else 1.0)) for point in points]
        for name, points in lines.items()
    }
    sizes = [math.log(point.value) for points in scaled.values() for point in points]
    low, high = min(-math.log(SLOWER), *sizes), max(math.log(SLOWER), *sizes)

    def x(point: Point) -> float:
        return LEFT + (WIDTH - LEFT - 12) * (places[point.commit] + 0.5) / len(places)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (math.log(value) - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<path class="grid" d="M{LEFT} {y(mark):.1f}H{WIDTH - 8}"/><text x="{LEFT - 6}" y="{y(mark) + 4:.1f}" '
        f'text-anchor="end">{mark:g}</text>'
        for mark in marks(low, high)
    ]
    for name, points in scaled.items():
        path = " ".join(f"{x(point):.1f} {y(point.value):.1f}" for point in points)
        words = "".join(f"\n{point.commit}: {lines[name][at].value:.4g}" for at, point in enumerate(points))
        dots = "".join(f'<circle r="2.5" cx="{x(p):.1f}" cy="{y(p.value):.1f}"/>' for p in points)
        parts.append(
            f'<g class="{looks[name]}"><title>{html.escape(name + words)}</title><path d="M{path}"/>{dots}</g>'
        )
    ends = (order[0][1], order[-1][1]) if len(order) > 1 else (order[0][1], "")
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">{ends[0]}</text>')
    parts.append(f'<text x="{WIDTH - 8}" y="{HEIGHT - 8}" text-anchor="end">{ends[1]}</text>')
    names = ", ".join(f'<span class="{looks[name]}">{html.escape(name)}</span>' for name in lines)
    described = html.escape(f"{title}: {', '.join(lines)} over {len(order)} commits", quote=True)
    return (
        f'<figure><figcaption>{html.escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{described}">{"".join(parts)}</svg><p>{names}</p></figure>'
    )


def grouped(lines: Lines) -> dict[str, Lines]:
    """Lines by the first of their parameters, which is the loss where there is one."""
    found: dict[str, Lines] = defaultdict(dict)
    for name, points in lines.items():
        first, _, rest = name.partition(" ")
        found[first or "time"][rest or first or "time"] = points
    return found


def own_page(results: dict[str, dict[str, Lines]]) -> str:
    """The page of our own figures."""
    parts = ["<p>Times relative to the first commit that was measured, on a logarithmic scale: below 1 is faster.</p>"]
    if not results:
        parts.append("<p>Nothing is kept yet: <code>make bench</code> measures a commit.</p>")
    for machine, benchmarks in results.items():
        parts.append(f"<h2>{html.escape(machine)}</h2>")
        worse = [
            (new.value / old.value, name, params, old, new)
            for name, lines in benchmarks.items()
            for params, old, new in slower(lines)
        ]
        rows = "".join(
            f"<tr><td>{ratio:.2f}</td><td>{html.escape(f'{name} {params}')}</td><td>{old.commit}</td><td>{new.commit}</td></tr>"
            for ratio, name, params, old, new in sorted(worse, reverse=True)
        )
        head = "<tr><th>times as long</th><th>benchmark</th><th>before</th><th>after</th></tr>"
        table = f'<div class="scroll" tabindex="0"><table>{head}{rows}</table></div>' if rows else "<p>Nothing.</p>"
        parts.append(
            f"<details><summary>Slower than at the commit before by more than {SLOWER - 1:.0%}: {len(worse)}</summary>{table}</details>"
        )
        for name, lines in benchmarks.items():
            groups = grouped(lines)
            looks = styles(groups.values())
            figures = "".join(figure(title, some, relative=True, looks=looks) for title, some in groups.items())
            parts.append(
                f'<details open><summary>{html.escape(name)}</summary><div class="figures">{figures}</div></details>'
            )
    return page("Speed over the commits", "peers.html", "beside other libraries", parts)


def peers_page(rows: dict[str, Lines]) -> str:
    """The page of the other libraries."""
    looks = styles(rows.values())
    figures = "".join(figure(title, lines, relative=False, looks=looks) for title, lines in rows.items())
    words = "<p>Times of other libraries over those of lossreg, value and gradient in float32: above 1 lossreg is faster.</p>"
    return page(
        "lossreg beside other libraries",
        "index.html",
        "over the commits",
        [words, f'<div class="figures">{figures}</div>'],
    )


def page(title: str, other: str, words: str, parts: Iterable[str]) -> str:
    """A whole page, light or dark as the reader's system is."""

    def colours(dark: int) -> str:
        roles = {**PALETTE, **PAGES}
        return "; ".join(f"--{role}: {pair[dark]}" for role, pair in roles.items())

    series = "".join(f".{one} {{ color: var(--{one}); stroke: var(--{one}); fill: var(--{one}) }} " for one in SERIES)
    style = (
        f":root {{ color-scheme: light dark; {colours(0)} }} @media (prefers-color-scheme: dark) {{ :root {{ {colours(1)} }} }} "
        "body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; background: var(--page); color: var(--ink); "
        "font: 16px/1.5 system-ui, 'DejaVu Sans', sans-serif } a { color: var(--blue) } "
        ".figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem } "
        "figure { margin: 0; padding: 0.8rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px } "
        "figcaption, summary { font-weight: 600 } figure p { margin: 0; font-size: 0.85rem } svg text { font-size: 12px; "
        "fill: var(--muted); stroke: none } svg path { fill: none; stroke-width: 2 } "
        ".dashed path { stroke-dasharray: 5 3 } .dashed circle { fill: var(--card) } span.dashed { border-bottom: 1px dashed } "
        ".grid { stroke: var(--line) } span { stroke: none } "
        ".scroll { overflow-x: auto } td, th { text-align: left; padding: 0.2rem 0.8rem } " + series
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, '
        f'initial-scale=1"><title>{title}</title><link rel="icon" href="data:,"><style>{style}</style></head><body><main>'
        f'<h1>{title}</h1><p><a href="{other}">{words}</a></p>{"".join(parts)}</main></body></html>\n'
    )


def main() -> int:
    """Write both pages and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=ROOT / "asv_bench" / "results")
    parser.add_argument("--out", type=Path, default=ROOT / "asv_bench" / "html")
    parser.add_argument("--serve", type=int, metavar="PORT")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "index.html").write_text(own_page(kept(options.results)), encoding="utf-8")
    (options.out / "peers.html").write_text(peers_page(beside_peers(ROOT)), encoding="utf-8")
    print((options.out / "index.html").resolve().as_uri(), flush=True)
    if options.serve is not None:
        handler = partial(SimpleHTTPRequestHandler, directory=options.out)
        with ThreadingHTTPServer(("127.0.0.1", options.serve), handler) as server, suppress(KeyboardInterrupt):
            print(f"http://127.0.0.1:{server.server_port}", flush=True)
            server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
