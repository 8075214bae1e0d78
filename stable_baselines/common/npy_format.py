"""Reads the npy format: the header with checks, the rows into place, nothing executed.

NumPy's own reader evaluates the header as Python text, believes the shape it finds there, and reads a member of an
archive whole before copying it. A file that may come from a stranger is read here instead.
"""
import re
from typing import IO, NamedTuple, Tuple

import numpy as np

__all__ = ['NpyHeader', 'read_header', 'read_body', 'NUMBER_KINDS', 'plain_dtype']

NUMBER_KINDS = 'biufc'
_MAGIC = b'\x93NUMPY'
_MAX_HEADER = 10000
_MAX_DIMENSIONS = 32
_CHUNK = 1 << 20
_HEADER = re.compile(r"""\{\s*'descr':\s*'(?P<descr>[^'\\]{1,20})',\s*'fortran_order':\s*(?P<fortran>True|False),
                         \s*'shape':\s*\((?P<shape>[0-9L,\s]*)\)\s*,?\s*\}\s*""", re.VERBOSE)


class NpyHeader(NamedTuple):
    """What the header of an npy file declares.

    :param dtype: type of the elements
    :param shape: of the array
    :param fortran_order: whether the first index changes fastest
    :param length: bytes that the header took in the file
    """

    dtype: np.dtype
    shape: Tuple[int, ...]
    fortran_order: bool
    length: int

    @property
    def size(self) -> int:
        """
        :return: number of elements, as an exact integer
        """
        size = 1
        for length in self.shape:
            size *= length
        return size


def plain_dtype(text: str) -> np.dtype:
    """
    :param text: type as NumPy writes it, such as ``<f4``
    :return: that type
    :raises ValueError: unless it is one of numbers, text or objects; dates and records are not read
    """
    if not re.fullmatch(r'[<>|=]?(\?|[biufcSU][1-9][0-9]{0,7}|O8?)', text):
        raise ValueError('type {!r} is not one of numbers or text'.format(text))
    try:
        return np.dtype(text)
    except TypeError as error:
        raise ValueError('type {!r} is not known here ({})'.format(text, error)) from error


def read_header(file: IO[bytes]) -> NpyHeader:
    """
    :param file: at the start of an npy file; left at its first row
    :return: the header
    :raises ValueError: when it is no npy header, or one of a type or size that is not read
    """
    start = _read_exactly(file, 8)
    if start[:6] != _MAGIC:
        raise ValueError('it is not in the npy format (it starts with {!r})'.format(start[:6]))
    width = {1: 2, 2: 4, 3: 4}.get(start[6])
    if width is None:
        raise ValueError('version {} of the npy format is not known'.format(start[6]))
    length = int.from_bytes(_read_exactly(file, width), 'little')
    if length > _MAX_HEADER:
        raise ValueError('its header claims {} bytes'.format(length))
    text = _read_exactly(file, length).decode('latin1')
    match = _HEADER.fullmatch(text)
    if match is None:
        raise ValueError('its header {!r} does not describe a plain array'.format(text.strip()[:100]))
    shape = tuple(int(part.strip(' \tL')) for part in match.group('shape').split(',') if part.strip())
    if len(shape) > _MAX_DIMENSIONS:
        raise ValueError('its header claims {} dimensions'.format(len(shape)))
    return NpyHeader(plain_dtype(match.group('descr')), shape, match.group('fortran') == 'True', 8 + width + length)


def read_body(file: IO[bytes], header: NpyHeader, available: int) -> np.ndarray:
    """
    Read the elements of an array of numbers or text.

    :param file: at the first element
    :param header: what ``read_header`` gave
    :param available: bytes that really follow. Memory is taken only after the header agrees with it
    :return: the array
    :raises ValueError: when the header declares more or fewer bytes
    """
    declared = header.size * header.dtype.itemsize
    if declared != available:
        raise ValueError('its header claims shape {} of {}, which is {} bytes, but {} follow'
                         .format(header.shape, header.dtype, declared, available))
    flat = np.empty(header.size, dtype=header.dtype)
    view = memoryview(flat.view(np.uint8)) if declared else memoryview(b'')
    for begin in range(0, declared, _CHUNK):
        part = view[begin:begin + _CHUNK]
        part[:] = _read_exactly(file, len(part))
    return flat.reshape(header.shape, order='F' if header.fortran_order else 'C')


def _read_exactly(file: IO[bytes], count: int) -> bytes:
    """
    :param file: to read from
    :param count: number of bytes
    :return: that many bytes
    :raises ValueError: when the file ends before
    """
    data = file.read(count)
    while len(data) < count:
        more = file.read(count - len(data))
        if not more:
            raise ValueError('it ends {} bytes early'.format(count - len(data)))
        data += more
    return data
