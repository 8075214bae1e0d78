"""How SAC acts while it trains: at random at first, then as its policy says, perhaps with noise."""
from copy import deepcopy
from typing import Any, Optional

import numpy as np

from stable_baselines.common.noise import ActionNoise
from stable_baselines.sac.actor import SquashedGaussianActor


class Exploration:
    """
    Chooses actions.

    :param actor: the policy
    :param size: numbers in an action
    :param n_envs: number of environments
    :param random_state: generator
    :param random_exploration: probability of a random action
    :param action_noise: added to the policy's actions; each environment has a copy, since noise may have a memory
    """

    def __init__(self, actor: SquashedGaussianActor, size: int, n_envs: int, random_state: np.random.RandomState,
                 random_exploration: float, action_noise: Optional[ActionNoise]):
        self._actor, self._shape, self._random_state = actor, (n_envs, size), random_state
        self._random_exploration = random_exploration
        self._noises = None if action_noise is None else [action_noise] + [deepcopy(action_noise)
                                                                           for _ in range(n_envs - 1)]

    def actions(self, observations: np.ndarray, at_random: bool) -> np.ndarray:
        """
        :param observations: shape [n] + the space's shape
        :param at_random: whether the policy has no say yet
        :return: actions, shape [n, size], from -1 to 1
        """
        chosen = np.full(len(observations), at_random)
        if not at_random and self._random_exploration > 0:
            chosen = self._random_state.rand(len(observations)) < self._random_exploration
        if chosen.all():
            return self._uniform()
        rows = self._actor.act(observations, self._random_state)
        if self._noises is not None:
            rows = self._disturbed(rows)
        return np.where(chosen[:, None], self._uniform(), rows) if chosen.any() else rows

    def end_episodes(self, dones: Any) -> None:
        """
        :param dones: whose episodes ended, shape [n]; their noise begins anew
        """
        if self._noises is not None:
            for index in np.flatnonzero(dones):
                self._noises[index].reset()

    def _uniform(self) -> np.ndarray:
        return self._random_state.uniform(-1.0, 1.0, self._shape).astype(np.float32)

    def _disturbed(self, rows: np.ndarray) -> np.ndarray:
        noise = [np.reshape(one(), -1) for one in self._noises]
        if noise[0].size not in (1, self._shape[1]):
            raise ValueError('action_noise: it has {} components, an action has {}. Give it means and standard '
                             'deviations of that size.'.format(noise[0].size, self._shape[1]))
        return np.clip(rows + np.stack(noise), -1.0, 1.0).astype(np.float32)
