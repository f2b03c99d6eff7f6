#!/usr/bin/env bash
# In segmentation_models_pytorch's Dice, Jaccard and Tversky losses a class that a batch does not show costs nothing, and has no gradient:
# an empty mask with every pixel predicted as foreground is a loss of 0, the best there is. `smooth` does not change that. The
# zeros are averaged with the classes that are there, so that the same predictions for one image are a third of the loss once two
# classes are absent. MONAI's Dice of the empty mask is 1 there, and near 0 for an empty prediction. And within the library what is ignored
# is divided by in some losses and not in others: with three quarters of the pixels ignored, SoftBCEWithLogitsLoss and SoftCrossEntropyLoss
# are a quarter of what they are of the rest alone; FocalLoss, and torch's cross-entropy, are the same.
# Seen with segmentation-models-pytorch 0.6.0, monai 1.6.1, torch 2.15.0. Guessed before: predictions where nothing is cost something, which
# `smooth` is there for, and ignored pixels are as if they were not there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 torch==2.15.0 torchvision==0.29.2 timm==1.0.31 \
    segmentation-models-pytorch==0.6.0 monai==1.6.1
"$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import monai
import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch import losses
from torch.nn.functional import cross_entropy

print("segmentation_models_pytorch", smp.__version__, "monai", monai.__version__, "torch", torch.__version__)
chance = torch.Generator().manual_seed(0)
everything = torch.full((2, 1, 8, 8), 20.0, requires_grad=True)  # logits: foreground everywhere
nothing = torch.zeros(2, 1, 8, 8)
CANDIDATES = {
    "smp DiceLoss": losses.DiceLoss("binary"),
    "smp DiceLoss, smooth=1": losses.DiceLoss("binary", smooth=1.0),
    "smp JaccardLoss": losses.JaccardLoss("binary"),
    "smp TverskyLoss": losses.TverskyLoss("binary"),
    "MONAI DiceLoss": monai.losses.DiceLoss(sigmoid=True),
}
for name, loss in CANDIDATES.items():
    value = loss(everything, nothing)
    print(f"{name:23} empty mask, all predicted: {value:.4f}   nothing predicted: {loss(-2 * everything, nothing):.4f}")
    if name.startswith("smp"):
        if value != 0:
            raise SystemExit(f"{name}: what is predicted on an empty mask costs something now")
        assert torch.autograd.grad(value, everything)[0].abs().max() == 0
assert CANDIDATES["MONAI DiceLoss"](everything, nothing) > 0.9

one = torch.zeros(1, 8, 8, dtype=torch.long)  # an image of class 0, half of which is predicted as class 1 and 2
logits = torch.zeros(1, 3, 8, 8)
logits[:, 0, :, :4] = logits[:, 1, :4, 4:] = logits[:, 2, 4:, 4:] = 20.0
there, all_three = (losses.DiceLoss("multiclass", classes=classes)(logits, one) for classes in ([0], None))
print(f"Dice of an image of one class among three: {all_three:.4f}; of that class alone {there:.4f}")
assert abs(all_three - there / 3) < 1e-6

x, z = torch.randn(2, 1, 8, 8, generator=chance), torch.randn(2, 3, 8, 8, generator=chance)
y, labels = (torch.rand(2, 1, 8, 8, generator=chance) > 0.5).float(), torch.randint(3, (2, 8, 8), generator=chance)
PAIRS = {
    "SoftBCEWithLogitsLoss": (losses.SoftBCEWithLogitsLoss(ignore_index=255), x, y),
    "SoftCrossEntropyLoss": (losses.SoftCrossEntropyLoss(smooth_factor=0.1, ignore_index=255), z, labels),
    "FocalLoss": (losses.FocalLoss("multiclass", ignore_index=255), z, labels),
    "torch's cross_entropy": (lambda a, b: cross_entropy(a, b, ignore_index=255), z, labels),
}
ratios = {}
for name, (loss, scores, target) in PAIRS.items():
    masked = target.clone()
    masked[..., 2:] = 255
    whole, rest = loss(scores, masked), loss(scores[..., :2].contiguous(), target[..., :2].contiguous())
    ratios[name] = float(whole / rest)
    print(f"{name:22} three quarters ignored {whole:.4f}, the rest alone {rest:.4f}: {ratios[name]:.2f}")
expected = [0.25, 0.25, 1.0, 1.0]
if not all(abs(ratio - wanted) < 1e-4 for ratio, wanted in zip(ratios.values(), expected)):
    raise SystemExit("ignored pixels are divided by otherwise now")
PYTHON
