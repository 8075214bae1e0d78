"""Reads HDF5 files in the two layouts that demonstrations are exchanged in: Minari's and D4RL's.

Minari (minari.farama.org, "Dataset Standards"): groups ``episode_0``, ``episode_1``, ..., each with ``observations``
[T + 1, ...], whose last row is what followed the last action, ``actions`` [T, ...] and ``rewards`` [T]. Since its 0.5
images are stored as JPEG files, one a row.

D4RL (Fu et al., 2020, arXiv 2004.07219): ``observations`` [N, ...], ``actions`` [N, ...], ``rewards`` [N] and
``terminals`` [N] in the root group, often ``timeouts`` [N]; an episode ends where one of the latter two is true.
"""
import re
from typing import Any, List, Optional

import numpy as np

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset.formats.assemble import from_file, rows_of_whole_episodes
from stable_baselines.gail.dataset.formats.hdf5_access import (
    child,
    names_in,
    number_rows,
    open_hdf5,
    read_rows,
    require_h5py,
    take_memory,
)
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['read_hdf5']

_EPISODE = re.compile(r'episode_(\d{1,18})')


def read_hdf5(path: str, keep_unfinished: bool = False) -> Trajectories:
    """
    :param path: file in Minari's or D4RL's layout
    :param keep_unfinished: keep the rows behind the last end of a D4RL file; they are dropped otherwise, with a warning
    :return: the episodes; numbers keep their types
    :raises ImportError: without h5py
    :raises FileFormatError: names the file and the data set at fault
    """
    with open_hdf5(path) as file:
        names = names_in(file)
        episodes = sorted((name for name in names if _EPISODE.fullmatch(name)), key=_number)
        if episodes:
            return _read_minari(file, path, episodes)
        if 'observations' in names or 'actions' in names:
            return _read_d4rl(file, path, keep_unfinished)
        raise FileFormatError("{}: it has neither groups 'episode_0', 'episode_1', ... (Minari) nor data sets "
                              "'observations', 'actions', 'terminals' (D4RL); it holds {}.".format(
                                  path, ', '.join(map(repr, names[:10])) or 'nothing'))


def _number(name: str) -> int:
    """
    :param name: of an episode
    :return: its number: episode_10 comes after episode_9
    """
    return int(_EPISODE.fullmatch(name).group(1))


def _needed(group: Any, name: str, path: str) -> Any:
    """
    :param group: a group
    :param name: of a data set
    :param path: the file, for messages
    :return: the data set
    :raises FileFormatError: when there is none
    """
    found = number_rows(group, name, path)
    if found is None:
        raise FileFormatError('{}: {!r} has no {!r}; it holds {}.'.format(
            path, group.name, name, ', '.join(map(repr, names_in(group)[:10])) or 'nothing'))
    return found


def _group(file: Any, name: str, path: str) -> Any:
    found = child(file, name, path)
    if not isinstance(found, require_h5py().Group):
        raise FileFormatError('{}: {!r} is no group, as an episode of Minari is.'.format(path, name))
    return found


def _read_minari(file: Any, path: str, names: List[str]) -> Trajectories:
    """
    :param file: root group
    :param path: the file, for messages
    :param names: of the episodes, in order
    :return: the episodes
    """
    lengths = [_checked_length(file, name, path, names[0]) for name in names]
    rows = sum(lengths)
    first = _group(file, names[0], path)
    obs = take_memory(path, rows, _needed(first, 'observations', path), 'observations')
    actions = take_memory(path, rows, _needed(first, 'actions', path), 'actions')
    rewarded = all(number_rows(_group(file, name, path), 'rewards', path) is not None for name in names)
    rewards = take_memory(path, rows, _needed(first, 'rewards', path), 'rewards') if rewarded else None
    position = 0
    for name, length in zip(names, lengths):
        group = _group(file, name, path)
        read_rows(_needed(group, 'observations', path), obs, position, path, length)
        read_rows(_needed(group, 'actions', path), actions, position, path)
        if rewards is not None:
            read_rows(_needed(group, 'rewards', path), rewards, position, path)
        position += length
    starts = np.zeros(rows, dtype=bool)
    starts[np.cumsum([0] + lengths[:-1])] = True
    return from_file(path, obs, actions, rewards, starts)


def _checked_length(file: Any, name: str, path: str, first: str) -> int:
    """
    :param file: root group
    :param name: of an episode
    :param path: the file, for messages
    :param first: name of the first episode
    :return: its number of steps
    :raises FileFormatError: when its arrays do not fit together, or not to those of the first episode
    """
    group = _group(file, name, path)
    length = len(_needed(group, 'actions', path))
    if length == 0:
        raise FileFormatError('{}: {!r} has no step; remove the episode.'.format(path, group.name))
    for key, rows in (('observations', length + 1), ('rewards', length)):
        found = number_rows(group, key, path)
        if found is not None and len(found) != rows:
            raise FileFormatError("{}: '{}/{}' has {} rows, but {} belong to the {} rows of 'actions'{}.".format(
                path, group.name, key, len(found), rows, length,
                ': one before each action and one after the last' if key == 'observations' else ''))
    for key in ('observations', 'actions'):
        one, other = _needed(group, key, path), _needed(_group(file, first, path), key, path)
        if one.shape[1:] != other.shape[1:] or one.dtype != other.dtype:
            raise FileFormatError("{}: '{}/{}' has rows of {} {}, but {!r} of {} {}; they must be alike.".format(
                path, group.name, key, one.dtype, one.shape[1:], other.name, other.dtype, other.shape[1:]))
    return length


def _read_d4rl(file: Any, path: str, keep_unfinished: bool) -> Trajectories:
    """
    :param file: root group
    :param path: the file, for messages
    :param keep_unfinished: keep rows behind the last end
    :return: the episodes
    """
    found = {key: _needed(file, key, path) for key in ('observations', 'actions')}
    rows = len(found['actions'])
    ends = {key: number_rows(file, key, path) for key in ('terminals', 'timeouts')}
    marks = {key: dataset for key, dataset in ends.items() if dataset is not None}
    rewards = number_rows(file, 'rewards', path)
    if not marks:
        raise FileFormatError("{}: it has neither 'terminals' nor 'timeouts', so nobody knows where episodes end."
                              .format(path))
    for key, dataset in dict(found, rewards=rewards, **marks).items():
        if dataset is not None and len(dataset) != rows:
            raise FileFormatError("{}: 'actions' has {} rows but {!r} has {}; they must be equally long.".format(
                path, rows, key, len(dataset)))
    if not rows:
        raise FileFormatError("{}: 'actions' is empty; at least one whole episode is needed.".format(path))
    ended = np.any([_flags(dataset, path, key) for key, dataset in marks.items()], axis=0)
    starts = np.append(True, ended[:-1])
    if not ended[-1] and not keep_unfinished:
        rows = rows_of_whole_episodes(path, rows, int(np.flatnonzero(starts)[-1]), ' or '.join(map(repr, marks)))
    arrays = {key: _read_all(dataset, rows, path, key) for key, dataset in dict(found, rewards=rewards).items()}
    return from_file(path, arrays['observations'], arrays['actions'], arrays['rewards'], starts[:rows])


def _read_all(dataset: Optional[Any], rows: int, path: str, key: str) -> Optional[np.ndarray]:
    if dataset is None:
        return None
    array = take_memory(path, rows, dataset, key)
    read_rows(dataset, array, 0, path, rows)
    return array


def _flags(dataset: Any, path: str, key: str) -> np.ndarray:
    """
    :param dataset: shape [N] or [N, 1], false or true as any number
    :param path: the file, for messages
    :param key: its name, for messages
    :return: shape [N], bool
    :raises FileFormatError: when it holds anything but 0 and 1, or more than one a row
    """
    values = _read_all(dataset, len(dataset), path, key)
    if values.size != len(values) or not np.isin(values, (0, 1)).all():
        raise FileFormatError('{}: {!r} of shape {} must hold 0 (false) or 1 (true) in each row.'.format(
            path, key, values.shape))
    return values.reshape(-1).astype(bool)
