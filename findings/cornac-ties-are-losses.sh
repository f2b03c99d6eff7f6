#!/usr/bin/env bash
# In cornac's AUC a tie counts as a loss: that of a model that knows nothing, with all scores equal, is 0.0 where chance is 0.5. So of models that score
# coarsely, such as MostPop where many items are as popular, or whole ratings, it is lower by half the share of ties: scores of five steps have 0.655
# where scikit-learn's roc_auc_score, which gives a half for each tie, has 0.761. Noise of 1e-9 on the scores makes it right on average. Its MAP of the
# very same scores is scikit-learn's.
# Seen with cornac 3.0.1, scikit-learn 1.9.1; cornac/metrics/ranking.py, AUC, `(ui_scores > uj_scores).sum() / len(uj_scores)`. "Area Under the ROC
# Curve (AUC)" is all that is said. Guessed before: a half, as areas under curves have it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 cornac==3.0.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import cornac
import numpy as np
from cornac.metrics import AUC, MAP
from sklearn.metrics import average_precision_score, roc_auc_score

print("cornac", cornac.__version__)
rng = np.random.default_rng(0)
items = np.arange(200)
liked = np.sort(rng.choice(200, 20, replace=False))
labels = np.isin(items, liked).astype(int)
fine = labels + rng.normal(size=200)
for name, scores in (("as they are", fine), ("of five steps", np.clip(fine.round(), -1, 3)), ("all equal", np.zeros(200))):
    auc, precision = AUC().compute(items, scores, liked), MAP().compute(items, scores, liked)
    ties = np.mean(scores[labels == 1][:, None] == scores[labels == 0])
    usual = roc_auc_score(labels, scores)
    print(f"scores {name:13} AUC {auc:.3f}, scikit-learn {usual:.3f}, half of the ties {ties / 2:.3f}; MAP {precision:.3f}, scikit-learn {average_precision_score(labels, scores):.3f}")
    if abs(auc + ties / 2 - usual) > 1e-9:
        raise SystemExit("ties count otherwise now")
if auc != 0:
    raise SystemExit("the AUC of equal scores is another one now")
PYTHON
