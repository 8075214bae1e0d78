"""Environments stepped one after the other in this process."""
import contextlib
from typing import Any, Callable, Dict, List, Optional, Sequence

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.common.vec_env.base_vec_env import Indices, NotSteppingError, StepResult, VecEnv
from stable_baselines.common.vec_env.env_checks import actions_of_envs, build_envs, common_spaces
from stable_baselines.common.vec_env.step_buffers import StepBuffers


class DummyVecEnv(StepBuffers, VecEnv):
    """
    Steps its environments one after the other in this process: no communication, so the fastest choice for
    environments whose step is short. Subclasses with a ``step_wait`` of their own find stable-baselines' buffers in it.

    :param env_fns: functions without arguments, each building one environment (of gym or gymnasium)
    :raises TypeError: when ``env_fns`` holds anything but functions that return environments
    :raises ValueError: when it is empty, environments differ in their spaces, two are one object, or observations are
        of a kind that does not fit one array
    """

    first_number = 0  # what messages call the first environment

    def __init__(self, env_fns: Sequence[Callable[[], Any]]) -> None:
        self.envs = build_envs(env_fns)
        observation_space, action_space = common_spaces([(env.observation_space, env.action_space)
                                                         for env in self.envs])
        super().__init__(len(self.envs), observation_space, action_space)
        self.metadata = getattr(self.envs[0], 'metadata', self.metadata)
        self.actions: Optional[Sequence[Any]] = None
        self._batch_shape = (self.num_envs,) + tuple(observation_space.shape or ())
        self._observation_size = int(np.prod(self._batch_shape[1:], dtype=int))
        self._zero_rewards, self._all_going = np.zeros(self.num_envs, np.float32), np.zeros(self.num_envs, np.bool_)
        self._fills_buffers = type(self).step_wait is not DummyVecEnv.step_wait
        self._pending_seeds: List[Optional[int]] = [None] * self.num_envs

    def step_async(self, actions: Sequence[Any]) -> None:
        self.actions = actions_of_envs(actions, self.num_envs)

    def step_wait(self) -> StepResult:
        actions = self.actions
        if actions is None:
            raise NotSteppingError()
        self.actions = None
        observations = np.empty(self._batch_shape, self.observation_space.dtype)  # new ones, since the caller owns them
        rewards, dones = self._zero_rewards.copy(), self._all_going.copy()
        infos, size = [], self._observation_size
        for index, (env, action) in enumerate(zip(self.envs, actions)):
            observation, reward, done, info = gym_api.step(env, action)
            if getattr(observation, 'size', None) != size and _size(observation) != size:
                self._refuse(index, 'step', observation)  # a single number would spread over all
            try:
                rewards[index] = reward
                observations[index] = observation
            except (TypeError, ValueError):
                self._refuse(index, 'step', observation, reward)
            if done:
                dones[index] = True
                info = self._end_of_episode(index, observations[index], info)
                self._reset_env(index, observations)
            infos.append(info)
        if self._fills_buffers:
            self.buf_obs[None][...] = observations
            self._keep_step(rewards, dones, infos)
        return observations, rewards, dones, infos

    def reset(self) -> np.ndarray:
        self.actions = None
        observations = np.empty(self._batch_shape, self.observation_space.dtype)
        for index in range(self.num_envs):
            self._reset_env(index, observations)
        if self._fills_buffers:
            self.buf_obs[None][...] = observations
        return observations

    def _reset_env(self, index: int, observations: np.ndarray) -> None:
        seed, self._pending_seeds[index] = self._pending_seeds[index], None
        observation = gym_api.reset(self.envs[index], seed)
        if _size(observation) != self._observation_size:
            self._refuse(index, 'reset', observation)
        try:
            observations[index] = observation
        except (TypeError, ValueError):
            self._refuse(index, 'reset', observation)
        found = np.asarray(observation)
        if found.dtype.kind == 'f' and observations.dtype.kind in 'iu' and (found != np.floor(found)).any():
            raise ValueError('environment {}: reset() gave fractions, from {:g} to {:g}, but its observation space is '
                             '{}, of whole numbers: they would be cut off. Mend the environment.'.format(
                                 self.first_number + index, found.min(), found.max(),
                                 gym_api.space_name(self.observation_space)))

    def _end_of_episode(self, index: int, observation: np.ndarray, info: Any) -> Dict[str, Any]:
        """
        :param index: of the environment
        :param observation: the last one
        :param info: the environment's own
        :return: a copy with that observation: an environment may go on writing into the same memory
        """
        if not isinstance(info, dict):
            raise ValueError('environment {}: step() gave the info {!r}, but a dictionary is needed. Mend the '
                             'environment.'.format(self.first_number + index, info))
        whole = observation.ndim == 0 and observation.dtype.kind in 'iu'  # of Discrete: an int, as a key of tables, say
        own = dict(info, terminal_observation=int(observation) if whole else np.array(observation))
        info.pop('TimeLimit.truncated', None)  # where it keeps one for ever, that would be said of the next end, too
        return own

    def _refuse(self, index: int, method: str, observation: Any, reward: Any = 0.0) -> None:
        """
        :param index: of the environment
        :param method: that gave it
        :param observation: what it gave
        :param reward: what else
        :raises ValueError: always
        """
        begin = 'environment {}: {}() gave '.format(self.first_number + index, method)
        if _size(reward) != 1 or np.ndim(reward) or np.asarray(reward).dtype.kind not in 'biuf':
            raise ValueError('{}the reward {!r}, but a number is needed. Mend the environment.'.format(begin, reward))
        found = 'shape {0.shape}, {0.dtype}'.format(np.asarray(observation)) if _size(observation) >= 0 else \
            'rows of different lengths'
        raise ValueError('{}an observation of {}, but its observation space is {}. Mend the environment.'.format(
            begin, 'None' if observation is None else found, gym_api.space_name(self.observation_space)))

    def seed(self, seed: Optional[int] = None) -> List[Any]:
        found = [gym_api.seed_and_answer(env, None if seed is None else seed + index)
                 for index, env in enumerate(self.envs)]
        self._pending_seeds = [pending for pending, _ in found]
        return [answer for _, answer in found]

    def close(self) -> None:
        with contextlib.ExitStack() as closing:  # goes on where one raises
            for env in reversed(self.envs):
                closing.callback(env.close)

    def get_images(self) -> List[np.ndarray]:
        return [gym_api.picture(env) for env in self.envs]

    def render(self, mode: str = 'human') -> Optional[np.ndarray]:
        """
        Draw the environments: a single one in its own way, several in one picture.

        :param mode: 'rgb_array' returns the picture, 'human' shows it in a window
        :return: shape [height, width, 3], uint8, for 'rgb_array'
        """
        if self.num_envs == 1:
            return gym_api.render(self.envs[0], mode)
        return super().render(mode)

    def get_attr(self, attr_name: str, indices: Indices = None) -> List[Any]:
        return [gym_api.attribute(env, attr_name) for env in self._get_target_envs(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Indices = None) -> None:
        for env in self._get_target_envs(indices):
            setattr(env, attr_name, value)

    def env_method(self, method_name: str, *method_args, indices: Indices = None, **method_kwargs) -> List[Any]:
        return [gym_api.attribute(env, method_name)(*method_args, **method_kwargs)
                for env in self._get_target_envs(indices)]

    def time_limits(self) -> List[Optional[int]]:
        """
        :return: see ``VecEnv.time_limits``
        """
        return [gym_api.time_limit(env) for env in self.envs]

    def _get_target_envs(self, indices: Indices) -> List[Any]:
        return [self.envs[index] for index in self._get_indices(indices)]


def _size(values: Any) -> int:
    """
    :param values: what an environment gave
    :return: how many numbers; -1 when they fit no array
    """
    try:
        return np.size(values)
    except ValueError:
        return -1
