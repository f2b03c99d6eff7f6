#!/usr/bin/env bash
# With gamma=0 and no alpha a focal loss is cross-entropy, says its definition. Of several classes it is so in none of three PyTorch libraries.
# segmentation_models_pytorch and, unless told otherwise, MONAI take a sigmoid of each class: the mean of binary cross-entropies. Kornia, and
# MONAI with use_softmax=True, take the softmax and then the mean over pixels and classes, of which all but one are 0: cross-entropy
# divided by the number of classes, with gradients as much smaller. A single alpha of 0.25 does not scale the classes alike:
# under the softmax MONAI and Kornia weigh class 0 by 0.75 and every other by 0.25. And what ignore_index leaves out stays in Kornia's
# divisor: with half the pixels ignored, its loss of the same predictions is half as large.
# Seen with segmentation-models-pytorch 0.6.0, monai 1.6.1, kornia 0.9.0, torch 2.15.0. Guessed before: cross-entropy times a factor.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 torch==2.15.0 torchvision==0.29.2 timm==1.0.31 \
    segmentation-models-pytorch==0.6.0 monai==1.6.1 kornia==0.9.0
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import kornia
import monai
import segmentation_models_pytorch as smp
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot

print("segmentation_models_pytorch", smp.__version__, "monai", monai.__version__, "kornia", kornia.__version__, "torch", torch.__version__)
chance = torch.Generator().manual_seed(0)


def drawn(classes):
    """Logits of a batch of images, and the class of each pixel."""
    return torch.randn(2, classes, 8, 8, generator=chance), torch.randint(classes, (2, 8, 8), generator=chance)


def kornias(logits, labels, alpha=None, **more):
    return float(kornia.losses.focal_loss(logits, labels, alpha=alpha, gamma=0.0, reduction="mean", **more))


def monais(logits, labels, **more):
    hot = one_hot(labels, logits.shape[1]).movedim(-1, 1).float()
    return float(monai.losses.FocalLoss(gamma=0.0, **more)(logits, hot))


def smps(logits, labels, **more):
    return float(smp.losses.FocalLoss("multiclass", gamma=0.0, **more)(logits, labels))


for classes in (3, 10):
    logits, labels = drawn(classes)
    entropy = float(cross_entropy(logits, labels))
    binary = float(binary_cross_entropy_with_logits(logits, one_hot(labels, classes).movedim(-1, 1).float()))
    found = {
        "smp": smps(logits, labels),
        "MONAI": monais(logits, labels),
        "MONAI, use_softmax": monais(logits, labels, use_softmax=True),
        "Kornia": kornias(logits, labels),
    }
    print(f"{classes:2} classes, gamma 0: cross-entropy {entropy:.4f}  mean of binary ones {binary:.4f}")
    for name, value in found.items():
        print(f"    {name:18} {value:.4f}  times the classes {classes * value:.4f}")
        if abs(value - entropy) < 1e-3:
            raise SystemExit(f"{name} is cross-entropy now")
    assert abs(found["smp"] - binary) < 1e-5 and abs(found["MONAI"] - binary) < 1e-5
    assert abs(classes * found["Kornia"] - entropy) < 1e-5 and abs(classes * found["MONAI, use_softmax"] - entropy) < 1e-5

logits, _ = drawn(3)
for each in range(3):
    labels = torch.full((2, 8, 8), each)
    scaled = [one / other for one, other in (
        (monais(logits, labels, use_softmax=True, alpha=0.25), monais(logits, labels, use_softmax=True)),
        (kornias(logits, labels, alpha=0.25), kornias(logits, labels)),
    )]
    print(f"alpha 0.25 multiplies the loss of class {each} by {scaled[0]:.2f} in MONAI, {scaled[1]:.2f} in Kornia")
    assert all(abs(factor - (0.25 if each else 0.75)) < 1e-4 for factor in scaled)

logits, labels = (torch.cat([part, part], dim=-1) for part in drawn(3))
ignored = labels.clone()
ignored[..., 8:] = -100
print(
    f"with the second half ignored: cross-entropy {cross_entropy(logits, labels):.4f} -> {cross_entropy(logits, ignored):.4f}, "
    f"Kornia {kornias(logits, labels):.4f} -> {kornias(logits, ignored, ignore_index=-100):.4f}"
)
assert abs(cross_entropy(logits, ignored) - cross_entropy(logits, labels)) < 1e-5
assert abs(kornias(logits, ignored, ignore_index=-100) / kornias(logits, labels) - 0.5) < 1e-4, "Kornia divides by what counts now"
PYTHON
