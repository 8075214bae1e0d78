"""The hyperbolic tangent of many numbers at once, where NumPy itself is slow at it."""
from typing import Tuple

import numpy as np

__all__ = ['TANH_IS_SLOW', 'sigmoid', 'sigmoid_of_many', 'tanh_of_many']

_FEW = 384  # numbers, up to which NumPy's own tanh is the faster one even so
_REACH, _PER_UNIT = 32, 1024  # the table goes from -32 to 32; steps in 1
_SCALE = np.array(_PER_UNIT, np.float32)
_LANES = np.zeros(16, np.int64)
_HALF = np.float32(0.5)


def sigmoid(values: np.ndarray) -> np.ndarray:
    """
    :param values: any shape
    :return: 1 / (1 + exp(-values)), by way of tanh, since the exponential of large numbers would overflow, and warn
    """
    return _HALF * np.tanh(_HALF * values) + _HALF


def _table() -> Tuple[np.ndarray, np.ndarray]:
    """
    Straight lines that meet tanh at both ends of each step of the table. A number's step is what is left of
    ``number * _PER_UNIT`` without its fraction, so that the one at 0 is twice as long, and negative ones stand at the
    end, as Python counts.

    :return: where they start and how they rise, float32, shape [steps]
    """
    count = _REACH * _PER_UNIT
    step = np.r_[0:count, -count + 1:0]
    ends = np.stack([step - (step <= 0), step + (step >= 0)]) / float(_PER_UNIT)
    heights = np.tanh(ends)
    slopes = (heights[1] - heights[0]) / (ends[1] - ends[0])
    return (heights[0] - slopes * ends[0]).astype(np.float32), slopes.astype(np.float32)


def _tanh(values: np.ndarray) -> np.ndarray:
    """
    By interpolation in a table, up to 2e-7 off, in a third of the time and less.

    Matrix products of OpenBLAS leave the upper halves of the vector registers in use. Code without vector instructions
    is two to four times slower from then on, until some function clears them, as NumPy's for whole numbers does.

    :param values: float32, any shape
    :return: their hyperbolic tangents
    """
    np.negative(_LANES, _LANES)
    if values.size <= _FEW:
        return np.tanh(values)
    step = np.multiply(values, _SCALE).astype(np.intp)
    try:
        result = _SLOPES[step]
    except IndexError:  # some are beyond the table, or no numbers
        return np.tanh(values)
    np.multiply(result, values, result)
    return np.add(result, _STARTS[step], result)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return _HALF * _tanh(_HALF * values) + _HALF


_STARTS, _SLOPES = _table()
# NumPy has vector instructions for tanh since 1.22. By the version, not by the clock: equal seeds give equal bits.
TANH_IS_SLOW = np.lib.NumpyVersion(np.__version__) < '1.22.0'
tanh_of_many = _tanh if TANH_IS_SLOW else np.tanh
sigmoid_of_many = _sigmoid if TANH_IS_SLOW else sigmoid
