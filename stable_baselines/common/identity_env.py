"""Environments in which the right action repeats the observation: whatever learns at all solves them in seconds.

They speak the older dialect of gym (four results of ``step``), which this library takes with every version of gym.
"""
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from stable_baselines.common.gym_api import gym, spaces

__all__ = ['IdentityEnv', 'IdentityEnvBox', 'IdentityEnvMultiBinary', 'IdentityEnvMultiDiscrete']


class IdentityEnv(gym.Env):
    """
    Shows an element of a space; the reward is 1 for choosing the same, else 0.

    :param dim: makes the space ``Discrete(dim)``; None means 1
    :param space: any other space, instead of ``dim``
    :param ep_length: steps an episode
    :raises ValueError: when both ``dim`` and ``space`` are given
    """

    metadata = {'render.modes': ['human'], 'render_modes': ['human']}

    def __init__(self, dim: Optional[int] = None, space: Optional[spaces.Space] = None, ep_length: int = 100) -> None:
        if dim is not None and space is not None:
            raise ValueError('dim={!r} and space={} are both given: give one of them.'.format(dim, space))
        self.action_space = spaces.Discrete(1 if dim is None else dim) if space is None else space
        self.observation_space = self.action_space
        self.ep_length = ep_length
        self.current_step = 0
        self.num_resets = -1  # the reset below is not counted
        self.state: Any = None
        self.reset()

    def seed(self, seed: Optional[int] = None) -> List[Optional[int]]:
        """
        :param seed: of the elements to come
        :return: the same, in a list
        """
        self.action_space.seed(seed)
        return [seed]

    def reset(self) -> Any:
        """
        Start an episode.

        :return: the first element
        """
        self.current_step = 0
        self.num_resets += 1
        self._choose_next_state()
        return self.state

    def step(self, action: Any) -> Tuple[Any, float, bool, Dict[str, Any]]:
        """
        Compare an action with the element shown, and show another.

        :param action: an element of the space
        :return: the next element, reward, whether the episode ended, an empty info
        """
        reward = self._get_reward(action)
        self._choose_next_state()
        self.current_step += 1
        return self.state, reward, self.current_step >= self.ep_length, {}

    def render(self, mode: str = 'human') -> None:
        """
        There is nothing to see.

        :param mode: plays no role
        """

    def _choose_next_state(self) -> None:
        self.state = self.action_space.sample()

    def _get_reward(self, action: Any) -> float:
        return 1.0 if np.all(self.state == action) else 0.0


class IdentityEnvBox(IdentityEnv):
    """
    The same with one continuous number, which has to be met within a tolerance.

    :param low: least number
    :param high: greatest number
    :param eps: tolerance
    :param ep_length: steps an episode
    """

    def __init__(self, low: float = -1, high: float = 1, eps: float = 0.05, ep_length: int = 100) -> None:
        self.eps = eps
        super().__init__(space=spaces.Box(low=low, high=high, shape=(1,), dtype=np.float32), ep_length=ep_length)

    def _get_reward(self, action: Any) -> float:
        return 1.0 if np.all(np.abs(self.state - action) <= self.eps) else 0.0


class IdentityEnvMultiDiscrete(IdentityEnv):
    """
    The same with two choices at once.

    :param dim: values of each choice
    :param ep_length: steps an episode
    """

    def __init__(self, dim: int = 1, ep_length: int = 100) -> None:
        super().__init__(space=spaces.MultiDiscrete([dim, dim]), ep_length=ep_length)


class IdentityEnvMultiBinary(IdentityEnv):
    """
    The same with several switches.

    :param dim: how many
    :param ep_length: steps an episode
    """

    def __init__(self, dim: int = 1, ep_length: int = 100) -> None:
        super().__init__(space=spaces.MultiBinary(dim), ep_length=ep_length)
