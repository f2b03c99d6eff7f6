#!/usr/bin/env bash
# coremltools gives each XGBoost regressor an intercept of 0.5, and each classifier one of 0, whatever the model has. XGBoost estimates it from the targets
# unless told otherwise, so that on the diabetes data a prediction of 202 becomes 51, and with absolute errors 205 becomes 65. Links are left out too:
# count:poisson is 0.5 plus the trees, a logarithm, 0.75 for 196, and reg:logistic a score, where reg:gamma and reg:tweedie are refused. With base_score=0.5
# squared and absolute errors and classifiers are right, and the others as wrong. With XGBoost 3.2 coremltools says that 1.4.2 is the latest version it was
# tested with, and of the rest nothing. Set base_score=0.5 for squared errors; elsewhere apply the link by hand, to a score that is off by a constant.
# Seen with coremltools 9.0, xgboost-cpu 3.2.0; coremltools/converters/xgboost/_tree_ensemble.py, set_default_prediction_value. The trees of the Core ML file
# are walked here, as a Mac would. Guessed before: the model's intercept, or a refusal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 xgboost-cpu==3.2.0 coremltools==9.0
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import coremltools
import numpy as np
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes

print("coremltools", coremltools.__version__, "xgboost", xgboost.__version__)
BRANCHES = {0: np.less_equal, 1: np.less, 2: np.greater_equal, 3: np.greater}
LEAF = 6


def walked(spec, X):
    """The sum of the leaves and of the intercept of a file's trees, before its last transformation."""
    ensemble = getattr(spec, spec.WhichOneof("Type")).treeEnsemble
    trees = {}
    for node in ensemble.nodes:
        trees.setdefault(node.treeId, {})[node.nodeId] = node
    sums = np.full(len(X), ensemble.basePredictionValue[0])
    for nodes in trees.values():
        below = {each for node in nodes.values() if node.nodeBehavior != LEAF for each in (node.trueChildNodeId, node.falseChildNodeId)}
        (root,) = set(nodes) - below
        for row, x in enumerate(X.astype("float32")):
            node = nodes[root]
            while node.nodeBehavior != LEAF:
                passed = BRANCHES[node.nodeBehavior](x[node.branchFeatureIndex], node.branchFeatureValue)
                node = nodes[node.trueChildNodeId if passed else node.falseChildNodeId]
            sums[row] += node.evaluationInfo[0].evaluationValue
    assert ensemble.numPredictionDimensions == 1 and not (spec.WhichOneof("Type") == "treeEnsembleRegressor" and spec.treeEnsembleRegressor.postEvaluationTransform)
    return ensemble.basePredictionValue[0], sums


def converted(model, X, y, **more):
    model.fit(X, y)
    names = [f"f{column}" for column in range(X.shape[1])]
    base, sums = walked(coremltools.converters.xgboost.convert(model, feature_names=names, target="y", **more).get_spec(), X[:50])
    raw = model.predict(X[:50], output_margin=True)
    assert np.ptp(sums - raw) < 1e-3 * max(1, np.ptp(raw))  # the trees are the same ones
    return base, sums, raw, model.predict(X[:50])


FEW = {"n_estimators": 10, "max_depth": 3}
X, y = load_diabetes(return_X_y=True)
for objective in ("reg:squarederror", "reg:absoluteerror", "count:poisson", "reg:logistic"):
    for start in ({}, {"base_score": 0.5}):
        base, sums, raw, right = converted(xgboost.XGBRegressor(objective=objective, **start, **FEW), X, y / 400 if "logistic" in objective else y)
        print(f"{objective:17} {start or 'estimated'!s:19} Core ML: intercept {base:g}, {sums[0]:8.3f}; XGBoost: raw {raw[0]:8.3f}, predicted {right[0]:8.3f}")
        if np.allclose(sums, right, rtol=1e-3, atol=1e-3) != (bool(start) and "error" in objective) or base != 0.5:
            raise SystemExit("another intercept or link now")
base, sums, raw, _ = converted(xgboost.XGBClassifier(**FEW), *load_breast_cancer(return_X_y=True), mode="classifier")
print(f"two classes: Core ML: intercept {base:g}, score {sums[0]:.3f}; XGBoost: {raw[0]:.3f}")
if abs(sums - raw).max() < 0.1:
    raise SystemExit("classifiers have their intercept now")
PYTHON
