"""Fits the value function to the returns of a segment."""
from typing import Callable

import numpy as np

from stable_baselines.common.dataset import iterbatches

BATCH_SIZE = 128


def fit_value_function(step: Callable[[np.ndarray, np.ndarray, float], None], observations: np.ndarray,
                       returns: np.ndarray, n_epochs: int, learning_rate: float,
                       random_state: np.random.RandomState) -> None:
    """
    Go through the segment in random minibatches of 128 rows; a rest that fills no batch is left out, unless it is all
    there is.

    :param step: one optimizer step on (observations, returns, learning rate)
    :param observations: shape [N, ...]
    :param returns: targets, shape [N]
    :param n_epochs: how many times each row is seen
    :param learning_rate: step size
    :param random_state: generator of the order
    """
    batch_size = min(BATCH_SIZE, len(returns))
    for _ in range(n_epochs):
        for batch in iterbatches((observations, returns), include_final_partial_batch=False, batch_size=batch_size,
                                 random_state=random_state):
            step(*batch, learning_rate)
