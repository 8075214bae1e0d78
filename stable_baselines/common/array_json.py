"""NumPy numbers and arrays as JSON, exactly: type, shape, infinities and NaN survive."""
import base64
import io
from typing import Any, Dict, Mapping, Union

import numpy as np

from stable_baselines.common.npy_format import NUMBER_KINDS, plain_dtype, read_body, read_header

__all__ = ['ARRAY_KEY', 'NUMBER_KEY', 'describe_array', 'restore_array', 'describe_number', 'describe_scalar',
           'restore_scalar']

ARRAY_KEY = '__array__'
NUMBER_KEY = '__number__'
# Arrays up to this many elements are written as lists a person can read, larger ones as base64 of an npy file.
MAX_LISTED = 256
_LISTED_TYPES = ('bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64',
                 'float16', 'float32', 'float64')


def describe_number(number: Any) -> Union[bool, int, float, str]:
    """
    :param number: a real number of Python or NumPy
    :return: the equal Python number; JSON has no infinities and no NaN, which become ``'inf'``, ``'-inf'``, ``'nan'``
    """
    value = number.item() if isinstance(number, np.generic) else number
    if isinstance(value, float) and not np.isfinite(value):
        return repr(float(value))
    return value


def describe_scalar(scalar: np.generic) -> Dict[str, Any]:
    """
    :param scalar: a NumPy scalar
    :return: JSON-ready dictionary, the inverse of ``restore_scalar``
    :raises ValueError: when it is not a number
    """
    if scalar.dtype.name in _LISTED_TYPES:
        return {NUMBER_KEY: scalar.dtype.name, 'value': describe_number(scalar)}
    return {NUMBER_KEY: 'npy', 'value': _to_base64(np.asarray(scalar))}


def restore_scalar(description: Mapping[str, Any]) -> np.generic:
    """
    :param description: what ``describe_scalar`` gave
    :return: the scalar
    :raises ValueError: when it is malformed
    """
    kind = description[NUMBER_KEY]
    if kind == 'npy':
        return _from_base64(description['value'])[()]
    return _from_list([description['value']], kind)[0]


def describe_array(array: np.ndarray) -> Dict[str, Any]:
    """
    :param array: of numbers or text, any shape
    :return: JSON-ready dictionary, the inverse of ``restore_array``
    :raises ValueError: for arrays of objects, dates or records
    """
    if array.size <= MAX_LISTED and array.dtype.name in _LISTED_TYPES and array.dtype.isnative:
        return {ARRAY_KEY: array.dtype.name, 'shape': list(array.shape),
                'data': [describe_number(number) for number in array.ravel()]}
    return {ARRAY_KEY: 'npy', 'data': _to_base64(array)}


def restore_array(description: Mapping[str, Any]) -> np.ndarray:
    """
    :param description: what ``describe_array`` gave
    :return: the array
    :raises ValueError: when it is malformed
    """
    kind = description[ARRAY_KEY]
    if kind == 'npy':
        return _from_base64(description['data'])
    return _from_list(description['data'], kind).reshape([int(size) for size in description['shape']])


def _from_list(numbers: Any, kind: str) -> np.ndarray:
    """
    :param numbers: list of JSON numbers, or 'inf', '-inf', 'nan'
    :param kind: name of the NumPy type
    :return: shape [len(numbers)]
    :raises ValueError: for another type, or numbers that do not fit it
    """
    if kind not in _LISTED_TYPES or not isinstance(numbers, list):
        raise ValueError('{!r} is not a list of {}'.format(numbers, ', '.join(_LISTED_TYPES)))
    if kind.startswith('float'):
        numbers = [float(number) for number in numbers]
    return np.array(numbers, dtype=kind)


def _to_base64(array: np.ndarray) -> str:
    """
    :param array: of numbers or text
    :return: its npy file as base64 text
    :raises ValueError: for other types
    """
    plain_dtype(array.dtype.str)
    if array.dtype.hasobject:
        raise ValueError('an array of objects cannot be written as JSON')
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return base64.b64encode(buffer.getvalue()).decode('ascii')


def _from_base64(text: str) -> np.ndarray:
    """
    :param text: what ``_to_base64`` gave
    :return: the array
    :raises ValueError: when it is malformed
    """
    blob = base64.b64decode(text, validate=True)
    buffer = io.BytesIO(blob)
    header = read_header(buffer)
    if header.dtype.kind not in NUMBER_KINDS + 'SU':
        raise ValueError('an array of {} is not read from JSON'.format(header.dtype))
    return read_body(buffer, header, len(blob) - header.length)
