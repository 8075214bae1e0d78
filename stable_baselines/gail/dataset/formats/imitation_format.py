"""Trajectories of HumanCompatibleAI/imitation, in both directions, and that library's older files.

There a trajectory is an object with ``obs`` [T + 1, ...], ``acts`` [T, ...], ``infos``, ``terminal`` and, if rewards
are known, ``rews`` [T] (``imitation.data.types``). Here nobody keeps the observation after the last action.
"""
import warnings
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from stable_baselines.gail.dataset import trajectories as plain
from stable_baselines.gail.dataset.checks import is_image_names
from stable_baselines.gail.dataset.formats.assemble import as_trajectories, join_episodes
from stable_baselines.gail.dataset.images import read_image
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['Trajectory', 'TrajectoryWithRew', 'from_archive', 'from_imitation', 'is_archive', 'to_imitation']


class Trajectory(NamedTuple):
    """
    What imitation's class of this name holds; ``to_imitation`` gives it where imitation is not installed.

    :param obs: shape [T + 1, ...]
    :param acts: shape [T, ...]
    :param infos: None
    :param terminal: whether the episode ended
    """

    obs: np.ndarray
    acts: np.ndarray
    infos: Optional[np.ndarray]
    terminal: bool


class TrajectoryWithRew(NamedTuple):
    """
    The same with rewards.

    :param obs: shape [T + 1, ...]
    :param acts: shape [T, ...]
    :param infos: None
    :param terminal: whether the episode ended
    :param rews: shape [T]
    """

    obs: np.ndarray
    acts: np.ndarray
    infos: Optional[np.ndarray]
    terminal: bool
    rews: np.ndarray


def from_imitation(trajectories: Sequence[Any]) -> Dict[str, np.ndarray]:
    """
    Take trajectories of HumanCompatibleAI/imitation over. Each becomes an episode; rewards are kept if all have them.

    :param trajectories: objects with ``obs`` [T + 1, ...] and ``acts`` [T, ...], and maybe ``rews`` [T]
    :return: arrays for ``ExpertDataset(traj_data=...)``
    :raises ValueError: names the trajectory at fault, or says that there is no list of them
    """
    if not hasattr(trajectories, '__iter__') or hasattr(trajectories, 'acts'):
        raise ValueError('trajectories is of type {}; a list of trajectories is needed.'.format(
            type(trajectories).__name__))
    episodes = [_arrays(episode, 'trajectories[{}]'.format(index)) for index, episode in enumerate(trajectories)]
    rewards = [episode['rews'] for episode in episodes if 'rews' in episode]
    return plain.to_dict(join_episodes(
        [episode['obs'][:-1] for episode in episodes], [episode['acts'] for episode in episodes],
        rewards if len(rewards) == len(episodes) else None, 'trajectories'))


def _arrays(episode: Any, name: str) -> Dict[str, np.ndarray]:
    """
    :param episode: a trajectory as given by the caller
    :param name: for messages
    :return: its ``obs`` and ``acts``, and its ``rews`` where it has them
    :raises ValueError: when it is none, or its arrays do not fit together
    """
    fields = ('obs', 'acts') + (() if getattr(episode, 'rews', None) is None else ('rews',))
    arrays = {field: _rows(episode, field, name) for field in fields}
    count = len(arrays['acts'])
    for field, rows in (('obs', count + 1), ('rews', count)):
        if field in arrays and len(arrays[field]) != rows:
            raise ValueError('{}.{} has {} rows, but {} belong to its {} actions.'.format(
                name, field, len(arrays[field]), rows, count))
    return arrays


def _rows(episode: Any, field: str, name: str) -> np.ndarray:
    """
    :param episode: a trajectory as given by the caller
    :param field: of the trajectory
    :param name: of the trajectory, for messages
    :return: what the field holds, as an array of rows
    :raises ValueError: when that is missing, or no array
    """
    values = getattr(episode, field, None)
    if not isinstance(values, (np.ndarray, list, tuple)):
        found = 'of type {}'.format(type(values).__name__) if hasattr(episode, field) else 'missing'
        raise ValueError('{}.{} is {}; an array is needed (dict observations cannot be imitated).'.format(
            name, field, found))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # older releases of NumPy warn, and make an array of lists
            rows = np.asarray(values)
        is_ragged = rows.dtype == object and not isinstance(values, np.ndarray)
    except ValueError:
        is_ragged = True
    if is_ragged:
        raise ValueError('{}.{}: its rows differ in shape, or are no numbers; they must be alike.'.format(name, field))
    if rows.ndim == 0:
        raise ValueError('{}.{} is a single number; an array of rows is needed.'.format(name, field))
    return rows


def to_imitation(data: Any) -> List[Any]:
    """
    Give demonstrations to HumanCompatibleAI/imitation: to its BC, DAgger, GAIL and AIRL, or to ``rollout``.

    Its trajectories have one observation more than actions, and here the last one was never kept: the one before is
    repeated. Behaviour cloning does not see it; algorithms that use the next observation see one wrong row an episode.

    Whole numbers in columns of one, such as Discrete actions and observations here, become flat, as imitation has them.

    :param data: an ``ExpertDataset``, or a dict of arrays as ``generate_expert_traj`` returns it; images are read
    :return: one object an episode, with ``terminal=True``: ``imitation.data.types.TrajectoryWithRew`` (``Trajectory``
        without rewards), or where imitation is not installed a named tuple with the same fields
    :raises ValueError: when the data cannot be used
    """
    try:
        from imitation.data import types
    except ImportError:
        plain_class, with_rewards = Trajectory, TrajectoryWithRew
    else:
        plain_class, with_rewards = types.Trajectory, types.TrajectoryWithRew
    episodes, given = [], as_trajectories(data)
    if not plain.has_actions(given):
        raise ValueError('data: it holds observations without actions, and imitation needs both.')
    for episode in plain.split(given):
        fields = dict(obs=_with_last_repeated(episode), acts=_flat(episode.actions), infos=None, terminal=True)
        if episode.rewards is None:
            episodes.append(plain_class(**fields))
        else:
            episodes.append(with_rewards(rews=episode.rewards.astype(np.float64), **fields))
    return episodes


def _with_last_repeated(episode: Trajectories) -> np.ndarray:
    rows = episode.observations
    if is_image_names(rows):
        rows = np.stack([read_image(str(name)) for name in rows])
    return _flat(np.concatenate([rows, rows[-1:]]))


def _flat(rows: np.ndarray) -> np.ndarray:
    """
    :param rows: shape [N, ...]
    :return: shape [N] for whole numbers of shape [N, 1]; others as they are
    """
    return rows.reshape(-1) if rows.dtype.kind in 'iu' and rows.shape[1:] == (1,) else rows


def is_archive(names: Sequence[str]) -> bool:
    """
    :param names: keys of an .npz file
    :return: whether it is one that imitation wrote before version 0.4
    """
    return {'obs', 'acts', 'indices'} <= set(names) and 'actions' not in names


def from_archive(arrays: Mapping[str, np.ndarray], path: str) -> Trajectories:
    """
    :param arrays: of an older .npz file of imitation: ``obs`` [N + E, ...], ``acts`` [N, ...], ``indices`` [E - 1], the
        rows of ``acts`` that a new episode starts in, and maybe ``rews`` [N]
    :param path: the file, for messages
    :return: the episodes
    :raises ValueError: when the arrays do not fit together
    """
    indices, acts, obs = np.asarray(arrays['indices']), arrays['acts'], arrays['obs']
    if indices.ndim != 1 or (indices.size and indices.dtype.kind not in 'iu'):
        raise ValueError("{}: 'indices' of type {} and shape {} must be a list of whole numbers.".format(
            path, indices.dtype, indices.shape))
    starts = indices.astype(np.int64)
    if acts.ndim == 0 or obs.ndim == 0 or len(obs) != len(acts) + len(starts) + 1:
        raise ValueError("{}: 'obs' has shape {}, but {} rows belong to 'acts' of shape {} in {} episodes.".format(
            path, obs.shape, 'one more for each episode' if acts.ndim == 0 else len(acts) + len(starts) + 1, acts.shape,
            len(starts) + 1))
    edges = np.concatenate([[0], starts, [len(acts)]])
    if (np.diff(edges) < 1).any():
        raise ValueError("{}: 'indices' must rise from above 0 to below {}, the number of rows of 'acts'.".format(
            path, len(acts)))
    rewards = arrays.get('rews')
    if rewards is not None and rewards.shape != (len(acts),):
        raise ValueError("{}: 'rews' has shape {}, but {} is needed.".format(path, rewards.shape, (len(acts),)))
    return join_episodes(np.split(np.delete(obs, starts + np.arange(len(starts)), axis=0)[:-1], starts),
                         np.split(acts, starts), None if rewards is None else np.split(rewards, starts), path)
