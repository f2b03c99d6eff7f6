#!/usr/bin/env bash
# What a model is worth that scores all documents alike is decided by names in pytrec_eval, by the order of a dict in ranx. pytrec_eval ranks equal scores
# by the name of the document, the last one first: rename the documents, and the NDCG of the same run goes from 0.52 to 1. ranx keeps the order they were
# put in, so that a run that was made of sorted judgments has a perfect NDCG. And a query that the run has nothing for is left out of pytrec_eval's answer, so
# that a mean over it is better the more queries fail; ir_measures over the same pytrec_eval counts it as 0, ranx refuses until it is told
# make_comparable=True, and counts 0 then.
# Seen with pytrec-eval-terrier 0.5.11, ir-measures 0.4.3, ranx 0.3.21. Guessed before: ties are broken alike, or averaged, and a query without an
# answer is a query.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 pytrec-eval-terrier==0.5.11 \
    ir-measures==0.4.3 ranx==0.3.21
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import ir_measures
import pytrec_eval
from ranx import Qrels, Run, evaluate

print(*(f"{name} {version(name)}" for name in ("pytrec-eval-terrier", "ir-measures", "ranx")))


def scores(judged, found):
    """NDCG of pytrec_eval, ir_measures and ranx, as means over what each has."""
    own = pytrec_eval.RelevanceEvaluator(judged, {"ndcg"}).evaluate(found)
    over = ir_measures.calc_aggregate([ir_measures.nDCG], judged, found)[ir_measures.nDCG]
    return sum(one["ndcg"] for one in own.values()) / len(own), over, float(evaluate(Qrels(judged), Run(found), "ndcg", make_comparable=True))


seen = {}
for names, order in (("abcd", "abcd"), ("dcba", "abcd"), ("abcd", "dcba")):
    grades = dict(zip(names, (2, 1, 0, 0)))  # the first is the best
    places = [names["abcd".index(letter)] for letter in order]
    seen[names, order] = scores({"q": grades}, {"q": dict.fromkeys(places, 1.0)})
    print(f"equal scores, the best document is {names[0]}, put in the order {places}: pytrec_eval {seen[names, order][0]:.3f}, ranx {seen[names, order][2]:.3f}")
if seen["abcd", "abcd"][0] == seen["dcba", "abcd"][0] or seen["abcd", "abcd"][2] == seen["abcd", "dcba"][2]:
    raise SystemExit("ties are broken otherwise now")
judged = {f"q{number}": {"a": 1, "b": 0} for number in range(4)}
own, over, rest = scores(judged, {"q0": {"a": 2.0, "b": 1.0}})
print(f"four queries, one of them answered and right: pytrec_eval {own:.2f}, ir_measures {over:.2f}, ranx {rest:.2f}")
if own != 1 or abs(over - 0.25) > 1e-6 or abs(rest - 0.25) > 1e-6:
    raise SystemExit("missing queries count otherwise now")
PYTHON
