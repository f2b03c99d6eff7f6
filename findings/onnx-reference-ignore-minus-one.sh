#!/usr/bin/env bash
# The reference evaluator of ONNX, by which other runtimes are checked, takes ignore_index=-1 of NegativeLogLikelihoodLoss for none: the loss of ignored
# targets is 0, but the mean without weights is divided by all of them, so that it falls with the share that is ignored, by 1/2 for every other one.
# With any other index, -100 as PyTorch has it among them, with weights of 1, and in SoftmaxCrossEntropyLoss it is divided by what counts, as ONNX
# Runtime does for each of them; the specification has a mean without weights and says that ignored targets contribute nothing. Give weights of 1.
# Seen with onnx 1.23.2, onnxruntime 1.32.0; onnx/reference/ops/op_negative_log_likelihood_loss.py, `elif ignore_index != -1`. Guessed before: one
# divisor for every index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
rng = np.random.default_rng(0)
logits = rng.normal(size=(8, 4)).astype(np.float32)
logs = (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float32)
labels = np.array([0, -1, 1, -1, 2, -1, 3, -1])
true = -logs[::2][np.arange(4), [0, 1, 2, 3]].mean()


def found(operator, scores, index, weights):
    """The mean of one operator in the reference evaluator and in ONNX Runtime."""
    feeds = {"scores": scores, "labels": np.where(labels == -1, index, labels)}
    if weights:
        feeds["weights"] = np.ones(4, dtype=np.float32)
    types = {"labels": TensorProto.INT64}
    inputs = [helper.make_tensor_value_info(name, types.get(name, TensorProto.FLOAT), array.shape) for name, array in feeds.items()]
    node = helper.make_node(operator, list(feeds), ["loss"], reduction="mean", ignore_index=index)
    graph = helper.make_graph([node], "graph", inputs, [helper.make_tensor_value_info("loss", TensorProto.FLOAT, [])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return float(ReferenceEvaluator(model).run(None, feeds)[0]), float(session.run(None, feeds)[0])


print(f"mean over the four targets that count: {true:.4f}")
for operator, scores in (("NegativeLogLikelihoodLoss", logs), ("SoftmaxCrossEntropyLoss", logits)):
    for index in (-1, -100, -2):
        for weights in (False, True):
            reference, runtime = found(operator, scores, index, weights)
            print(f"{operator:25} ignore_index={index:4} {'weights of 1' if weights else 'no weights':12}: reference {reference:.4f}  runtime {runtime:.4f}")
            half = (operator, index, weights) == ("NegativeLogLikelihoodLoss", -1, False)
            assert np.isclose(runtime, true, rtol=1e-5)
            if not np.isclose(reference, true / 2 if half else true, rtol=1e-5):
                raise SystemExit("the reference evaluator divides otherwise now")
PYTHON
