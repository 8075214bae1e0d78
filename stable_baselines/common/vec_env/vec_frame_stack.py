"""The latest observations side by side."""
from typing import Any, Dict, List

import numpy as np

from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.vec_env.base_vec_env import StepResult, VecEnv, VecEnvWrapper


class VecFrameStack(VecEnvWrapper):
    """
    Joins the latest observations of each environment along their last axis, the newest last. Where an episode is
    younger, zeros stand before its first observation. ``info['terminal_observation']`` is joined alike.

    :param venv: what to wrap; its observations must be a Box, of at least one axis
    :param n_stack: how many observations are joined
    :raises ValueError: for other observations, or a number below 1
    """

    def __init__(self, venv: VecEnv, n_stack: int) -> None:
        space = venv.observation_space
        if not isinstance(space, spaces.Box) or len(space.shape) == 0:
            raise ValueError('VecFrameStack: observations {} cannot be joined along their last axis; those of a Box '
                             'with at least one axis can.'.format(space_name(space)))
        if isinstance(n_stack, bool) or not isinstance(n_stack, (int, np.integer)) or n_stack < 1:
            raise ValueError('n_stack={!r}: expected a whole number, 1 or more'.format(n_stack))
        self.n_stack = int(n_stack)
        low, high = (np.repeat(bound, self.n_stack, axis=-1) for bound in (space.low, space.high))
        super().__init__(venv, observation_space=spaces.Box(low=low, high=high, dtype=space.dtype.type))
        self._width = space.shape[-1]
        self.stackedobs = self._zeros()

    def reset(self) -> np.ndarray:
        self.stackedobs = self._zeros()
        self.stackedobs[..., -self._width:] = self.venv.reset()
        return self.stackedobs.copy()

    def step_wait(self) -> StepResult:
        observations, rewards, dones, infos = self.venv.step_wait()
        before = self.stackedobs[..., self._width:]
        stacked = np.concatenate([before, observations], axis=-1)
        for index in np.flatnonzero(dones):
            self._join_terminal(before[index], infos[index])
            stacked[index, ..., :-self._width] = 0
        self.stackedobs = stacked
        return stacked.copy(), rewards, dones, infos  # a copy, since the caller may change it

    def _zeros(self) -> np.ndarray:
        return np.zeros((self.num_envs,) + tuple(self.observation_space.shape), self.observation_space.dtype)

    @staticmethod
    def _join_terminal(before: np.ndarray, info: Dict[str, Any]) -> None:
        if 'terminal_observation' in info:
            parts: List[np.ndarray] = [before, np.asarray(info['terminal_observation'], before.dtype)]
            info['terminal_observation'] = np.concatenate(parts, axis=-1)
