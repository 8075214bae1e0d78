import io
import os
import pickle
import random
import struct
import zipfile

import numpy as np
import pytest

from stable_baselines.common import safe_npz
from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.safe_npz import read_npz


def _npy(array, **kwargs):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **kwargs)
    return buffer.getvalue()


def _archive(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(str(path), 'w', compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _header(text, version=1):
    text = text.encode('latin1')
    return b'\x93NUMPY' + bytes([version, 0]) + struct.pack('<H' if version == 1 else '<I', len(text)) + text


@pytest.mark.parametrize('save', [np.savez, np.savez_compressed])
def test_arrays_come_back(tmp_path, save):
    arrays = {'obs': np.random.RandomState(0).randn(300, 4).astype(np.float32), 'empty': np.zeros((0, 3)),
              'fortran': np.asfortranarray(np.arange(12).reshape(3, 4)), 'scalar': np.array(2.5),
              'big': np.arange(3, dtype='>i4'), 'starts': np.array([True, False]),
              'names': np.array(['a.png', 'bc.png']), 'large': np.zeros(3 * 2 ** 20, np.uint8)}
    save(str(tmp_path / 'a.npz'), **arrays)
    read = read_npz(tmp_path / 'a.npz', 'expert dataset')
    assert list(read) == list(arrays)
    for key, array in arrays.items():
        assert read[key].dtype == array.dtype
        np.testing.assert_array_equal(read[key], array)
    read['obs'][0, 0] = 7  # the caller owns the arrays


def test_all_versions_of_the_format_are_read(tmp_path):
    array = np.arange(4.)
    for version in ((1, 0), (2, 0), (3, 0)):
        try:
            content = _npy(array, version=version)
        except ValueError:
            assert version == (3, 0)  # older NumPy does not write it
            content = _npy(array, version=(2, 0)).replace(b'NUMPY\x02', b'NUMPY\x03')
        path = _archive(tmp_path / 'a.npz', {'x.npy': content})
        np.testing.assert_array_equal(read_npz(path, 'dataset')['x'], array)


def test_arrays_of_objects_are_read_when_they_hold_numbers(tmp_path):
    ragged = np.empty(3, dtype=object)
    ragged[0], ragged[1], ragged[2] = np.arange(3.), 1.5, np.float32(2)
    np.savez(str(tmp_path / 'a.npz'), returns=ragged, plain=np.arange(3))
    read = read_npz(str(tmp_path / 'a.npz'), 'dataset')
    assert read['returns'].dtype == object
    np.testing.assert_array_equal(read['returns'][0], np.arange(3.))
    assert list(read['returns'][1:]) == [1.5, 2.0]


@pytest.mark.parametrize('item', ['text', None, [1, 2], {'a': 1}, np.array(['text'])])
def test_arrays_of_other_objects_are_refused(tmp_path, item):
    array = np.empty(1, dtype=object)
    array[0] = item
    np.savez(str(tmp_path / 'a.npz'), x=array)
    with pytest.raises(FileFormatError, match="a.npz: key 'x'"):
        read_npz(tmp_path / 'a.npz', 'dataset')


class _Command:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def test_a_pickle_inside_runs_nothing(tmp_path):
    array = np.empty(1, dtype=object)
    array[0] = _Command('touch {}'.format(tmp_path / 'executed'))
    np.savez(str(tmp_path / 'a.npz'), x=array)
    with pytest.raises(PickleRefused, match="a.npz: key 'x'.*system"):
        read_npz(tmp_path / 'a.npz', 'dataset')
    assert not (tmp_path / 'executed').exists()


GOOD = {'x.npy': _npy(np.arange(10.))}
_BODY = np.arange(10.).tobytes()
BROKEN_MEMBERS = {
    'empty': b'', 'no npy': b'hello world, no array', 'only magic': b'\x93NUMPY\x01\x00',
    'version 9': b'\x93NUMPY\x09\x00' + bytes(100),
    'huge shape': _header("{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,), }") + _BODY,
    'product overflows': _header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"),
    'small shape': _header("{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }") + _BODY,
    'negative shape': _header("{'descr': '<f8', 'fortran_order': False, 'shape': (-10,), }") + _BODY,
    'digits': _header("{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }" % ('9' * 9000)) + _BODY,
    'many dimensions': _header("{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }" % ('1,' * 40)) + _BODY,
    'code': _header("__import__('os').system('true')") + _BODY,
    'nested': _header('(' * 9000) + _BODY,
    'missing key': _header("{'descr': '<f8', 'shape': (10,), }") + _BODY,
    'record': _header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (10,), }") + _BODY,
    'no size': _header("{'descr': '|S0', 'fortran_order': False, 'shape': (1000000000000,), }"),
    'unknown type': _header("{'descr': '<q8', 'fortran_order': False, 'shape': (10,), }") + _BODY,
    'huge header': b'\x93NUMPY\x02\x00' + struct.pack('<I', 2 ** 32 - 1) + b'x',
    'objects without pickle': _header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
    'objects, another shape': _header("{'descr': '|O', 'fortran_order': False, 'shape': (5,), }")
    + pickle.dumps(np.array([1, None], dtype=object)),
    'objects, no array': _header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") + pickle.dumps([1]),
}


@pytest.mark.parametrize('name', sorted(BROKEN_MEMBERS))
def test_a_malformed_array_is_one_error_naming_file_and_key(tmp_path, name):
    path = _archive(tmp_path / 'a.npz', {'good.npy': GOOD['x.npy'], 'bad.npy': BROKEN_MEMBERS[name]})
    with pytest.raises(FileFormatError, match="a.npz: key 'bad'"):
        read_npz(path, 'dataset')


def test_no_zip_is_one_error(tmp_path):
    for content in (b'', b'PK', b'not a zip', _npy(np.arange(3)), b'PK\x05\x06' + bytes(17)):
        (tmp_path / 'a.npz').write_bytes(content)
        with pytest.raises(FileFormatError, match='a.npz: it is not a readable expert dataset'):
            read_npz(tmp_path / 'a.npz', 'expert dataset')


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='no such expert dataset.*a.npz'):
        read_npz(tmp_path / 'a.npz', 'expert dataset')
    with pytest.raises(IsADirectoryError):
        read_npz(tmp_path, 'expert dataset')


def test_a_name_twice_is_refused(tmp_path):
    with zipfile.ZipFile(str(tmp_path / 'a.npz'), 'w') as archive:
        archive.writestr('x.npy', GOOD['x.npy'])
        with pytest.warns(UserWarning):
            archive.writestr('x.npy', GOOD['x.npy'])
    with pytest.raises(FileFormatError, match='twice'):
        read_npz(tmp_path / 'a.npz', 'dataset')


def test_an_archive_behind_other_bytes_is_refused(tmp_path):
    """A model file that was cut off ends with the archive of its parameters."""
    path = _archive(tmp_path / 'a.npz', {'x.npy': _npy(np.zeros(3))})
    path.write_bytes(b'PK\x03\x04 of another archive' + path.read_bytes())
    with pytest.raises(FileFormatError, match='a.npz: .*does not begin at the beginning of the file'):
        read_npz(path, 'dataset')


def test_other_compression_is_refused(tmp_path):
    path = _archive(tmp_path / 'a.npz', GOOD, zipfile.ZIP_BZIP2)
    with pytest.raises(FileFormatError, match='deflate'):
        read_npz(path, 'dataset')


def test_a_wrong_checksum_is_found(tmp_path):
    path = _archive(tmp_path / 'a.npz', GOOD)
    blob = bytearray(path.read_bytes())
    blob[bytes(blob).index(_BODY) + 9] ^= 1
    path.write_bytes(bytes(blob))
    with pytest.raises(FileFormatError, match="a.npz: key 'x'"):
        read_npz(path, 'dataset')


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(safe_npz, 'FREE_SIZE', 2 ** 20)
    path = _archive(tmp_path / 'a.npz', {'x.npy': _npy(np.zeros(2 ** 22, np.uint8))}, zipfile.ZIP_DEFLATED)
    assert os.path.getsize(str(path)) < 2 ** 13
    with pytest.raises(FileFormatError, match='without compression'):
        read_npz(path, 'dataset')
    # Many members count together.
    small = _npy(np.zeros(2 ** 18, np.uint8))
    path = _archive(path, {'{}.npy'.format(i): small for i in range(16)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(FileFormatError, match='without compression'):
        read_npz(path, 'dataset')
    path = _archive(path, {'{}.npy'.format(i): small for i in range(16)}, zipfile.ZIP_STORED)
    assert len(read_npz(path, 'dataset')) == 16


def test_a_lie_about_the_size_is_found(tmp_path):
    content = _npy(np.zeros(2 ** 16, np.uint8))
    path = _archive(tmp_path / 'a.npz', {'x.npy': content}, zipfile.ZIP_DEFLATED)
    blob = path.read_bytes()
    for size in (100, len(content) - 1, len(content) + 1, 2 ** 31):
        path.write_bytes(blob.replace(struct.pack('<I', len(content)), struct.pack('<I', size)))
        with pytest.raises(FileFormatError):
            read_npz(path, 'dataset')


def test_damaged_archives_are_one_error(tmp_path):
    generator = random.Random(3)
    good = tmp_path / 'good.npz'
    ragged = np.empty(2, dtype=object)
    ragged[0], ragged[1] = np.arange(3), 1.0
    path = tmp_path / 'a.npz'
    refused = 0
    for save in (np.savez, np.savez_compressed):
        save(str(good), x=np.arange(50.), y=ragged)
        blob = good.read_bytes()
        for number in range(60):
            mutated = bytearray(blob)
            if number % 3 == 0:
                del mutated[generator.randrange(len(mutated)):]
            for _ in range(0 if number % 3 == 0 else generator.randint(1, 5)):
                mutated[generator.randrange(len(mutated))] ^= 1 << generator.randrange(8)
            path.write_bytes(bytes(mutated))
            try:
                read_npz(path, 'dataset')
            except FileFormatError as error:
                assert str(path) in str(error)
                refused += 1
    assert refused > 80
