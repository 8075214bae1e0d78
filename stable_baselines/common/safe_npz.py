"""Reads npz archives without running or believing what they hold."""
import contextlib
import errno
import os
import zipfile
import zlib
from collections import OrderedDict
from typing import IO, Collection, Iterator, List, Optional, Union

import numpy as np

from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.npy_format import NUMBER_KINDS, NpyHeader, read_body, read_header

__all__ = ['names_in_npz', 'read_npz', 'read_npz_stream', 'open_archive', 'read_member', 'unpacked_limit']

# What an archive may unpack to: this much in any case, else so many times its own size. Deflate reaches 1000, and only
# on constant data; demonstrations with images reach 50.
FREE_SIZE = 128 * 1024 ** 2
MAX_RATIO = 200
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, IndexError, RuntimeError, OverflowError,
           MemoryError, AssertionError, TypeError)

PathLike = Union[str, 'os.PathLike[str]']


def read_npz(path: PathLike, what: str, omit: Collection[str] = ()) -> 'OrderedDict[str, np.ndarray]':
    """
    Read all arrays of an npz file. Arrays of objects, which NumPy stores as pickles, are read when they hold numbers
    and arrays of numbers; nothing in the file is executed.

    :param path: the file
    :param what: what the file should be, such as 'expert dataset'; for messages
    :param omit: keys not to read
    :return: name -> array, in the file's order
    :raises OSError: when the file is missing (FileNotFoundError) or cannot be opened
    :raises FileFormatError: when anything in it is malformed; names the file and the key
    """
    with _open(path, what) as file:
        return read_npz_stream(file, os.fspath(path), what, omit=omit)


def names_in_npz(path: PathLike, what: str) -> List[str]:
    """
    :param path: the file
    :param what: what the file should be, for messages
    :return: the keys of its arrays, which are not read
    :raises OSError: when the file is missing (FileNotFoundError) or cannot be opened
    :raises FileFormatError: when it is no archive
    """
    with _open(path, what) as file, open_archive(file, os.fspath(path), what) as archive:
        return [_key(member) for member in archive.infolist()]


def _open(path: PathLike, what: str) -> IO[bytes]:
    name = os.fspath(path)
    try:
        return open(name, 'rb')
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, 'no such {}; give the path of an npz file'.format(what), name) from error


def _key(member: zipfile.ZipInfo) -> str:
    return member.filename[:-4] if member.filename.endswith('.npy') else member.filename


def read_npz_stream(file: IO[bytes], source: str, what: str, limit: Optional[int] = None,
                    omit: Collection[str] = ()) -> 'OrderedDict[str, np.ndarray]':
    """
    :param file: open for reading, seekable
    :param source: its name, for messages
    :param what: what it should be, for messages
    :param limit: bytes it may unpack to; None derives them from its size. An archive within an archive needs the limit
        of the outer one, else the two ratios multiply
    :param omit: keys not to read
    :return: name -> array, in the file's order
    :raises FileFormatError: when anything in it is malformed
    """
    arrays = OrderedDict()  # type: OrderedDict[str, np.ndarray]
    with open_archive(file, source, what, limit) as archive:
        for member in archive.infolist():
            key = _key(member)
            if key in omit:
                continue
            where = '{}: key {!r}'.format(source, key)
            with _as_format_error(where), archive.open(member) as content:
                arrays[key] = _read_array(content, member.file_size, where)
    return arrays


def _read_array(content: IO[bytes], size: int, where: str) -> np.ndarray:
    """
    :param content: an npy file
    :param size: its bytes
    :param where: file and key, for messages
    :return: the array
    :raises ValueError: when it is malformed
    """
    header = read_header(content)
    if not header.dtype.hasobject:
        array = read_body(content, header, size - header.length)
    else:
        array = _read_objects(content.read(size), header, where)
    # The checksum is compared when the end is reached.
    if content.read(1):
        raise ValueError('bytes follow the array')
    return array


def _read_objects(blob: bytes, header: NpyHeader, where: str) -> np.ndarray:
    """
    :param blob: a pickled array of objects
    :param header: of the npy file around it
    :param where: file and key, for messages
    :return: that array
    :raises ValueError: when its elements are not numbers and arrays of numbers
    """
    # Imported for the files that need it: it knows the spaces of gym, and what only looks at a file does without gym.
    from stable_baselines.common.safe_pickle import loads
    array = loads(blob, where)
    if not isinstance(array, np.ndarray) or array.shape != header.shape:
        raise ValueError('its pickle is not the array of shape {} that its header claims'.format(header.shape))
    for item in array.ravel():
        if isinstance(item, (list, tuple, dict)) or np.asarray(item).dtype.kind not in NUMBER_KINDS:
            raise ValueError('an array of objects may hold numbers and arrays of numbers, but holds a {}'
                             .format(type(item).__name__))
    return array


def unpacked_limit(size: int) -> int:
    """
    :param size: bytes of an archive
    :return: bytes it may unpack to
    """
    return max(FREE_SIZE, MAX_RATIO * size)


@contextlib.contextmanager
def open_archive(file: IO[bytes], source: str, what: str, limit: Optional[int] = None) -> Iterator[zipfile.ZipFile]:
    """
    Open a zip archive and check what it claims.

    :param file: open for reading, seekable
    :param source: its name, for messages
    :param what: what it should be, for messages
    :param limit: bytes it may unpack to; None derives them from its size
    :return: context manager giving the archive
    :raises FileFormatError: when it is no zip archive, does not begin where the file begins, names a member twice, or
        claims to unpack to far more than it is
    """
    with _as_format_error('{}: it is not a readable {}'.format(source, what)):
        size = file.seek(0, os.SEEK_END)
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
        names = [member.filename for member in members]
        if len(set(names)) < len(names):
            raise ValueError('the archive holds a name twice')
        if members and min(member.header_offset for member in members) > 0:
            # Of a model file that was cut off, the archive of parameters within may be all that zipfile finds.
            raise ValueError('the archive does not begin at the beginning of the file: the file was cut off, or '
                             'something stands before it')
        total = sum(member.file_size for member in members)
        limit = unpacked_limit(size) if limit is None else limit
        if total > limit:
            raise ValueError('it claims to unpack to {} bytes, but is too small to be trusted with more than {}. If '
                             'the claim is true, write it anew without compression'.format(total, limit))
        if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
            raise ValueError('a member is compressed in another way than deflate')
    with archive:
        yield archive


def read_member(archive: zipfile.ZipFile, name: str, source: str, limit: Optional[int] = None) -> bytes:
    """
    :param archive: from ``open_archive``
    :param name: of a member
    :param source: name of the archive, for messages
    :param limit: bytes it may have; None leaves it at the limit of the whole archive
    :return: its content
    :raises FileFormatError: when it is missing, damaged or too long
    """
    if name not in archive.namelist():
        raise FileFormatError('{}: the archive has no {!r}; it holds {}.'
                              .format(source, name, ', '.join(map(repr, archive.namelist()[:10])) or 'nothing'))
    size = archive.getinfo(name).file_size
    if limit is not None and size > limit:
        raise FileFormatError('{}: {!r} claims {} bytes, more than the {} that it may have here.'
                              .format(source, name, size, limit))
    with _as_format_error('{}: {!r}'.format(source, name)), archive.open(name) as content:
        return content.read()


@contextlib.contextmanager
def _as_format_error(where: str) -> Iterator[None]:
    """
    :param where: start of the message
    :return: context manager that turns what damaged archives raise into one exception
    :raises FileFormatError: in their place; errors of the disk pass through
    """
    try:
        yield
    except FileFormatError:
        raise
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise FileFormatError('{}: the archive is damaged ({}).'.format(where, error)) from error
    except _BROKEN as error:
        raise FileFormatError('{}: {}.'.format(where, str(error)[:300].rstrip('.') or type(error).__name__)) from error
