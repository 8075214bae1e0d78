"""Finds out where numbers went wrong."""
import warnings
from typing import Any, Sequence

import numpy as np

from stable_baselines.common.vec_env.base_vec_env import StepResult, VecEnv, VecEnvWrapper
from stable_baselines.common.vec_env.finite import LAST_OBSERVATION, describe_bad_number, last_observations


class VecCheckNan(VecEnvWrapper):
    """
    Looks for NaN and infinity in actions, observations and rewards, and says which environment and which step.

    :param venv: what to wrap
    :param raise_exception: raise a ValueError instead of warning
    :param warn_once: warn only the first time
    :param check_inf: look for infinity, too
    """

    def __init__(self, venv: VecEnv, raise_exception: bool = False, warn_once: bool = True, check_inf: bool = True
                 ) -> None:
        super().__init__(venv)
        self.raise_exception, self.warn_once, self.check_inf = raise_exception, warn_once, check_inf
        self._warned = False
        self._step_number = 0

    def step_async(self, actions: Sequence[Any]) -> None:
        self._step_number += 1
        self._check('action', np.asarray(actions), 'the model')
        self.venv.step_async(actions)

    def step_wait(self) -> StepResult:
        observations, rewards, dones, infos = self.venv.step_wait()
        self._check('observation', observations, 'the environment')
        self._check('reward', rewards, 'the environment')
        for index, last in last_observations(dones, infos):
            self._check(LAST_OBSERVATION, last, 'the environment', index)
        return observations, rewards, dones, infos

    def reset(self) -> np.ndarray:
        self._step_number = 0
        observations = self.venv.reset()
        self._check('observation', observations, 'the environment')
        return observations

    def _check(self, kind: str, array: np.ndarray, origin: str, first: int = 0) -> None:
        if self._warned and self.warn_once and not self.raise_exception:
            return
        found = describe_bad_number(kind, array, self._step_number, not self.check_inf, first)
        if found is None:
            return
        message = 'VecCheckNan: {} is not {}; it comes from {}.'.format(
            found, 'finite' if self.check_inf else 'a number', origin)
        if self.raise_exception:
            raise ValueError(message)
        self._warned = True
        warnings.warn(message, UserWarning, stacklevel=4)
