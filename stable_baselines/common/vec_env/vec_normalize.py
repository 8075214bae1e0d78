"""Observations and rewards brought to unit scale by running statistics."""
import os
from typing import Any, Dict, List, Optional

import numpy as np

from stable_baselines.common.checks import check_number
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.gym_api import space_name
from stable_baselines.common.named_objects import register_json_type
from stable_baselines.common.running_mean_std import RunningMeanStd
from stable_baselines.common.vec_env import normalizer_files
from stable_baselines.common.vec_env.base_vec_env import StepResult, VecEnv, VecEnvWrapper
from stable_baselines.common.vec_env.finite import LAST_OBSERVATION, last_observations, require_finite
from stable_baselines.common.vec_env.normalized_spaces import counted_when_off, normalized_space

_SETTINGS = ('training', 'norm_obs', 'norm_reward', 'clip_obs', 'clip_reward', 'gamma', 'epsilon')
_HARM = 'would spoil the running statistics'  # a number that is not finite


class VecNormalize(VecEnvWrapper):
    """
    Brings observations to mean 0 and standard deviation 1, and divides rewards by the standard deviation of the
    discounted return, both by statistics of everything seen so far, and clips both.

    ``info['terminal_observation']`` is normalized, too, like the observations it stands beside; as the environment gave
    it, it is in ``info['original_terminal_observation']``. The first observations of a ``reset`` are normalized but not
    counted, as in stable-baselines.

    While ``training``, a part that is off is counted, too, so that it can be switched on later: returns always,
    observations where they are vectors of numbers. Images are not: that would take longer than their step. Of what is
    off, numbers that are not finite are left out.

    :param venv: what to wrap
    :param training: whether statistics go on changing; False to evaluate
    :param norm_obs: normalize observations, which must be a Box
    :param norm_reward: normalize rewards
    :param clip_obs: largest absolute value of a normalized observation
    :param clip_reward: largest absolute value of a normalized reward
    :param gamma: discount of the return whose spread rewards are divided by
    :param epsilon: added to variances
    :raises ValueError: when a number is out of range, or ``norm_obs`` meets observations that are no numbers to scale:
        categories, or images, which policies scale themselves; or when there is a VecNormalize inside already
    """

    def __init__(self, venv: VecEnv, training: bool = True, norm_obs: bool = True, norm_reward: bool = True,
                 clip_obs: float = 10., clip_reward: float = 10., gamma: float = 0.99, epsilon: float = 1e-8) -> None:
        self.training, self.norm_obs, self.norm_reward = training, norm_obs, norm_reward
        self.clip_obs, self.clip_reward, self.gamma, self.epsilon = clip_obs, clip_reward, gamma, epsilon
        _check_settings(self)
        self.obs_rms = RunningMeanStd(shape=tuple(venv.observation_space.shape or ()))
        self.ret_rms = RunningMeanStd(shape=())
        self._wrap(venv)

    def _wrap(self, venv: VecEnv) -> None:
        _refuse_another(venv)
        VecEnvWrapper.__init__(self, venv, observation_space=normalized_space(
            venv.observation_space, self.norm_obs, self.clip_obs))
        self.ret = np.zeros(self.num_envs)
        self.old_obs: Optional[np.ndarray] = None
        self.old_rews: Optional[np.ndarray] = None
        self._step_number = 0
        self._counts_when_off = (counted_when_off(venv.observation_space)
                                 and self.obs_rms.mean.shape == tuple(venv.observation_space.shape))

    def set_venv(self, venv: VecEnv) -> None:
        """
        Wrap an environment, after this object was unpickled or its statistics loaded.

        :param venv: what to wrap
        :raises ValueError: when it wraps one already, or the observations have another shape than the statistics
        """
        if self.__dict__.get('venv') is not None:
            raise ValueError('this VecNormalize wraps an environment already. sync_envs_normalization() copies its '
                             'statistics to another.')
        shape = tuple(venv.observation_space.shape or ())
        if self.norm_obs and self.obs_rms.mean.shape != shape:
            raise ValueError('venv: its observations {} have shape {}, the statistics {}. Use the environment that '
                             'they were gathered in.'.format(space_name(venv.observation_space), shape,
                                                        self.obs_rms.mean.shape))
        self._wrap(venv)

    def reset(self) -> np.ndarray:
        observations = self.venv.reset()
        self.old_obs = observations
        self.ret = np.zeros(self.num_envs)
        self._step_number = 0
        if self.norm_obs:
            require_finite('observation', observations, 0, _HARM)
        if self.training:
            self.ret_rms.update(self.ret)
        return self.normalize_obs(observations)

    def step_wait(self) -> StepResult:
        """
        Fetch the step under way.

        :return: as ``VecEnv.step_wait``, normalized
        :raises ValueError: when an environment gave something infinite, or not a number, which would spoil the
            statistics of all; names the environment and the step since ``reset``
        """
        observations, rewards, dones, infos = self.venv.step_wait()
        self.old_obs, self.old_rews = observations, rewards
        self._step_number += 1
        if self.norm_obs:
            require_finite('observation', observations, self._step_number, _HARM)
        if self.norm_reward:
            require_finite('reward', rewards, self._step_number, _HARM)
        if self.training:
            self._count(observations, rewards)
        if np.any(dones):
            self.ret[np.asarray(dones, bool)] = 0.0
            self._normalize_terminal(dones, infos)
        return self.normalize_obs(observations), self.normalize_reward(rewards), dones, infos

    def _count(self, observations: np.ndarray, rewards: np.ndarray) -> None:
        if self.norm_obs or (self._counts_when_off and np.isfinite(observations).all()):
            self.obs_rms.update(observations)
        if self.norm_reward or np.isfinite(rewards).all():
            self.ret = self.ret * self.gamma + rewards
            self.ret_rms.update(self.ret)

    def _normalize_terminal(self, dones: np.ndarray, infos: List[Dict[str, Any]]) -> None:
        for index, last in last_observations(dones, infos):
            if self.norm_obs:
                require_finite(LAST_OBSERVATION, last, self._step_number, 'training needs finite numbers', index)
            infos[index]['original_terminal_observation'] = last[0]
            infos[index]['terminal_observation'] = self.normalize_obs(last[0])

    @property
    def original_space(self) -> Any:
        """The space of observations before normalization."""
        return self.venv.observation_space

    def normalize_obs(self, obs: np.ndarray) -> np.ndarray:
        """
        Apply the statistics without changing them.

        :param obs: observations as the environment gives them, shape [..., *observation shape]
        :return: the same shape, in the type of the observation space; unchanged without ``norm_obs``
        """
        if not self.norm_obs:
            return obs
        scaled = (obs - self.obs_rms.mean) / np.sqrt(self.obs_rms.var + self.epsilon)
        dtype = self.observation_space.dtype  # of whole numbers, where norm_obs was switched on later
        return _clipped(scaled, self.clip_obs).astype(dtype if dtype.kind == 'f' else np.float32)

    def normalize_reward(self, reward: np.ndarray) -> np.ndarray:
        """
        Apply the statistics without changing them.

        :param reward: rewards as the environment gives them, any shape
        :return: the same shape, unchanged without ``norm_reward``
        """
        if not self.norm_reward:
            return reward
        reward = np.asarray(reward)
        scaled = _clipped(reward / np.sqrt(self.ret_rms.var + self.epsilon), self.clip_reward)
        return scaled.astype(reward.dtype if reward.dtype.kind == 'f' else np.float32)

    def unnormalize_obs(self, obs: np.ndarray) -> np.ndarray:
        """
        Undo ``normalize_obs``, but for what it clipped.

        :param obs: normalized observations, shape [..., *observation shape]
        :return: the same shape, as the environment gives them; floats
        """
        if not self.norm_obs:
            return obs
        raw = np.asarray(obs) * np.sqrt(self.obs_rms.var + self.epsilon) + self.obs_rms.mean
        return raw.astype(self.observation_space.dtype)

    def unnormalize_reward(self, reward: np.ndarray) -> np.ndarray:
        """
        Undo ``normalize_reward``, but for what it clipped.

        :param reward: normalized rewards, any shape
        :return: the same shape, as the environment gives them
        """
        if not self.norm_reward:
            return reward
        reward = np.asarray(reward)
        return (reward * np.sqrt(self.ret_rms.var + self.epsilon)).astype(
            reward.dtype if reward.dtype.kind == 'f' else np.float32)

    def get_original_obs(self) -> np.ndarray:
        """
        :return: what the latest ``step`` or ``reset`` gave, before normalization, shape [num_envs, ...]; [0] before
            any
        """
        return np.array([]) if self.old_obs is None else self.old_obs.copy()

    def get_original_reward(self) -> np.ndarray:
        """
        :return: the rewards of the latest ``step`` before normalization, shape [num_envs]
        """
        return np.array([]) if self.old_rews is None else self.old_rews.copy()

    # ---------------------------------------------------------------- files

    def save(self, save_path: str) -> None:
        """
        Write statistics and settings, without the environment. The file is whole or not there, and holds no pickles.

        :param save_path: file name, taken as it is
        """
        settings = {name: getattr(self, name) for name in _SETTINGS}
        normalizer_files.write(save_path, settings, self.obs_rms, self.ret_rms)

    @staticmethod
    def load(load_path: str, venv: VecEnv) -> 'VecNormalize':
        """
        Read what ``save`` wrote, here or in stable-baselines. Nothing in the file is executed.

        :param load_path: file name
        :param venv: the environment to wrap
        :return: the wrapper around it
        :raises FileFormatError: when the file is none of either; names it
        :raises ValueError: when the statistics do not fit the environment
        """
        state = normalizer_files.read(load_path)
        try:
            wrapper = _without_environment(state)
        except ValueError as error:
            raise FileFormatError('{}: a setting in it is out of range. {}'.format(load_path, error)) from error
        wrapper.set_venv(venv)
        return wrapper

    def save_running_average(self, path: str) -> None:
        """
        Write the statistics alone.

        :param path: folder for ``obs_rms.npz`` and ``ret_rms.npz``
        """
        for name in ('obs_rms', 'ret_rms'):
            normalizer_files.write_statistics(os.path.join(path, name + '.npz'), getattr(self, name))

    def load_running_average(self, path: str) -> None:
        """
        Read what ``save_running_average`` wrote, here or in stable-baselines (as ``.pkl``).

        :param path: the folder
        :raises FileNotFoundError: when a file is missing
        :raises ValueError: when the statistics have another shape than the observations
        """
        found = {name: normalizer_files.read_statistics(path, name) for name in ('obs_rms', 'ret_rms')}
        for name, statistics in found.items():
            expected = getattr(self, name).mean.shape
            if statistics.mean.shape != expected:
                raise ValueError('{}: {} has shape {}, expected {}. Use the statistics of this environment.'.format(
                    path, name, statistics.mean.shape, expected))
        self.obs_rms, self.ret_rms = found['obs_rms'], found['ret_rms']

    def __getstate__(self) -> Dict[str, Any]:
        left_out = ('venv', 'num_envs', 'ret', 'old_obs', 'old_rews', '_step_number', '_counts_when_off')
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self.__dict__.update(state, venv=None, old_obs=None, old_rews=None)  # until set_venv
        _check_settings(self)


def _without_environment(state: Dict[str, Any]) -> VecNormalize:
    wrapper = VecNormalize.__new__(VecNormalize)
    wrapper.__setstate__(state)
    return wrapper


def _refuse_another(venv: VecEnv) -> None:
    while isinstance(venv, VecEnvWrapper):
        if isinstance(venv, VecNormalize):
            raise ValueError('venv: there is a VecNormalize around it already. One of them does both: '
                             'VecNormalize(venv, norm_obs=True, norm_reward=True).')
        venv = venv.venv


def _clipped(values: np.ndarray, limit: float) -> np.ndarray:
    return np.minimum(np.maximum(values, -limit), limit)  # np.clip takes five times as long for a few numbers


def _check_settings(wrapper: VecNormalize) -> None:
    for name in ('clip_obs', 'clip_reward'):
        if getattr(wrapper, name) != np.inf:
            check_number(name, getattr(wrapper, name), 0.0, above=True)
    check_number('gamma', wrapper.gamma, 0.0, 1.0)
    check_number('epsilon', wrapper.epsilon, 0.0, above=True)


register_json_type(VecNormalize, 'VecNormalize',
                   lambda wrapper: {name: getattr(wrapper, name) for name in _SETTINGS + ('obs_rms', 'ret_rms')},
                   lambda attributes: _without_environment(normalizer_files.state_of(attributes)))
