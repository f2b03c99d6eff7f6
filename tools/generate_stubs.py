"""Writes the signatures of all built-in losses and of `lossreg.ops` for type checkers, from what they say of themselves.

``python tools/generate_stubs.py`` writes the files; with ``--check`` it exits 1 where one is not what it would write. Of
three the last, tools/stubtest.txt, tells stubtest the names under which a loss says where its parameters are, which no type
checker should take for attributes.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import lossreg
from lossreg import ops
from lossreg.info import LossInfo, ParamInfo

ROOT = Path(__file__).resolve().parents[1]
COMMAND = "python tools/generate_stubs.py"
TYPES = {
    "switch": "bool",
    "number": "float",
    "integer": "int",
    "axes": "int | Sequence[int]",
    "per-class": "Sequence[float]",
    "thresholds": "Sequence[float]",
}
HEAD = f"""\
# Written by `{COMMAND}` from the losses' own data; change those, not this file.
from collections.abc import Sequence
from typing import Literal, overload

from numpy.typing import ArrayLike

from lossreg import Loss
from lossreg.typing import Array, HessianKind, Reduced, Reduction

"""
# What losses of a family know better than `Loss` does.
SIDES = ("y_true", "y_pred")
FAMILIES = {"pointwise": ("_LossOfElements", "float"), "row-wise": ("_LossOfRows", "Array")}
OPS = f"""\
# Written by `{COMMAND}` from the functions' signatures; change those, not this file.
from typing import overload

from numpy.typing import ArrayLike

from lossreg.kinds import Array, Number
from lossreg.ops.running import elements as elements
from lossreg.ops.running import rows as rows

"""


def stub(infos: list[LossInfo]) -> str:
    """The text of the signatures."""
    kinds = sorted({info.sides for info in infos} - {SIDES}, key=len)
    families = (started(*FAMILIES[family]) for family in FAMILIES)
    parts = [HEAD, exported(info.name for info in infos), *families, *map(scores, kinds), *map(signature, infos)]
    return "".join(parts)


def exported(names: Iterable[str]) -> str:
    """The list of what a module has."""
    lines = "".join(f'    "{name}",\n' for name in names)
    return f"__all__ = [\n{lines}]\n\n"


def signature(info: LossInfo) -> str:
    """The function of one loss."""
    params = [f"{one.name}: {annotation(one)} = {default(one)}" for one in info.params]
    returned = kind(info.sides) if info.sides != SIDES else FAMILIES.get(info.family, ("Loss",))[0]
    return defined(info.name, ["*", *params] if params else [], returned)


def defined(name: str, params: list[str], returned: str) -> str:
    """A function, on one line if it fits."""
    line = f"def {name}({', '.join(params)}) -> {returned}: ...\n"
    if len(line) <= 121:
        return line
    lines = "".join(f"    {param},\n" for param in params)
    return f"def {name}(\n{lines}) -> {returned}: ...\n"


def default(param: ParamInfo) -> str:
    """Its default."""
    return json.dumps(param.default) if param.choices else repr(param.default)


def annotation(param: ParamInfo) -> str:
    """The type of a parameter."""
    if param.choices:
        return f"Literal[{', '.join(map(json.dumps, param.choices))}]"
    scalar = "float | " if param.kind == "per-class" and param.scalar else ""
    return scalar + TYPES[param.kind] + (" | None" if param.optional else "")


def started(name: str, score: str) -> str:
    """The class of losses whose start value is a number, or an array; it exists for type checkers only."""
    arguments = [
        "self",
        "y_true: ArrayLike",
        "sample_weight: ArrayLike | None = None",
        "*",
        "where: ArrayLike | None = None",
        "n_classes: int | None = None",
    ]
    lines = "".join(f"        {argument},\n" for argument in arguments)
    replaced = f"    def replace(self, **params: object) -> {name}: ...\n"
    return f"class {name}(Loss):\n    def init_score(\n{lines}    ) -> {score}: ...\n{replaced}\n"


# Losses of scores: a class for each set of sides, which exists for type checkers only


def kind(sides: tuple[str, ...]) -> str:
    """The name of the class of losses of these scores."""
    return "_LossOf" + "And".join(part.title().replace("_", "") for part in sides)


def scores(sides: tuple[str, ...]) -> str:
    """The class of losses of these scores."""
    gradient = "Array" if len(sides) == 1 else f"tuple[{', '.join(['Array'] * len(sides))}]"
    one, two = f"{gradient} | None", f"tuple[{gradient}, {gradient}]"
    curvature = ["hessian: HessianKind = 'exact'", "min_hessian: float | None = None"]
    value, grad, both = "float", gradient, two
    methods = [
        *reduced("__call__", sides, "Array | None", [], "{}", value),
        *reduced("value", sides, "Array | None", [], "{}", value),
        method("grad", sides, "Reduction", one, [], grad),
        *reduced("value_and_grad", sides, one, [], f"tuple[{{}}, {gradient}]", value),
        method("hess", sides, "Reduction", one, curvature, grad),
        method("grad_and_hess", sides, "Reduction", f"{two} | None", curvature, both),
        *reduced("value_grad_hess", sides, f"{two} | None", curvature, f"tuple[{{}}, {gradient}, {gradient}]", value),
    ]
    replaced = f"    def replace(self, **params: object) -> {kind(sides)}: ...\n"
    return f"class {kind(sides)}(Loss):\n{''.join(methods)}{replaced}\n"


def reduced(
    name: str, sides: tuple[str, ...], out: str, further: list[str], returned: str, value: str
) -> Iterable[str]:
    """A method whose value is a number, or an array where it is not reduced."""
    for number, (reduction, what) in enumerate((("Reduced", value), ("Literal['none']", "Array"))):
        text = method(name, sides, reduction, out, further, returned.format(what), required=number == 1)
        fits = number == 1 or (len(sides) == 2 and returned == "{}")  # as an overload of `Loss` with other names
        yield f"    @overload{'' if fits else IGNORED}\n{text.replace(IGNORED, '')}"


IGNORED = "  # type: ignore[override]"


def method(
    name: str,
    sides: tuple[str, ...],
    reduction: str,
    out: str,
    further: list[str],
    returned: str,
    required: bool = False,
) -> str:
    """A method of a loss of scores."""
    weight = "sample_weight: ArrayLike | None = None"
    arguments = [
        "self",
        *(f"{side}: ArrayLike" for side in sides),
        *(["*", weight] if len(sides) == 1 else [weight, "*"]),
        "where: ArrayLike | None = None",
        f"reduction: {reduction}" + ("" if required else " = 'mean'"),
        f"out: {out} = None",
        "n_threads: int | None = None",
        *further,
    ]
    lines = "".join(f"        {argument},\n" for argument in arguments).replace("'", '"')
    return f"    def {name}({IGNORED}\n{lines}    ) -> {returned}: ...\n"


# The functions of `lossreg.ops`: a number gives a number


def functions() -> str:
    """The signatures of all functions."""
    return OPS + exported(ops.__all__) + "".join(map(function, ops.__all__))


def function(name: str) -> str:
    """The signatures of one function: of numbers, if it has but numbers to work on, and of arrays."""
    params = inspect.signature(getattr(ops, name)).parameters.values()
    rows = any(param.name == "axis" for param in params)
    many = defined(name, [*arguments(params, "ArrayLike")], "float | Array" if name in PER_ROW else "Array")
    if rows or not any(param.name == "out" for param in params):
        return many
    return f"@overload\n{defined(name, [*arguments(params, 'Number')], 'float')}@overload\n{many}"


PER_ROW = ("logsumexp",)  # functions that make a number of a row


def arguments(params: Iterable[inspect.Parameter], of: str) -> Iterable[str]:
    """The arguments, with types of numbers or of arrays."""
    starred = False
    for param in params:
        if param.kind is param.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        if param.default is param.empty:
            yield f"{param.name}: {of}"
        elif param.name == "out" and of == "Number":
            yield "out: None = None"
        else:
            yield f"{param.name}: {param.annotation} = {param.default!r}"


def files() -> dict[Path, str]:
    """What is written where."""
    infos = [lossreg.describe(name) for name in lossreg.names()]
    infos = [info for info in infos if info.provider == "lossreg"]
    params = sorted({param.name for info in infos for param in info.params})
    return {
        ROOT / "python" / "lossreg" / "losses.pyi": stub(infos),
        ROOT / "python" / "lossreg" / "ops" / "__init__.pyi": functions(),
        ROOT / "tools" / "stubtest.txt": "".join(f"lossreg\\._native\\.Loss\\.{param}\n" for param in params),
    }


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a file is out of date")
    check, stale = parser.parse_args().check, False
    for path, text in files().items():
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            print(f"{path} is out of date; write it with: {COMMAND}", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
