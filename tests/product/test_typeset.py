"""Formulas as MathML: every loss's can be set, and what is set says the same."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

import lossreg
from lossreg.demo.typeset import mathml


def text(formula: str, **params: object) -> str:
    """What stands on the page, without its shape."""
    return "".join(ElementTree.fromstring(mathml(formula, params).replace("&#8289;", "")).itertext())


@pytest.mark.parametrize("name", lossreg.names())
def test_every_formula_can_be_set(name: str) -> None:
    info = lossreg.describe(name)
    for raw in (True, False):
        switches = {param.name: raw if param.name == info.raw_switch else False for param in info.params}
        set_ = mathml(info.formula, switches, rows=info.family in ("row-wise", "set-wise"))
        (root,) = [ElementTree.fromstring(set_)]
        assert root.tag == "math"
        assert root.get("alttext") == info.formula
        assert "where" not in "".join(root.itertext())


def test_a_formula_reads_as_in_a_paper() -> None:
    assert text("0.5*r**2") == "½r2"
    assert text("log1p(x)") == "log(1+x)"
    assert text("a - (b - c)") == "a−(b−c)"
    assert text("4*where(y_true > 0, -1, 1)*y_pred") == "−4sy^"
    assert text("1 + where(y_true > 0, -1, 1)*y_pred") == "1−sy^"
    assert text("(a + b)*c") == "(a+b)c"
    assert text("pos_weight*y_true*log(x)*scale") == "pos weight·ylogx·scale"
    assert text("sum(prod(u for u in v) for v in w)") == "∑v∈w∏u∈vu"


def test_switches_decide_between_cases() -> None:
    formula = "where(log_input, exp(y_pred), y_pred) + where(full, lgamma(y_true + 1), 0)"
    assert text(formula, log_input=True, full=False) == "ey^"
    assert text(formula, log_input=False, full=True) == "y^+logΓ(y+1)"
    assert text("where(alpha is None, 1, alpha)*x", alpha=None) == "x"
    assert text("where(alpha is None, 1, alpha)*x", alpha=0.25) == "αx"


@pytest.mark.parametrize("formula", ["[1]", "x @ y", "lambda: 0", "f'{x}'", "x.y"])
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match="is not part of a formula"):
        mathml(formula, {})
