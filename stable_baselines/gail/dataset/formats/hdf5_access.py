"""Opens HDF5 files that may come from a stranger: only numbers that stand in the file itself are read.

An HDF5 file can name other files, of which its reader then sees the content: by external and soft links, by data sets
stored outside of it, by virtual data sets. All of these are refused. What is left to the HDF5 library is to read its
own format without fault.
"""
import contextlib
import os
from typing import Any, Iterator, Optional, Sequence

import numpy as np

from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.safe_npz import unpacked_limit
from stable_baselines.gail.dataset.formats.hdf5_images import JpegRows, holds_jpegs

__all__ = ['child', 'names_in', 'number_rows', 'open_hdf5', 'read_rows', 'require_h5py', 'take_memory']

_DAMAGE = (OSError, RuntimeError, KeyError, TypeError, ValueError, OverflowError)


def require_h5py() -> Any:
    """
    :return: the module h5py
    :raises ImportError: says what to install
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError('HDF5 files of demonstrations need h5py: pip install .[hdf5] (or pip install h5py).'
                          ) from error
    return h5py


@contextlib.contextmanager
def open_hdf5(path: str) -> Iterator[Any]:
    """
    :param path: the file
    :return: context manager giving the root group
    :raises ImportError: without h5py
    :raises FileFormatError: when the file is damaged, here or while it is read
    """
    h5py = require_h5py()
    with open(path, 'rb'):  # a missing or forbidden file raises what the system says of it
        pass
    try:
        with h5py.File(path, 'r') as file:
            yield file
    except FileFormatError:
        raise
    except _DAMAGE as error:
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        raise FileFormatError('{}: it cannot be read as HDF5: {}.'.format(path, str(text)[:300].rstrip('.'))) from error


def names_in(group: Any) -> Sequence[str]:
    """
    :param group: a group
    :return: names of what it holds, nothing of which is opened
    """
    return list(group.keys())


def child(group: Any, name: str, path: str) -> Optional[Any]:
    """
    :param group: a group
    :param name: of something in it
    :param path: the file, for messages
    :return: that group or data set, None where there is none
    :raises FileFormatError: when the name is a link to another place
    """
    link = group.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, require_h5py().HardLink):
        raise FileFormatError('{}: {!r} is a link that can lead out of the file ({}); store the data itself there.'
                              .format(path, _full_name(group, name), type(link).__name__))
    return group[name]


def number_rows(group: Any, name: str, path: str) -> Optional[Any]:
    """
    :param group: a group
    :param name: of a data set in it
    :param path: the file, for messages
    :return: the data set, shape [N, ...] of numbers, not read yet; None where there is none
    :raises FileFormatError: when it is something else, or stored elsewhere
    :raises ImportError: for observations that are JPEG files, without Pillow
    """
    found, where = child(group, name, path), '{}: {!r}'.format(path, _full_name(group, name))
    if found is None:
        return None
    if isinstance(found, require_h5py().Datatype):
        raise FileFormatError('{} is a type without data; an array with one row per step is needed.'.format(where))
    if not isinstance(found, require_h5py().Dataset):
        raise FileFormatError('{} is a group of {}, as Dict and Tuple spaces are stored; only Box, Discrete, '
                              'MultiDiscrete and MultiBinary spaces can be imitated.'.format(
                                  where, ', '.join(map(repr, names_in(found)[:10])) or 'nothing'))
    if found.external or found.is_virtual:
        raise FileFormatError('{} is stored in other files; store the numbers in this one.'.format(where))
    if name == 'observations' and holds_jpegs(found, require_h5py().check_dtype(vlen=found.dtype)):
        return JpegRows(found, path)
    if found.dtype.kind not in 'biuf':
        raise FileFormatError('{} has type {}; plain numbers are needed.'.format(where, found.dtype))
    if not found.shape:
        raise FileFormatError('{} is a single value; an array with one row per step is needed.'.format(where))
    return found


def take_memory(path: str, rows: int, like: Any, what: str) -> np.ndarray:
    """
    :param path: the file
    :param rows: how many are to be read
    :param like: data set with rows of the same shape and type
    :param what: they are, for messages
    :return: shape [rows, ...], not filled yet, in this machine's byte order
    :raises FileFormatError: when it claims far more than the file can hold; nothing is allocated then
    """
    dtype = like.dtype.newbyteorder('=')
    size = int(np.prod((rows,) + like.shape[1:], dtype=np.float64)) * dtype.itemsize
    limit = unpacked_limit(os.path.getsize(path))
    if size > limit:
        raise FileFormatError('{}: {} claim {} bytes, but the file is too small to be trusted with more than {}. If '
                              'the claim is true, write it anew without compression.'.format(path, what, size, limit))
    return np.empty((rows,) + like.shape[1:], dtype=dtype)


def read_rows(dataset: Any, into: np.ndarray, first: int, path: str, count: Optional[int] = None) -> int:
    """
    Read rows into their place, a part at a time, so that no second copy of them is in memory.

    :param dataset: shape [M, ...]
    :param into: shape [N, ...]
    :param first: row of ``into`` to begin with
    :param path: the file, for messages
    :param count: how many to read, from the beginning; None for all
    :return: row of ``into`` behind the last one
    :raises FileFormatError: when a number is not finite
    """
    count = len(dataset) if count is None else count
    step = max(1, (1 << 22) // max(into[:1].nbytes, 1))
    for begin in range(0, count, step):
        end = min(begin + step, count)
        place = slice(first + begin, first + end)
        dataset.read_direct(into, slice(begin, end), place)
        if into.dtype.kind == 'f' and not np.isfinite(into[place]).all():
            row = begin + int(np.argwhere(~np.isfinite(into[place]))[0][0])
            raise FileFormatError('{}: {!r} holds a number in row {} that is not finite.'.format(
                path, dataset.name, row))
    return first + count


def _full_name(group: Any, name: str) -> str:
    return '{}/{}'.format(group.name.rstrip('/'), name)
