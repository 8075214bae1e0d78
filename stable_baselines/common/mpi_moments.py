"""Means and standard deviations over the rows of all workers."""
from typing import Any, Optional, Tuple

import numpy as np

from stable_baselines.common import mpi


def mpi_mean(arr: np.ndarray, axis: int = 0, comm: Optional[Any] = None,
             keepdims: bool = False) -> Tuple[np.ndarray, int]:
    """
    :param arr: this worker's numbers
    :param axis: the axis over which, and over all workers, the mean is taken
    :param comm: kept for compatibility: the workers are always all
    :param keepdims: keep the axis with size 1
    :return: the mean, and how many rows of all workers went into it
    :raises ValueError: when no worker has a row
    """
    arr = np.asarray(arr, dtype=np.float64)
    local = np.append(arr.sum(axis=axis, keepdims=keepdims).ravel(), arr.shape[axis])
    total = mpi.sum_over_workers(local)
    if total[-1] == 0:
        raise ValueError('mpi_mean: arr has no rows along axis {} on any worker'.format(axis))
    shape = arr.sum(axis=axis, keepdims=keepdims).shape
    return (total[:-1] / total[-1]).reshape(shape), int(total[-1])


def mpi_moments(arr: np.ndarray, axis: int = 0, comm: Optional[Any] = None,
                keepdims: bool = False) -> Tuple[np.ndarray, np.ndarray, int]:
    """
    :param arr: this worker's numbers
    :param axis: the axis over which, and over all workers, the moments are taken
    :param comm: kept for compatibility: the workers are always all
    :param keepdims: keep the axis with size 1
    :return: mean, standard deviation, and how many rows of all workers went into them
    """
    arr = np.asarray(arr, dtype=np.float64)
    mean, count = mpi_mean(arr, axis=axis, keepdims=True)
    variance, _ = mpi_mean(np.square(arr - mean), axis=axis, keepdims=True)
    std = np.sqrt(variance)
    if not keepdims:
        mean, std = mean.squeeze(axis=axis), std.squeeze(axis=axis)
    return mean, std, count
