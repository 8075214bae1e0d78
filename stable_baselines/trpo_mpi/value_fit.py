"""Fits the value function to the returns of a segment."""
from typing import Any, Callable, Dict, Sequence

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.dataset import iterbatches

BATCH_SIZE = 128


def fit_value_function(step: Callable[..., Any], batch: Sequence[np.ndarray], n_epochs: int, learning_rate: float,
                       random_state: np.random.RandomState) -> Dict[str, float]:
    """
    Go through the segment in random minibatches of 128 rows (or of as many sequences as have 128); a rest that fills no
    batch is left out, unless it is all there is.

    :param step: one optimizer step on (a minibatch of each array, learning rate); returns the loss before it and the
        length of the gradient
    :param batch: what the network reads, then the targets [N]; or, with memory, [sequences, steps]
    :param n_epochs: how many times each row is seen
    :param learning_rate: step size
    :param random_state: generator of the order
    :return: the means of both over all steps, by the names in ``common.figures``; nothing where there was no step
    """
    targets = batch[-1]
    rows_each = targets[0].size
    batch_size = min(max(BATCH_SIZE // rows_each, 1), len(targets))
    taken = []
    for _ in range(n_epochs):
        for arrays in iterbatches(batch, include_final_partial_batch=False, batch_size=batch_size,
                                  random_state=random_state):
            taken.append(step(*arrays, learning_rate))
    if not taken:
        return {}
    loss, norm = mpi.mean_over_workers(np.mean(taken, axis=0, dtype=np.float64)).tolist()
    return dict(value_loss=loss, value_gradient_norm=norm)
