"""Between demonstrations as users and other libraries hold them and ``Trajectories``."""
import os
import warnings
from typing import Any, Mapping, Optional, Sequence

import numpy as np

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset import image_names
from stable_baselines.gail.dataset.checks import is_image_names
from stable_baselines.gail.dataset.trajectories import (
    Trajectories,
    as_columns,
    from_mapping,
    returns_known,
    returns_of,
)

__all__ = ['as_trajectories', 'from_file', 'join_episodes', 'rows_of_whole_episodes', 'warn_of_lost_returns',
           'with_found_images']


def as_trajectories(data: Any) -> Trajectories:
    """
    :param data: what a user calls demonstrations: an ``ExpertDataset``, or a dict of arrays as ``generate_expert_traj``
        returns it, whose names of images count from the working folder
    :return: the same; names of images are absolute
    :raises ValueError: when it is something else, or the arrays cannot be used
    """
    data = getattr(data, 'trajectories', data)
    if isinstance(data, Trajectories):
        return with_found_images(data, os.getcwd(), 'data', anywhere=True)
    if not isinstance(data, Mapping):
        raise ValueError('data is of type {}; an ExpertDataset is needed, or a dict of arrays as generate_expert_traj '
                         'returns it.'.format(type(data).__name__))
    return with_found_images(from_mapping(data, 'data'), os.getcwd(), 'data', anywhere=True)


def with_found_images(trajectories: Trajectories, folder: str, source: str, anywhere: bool = False) -> Trajectories:
    """
    :param trajectories: whole episodes
    :param folder: what relative names of images count from
    :param source: for messages
    :param anywhere: whether absolute names may lead out of the folder
    :return: the same; names of images are absolute
    :raises FileNotFoundError: for a missing image
    :raises ValueError: for a name that leads out of the folder
    """
    if not is_image_names(trajectories.observations):
        return trajectories
    names = image_names.resolve_names(trajectories.observations, folder, source, anywhere)
    return trajectories._replace(observations=names)


def from_file(path: str, observations: np.ndarray, actions: np.ndarray, rewards: Optional[np.ndarray],
              episode_starts: np.ndarray) -> Trajectories:
    """
    Check what was read from a file.

    :param path: the file, for messages
    :param observations: shape [N, ...]
    :param actions: shape [N, ...]
    :param rewards: shape [N], or None
    :param episode_starts: shape [N], bool
    :return: the episodes
    :raises FileFormatError: when they are no demonstrations
    """
    data = {'obs': as_columns(observations), 'actions': as_columns(actions), 'rewards': rewards,
            'episode_starts': episode_starts, 'episode_returns': returns_of(rewards, episode_starts)}
    try:
        return from_mapping(data, path)
    except ValueError as error:
        raise FileFormatError(str(error)) from None


def rows_of_whole_episodes(path: str, rows: int, last_start: int, marks: str) -> int:
    """
    Say that the last episode of a file is not whole.

    :param path: the file
    :param rows: how many it has
    :param last_start: row that the unfinished episode starts in
    :param marks: what would mark its end
    :return: number of rows before it
    :raises FileFormatError: when there are none
    """
    if last_start == 0:
        raise FileFormatError('{}: no row is marked as the last one of an episode by {}, so none is whole. '
                              'read_demonstrations(..., keep_unfinished=True) takes the rows as one episode.'.format(
                                  path, marks))
    warnings.warn('{}: the last episode ({} rows) is left out, because {} does not mark its end; keep_unfinished=True '
                  'keeps it.'.format(path, rows - last_start, marks), stacklevel=2)
    return last_start


def warn_of_lost_returns(path: str, trajectories: Trajectories) -> None:
    """
    :param path: file to be written, in a format that has rewards but no returns, and whole episodes only
    :param trajectories: what is written
    """
    if trajectories.subsample != 1:
        warnings.warn('{}: this format cannot say that only one out of {} steps of each episode is there.'.format(
            path, trajectories.subsample), stacklevel=2)
    if trajectories.rewards is None and returns_known(trajectories):
        warnings.warn('{}: the returns of the episodes are lost in this format, because there are no rewards that they '
                      'are the sums of.'.format(path), stacklevel=2)


def join_episodes(observations: Sequence[np.ndarray], actions: Sequence[np.ndarray],
                  rewards: Optional[Sequence[np.ndarray]], source: str) -> Trajectories:
    """
    :param observations: of each episode, shape [T, ...], as many rows as actions
    :param actions: of each episode, shape [T, ...]
    :param rewards: of each episode, shape [T]; None where nobody noted them
    :param source: where they come from, for messages
    :return: all episodes in order
    :raises ValueError: where there is none, one has no step, or rows differ in shape; names the episode
    """
    if not len(actions):
        raise ValueError('{}: there is no episode; at least one is needed.'.format(source))
    for kind, episodes in (('observations', observations), ('actions', actions)):
        for index, rows in enumerate(episodes):
            if len(rows) == 0:
                raise ValueError('{}: episode {} has no step; at least one is needed.'.format(source, index))
            if rows.shape[1:] != episodes[0].shape[1:]:
                raise ValueError('{}: {} have shape {} in episode 0 but {} in episode {}; they must be alike.'.format(
                    source, kind, episodes[0].shape[1:], rows.shape[1:], index))
    lengths = [len(rows) for rows in actions]
    starts = np.zeros(sum(lengths), dtype=bool)
    starts[np.cumsum([0] + lengths[:-1])] = True
    joined = None if rewards is None else np.concatenate(rewards)
    return from_mapping({'obs': as_columns(np.concatenate(observations)),
                         'actions': as_columns(np.concatenate(actions)), 'rewards': joined, 'episode_starts': starts,
                         'episode_returns': returns_of(joined, starts)}, source)
