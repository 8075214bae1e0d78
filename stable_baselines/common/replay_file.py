"""Replay buffers in files: npz archives, compressed, written and read a piece at a time."""
import os
import zipfile
from typing import Any, Dict, Mapping, Tuple, Union

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.buffers import ReplayBuffer
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.safe_npz import FREE_SIZE, read_npz_stream

__all__ = ['read_replay_buffer', 'write_replay_buffer']

PathLike = Union[str, 'os.PathLike[str]']
_PLACE = 'place'  # the next row to be written, and the most rows that the buffer holds
_WHAT = 'replay buffer'


def write_replay_buffer(path: PathLike, buffer: ReplayBuffer) -> str:
    """
    :param path: where to; '.npz' is added where it has no suffix; the file appears whole or not at all
    :param buffer: what to write
    :return: the file's name
    """
    name = os.fspath(path)
    name = name if os.path.splitext(name)[1] else name + '.npz'
    arrays = dict(buffer.arrays(), **{_PLACE: np.array([buffer.next_place, buffer.buffer_size])})
    with replace_on_success(name, 'wb') as file, zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            member = zipfile.ZipInfo(key + '.npy')
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, 'w', force_zip64=True) as content:
                np.lib.format.write_array(content, array, allow_pickle=False)  # 16 MB at a time
    return name


def read_replay_buffer(path: PathLike, buffer_size: int, observation_shape: Tuple[int, ...], action_size: int
                       ) -> ReplayBuffer:
    """
    Read what ``write_replay_buffer`` wrote; nothing in the file is executed.

    :param path: the file, '.npz' may be left out
    :param buffer_size: of the buffer to be made; of more transitions in the file the latest are kept
    :param observation_shape: of one observation
    :param action_size: numbers in an action
    :return: a buffer that goes on as the saved one would have, where both sizes are equal
    :raises FileNotFoundError: names the paths tried
    :raises FileFormatError: when the file is damaged, or of another environment; names it
    """
    name = _existing(os.fspath(path))
    # As large as a full buffer of numbers in double precision; images compress too well for a limit by the file's size.
    limit = FREE_SIZE + 8 * buffer_size * (2 * int(np.prod(observation_shape)) + action_size + 2)
    with open(name, 'rb') as file:
        arrays = read_npz_stream(file, name, _WHAT, max(limit, 8 * os.path.getsize(name)))
    try:
        return _buffer_of(arrays, buffer_size, tuple(observation_shape), action_size)
    except (KeyError, ValueError) as error:
        raise FileFormatError('{}: it is no {} of this model: {}.'.format(
            name, _WHAT, '{} is missing'.format(error) if isinstance(error, KeyError) else error)) from error


def _existing(name: str) -> str:
    for candidate in (name, name + '.npz'):
        if os.path.isfile(candidate):
            return candidate
    raise FileNotFoundError('No {} at {!r} or {!r}.'.format(_WHAT, name, name + '.npz'))


def _buffer_of(arrays: Mapping[str, Any], buffer_size: int, observation_shape: Tuple[int, ...], action_size: int
               ) -> ReplayBuffer:
    place, size = arrays[_PLACE].tolist()
    columns: Dict[str, np.ndarray] = {key: arrays[key] for key in ReplayBuffer.COLUMNS}
    length = len(columns['rewards'])
    shapes = (observation_shape, (action_size,), (), observation_shape, ())
    for (key, column), shape in zip(columns.items(), shapes):
        if (length and column.shape != (length,) + shape) or column.dtype.kind not in 'biuf':
            raise ValueError('{!r} has shape {} and type {}, numbers of shape {} are needed'.format(
                key, column.shape, column.dtype, (length,) + shape))
    if not 0 <= length <= size or not 0 <= place < size or (length < size and place != length):
        raise ValueError('{} transitions, the next at {} of {}, are impossible'.format(length, place, size))
    buffer = ReplayBuffer(buffer_size)
    if size == buffer_size and length:
        buffer.restore(columns, place)
    elif length:
        oldest_first = np.roll(np.arange(length), -place if length == size else 0)[-buffer_size:]
        buffer.extend(*[column[oldest_first] for column in columns.values()])
    return buffer
