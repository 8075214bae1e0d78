"""What subclasses of stable-baselines' DummyVecEnv write their own steps with."""
from collections import OrderedDict
from typing import Any, Dict, List

import numpy as np

__all__ = ['StepBuffers']

_NAMES = ('keys', 'buf_obs', 'buf_rews', 'buf_dones', 'buf_infos')


class StepBuffers:
    """
    Buffers of the latest step, for subclasses that write their own ``step_wait``; made when one is first asked for.

    ``keys`` is ``[None]``, ``buf_obs[None]`` holds the observations [num_envs, *observation shape], ``buf_rews`` and
    ``buf_dones`` [num_envs], ``buf_infos`` a list. They are filled by ``reset`` and ``step_wait`` of classes that
    override ``step_wait``, and by ``_save_obs``.
    """

    num_envs: int
    observation_space: Any

    def __getattr__(self, name: str) -> Any:
        if name not in _NAMES or 'observation_space' not in self.__dict__:
            raise AttributeError('{!r} object has no attribute {!r}'.format(type(self).__name__, name))
        for missing, buffer in self._new_buffers().items():
            self.__dict__.setdefault(missing, buffer)
        return self.__dict__[name]

    def _new_buffers(self) -> Dict[str, Any]:
        shape = (self.num_envs,) + tuple(self.observation_space.shape or ())
        return dict(keys=[None], buf_obs=OrderedDict([(None, np.zeros(shape, self.observation_space.dtype))]),
                    buf_rews=np.zeros(self.num_envs, np.float32), buf_dones=np.zeros(self.num_envs, np.bool_),
                    buf_infos=[{} for _ in range(self.num_envs)])

    def _save_obs(self, env_idx: int, obs: Any) -> None:
        """
        :param env_idx: of the environment
        :param obs: its observation
        """
        self.buf_obs[None][env_idx] = obs

    def _obs_from_buf(self) -> np.ndarray:
        """
        :return: a copy of the observations, shape [num_envs, *observation shape]
        """
        return self.buf_obs[None].copy()

    def _keep_step(self, rewards: np.ndarray, dones: np.ndarray, infos: List[Dict[str, Any]]) -> None:
        self.buf_rews[:], self.buf_dones[:], self.buf_infos[:] = rewards, dones, infos
