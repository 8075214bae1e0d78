"""The hyperbolic tangent of many numbers at once, where NumPy itself is slow at it."""
import numpy as np

__all__ = ['sigmoid', 'sigmoid_of_many', 'tanh_of_many']

_FEW = 768  # numbers, up to which NumPy's own tanh is the faster one even so
_LANES = np.zeros(16, np.int64)
_HALF = np.float32(0.5)
_ONE, _TWO, _LARGEST = (np.array(value, np.float32) for value in (1.0, 2.0, 40.0))


def sigmoid(values: np.ndarray) -> np.ndarray:
    """
    :param values: any shape
    :return: 1 / (1 + exp(-values)), by way of tanh, since the exponential of large numbers would overflow, and warn
    """
    return _HALF * np.tanh(_HALF * values) + _HALF


def _tanh(values: np.ndarray) -> np.ndarray:
    """
    1 - 2 / (exp(2 x) + 1). It differs from tanh by rounding, up to 2e-7, and takes a third of the time.

    Matrix products of OpenBLAS leave the upper halves of the vector registers in use. Code without vector instructions
    is two to four times slower from then on, until some function clears them, as NumPy's for whole numbers does.

    :param values: float32, any shape
    :return: their hyperbolic tangents
    """
    np.negative(_LANES, _LANES)
    if values.size <= _FEW:
        return np.tanh(values)
    result = np.add(values, values)
    np.minimum(result, _LARGEST, result)  # the exponential would overflow, and the result is 1 anyway
    np.exp(result, result)
    np.add(result, _ONE, result)
    np.divide(_TWO, result, result)
    return np.subtract(_ONE, result, result)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return _HALF * _tanh(_HALF * values) + _HALF


# NumPy has vector instructions for exp of float32 since 1.17, for tanh since 1.22. By the version, not by the clock, so
# that equal seeds give equal bits.
_TANH_IS_SLOW = np.lib.NumpyVersion(np.__version__) < '1.22.0'
tanh_of_many = _tanh if _TANH_IS_SLOW else np.tanh
sigmoid_of_many = _sigmoid if _TANH_IS_SLOW else sigmoid
