"""Plain PNG files: exact, readable by others, and read only when nothing about them is unusual or damaged."""
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_baselines.gail.dataset import images
from stable_baselines.gail.dataset.png import decode_plain, encode_plain

Image = pytest.importorskip('PIL.Image')

PIXELS = np.random.RandomState(0).randint(0, 256, (5, 7, 3)).astype(np.uint8)


def with_pillow(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, 'PNG', **options)
    return file.getvalue()


def chunks(data):
    """The chunks of a file, as (kind, content)."""
    place, found = 8, []
    while place < len(data):
        length, kind = struct.unpack_from('>I4s', data, place)
        found.append((kind, data[place + 8:place + 8 + length]))
        place += 12 + length
    return found


def joined(parts):
    return b'\x89PNG\r\n\x1a\n' + b''.join(
        struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))
        for kind, content in parts)


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), channels=st.sampled_from([1, 3, 4]), seed=st.integers(0, 99))
def test_pixels_come_back_exactly_here_and_elsewhere(height, width, channels, seed):
    pixels = np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)
    data = encode_plain(pixels)
    found = decode_plain(data)
    np.testing.assert_array_equal(found, pixels)
    assert not found.flags.writeable  # it is the file's memory; who wants an array of their own copies
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == {1: 'L', 3: 'RGB', 4: 'RGBA'}[channels]
        np.testing.assert_array_equal(np.array(image).reshape(pixels.shape), pixels)


@pytest.mark.parametrize('channels', [1, 3, 4])
@pytest.mark.parametrize('smooth', [False, True])
def test_files_of_others_give_the_same_pixels(channels, smooth, tmp_path):
    """With filters, which Pillow chooses for smooth pictures, it is asked to undo them."""
    pixels = np.random.RandomState(0).randint(0, 256, (20, 30, channels)).astype(np.uint8)
    if smooth:
        pixels[:] = (np.arange(20)[:, None] + np.arange(30))[..., None]
    data = with_pillow(pixels)
    (tmp_path / 'image.png').write_bytes(data)
    expected = pixels[..., [2, 1, 0, 3]] if channels == 4 else pixels
    np.testing.assert_array_equal(images.read_image(str(tmp_path / 'image.png')), expected)
    found = decode_plain(data)
    assert found is None or np.array_equal(found, pixels)
    assert found is None or not smooth


def test_rows_may_be_in_several_chunks():
    (header, (_, rows), end) = chunks(encode_plain(PIXELS))
    parts = [(b'IDAT', rows[:9]), (b'IDAT', b''), (b'IDAT', rows[9:])]
    np.testing.assert_array_equal(decode_plain(joined([header] + parts + [end])), PIXELS)


def test_no_damage_goes_unnoticed():
    data = encode_plain(PIXELS)
    for size in range(len(data)):
        assert decode_plain(data[:size]) is None
    for place in range(len(data)):
        assert decode_plain(data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]) is None
    assert decode_plain(data + b'\0') is None and decode_plain(b'') is None


def header(width=7, height=5, depth=8, color=2, compression=0, filters=0, interlace=0):
    return b'IHDR', struct.pack('>IIBBBBB', width, height, depth, color, compression, filters, interlace)


@pytest.mark.parametrize('changed', [
    header(width=8), header(height=6), header(width=0), header(width=2 ** 31, height=2 ** 31), header(depth=16),
    header(color=3), header(color=0), header(color=5), header(compression=1), header(filters=1), header(interlace=1)])
def test_other_kinds_are_left_to_others(changed):
    _, rows, end = chunks(encode_plain(PIXELS))
    assert decode_plain(joined([changed, rows, end])) is None


def test_what_unpacks_to_more_than_the_header_says_is_not_unpacked():
    first, _, end = chunks(encode_plain(PIXELS))
    bomb = (b'IDAT', zlib.compress(bytes(10 ** 7)))
    assert decode_plain(joined([first, bomb, end])) is None
    assert decode_plain(joined([first, (b'IDAT', b'no deflate'), end])) is None
    assert decode_plain(joined([first, end])) is None


@pytest.mark.parametrize('extra', [(b'tRNS', b'\0' * 6), (b'gAMA', b'\0\0\xb1\x8f'), (b'tEXt', b'a\0b'),
                                   (b'IHDR', b'')])
def test_files_with_more_in_them_are_left_to_others(extra):
    first, rows, end = chunks(encode_plain(PIXELS))
    assert decode_plain(joined([first, extra, rows, end])) is None
    assert decode_plain(joined([rows, first, end])) is None


def test_a_row_with_a_filter_is_left_to_others():
    first, (_, packed), end = chunks(encode_plain(PIXELS))
    rows = bytearray(zlib.decompress(packed))
    rows[22] = 1  # the second row's
    assert decode_plain(joined([first, (b'IDAT', zlib.compress(bytes(rows))), end])) is None
