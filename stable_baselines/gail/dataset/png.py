"""The plainest form of PNG, written and read fast: 8 bits a channel, no filters, no palette, not interlaced.

Filters (PNG specification, section 9) make photographs smaller, and are most of what decoding costs. Observations are
small and mostly flat areas, which deflate packs as well without them.
"""
import struct
import zlib
from typing import Optional

import numpy as np

__all__ = ['decode_plain', 'encode_plain']

_SIGNATURE = b'\x89PNG\r\n\x1a\n'
_COLOR_TYPES = {1: 0, 3: 2, 4: 6}  # channels -> the header's code for grey, RGB, RGB with alpha
_CHANNELS = {code: channels for channels, code in _COLOR_TYPES.items()}
_MOST_BYTES = 1 << 26  # of pixels; a header that claims more is left to Pillow, which has rules for that


def encode_plain(pixels: np.ndarray) -> bytes:
    """
    :param pixels: shape (height, width, 1, 3 or 4), uint8; channels as the file has them: grey; red, green, blue; alpha
    :return: a PNG file
    """
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row begins with its filter: 0 for none
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack('>IIBBBBB', width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    # Level 1 is several times as fast as the default, and the files are a little larger.
    packed = zlib.compress(rows.tobytes(), 1)
    return _SIGNATURE + _chunk(b'IHDR', header) + _chunk(b'IDAT', packed) + _chunk(b'IEND', b'')


def decode_plain(data: bytes) -> Optional[np.ndarray]:
    """
    :param data: any bytes
    :return: pixels of shape (height, width, 1, 3 or 4), uint8, not to be written to, channels as the file has them;
        None unless the bytes are a whole, undamaged PNG file of the plainest form
    """
    if data[:8] != _SIGNATURE or data[8:16] != b'\0\0\0\rIHDR' or len(data) < 33:
        return None
    width, height, depth, color_type, *methods = struct.unpack('>IIBBBBB', data[16:29])
    channels = _CHANNELS.get(color_type)
    if depth != 8 or channels is None or any(methods) or not 0 < width * height * channels <= _MOST_BYTES:
        return None
    packed = _image_data(data)
    if packed is None:
        return None
    size = height * (1 + width * channels)
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(packed, size + 1)
    except zlib.error:
        return None
    if len(unpacked) != size or not inflater.eof:
        return None
    rows = np.frombuffer(unpacked, np.uint8).reshape(height, 1 + width * channels)
    return None if rows[:, 0].any() else rows[:, 1:].reshape(height, width, channels)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))


def _image_data(data: bytes) -> Optional[bytes]:
    """
    :param data: a PNG file
    :return: its compressed rows; None when a checksum is wrong, something is missing, or there is more than rows
    """
    parts, place = [], 8
    while place + 12 <= len(data):
        length, kind = struct.unpack_from('>I4s', data, place)
        end = place + 8 + length
        if end + 4 > len(data) or zlib.crc32(data[place + 4:end]) != struct.unpack_from('>I', data, end)[0]:
            return None
        if kind == b'IEND':
            return b''.join(parts) if end + 4 == len(data) else None
        if kind == b'IDAT':
            parts.append(data[place + 8:end])
        elif kind != b'IHDR' or place != 8:
            return None
        place = end + 4
    return None
