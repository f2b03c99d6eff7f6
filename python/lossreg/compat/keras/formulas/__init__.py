"""Keras's formulas, by family: the loss of every sample, and how its derivatives travel back.

A formula takes targets and predictions and returns the losses of the samples, the mean or sum over the last axis
already taken, with their pullback: from what each sample counts for to the gradient with respect to the predictions.
A reduction composes with that, and nothing is computed for a derivative that nobody asks for.

Losses of differences and of raw scores run on lossreg's engine. Those of probabilities are Keras's own arithmetic step
by step in the dtype of the predictions: in float32 the clip to [1e-7, 1 - 1e-7], the division by the row's sum and the
rounding of 1 - p make the numbers.
"""

from . import pairs, rows, sequences

# The formulas whose targets are class indices or labels to compare, which no floating dtype rounds.
OF_INDICES = frozenset(
    {
        pairs.circle,
        rows.categorical_generalized_cross_entropy,
        rows.sparse_categorical_crossentropy,
        sequences.ctc,
    }
)
