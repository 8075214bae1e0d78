"""Mean and variance of a stream of data, without keeping the data."""
from typing import Tuple

import numpy as np

__all__ = ['RunningMeanStd']


class RunningMeanStd:
    """
    Mean and variance of everything seen, merged batch by batch (Chan, Golub, LeVeque 1979: the pairwise form).

    The start counts as ``epsilon`` observations with mean 0 and variance 1, so the variance is never 0 by lack of data.

    :param epsilon: weight of the start, in observations
    :param shape: shape of one observation
    """

    def __init__(self, epsilon: float = 1e-4, shape: Tuple[int, ...] = ()) -> None:
        self.mean = np.zeros(shape, np.float64)
        self.var = np.ones(shape, np.float64)
        self.count = epsilon

    def update(self, arr: np.ndarray) -> None:
        """
        Take a batch in.

        :param arr: shape [N, *shape]; N = 0 changes nothing
        :raises ValueError: when an observation has another shape
        """
        arr = np.asarray(arr)
        if arr.ndim == 0 or arr.shape[1:] != self.mean.shape:
            raise ValueError('arr must have shape [N, *{}], found {}.'.format(self.mean.shape, arr.shape))
        if len(arr) == 1:  # to the last bit what comes out below, in half the time
            self.update_from_moments(np.asarray(arr[0], np.float64), 0.0, 1)
        elif len(arr) > 0:
            # In double precision: the squares of large, close float32 numbers lose everything. What np.mean and np.var
            # do, without their detours: environments call this in each step.
            mean = np.add.reduce(arr, axis=0, dtype=np.float64) / len(arr)
            differences = np.subtract(arr, mean, dtype=np.float64)
            self.update_from_moments(mean, np.add.reduce(differences * differences, axis=0) / len(arr), len(arr))

    def update_from_moments(self, batch_mean: np.ndarray, batch_var: np.ndarray, batch_count: float) -> None:
        """
        Take a batch in of which only the moments are known.

        :param batch_mean: its mean, shape [*shape]
        :param batch_var: its variance (divided by N), shape [*shape]
        :param batch_count: how many observations it holds
        """
        delta = batch_mean - self.mean
        total = self.count + batch_count
        spread = self.var * self.count + batch_var * batch_count + delta ** 2 * (self.count * batch_count / total)
        self.mean = self.mean + delta * (batch_count / total)
        self.var = spread / total
        self.count = total
