"""Environments as scripts need them: several, seeded, recorded."""
import os
from typing import Any, Callable, Dict, Optional, Union

from stable_baselines.bench.monitor import Monitor
from stable_baselines.common import gym_api
from stable_baselines.common.checks import check_whole
from stable_baselines.common.vec_env import DummyVecEnv, VecEnv

__all__ = ['make_vec_env']


def make_vec_env(env_id: Union[str, Callable[..., Any]], n_envs: int = 1, seed: Optional[int] = None,
                 start_index: int = 0, monitor_dir: Optional[str] = None,
                 wrapper_class: Optional[Callable[[Any], Any]] = None, env_kwargs: Optional[Dict[str, Any]] = None,
                 vec_env_cls: Optional[Callable[..., VecEnv]] = None,
                 vec_env_kwargs: Optional[Dict[str, Any]] = None) -> VecEnv:
    """
    Build several equal environments, each recorded by a ``Monitor``.

    :param env_id: gym's name of the environment, or its class (or any function that builds one)
    :param n_envs: how many
    :param seed: environment i gets ``seed + start_index + i``; None leaves them unseeded
    :param start_index: number of the first one
    :param monitor_dir: folder for the records ``<number>.monitor.csv``; created when missing. None keeps them in memory
    :param wrapper_class: put around each environment, outside its ``Monitor``
    :param env_kwargs: arguments of the environment
    :param vec_env_cls: the kind of ``VecEnv``; None means ``DummyVecEnv``
    :param vec_env_kwargs: arguments of it, beside the functions that build the environments
    :return: the environments
    :raises ValueError: when ``n_envs`` is no positive whole number, or gym has no such environment
    """
    check_whole('n_envs', n_envs, 1)

    def builder(number: int) -> Callable[[], Any]:
        def build() -> Any:
            kwargs = {} if env_kwargs is None else env_kwargs
            env = gym_api.make(env_id, **kwargs) if isinstance(env_id, str) else env_id(**kwargs)
            env = Monitor(env, None if monitor_dir is None else os.path.join(monitor_dir, str(number)))
            return env if wrapper_class is None else wrapper_class(env)

        return build

    env_fns = [builder(number) for number in range(start_index, start_index + n_envs)]
    venv = (DummyVecEnv if vec_env_cls is None else vec_env_cls)(env_fns, **(vec_env_kwargs or {}))
    if seed is not None:
        venv.seed(seed + start_index)
    return venv
