"""Put the steps of several environments together to whole episodes, as the environments really gave them."""
import contextlib
from typing import Any, Iterator, List, NamedTuple, Optional

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.common.vec_env import VecEnv
from stable_baselines.common.vec_env.observation_normalizers import find_observation_normalizer
from stable_baselines.gail.dataset.images import ImageWriter
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['EpisodeCollector', 'RawView', 'raw_view']


class RawView:
    """
    Shows the observations and rewards of a VecEnv before any VecNormalize changed them.

    :param venv: the environment
    :param normalizer: the VecNormalize among its wrappers, or None
    """

    def __init__(self, venv: VecEnv, normalizer: Any) -> None:
        self.venv = venv
        self._normalizer = normalizer

    def observations(self, seen: np.ndarray) -> np.ndarray:
        """
        :param seen: shape [num_envs, ...]: what the last step or reset returned
        :return: the same before normalization
        :raises ValueError: when a wrapper around the VecNormalize changes the observations' shape
        """
        if self._normalizer is None or not getattr(self._normalizer, 'norm_obs', True):
            return seen
        known = find_observation_normalizer(self.venv)
        raw = (known or self._normalizer).get_original_obs()
        if known is not None:  # blanks of stacked frames become zeros as all others, of the environment's own type
            raw = (raw + 0).astype(known.original_space.dtype, copy=False)
        if np.shape(raw) != np.shape(seen):
            raise ValueError('Observations before VecNormalize have shape {}, those after all wrappers {}; put '
                             'VecNormalize around the wrapper that changes it to record raw observations.'.format(
                                 np.shape(raw)[1:], np.shape(seen)[1:]))
        return raw

    def rewards(self, seen: np.ndarray) -> np.ndarray:
        """
        :param seen: shape [num_envs]: what the last step returned
        :return: the same before normalization
        """
        original = getattr(self._normalizer, 'get_original_reward', None)
        return original() if original is not None and getattr(self._normalizer, 'norm_reward', True) else seen


@contextlib.contextmanager
def raw_view(venv: VecEnv) -> Iterator[RawView]:
    """
    :param venv: any VecEnv
    :return: context manager giving the view; within it, the statistics of a VecNormalize do not change
    """
    normalizer: Any = venv
    while normalizer is not None and not hasattr(type(normalizer), 'get_original_obs'):
        normalizer = getattr(normalizer, 'venv', None)
    training = getattr(normalizer, 'training', None)
    if training is not None:
        normalizer.training = False
    try:
        yield RawView(venv, normalizer)
    finally:
        if training is not None:
            normalizer.training = training


class _Episode(NamedTuple):
    """
    :param turn: how many episodes its environment had finished before
    :param env: number of its environment
    :param observations: one a step; arrays, or names of images
    :param actions: one a step
    :param rewards: one a step
    """

    turn: int
    env: int
    observations: List[Any]
    actions: List[np.ndarray]
    rewards: List[float]


class EpisodeCollector:
    """
    Takes the steps of all environments and keeps a share of episodes of each.

    The shares are fixed beforehand. Taking the first episodes to finish instead would prefer short ones.

    :param n_episodes: how many are wanted altogether
    :param venv: the environment, for its spaces and their number
    :param writer: writes observations as images; None keeps them as arrays
    """

    def __init__(self, n_episodes: int, venv: VecEnv, writer: Optional[ImageWriter]) -> None:
        self.finished: List[_Episode] = []
        self.missing = n_episodes
        self._writer = writer
        self._observation_space = venv.observation_space
        self._action_space = venv.action_space
        each, rest = divmod(n_episodes, venv.num_envs)
        self._shares = [each + (env < rest) for env in range(venv.num_envs)]
        self._running = [_Episode(0, env, [], [], []) for env in range(venv.num_envs)]

    def add(self, observations: np.ndarray, actions: np.ndarray, rewards: np.ndarray, dones: np.ndarray) -> int:
        """
        :param observations: shape [num_envs, ...]: what the expert saw
        :param actions: shape [num_envs, ...]: what it did
        :param rewards: shape [num_envs]
        :param dones: shape [num_envs]: whether the step ended the episode
        :return: how many of the wanted episodes are now finished that were not before
        """
        before = self.missing
        for env, episode in enumerate(self._running):
            if episode.turn >= self._shares[env]:
                continue
            row = np.array(observations[env])
            episode.observations.append(row if self._writer is None else self._writer.add(row))
            episode.actions.append(np.array(actions[env]))
            episode.rewards.append(float(rewards[env]))
            if dones[env]:
                self.finished.append(episode)
                self.missing -= 1
                self._running[env] = _Episode(episode.turn + 1, env, [], [], [])
        return before - self.missing

    def result(self) -> Trajectories:
        """
        :return: the finished episodes: every environment's first one, then every environment's second one, and so on
        """
        episodes = sorted(self.finished, key=lambda episode: (episode.turn, episode.env))
        lengths = [len(episode.rewards) for episode in episodes]
        starts = np.zeros(sum(lengths), dtype=bool)
        starts[np.cumsum([0] + lengths[:-1])] = True
        observations = np.array([row for episode in episodes for row in episode.observations])
        actions = np.array([row for episode in episodes for row in episode.actions])
        return Trajectories(
            observations=_as_column(observations, self._observation_space),
            actions=_as_column(actions, self._action_space),
            rewards=np.array([reward for episode in episodes for reward in episode.rewards]),
            episode_returns=np.array([sum(episode.rewards) for episode in episodes]),
            episode_starts=starts)


def _as_column(rows: np.ndarray, space: Any) -> np.ndarray:
    """
    :param rows: shape [N, ...]
    :param space: what they are elements of
    :return: shape [N, 1] for a Discrete space, otherwise unchanged
    """
    return rows.reshape(-1, 1) if isinstance(space, gym_api.spaces.Discrete) else rows
