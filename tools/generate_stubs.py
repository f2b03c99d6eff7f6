"""Writes the signatures of all built-in losses, python/lossreg/losses.pyi, from what they say of themselves.

``python tools/generate_stubs.py`` writes the files; with ``--check`` it exits 1 where one is not what it would write. The
second file, tools/stubtest.txt, tells stubtest the names under which a loss says where its parameters are, which no type
checker should take for attributes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import lossreg
from lossreg.info import LossInfo, ParamInfo

ROOT = Path(__file__).resolve().parents[1]
COMMAND = "python tools/generate_stubs.py"
TYPES = {
    "switch": "bool",
    "number": "float",
    "integer": "int",
    "axes": "int | Sequence[int]",
    "per-class": "Sequence[float]",
}
HEAD = f"""\
# Written by `{COMMAND}` from the losses' own data; change those, not this file.
from collections.abc import Sequence
from typing import Literal, overload

from numpy.typing import ArrayLike

from lossreg import Loss
from lossreg._native import _Array, _Curvature, _Reduced, _Reduction

"""


def stub(infos: list[LossInfo]) -> str:
    """The text of the signatures."""
    names = "".join(f'    "{info.name}",\n' for info in infos)
    kinds = sorted({info.sides for info in infos if info.family == "adversarial"}, key=len)
    parts = [HEAD, f"__all__ = [\n{names}]\n\n", *map(scores, kinds), *map(signature, infos)]
    return "".join(parts)


def signature(info: LossInfo) -> str:
    """The function of one loss."""
    params = [f"{one.name}: {annotation(one)} = {one.default!r}" for one in info.params]
    returned = kind(info.sides) if info.family == "adversarial" else "Loss"
    line = f"def {info.name}({'*, ' if params else ''}{', '.join(params)}) -> {returned}: ...\n"
    if len(line) <= 121:
        return line
    lines = "".join(f"    {param},\n" for param in params)
    return f"def {info.name}(\n    *,\n{lines}) -> {returned}: ...\n"


def annotation(param: ParamInfo) -> str:
    """The type of a parameter."""
    scalar = "float | " if param.kind == "per-class" and param.scalar else ""
    return scalar + TYPES[param.kind] + (" | None" if param.optional else "")


# Losses of scores: a class for each set of sides, which exists for type checkers only


def kind(sides: tuple[str, ...]) -> str:
    """The name of the class of losses of these scores."""
    return "_LossOf" + "And".join(part.title().replace("_", "") for part in sides)


def scores(sides: tuple[str, ...]) -> str:
    """The class of losses of these scores."""
    gradient = "_Array" if len(sides) == 1 else f"tuple[{', '.join(['_Array'] * len(sides))}]"
    one, two = f"{gradient} | None", f"tuple[{gradient}, {gradient}]"
    curvature = ["hessian: _Curvature = 'exact'", "min_hessian: float | None = None"]
    value, grad, both = "float", gradient, two
    methods = [
        *reduced("__call__", sides, "_Array | None", [], "{}", value),
        *reduced("value", sides, "_Array | None", [], "{}", value),
        method("grad", sides, "_Reduction", one, [], grad),
        *reduced("value_and_grad", sides, one, [], f"tuple[{{}}, {gradient}]", value),
        method("hess", sides, "_Reduction", one, curvature, grad),
        method("grad_and_hess", sides, "_Reduction", f"{two} | None", curvature, both),
        *reduced("value_grad_hess", sides, f"{two} | None", curvature, f"tuple[{{}}, {gradient}, {gradient}]", value),
    ]
    return f"class {kind(sides)}(Loss):\n{''.join(methods)}\n"


def reduced(
    name: str, sides: tuple[str, ...], out: str, further: list[str], returned: str, value: str
) -> Iterable[str]:
    """A method whose value is a number, or an array where it is not reduced."""
    for number, (reduction, what) in enumerate((("_Reduced", value), ("Literal['none']", "_Array"))):
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


def files() -> dict[Path, str]:
    """What is written where."""
    infos = [lossreg.describe(name) for name in lossreg.names()]
    infos = [info for info in infos if info.provider == "lossreg"]
    params = sorted({param.name for info in infos for param in info.params})
    return {
        ROOT / "python" / "lossreg" / "losses.pyi": stub(infos),
        ROOT / "tools" / "stubtest.txt": "".join(f"lossreg\\._native\\.Loss\\.{name}\n" for name in params),
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
