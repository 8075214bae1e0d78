"""The latest observations side by side."""
from typing import Any, Optional

import numpy as np

from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.vec_env.base_vec_env import StepResult, VecEnv, VecEnvWrapper
from stable_baselines.common.vec_env.frames import Frames, NormalizedFrames, join_last, stacked_space
from stable_baselines.common.vec_env.normalizers import unwrap_vec_normalize
from stable_baselines.common.vec_env.vec_normalize import VecNormalize


class VecFrameStack(VecEnvWrapper):
    """
    Joins the latest observations of each environment along their last axis, the newest last. Where an episode is
    younger, zeros stand before its first observation. ``info['terminal_observation']`` is joined alike, and so is
    ``info['original_terminal_observation']`` of a VecNormalize inside.

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
        super().__init__(venv, observation_space=stacked_space(space, self.n_stack))
        self._frames = Frames(venv.num_envs, space.shape, self.n_stack, space.dtype)
        self._normalized: Optional[NormalizedFrames] = None
        self._is_outer = _stands_around_another(venv)

    @property
    def stackedobs(self) -> np.ndarray:
        """The latest observations, joined, shape [num_envs, ...]."""
        return self._frames.joined

    @stackedobs.setter
    def stackedobs(self, observations: np.ndarray) -> None:
        self._frames.joined = observations

    def reset(self) -> np.ndarray:
        self._frames.begin(self.venv.reset())
        normalized = self.normalized_frames()
        if normalized is not None:
            normalized.begin()
        return self._frames.joined.copy()

    def step_wait(self) -> StepResult:
        observations, rewards, dones, infos = self.venv.step_wait()
        before, normalizer = self._frames.follow(observations, dones), self._normalizer()
        for index in np.flatnonzero(dones):
            join_last(before[index], infos[index], 'terminal_observation')
            if normalizer is None:
                join_last(before[index], infos[index], 'original_terminal_observation')
        normalized = self.normalized_frames()
        if normalized is not None:
            normalized.follow(dones, infos)
        return self._frames.joined.copy(), rewards, dones, infos  # a copy, since the caller may change it

    def normalized_frames(self) -> Optional[NormalizedFrames]:
        """
        :return: the frames on both sides of a VecNormalize inside; None without one that normalizes observations, or
            where another VecFrameStack stands around it
        """
        normalizer = self._normalizer()
        if normalizer is None or self._is_outer:
            return None
        if self._normalized is None or self._normalized.normalizer is not normalizer:
            self._normalized = NormalizedFrames(normalizer, self.num_envs, self.n_stack)
        return self._normalized

    def _normalizer(self) -> Optional[VecNormalize]:
        found = unwrap_vec_normalize(self.venv)
        return found if found is not None and found.norm_obs else None


def _stands_around_another(venv: Any) -> bool:
    """
    :param venv: what a VecFrameStack wraps
    :return: whether another one stands between it and a VecNormalize
    """
    while isinstance(venv, VecEnvWrapper) and not isinstance(venv, VecNormalize):
        if isinstance(venv, VecFrameStack):
            return True
        venv = venv.venv
    return False
