"""Which column of a CSV file holds what, found from the names in its first line."""
import operator
import re
from collections import Counter
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.errors import FileFormatError

__all__ = ['Columns', 'find_columns']

# Names in lower case. Observations and actions may have a number behind: obs_0, obs0, obs[0]; obs_0_1 is [0, 1].
_WORDS = {'obs': ('obs', 'observation', 'observations', 'state', 'states'),
          'action': ('action', 'actions', 'act', 'acts'),
          'image': ('image', 'images', 'image_file'),
          'reward': ('reward', 'rewards', 'rew', 'rews'),
          'episode': ('episode', 'episode_id', 'episode_number', 'trajectory', 'trajectory_id'),
          'episode_start': ('episode_start', 'episode_starts'),
          'done': ('done', 'dones', 'terminal', 'terminals', 'terminated', 'termination', 'terminations', 'truncated',
                   'truncation', 'truncations', 'timeout', 'timeouts')}
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words}
_NUMBERED = re.compile(r'([a-z]+)[_ .]?(?:(\d+(?:_\d+)*)|\[(\d+(?:, ?\d+)*)\])')
_VECTORS = ('obs', 'action')
_SEVERAL = ('obs', 'action', 'done')

_Index = Tuple[int, ...]
_Named = Dict[str, List[Tuple[_Index, int]]]


class Columns(NamedTuple):
    """
    Numbers of columns, counted from 0.

    :param names: of all columns, as in the file
    :param obs: of the elements of an observation, in C order; empty where there are names of images
    :param obs_shape: shape of an observation
    :param image: of the name of an image file, or None
    :param action: of the elements of an action, in C order
    :param action_shape: shape of an action
    :param reward: of the reward, or None
    :param episode_start: of the mark of an episode's first row, or None
    :param episode: of the name of the episode, or None
    :param done: of the marks of an episode's last row; any of them counts
    :param unknown: names of columns that are not read
    """

    names: List[str]
    obs: List[int]
    obs_shape: _Index
    image: Optional[int]
    action: List[int]
    action_shape: _Index
    reward: Optional[int]
    episode_start: Optional[int]
    episode: Optional[int]
    done: List[int]
    unknown: List[str]


def find_columns(header: Sequence[str], path: str, observation_shape: Optional[Sequence[int]] = None,
                 action_shape: Optional[Sequence[int]] = None,
                 columns: Optional[Mapping[str, Any]] = None) -> Columns:
    """
    :param header: the names in the file's first line
    :param path: the file, for messages
    :param observation_shape: shape of an observation; None takes it from the names
    :param action_shape: shape of an action; None takes it from the names
    :param columns: names of columns for 'obs', 'action', 'image', 'reward', 'episode', 'episode_start' or 'done', where
        they are not named so in the file: a name, or a list of names
    :return: the columns
    :raises FileFormatError: when a column is missing, or named twice
    :raises ValueError: for an argument that does not fit the file
    """
    names = [name.strip().strip('#').strip() for name in header]  # numpy.savetxt puts a # before its header
    _refuse_repetition(names, path)
    found, unknown = _by_name(names, _chosen(columns, names, path))
    for kind, places in found.items():
        if len(places) > 1 and kind not in _SEVERAL:
            raise FileFormatError('{}: line 1: columns {} all mean {}; keep one, or choose it with columns={{...}}.'
                                  .format(path, ', '.join(repr(names[place]) for _, place in places), kind))
    if not found['obs'] and not found['image']:
        raise _missing('observations: obs_0, obs_1, ... (or image, for the names of image files)', names, path)
    if found['obs'] and found['image']:
        raise FileFormatError('{}: line 1: there are columns of observations and one of images, {!r}; one or the other '
                              'is needed.'.format(path, names[found['image'][0][1]]))
    if not found['action']:
        raise _missing('actions: action_0, action_1, ... (or action)', names, path)
    if not (found['episode_start'] or found['episode'] or found['done']):
        raise _missing('where episodes begin or end: episode, episode_start or done', names, path)
    obs, obs_shape = _elements(found['obs'], names, path, 'observation_shape', observation_shape)
    action, shape = _elements(found['action'], names, path, 'action_shape', action_shape)
    one = {kind: found[kind][0][1] if found[kind] else None for kind in ('image', 'reward', 'episode_start', 'episode')}
    return Columns(names=names, obs=obs, obs_shape=obs_shape, action=action, action_shape=shape,
                   done=[place for _, place in found['done']], unknown=unknown, **one)


def _refuse_repetition(names: List[str], path: str) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1 and name]
    if repeated:
        raise FileFormatError('{}: line 1: there are two columns {!r}; every column needs a name of its own.'.format(
            path, repeated[0]))


def _missing(what: str, names: List[str], path: str) -> FileFormatError:
    """
    :param what: columns that are not there
    :param names: those that are
    :param path: the file
    :return: the exception
    """
    if names and all(_is_number(name) for name in names):
        return FileFormatError('{}: line 1 holds numbers; it must name the columns, such as: episode,obs_0,obs_1,'
                               'action_0,reward.'.format(path))
    shown = ', '.join(map(repr, names[:20])) + (', ...' if len(names) > 20 else '')
    return FileFormatError('{}: line 1: no column says {}. There are {}; rename one, or say which it is with '
                           'columns={{...}}.'.format(path, what, shown))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _chosen(columns: Optional[Mapping[str, Any]], names: List[str], path: str) -> _Named:
    """
    :param columns: as given by the caller
    :param names: of the file's columns
    :param path: the file, for messages
    :return: kind -> columns, for the kinds that the caller named
    :raises ValueError: for kinds or columns that there are not
    """
    chosen: _Named = {}
    if not (columns is None or isinstance(columns, Mapping)):
        raise ValueError("columns={!r}: a dict is needed, such as {{'obs': ['x', 'y'], 'action': 'u'}}.".format(
            columns))
    for kind, wanted in (columns or {}).items():
        if kind not in _WORDS:
            raise ValueError('columns[{!r}]: expected one of {}.'.format(kind, ', '.join(map(repr, _WORDS))))
        if not hasattr(wanted, '__iter__'):
            raise ValueError('columns[{!r}]={!r}: the name of a column is needed, or a list of names.'.format(
                kind, wanted))
        wanted = [wanted] if isinstance(wanted, str) else list(wanted)
        absent = [name for name in wanted if name not in names]
        if absent or not wanted:
            raise ValueError('columns[{!r}]={!r}: {} has no such column; it has {}.'.format(
                kind, absent[0] if absent else wanted, path, ', '.join(map(repr, names[:20]))))
        chosen[kind] = [((index,), names.index(name)) for index, name in enumerate(wanted)]
    return chosen


def _by_name(names: List[str], chosen: _Named) -> Tuple[_Named, List[str]]:
    """
    :param names: of the file's columns
    :param chosen: columns that the caller named
    :return: kind -> (index of the element, column), and names that mean nothing
    """
    found: _Named = {kind: list(chosen.get(kind, [])) for kind in _WORDS}
    taken = {place for places in chosen.values() for _, place in places}
    unknown = []
    for place, name in enumerate(names):
        if place in taken:
            continue
        kind, index = _meaning(name.lower())
        if kind is None or kind in chosen:
            unknown.append(name)
        else:
            found[kind].append((index, place))
    return found, unknown


def _meaning(name: str) -> Tuple[Optional[str], _Index]:
    """
    :param name: of a column, in lower case
    :return: its kind, None if unknown, and the index of the element, () where it has none
    """
    if name in _KIND_OF:
        return _KIND_OF[name], ()
    match = _NUMBERED.fullmatch(name)
    kind = _KIND_OF.get(match.group(1)) if match else None
    if kind not in _VECTORS:
        return None, ()
    return kind, tuple(int(number) for number in re.split('[_,]', match.group(2) or match.group(3)))


def _elements(places: List[Tuple[_Index, int]], names: List[str], path: str, argument: str,
              shape: Optional[Sequence[int]]) -> Tuple[List[int], _Index]:
    """
    :param places: (index of the element, column)
    :param names: of all columns
    :param path: the file, for messages
    :param argument: name of the argument for the shape
    :param shape: as given by the caller; None takes it from the indices
    :return: the columns in C order, and the shape
    :raises FileFormatError: when elements are missing
    :raises ValueError: when the shape given has another number of elements
    """
    ordered = sorted(places)
    columns = [place for _, place in ordered]
    indices = [index or (0,) for index, _ in ordered]  # a single column without number is a vector of one element
    if indices:
        full = tuple(max(axis) + 1 for axis in zip(*indices)) if len({len(index) for index in indices}) == 1 else ()
        if len(indices) != np.prod(full, dtype=np.float64) or len(set(indices)) < len(indices) or not full:
            raise FileFormatError('{}: line 1: columns {} do not number all elements; number them from 0 without gaps, '
                                  'as in x_0, x_1, ... or, for a matrix, x_0_0, x_0_1, ...'.format(
                                      path, ', '.join(repr(names[place]) for place in columns[:20])))
        if shape is None:
            return columns, full
    if shape is None:
        return columns, ()
    lengths = _whole_lengths(shape, argument)
    if int(np.prod(lengths, dtype=int)) != len(columns) or min(lengths, default=1) < 1 or not columns:
        raise ValueError('{}={!r}: {} has {} columns for it.'.format(argument, shape, path, len(columns)))
    return columns, lengths


def _whole_lengths(shape: Any, argument: str) -> _Index:
    """
    :param shape: as given by the caller
    :param argument: what it was given for
    :return: the same as a tuple
    :raises ValueError: unless it is one or several whole numbers
    """
    try:
        return tuple(operator.index(length) for length in (shape if hasattr(shape, '__len__') else (shape,)))
    except TypeError:
        raise ValueError('{}={!r}: a whole number is needed, or a list of whole numbers, one for each axis.'.format(
            argument, shape)) from None
