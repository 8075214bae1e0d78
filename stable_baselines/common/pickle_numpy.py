"""NumPy arrays, types and scalars out of a pickle, rebuilt from their parts.

Every constructor here stands in for a function of NumPy that a pickle names. It receives values from the file and
believes none of them: sizes must agree with the bytes that are there.
"""
from typing import Any, Callable, Dict, Tuple

import numpy as np

from stable_baselines.common.npy_format import plain_dtype
from stable_baselines.common.pickle_machine import Record

__all__ = ['ArrayRecord', 'DtypeRecord', 'numpy_constructors']

_MAX_DIMENSIONS = 32
_BYTE_ORDERS = '<>=|'


class DtypeRecord(Record):
    """A NumPy type: made from its short name, its byte order set afterwards.

    :param arguments: of ``numpy.dtype``: the short name such as 'f4', and two flags
    :raises ValueError: when the type is not one of numbers, text or objects
    """

    def __init__(self, arguments: Tuple):
        if not arguments or not isinstance(arguments[0], str):
            raise ValueError('a NumPy type without a name')
        self.dtype = plain_dtype(arguments[0])

    def build(self, state: Any) -> None:
        """
        :param state: (version, byte order, subarray, names, fields, item size, alignment, flags)
        :raises ValueError: when it describes records or subarrays
        """
        if not isinstance(state, tuple) or len(state) < 5 or state[1] not in tuple(_BYTE_ORDERS):
            raise ValueError('the state of a NumPy type is malformed')
        if any(part is not None for part in state[2:5]):
            raise ValueError('NumPy records are not read')
        self.dtype = self.dtype.newbyteorder(state[1])


class ArrayRecord(Record):
    """A NumPy array: made empty, shape, type and content set afterwards.

    :param spend: number of bytes -> None; raises when the pickle has used up what its length allows
    """

    def __init__(self, spend: Callable[[int], None]):
        self._spend = spend
        self.array = None  # type: Any

    def build(self, state: Any) -> None:
        """
        :param state: (version, shape, type, whether in Fortran order, bytes or list of objects)
        :raises ValueError: when these do not fit together
        """
        if not isinstance(state, tuple) or len(state) not in (4, 5):
            raise ValueError('the state of an array is malformed')
        shape, dtype, fortran, content = state[-4:]
        self.fill(shape, dtype, 'F' if fortran is True else 'C', content)

    def fill(self, shape: Any, dtype: Any, order: str, content: Any) -> None:
        """
        :param shape: tuple of lengths
        :param dtype: a DtypeRecord
        :param order: 'C' or 'F'
        :param content: bytes of numbers or text, or a list of objects
        :raises ValueError: when these do not fit together
        """
        size = _checked_size(shape)
        if not isinstance(dtype, DtypeRecord):
            raise ValueError('the type of an array is not a NumPy type')
        if dtype.dtype.hasobject:
            # NumPy lists objects in C order even where the array itself is in Fortran order.
            self.array = self._objects(size, content).reshape(shape)
        else:
            self.array = self._numbers(size, dtype.dtype, content).reshape(shape, order=order)

    def complete(self, finish: Callable[[Any], Any]) -> np.ndarray:
        """
        :param finish: what makes an object of a record, applied to each element of an array of objects
        :return: the array
        :raises ValueError: when the pickle never gave it content
        """
        if self.array is None:
            raise ValueError('an array has no content')
        if self.array.dtype.hasobject:
            flat = self.array.reshape(-1)
            for index, item in enumerate(flat):
                flat[index] = finish(item)
        return self.array

    def _objects(self, size: int, content: Any) -> np.ndarray:
        if type(content) is not list or len(content) != size:
            raise ValueError('an array of {} objects does not hold as many'.format(size))
        self._spend(8 * size)
        flat = np.empty(size, dtype=object)
        for index, item in enumerate(content):
            flat[index] = item
        return flat

    def _numbers(self, size: int, dtype: np.dtype, content: Any) -> np.ndarray:
        if type(content) is not bytes or len(content) != size * dtype.itemsize:
            raise ValueError('an array of {} elements of {} does not hold {} bytes'
                             .format(size, dtype, size * dtype.itemsize))
        self._spend(len(content))
        return np.frombuffer(content, dtype=dtype).copy() if content else np.empty(0, dtype=dtype)


def _checked_size(shape: Any) -> int:
    """
    :param shape: what the pickle claims to be one
    :return: number of elements
    :raises ValueError: when it is not a tuple of lengths
    """
    if type(shape) is not tuple or len(shape) > _MAX_DIMENSIONS or any(type(n) is not int or n < 0 for n in shape):
        raise ValueError('the shape of an array is malformed')
    size = 1
    for length in shape:
        size *= length
    return size


def numpy_constructors(spend: Callable[[int], None]) -> Dict[str, Callable[[Tuple], Any]]:
    """
    :param spend: number of bytes -> None; raises when the pickle has used up what its length allows
    :return: path of a NumPy function -> what stands in for calling it
    """
    def from_buffer(arguments: Tuple) -> ArrayRecord:
        content, dtype, shape, order = arguments
        record = ArrayRecord(spend)
        record.fill(shape, dtype, 'F' if order == 'F' else 'C', content)
        return record

    def scalar(arguments: Tuple) -> Any:
        found = _scalar(arguments)
        spend(found.nbytes)
        return found

    return {'numpy.core.multiarray._reconstruct': lambda arguments: ArrayRecord(spend),
            'numpy.core.numeric._frombuffer': from_buffer,
            'numpy.core.multiarray.scalar': scalar,
            'numpy.dtype': DtypeRecord}


def _scalar(arguments: Tuple) -> Any:
    """
    :param arguments: a DtypeRecord and the bytes of one element
    :return: NumPy scalar
    :raises ValueError: when they do not fit together
    """
    dtype, content = arguments
    if not isinstance(dtype, DtypeRecord) or dtype.dtype.hasobject or type(content) is not bytes \
            or len(content) != dtype.dtype.itemsize:
        raise ValueError('a NumPy scalar is malformed')
    return np.frombuffer(content, dtype=dtype.dtype)[0]

