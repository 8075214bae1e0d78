"""From what people hold in memory, episodes or a long row of steps, to demonstrations."""
import warnings
from typing import Any, Dict, Iterable

import numpy as np

from stable_baselines.gail.dataset.checks import checked_arrays, checked_flags
from stable_baselines.gail.dataset.trajectories import Trajectories, as_columns, merge, returns_of

__all__ = ['join_episodes', 'mark_episodes']


def join_episodes(episodes: Iterable[Any]) -> Trajectories:
    """
    Put episodes one after the other.

    :param episodes: of each its (observations [T, ...], actions [T, ...]) or (observations, actions, rewards [T]), as
        arrays or nested lists; None for actions where nobody knows them
    :return: the episodes; flat rows have become columns. Their returns are NaN where there are no rewards
    :raises ValueError: names the episode at fault, counted from 0, and what is wrong with it
    """
    if isinstance(episodes, (str, bytes)) or not hasattr(episodes, '__iter__'):
        raise ValueError('episodes={!r}: a list is needed, of (observations, actions) or (observations, actions, '
                         'rewards) for each episode.'.format(episodes))
    parts = [_one_episode(episode, 'episodes[{}]'.format(index)) for index, episode in enumerate(episodes)]
    if not parts:
        raise ValueError('episodes is empty; at least one (observations, actions) or (observations, actions, rewards) '
                         'is needed.')
    for index, part in enumerate(parts):
        if (part.rewards is None) != (parts[0].rewards is None):
            raise ValueError('episodes[{}] has {}rewards, but episodes[0] has {}; give them for all or none.'.format(
                index, *(('no ', 'some') if part.rewards is None else ('', 'none'))))
    return merge(parts, ['episodes[{}]'.format(index) for index in range(len(parts))])


def _one_episode(episode: Any, name: str) -> Trajectories:
    """
    :param episode: as given by the caller
    :param name: for messages
    :return: the episode
    :raises ValueError: when it cannot be used
    """
    if not isinstance(episode, (tuple, list)) or len(episode) not in (2, 3):
        found = '{} of {} items'.format(type(episode).__name__, len(episode)) if hasattr(episode, '__len__') \
            else type(episode).__name__
        raise ValueError('{} is a {}; a tuple (observations, actions) or (observations, actions, rewards) is needed; '
                         'None for actions where nobody knows them.'.format(name, found))
    given: Dict[str, Any] = dict(zip(('obs', 'actions', 'rewards'), episode))
    count = _count(given['obs'])
    n_actions = count if given.get('actions') is None else _count(given['actions'])
    if count == n_actions + 1:
        raise ValueError('{}: {} observations but {} actions; leave out the last observation, after which nothing was '
                         'done.'.format(name, count, n_actions))
    return _checked(given, np.arange(max(count, 1)) == 0, name)


def mark_episodes(observations: Any, actions: Any, episode_starts: Any, rewards: Any, dones: Any) -> Trajectories:
    """
    Divide a long row of steps into episodes.

    :param observations: shape [N, ...]
    :param actions: shape [N, ...]; None where they are unknown
    :param episode_starts: shape [N]: whether the step is the first of an episode; None where ``dones`` says it
    :param rewards: shape [N], or None
    :param dones: shape [N]: whether the step is the last of an episode; None where ``episode_starts`` says it. Steps
        after the last True count as an episode, with a warning
    :return: the episodes; flat rows have become columns. Their returns are NaN where there are no rewards
    :raises ValueError: names the argument at fault
    """
    name = 'from_transitions'
    if (episode_starts is None) == (dones is None):
        raise ValueError('{}: either episode_starts (True in the first row of each episode) or dones (True in the last '
                         'one) is needed; {} given.'.format(name, 'neither was' if dones is None else 'both were'))
    given = {'obs': observations, 'actions': actions, 'rewards': rewards}
    if dones is None:
        starts = checked_flags(episode_starts, 'episode_starts', name)
        return _checked(given, starts, name)
    ends = checked_flags(dones, 'dones', name)
    rows, key = (observations, 'observations') if actions is None else (actions, 'actions')
    if len(ends) != _count(rows):
        raise ValueError("{}: '{}' has {} rows but 'dones' has {}; they must be equally long.".format(
            name, key, _count(rows), len(ends)))
    if not ends[-1]:
        open_rows = len(ends) - 1 - int(np.max(np.flatnonzero(ends), initial=-1))
        warnings.warn('dones is not True in the last row: the last {} rows belong to an episode without an end. They '
                      'count as an episode; cut them off if its return would mislead.'.format(open_rows), stacklevel=3)
    return _checked(given, np.append(True, ends[:-1]), name)


def _checked(given: Dict[str, Any], starts: np.ndarray, name: str) -> Trajectories:
    """
    :param given: 'obs', 'actions' and perhaps 'rewards', as given by the caller
    :param starts: shape [N], bool
    :param name: for messages
    :return: the episodes
    :raises ValueError: names what is wrong; says 'observations' for 'obs', as the arguments do
    """
    count = max(int(starts.sum()), 1)
    try:
        arrays = checked_arrays(dict(given, episode_starts=starts, episode_returns=np.zeros(count)), name)
    except ValueError as error:
        raise ValueError(str(error).replace("'obs'", "'observations'")) from None
    rewards = arrays.get('rewards')
    return Trajectories(as_columns(arrays['obs']), as_columns(arrays['actions']), rewards, returns_of(rewards, starts),
                        arrays['episode_starts'])


def _count(values: Any) -> int:
    """
    :param values: anything
    :return: its length; 0 where it has none, which the checks will say
    """
    try:
        return len(values)
    except TypeError:
        return 0
