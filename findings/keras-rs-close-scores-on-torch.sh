#!/usr/bin/env bash
# Metrics of keras-rs rank by other scores than they are given over PyTorch: with shuffle_ties=False each has a millionth of its position taken off, so
# that among 5000 items whatever differs by less than 0.005 is ranked by where it stands. That is what scores are that a softmax or a sigmoid made: the
# recall at 10 of such probabilities, 1.00 over JAX and in NumPy, is 0.84, and with the catalogue upside down 0.70; the logits of the same ones are
# ranked right. With shuffle_ties=True, the default, all agree. Give logits, or ranks.
# Seen with keras-rs 0.4.0, keras 3.15.1, torch 2.15.0, jax 0.10.2; keras_rs/src/metrics/ranking_metrics_utils.py, sort_by_scores, `stable_offset =
# indices * 1e-6`, where a comment calls it deterministic tie-breaking. Guessed before: backends agree, and ties alone are broken.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 torch==2.15.0 jax==0.10.2 keras==3.15.1
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps keras-rs==0.4.0
cat > "$folder/recall.py" <<'PYTHON'
import keras
import keras_rs
import numpy as np

rng = np.random.default_rng(0)
right = rng.integers(0, 5000, 50)
labels = np.zeros((50, 5000), dtype=np.float32)
labels[np.arange(50), right] = 1
logits = (rng.random((50, 5000)) + 3 * labels).astype(np.float32)  # the right one is the first by far
shares = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
for name, scores in (("logits", logits), ("probabilities", shares)):
    for order, step in (("as they are", 1), ("upside down", -1)):
        found = []
        for shuffle in (True, False):
            metric = keras_rs.metrics.RecallAtK(k=10, shuffle_ties=shuffle)
            metric.update_state(labels[:, ::step].copy(), scores[:, ::step].copy())
            found.append(float(metric.result()))
        places = (scores > scores[np.arange(50), right][:, None]).sum(axis=1)
        usual = float((places < 10).mean())
        print(f"{keras.backend.backend():5} {name:13} {order}: recall at 10 with ties shuffled {found[0]:.2f}, with shuffle_ties=False {found[1]:.2f}; NumPy {usual:.2f}")
        assert abs(found[0] - usual) < 1e-6
        wrong = keras.backend.backend() == "torch" and name == "probabilities"
        if (abs(found[1] - usual) > 0.01) != wrong:
            raise SystemExit("close scores are ranked otherwise now")
PYTHON
for backend in jax torch; do KERAS_BACKEND=$backend "$folder/venv/bin/python" -W ignore "$folder/recall.py"; done
