"""A VecEnv of one environment, stepped as that environment alone would be."""
from typing import Any, Dict, Tuple

import numpy as np

from stable_baselines.common.vec_env.base_vec_env import VecEnv, VecEnvWrapper
from stable_baselines.common.vec_env.dummy_vec_env import DummyVecEnv

__all__ = ['UnbatchedVecEnv', 'as_vec_env']

_OWN = ('venv', 'num_envs', 'observation_space', 'action_space')


class UnbatchedVecEnv(VecEnvWrapper):
    """
    What ``model.get_env()`` answers where a model was made from an environment's id or a VecEnv of one environment. It
    takes one action and gives one observation, without the axis that counts environments, in the older dialect of
    gym on both stacks: ``reset()`` gives the observation alone, ``step(action)`` observation, reward, done and info. An
    environment whose episode ended is reset at once, as in every VecEnv.

    Wrappers and functions that take a VecEnv use the one inside, which is ``venv``. Attributes are read and set there,
    too.

    :param venv: a VecEnv of one environment
    :raises TypeError: when ``venv`` is no VecEnv
    :raises ValueError: when it has several environments
    """

    is_unbatched = True

    def __init__(self, venv: VecEnv) -> None:
        super().__init__(venv)
        if self.num_envs != 1:
            raise ValueError('venv: a VecEnv of {} environments found; only one of a single environment can be stepped '
                             'without a batch.'.format(self.num_envs))

    def __setattr__(self, name: str, value: Any) -> None:
        """
        :param name: of an attribute; one that something inside has is set there
        :param value: its value
        """
        target = self.__dict__.get('venv')
        while isinstance(target, VecEnvWrapper) and not target._has_own(name):
            target = target.venv
        if target is None or name in _OWN or not hasattr(target, name):
            object.__setattr__(self, name, value)
        else:
            setattr(target, name, value)

    @staticmethod
    def unvec_obs(obs: Any) -> Any:
        """
        :param obs: observations of one environment, shape [1, ...], or a dictionary or tuple of such
        :return: the single observation, shape [...]
        """
        if isinstance(obs, dict):
            return type(obs)((key, part[0]) for key, part in obs.items())
        return tuple(part[0] for part in obs) if isinstance(obs, tuple) else obs[0]

    def reset(self) -> np.ndarray:
        """
        Start an episode.

        :return: the first observation, in the observation space's shape
        """
        return self.unvec_obs(self.venv.reset())

    def step_async(self, actions: Any) -> None:
        """
        :param actions: one action
        """
        self.venv.step_async([actions])

    def step_wait(self) -> Tuple[np.ndarray, float, bool, Dict[str, Any]]:
        """
        Fetch the step under way.

        :return: observation (of the next episode, where one ended), reward, whether an episode ended, and info
        """
        observations, rewards, dones, infos = self.venv.step_wait()
        return self.unvec_obs(observations), float(rewards[0]), bool(dones[0]), infos[0]

    def compute_reward(self, achieved_goal: Any, desired_goal: Any, _info: Any) -> float:
        """
        Ask an environment with goals, which has this method.

        :param achieved_goal: what was reached
        :param desired_goal: what should have been
        :param _info: of that step
        :return: the reward
        """
        return float(self.venv.env_method('compute_reward', achieved_goal, desired_goal, _info)[0])


def as_vec_env(env: Any) -> VecEnv:
    """
    :param env: environment of gym or gymnasium, or a VecEnv
    :return: the VecEnv through which it is stepped in batches
    """
    if not isinstance(env, VecEnv):
        return DummyVecEnv([lambda: env])
    return env.venv if env.is_unbatched else env
