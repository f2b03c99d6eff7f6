"""The rules of the house for Rust that no compiler keeps: who may know whom, and what may be written where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkout import CORE, LOSSES, ROOT, circles, in_a_checkout, judge, of, short
from rust_files import Crate, code

import lossreg

pytestmark = in_a_checkout

RUST = {
    # Who → whom it may know, by the first word of a module's path.
    "number": {"number"},
    "loss": {"number"},
    "families": {"families", "loss", "number", "simd"},
    "engine": {"engine", "families", "loss", "number", "simd", "parallel", "error"},
    "simd": set(),
    "parallel": set(),
    "error": set(),
    "lib": {"engine", "error", "loss", "number", "parallel", "simd"},
}


def room(path: Path) -> str:
    return path.relative_to(CORE).with_suffix("").parts[0]


def known(path: Path) -> set[str]:
    """The rooms of the crate that a file names, `super` resolved."""
    module = list(path.relative_to(CORE).with_suffix("").parts)
    if module[-1] == "mod":
        module.pop()
    found = set(re.findall(r"\bcrate::(\w+)", code(path)))
    for ups, rest in re.findall(r"\b((?:super::)+)(\w+)", code(path)):
        above = module[: max(0, len(module) - ups.count("super"))]
        found.add((above or [rest])[0])
    return found


@pytest.mark.parametrize("path", [pytest.param(path, id=short(path)) for path in sorted(CORE.rglob("*.rs"))])
def test_a_module_of_the_core_knows_only_those_it_may(path: Path) -> None:
    assert room(path) in RUST, f"say in this test whom the new module {room(path)} may know"
    excess = known(path) - RUST[room(path)] - {room(path)}
    assert not excess, f"{short(path)} names {', '.join(sorted(excess))}; it may know {sorted(RUST[room(path)])}"


def test_files_know_each_other_in_one_direction() -> None:
    offences: dict[str, str] = {}
    for source in sorted((ROOT / "rust").glob("*/src")):
        crate = Crate(source)
        edges = {
            short(crate.files[module]): {short(crate.files[other]) for other in others}
            for module, others in crate.edges().items()
        }
        offences |= circles(edges)
    judge("circle of Rust files", offences)


def test_a_circle_of_files_is_seen(tmp_path: Path) -> None:
    texts = {
        "lib.rs": "mod floor; mod roof; mod wall;\npub use wall::Brick;",
        "floor.rs": "//! crate::wall::Brick\nuse crate::{Brick, roof::{self, Tile}};\npub struct Board(Brick, Tile);",
        "roof.rs": "use super::floor; pub struct Tile; fn lie(on: floor::Board) {}",
        "wall.rs": 'pub struct Brick; const WORDS: &str = "crate::floor::Board";',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    crate = Crate(tmp_path)
    assert crate.edges() == {
        (): {("wall",)},
        ("floor",): {("roof",), ("wall",)},
        ("roof",): {("floor",)},
        ("wall",): set(),
    }
    assert circles({str(module): {*map(str, others)} for module, others in crate.edges().items()}) == {
        "('floor',)": "in a circle by ('roof',)",
        "('roof',)": "in a circle by ('floor',)",
    }


ONLY = {
    # What → the rooms that may name it.
    r"\b(rayon|rayon_core|crossbeam\w*|libc)::": ("parallel",),
    r"\b(std|core)::arch\b|target_feature|is_x86_feature_detected": ("simd",),
    r"std::thread::|thread::spawn": ("parallel", "engine"),  # the engine keeps thread-local buffers
    r"\b(pyo3|numpy)::": (),
    r"std::env::": ("simd", "parallel"),
}


@pytest.mark.parametrize("pattern", ONLY)
def test_only_one_room_names(pattern: str) -> None:
    naming = {room(path) for path in CORE.rglob("*.rs") if re.search(pattern, code(path))}
    assert naming <= set(ONLY[pattern]), f"{pattern} belongs into {ONLY[pattern] or 'no module of the core'}"


def test_the_core_has_no_python() -> None:
    manifest = (ROOT / "rust/core/Cargo.toml").read_text(encoding="utf-8")
    assert "pyo3" not in manifest
    assert "numpy" not in manifest


# Unsafe code

UNSAFE = [
    "rust/core/src/engine/memory/array.rs",
    "rust/core/src/parallel/pool.rs",
    "rust/core/src/simd/level.rs",
    "rust/core/src/simd/memory.rs",
    "rust/kernel/src/abi.rs",  # the structs of our C interface, and formulas of other packages as such
    "rust/py/src/ffi/frame.rs",  # XLA's C structs: the call of compiled code that knows neither Python nor NumPy
    "rust/py/src/ffi/kernel.rs",  # that struct as we read it, and the calls of its functions
    "rust/py/src/front/numpy.rs",
    "rust/py/src/threads.rs",
]


def rust_sources() -> list[Path]:
    return [path for path in of(ROOT / "rust", ".rs") if "src" in path.parts]


def test_unsafe_code_is_where_it_may_be() -> None:
    having = {short(path) for path in rust_sources() if re.search(r"\bunsafe\b", code(path))}
    assert not having - {*UNSAFE}, "a new file with unsafe code needs a place in this test, and a good reason"
    assert not {*UNSAFE} - having, "a file of UNSAFE needs none any more: take it off"
    judge("more than nine files with unsafe code", UNSAFE[9:])


def test_unsafe_code_says_why() -> None:
    """On the line that allows it, in the file that has it."""
    reason = re.compile(r"allow\(unsafe_code\)\] // \S.{10,}")
    judge("unsafe code without a reason", (path for path in UNSAFE if not reason.search((ROOT / path).read_text())))


# Losses


@pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in sorted(LOSSES.rglob("*/*.rs"))])
def test_a_loss_is_a_small_file(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("//! "), "the first line says what the loss is"
    data = re.compile(r"    const INFO: Info = Info \{.*?^    \};", re.DOTALL | re.MULTILINE)
    formula = [line for line in data.sub("", code(path)).splitlines() if line.strip()]
    assert len(formula) <= 62, "what is no data of a loss stays on one screen"
    named = {*re.findall(r"\b(?:crate|lossreg_core)::(\w+)", code(path))}
    assert named <= {"families", "loss", "number"}, "a loss knows what a loss is and numbers, nothing else"
    assert not re.search(r"\bunsafe\b|&mut |\bfor \w+ in |\bloop\b|\bwhile\b", code(path)), "a loss is a formula"


# Functions of numbers that losses are called after, and where functions are named.
FUNCTIONS = {"log_cosh", "logcosh"}


def named_losses() -> Iterator[str]:
    """Where the source outside the losses' own files holds the name of one as a string, or searches in a text of one."""
    names = {word for name in lossreg.names() for word in (name, *lossreg.describe(name).aliases)}
    for path in rust_sources():
        if not path.is_relative_to(LOSSES):
            text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8").split("#[cfg(test)]\nmod tests")[0])
            others = names - (FUNCTIONS if path.stem in ("functions", "ops") else set())
            yield from (f"{short(path)}: {word}" for word in re.findall(r'"(\w+)"', text) if word in others)
            searched = r"\.(?:formula|summary|kinks|words\(\))\s*\.(?:contains|starts_with|ends_with|find|split)\b.*"
            yield from (f"{short(path)}: {found}" for found in re.findall(searched, text))


def test_no_source_asks_which_loss_it_has() -> None:
    judge("name of a loss in Rust", named_losses())


def test_commands_name_programs_that_are_there() -> None:
    """Programs move from one crate to another, and nobody hears of it whom the old name is written for but seldom."""
    named = re.compile(r"-p lossreg-(\w+) --example (\w+)")
    found = set()
    for path in [*of(ROOT, ".py", ".rs", ".md"), ROOT / "Makefile"]:
        found |= set(named.findall(re.sub(r'[",]', "", path.read_text(encoding="utf-8"))))
    assert len(found) >= 3
    assert not [name for name in found if not (ROOT / "rust" / name[0] / "examples" / f"{name[1]}.rs").is_file()]
