"""Demonstrations as plain arrays: read, check, cut, split, join, write. No session, no environment.

A set of N rows (one per environment step) from E episodes has these arrays; the keys are those of the .npz file:

======================  ==========================================================================================
``obs``                 [N, ...]: what the expert saw, one row a step; or N file names of images
``actions``             [N, ...], optional: what it did; Discrete actions are [N, 1]
``rewards``             [N], optional: what the environment paid for it
``episode_returns``     [E]: sum of the rewards of each episode; NaN in all of them where nobody knows
``episode_starts``      [N], bool: whether the row is the first of an episode
``subsample``           optional: only every ``subsample``-th step of an episode is here; 1 for all
======================  ==========================================================================================
"""
import hashlib
import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.gail.dataset.checks import checked_arrays, is_image_names

__all__ = ['Trajectories', 'as_columns', 'digest', 'file_name', 'find_file', 'from_mapping', 'has_actions', 'lengths',
           'limit', 'merge', 'require_alike', 'returns_known', 'returns_of', 'split', 'to_dict', 'with_suffix', 'write']

PathLike = Union[str, 'os.PathLike[str]']
SUFFIXES = ('.npz', '.csv', '.hdf5', '.h5', '.hdf')
_IN_FOLDERS = ('main_data.hdf5', os.path.join('data', 'main_data.hdf5'))


class Trajectories(NamedTuple):
    """
    Whole episodes, one after the other.

    :param observations: shape [N, ...]: numbers, or image file names (dtype kind 'U')
    :param actions: shape [N, ...]; [N, 0] where nobody noted them
    :param rewards: shape [N], or None where nobody noted them
    :param episode_returns: shape [E], of the whole episodes; all NaN where nobody knows
    :param episode_starts: shape [N], bool, True in the first row of each of the E episodes
    :param subsample: 1 where all steps are here, k where only every k-th of each episode is
    """

    observations: np.ndarray
    actions: np.ndarray
    rewards: Optional[np.ndarray]
    episode_returns: np.ndarray
    episode_starts: np.ndarray
    subsample: int = 1


def file_name(path: Any, argument: str) -> str:
    """
    :param path: as given by the caller
    :param argument: what it was given for
    :return: the same as text
    :raises ValueError: when it is not the name of a file
    """
    name = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(name, str):
        raise ValueError('{}={!r}: the name of a file is needed, as text or a path.'.format(argument, path))
    return name


def with_suffix(path: PathLike, argument: str = 'path') -> str:
    """
    :param path: file name as the caller wrote it
    :param argument: what it was given for
    :return: the same with '.npz' at its end, in lower or upper case
    :raises ValueError: when it is not the name of a file
    """
    name = file_name(path, argument)
    return name if name.lower().endswith('.npz') else name + '.npz'


def find_file(path: PathLike) -> str:
    """
    :param path: file name, '.npz' may be left out, after another suffix too, as what writes .npz files adds it there;
        or folder of a data set of Minari, for its file
    :return: absolute name of the existing file
    :raises FileNotFoundError: names every path tried
    :raises ValueError: when it is not the name of a file
    """
    name = file_name(path, 'path')
    tried = [name] if os.path.splitext(name)[1].lower() in SUFFIXES else [name, name + '.npz']
    if os.path.isdir(name):
        tried += [os.path.join(name, inner) for inner in _IN_FOLDERS]
    for candidate in tried + [with_suffix(name)]:
        if os.path.isfile(candidate):
            return os.path.abspath(candidate)
    raise FileNotFoundError('No file of demonstrations at {}. {}'.format(
        ' or '.join(repr(os.path.abspath(candidate)) for candidate in tried), _advice(name)))


def _advice(name: str) -> str:
    """
    :param name: where nothing was found that can be read
    :return: what to do
    """
    if os.path.isdir(name) and {'dataset_info.json', 'dataset_dict.json'} & set(os.listdir(name)):
        return ('The folder is a data set of Hugging Face, as HumanCompatibleAI/imitation saves it. Where imitation is '
                "installed: write_demonstrations('expert.npz', from_imitation(imitation.data.serialize.load({!r})))."
                .format(name))
    return 'Record one with generate_expert_traj, or correct the path.'


def write(path: PathLike, trajectories: Trajectories) -> str:
    """
    Write a file that appears whole or not at all.

    :param path: where to; '.npz' is added if missing
    :param trajectories: what to write
    :return: the file's name
    """
    name = with_suffix(path)
    with replace_on_success(name, 'wb') as file:
        np.savez(file, **to_dict(trajectories))
    return name


def to_dict(trajectories: Trajectories) -> Dict[str, np.ndarray]:
    """
    :param trajectories: whole episodes
    :return: the arrays under the keys of the .npz file; no 'rewards' where they are None, no 'actions' where there are
        none, no 'subsample' where it is 1
    """
    arrays = {'actions': trajectories.actions if has_actions(trajectories) else None,
              'obs': trajectories.observations, 'rewards': trajectories.rewards,
              'episode_returns': trajectories.episode_returns, 'episode_starts': trajectories.episode_starts,
              'subsample': None if trajectories.subsample == 1 else np.array(trajectories.subsample)}
    return {key: array for key, array in arrays.items() if array is not None}


def from_mapping(data: Mapping[str, Any], source: str) -> Trajectories:
    """
    Check arrays given under the keys of the .npz file.

    :param data: the arrays; keys that are not known are left alone
    :param source: where they come from, for messages: a file name or 'traj_data'
    :return: the episodes
    :raises ValueError: one message that names the source and the key at fault
    """
    arrays = checked_arrays(data, source)
    return Trajectories(arrays['obs'], arrays['actions'], arrays.get('rewards'), arrays['episode_returns'],
                        arrays['episode_starts'], int(arrays.get('subsample', 1)))


def has_actions(trajectories: Trajectories) -> bool:
    """
    :param trajectories: whole episodes
    :return: whether anybody noted what the expert did
    """
    return 0 not in trajectories.actions.shape[1:]


def returns_known(trajectories: Trajectories) -> bool:
    """
    :param trajectories: whole episodes
    :return: whether their returns mean something. NaN says that they do not; so do zeros without rewards, which files
        have that were put together from observations and actions alone
    """
    returns = trajectories.episode_returns
    return not np.isnan(returns).any() and (trajectories.rewards is not None or bool(np.any(returns)))


def as_columns(rows: np.ndarray) -> np.ndarray:
    """
    :param rows: shape [N, ...]
    :return: shape [N, 1] for [N] numbers, as Discrete spaces are stored here; others as they are
    """
    return rows.reshape(-1, 1) if rows.ndim == 1 and not is_image_names(rows) else rows


def returns_of(rewards: Optional[np.ndarray], episode_starts: np.ndarray) -> np.ndarray:
    """
    :param rewards: shape [N], or None where nobody noted them
    :param episode_starts: shape [N], bool, True in the first row
    :return: shape [E]: sums of the rewards; NaN where they are unknown
    """
    first_rows = np.flatnonzero(episode_starts)
    if rewards is None:
        return np.full(len(first_rows), np.nan)
    return np.add.reduceat(rewards.astype(np.float64), first_rows) if len(first_rows) else np.zeros(0)


def lengths(episode_starts: np.ndarray) -> np.ndarray:
    """
    :param episode_starts: shape [N], bool
    :return: shape [E]: number of rows of each episode
    """
    return np.diff(np.append(np.flatnonzero(episode_starts), len(episode_starts)))


def limit(trajectories: Trajectories, count: int) -> Trajectories:
    """
    Keep the first episodes.

    :param trajectories: whole episodes
    :param count: how many to keep, at least 1; more than there are keeps all
    :return: exactly those episodes, and their returns
    """
    if count >= len(trajectories.episode_returns):
        return trajectories
    row = int(np.flatnonzero(trajectories.episode_starts)[count])
    # Copies, so that the rows cut off do not stay in memory behind a view.
    return _rows(trajectories, 0, row)._replace(episode_returns=trajectories.episode_returns[:count].copy())


def split(trajectories: Trajectories) -> List[Trajectories]:
    """
    :param trajectories: whole episodes
    :return: one item per episode, in their order
    """
    edges = np.append(np.flatnonzero(trajectories.episode_starts), len(trajectories.episode_starts))
    return [_rows(trajectories, start, end)._replace(episode_returns=trajectories.episode_returns[index:index + 1])
            for index, (start, end) in enumerate(zip(edges[:-1], edges[1:]))]


def merge(parts: Sequence[Trajectories], names: Optional[Sequence[str]] = None) -> Trajectories:
    """
    Join sets of episodes.

    :param parts: at least one; row shapes must agree
    :param names: of the parts, for messages; 'set 0', 'set 1', ... by default
    :return: all episodes in order; rewards only if every part has them, and returns known only if they are in every
        part; the coarsest ``subsample`` among the parts
    :raises ValueError: names the first part that does not fit the first one, and both shapes
    """
    require_alike(parts, names)
    rewards = None
    if all(part.rewards is not None for part in parts):
        rewards = np.concatenate([part.rewards for part in parts])
    joined = {field: np.concatenate([getattr(part, field) for part in parts])
              for field in ('observations', 'actions', 'episode_returns', 'episode_starts')}
    if np.isnan(joined['episode_returns']).any():  # the mean over those known would pass for that of all
        joined['episode_returns'] = np.full(len(joined['episode_returns']), np.nan)
    return Trajectories(rewards=rewards, subsample=max(part.subsample for part in parts), **joined)


def require_alike(parts: Sequence[Trajectories], names: Optional[Sequence[str]] = None) -> None:
    """
    :param parts: sets of episodes
    :param names: of the parts, for messages; 'set 0', 'set 1', ... by default
    :raises ValueError: where there are none; or names the first part that does not fit the first one, and both shapes
    """
    if not parts:
        raise ValueError('No demonstrations to join: the list is empty.')
    for field in ('observations', 'actions'):
        first = getattr(parts[0], field)
        for index, part in enumerate(parts):
            rows = getattr(part, field)
            if rows.shape[1:] != first.shape[1:] or is_image_names(rows) != is_image_names(first):
                here = [names[place] if names is not None else 'set {}'.format(place) for place in (0, index)]
                raise ValueError('Demonstrations cannot be joined: rows of {} are {} in {} but {} in {}.'.format(
                    field, _row_text(first), here[0], _row_text(rows), here[1]))


def digest(trajectories: Trajectories) -> str:
    """
    Identify the data: equal for equal rows, whatever folder the images are in.

    :param trajectories: whole episodes; image names must be paths that can be opened
    :return: SHA-256 of keys, types, shapes and rows, in hexadecimal
    """
    result = hashlib.sha256()
    for key, array in sorted(to_dict(trajectories).items()):
        if is_image_names(array):
            result.update('{} images {};'.format(key, array.shape).encode())
            for name in array:
                with open(name, 'rb') as file:
                    result.update(hashlib.sha256(file.read()).digest())
            continue
        result.update('{} {} {};'.format(key, array.dtype.str, array.shape).encode())
        result.update(memoryview(np.ascontiguousarray(array)).cast('B'))
    return result.hexdigest()


def _rows(trajectories: Trajectories, start: int, end: int) -> Trajectories:
    return Trajectories(*(array if array is None or isinstance(array, int) else array[start:end].copy()
                          for array in trajectories))


def _row_text(array: np.ndarray) -> str:
    return 'image names' if is_image_names(array) else '{} numbers of shape {}'.format(array.dtype, array.shape[1:])
