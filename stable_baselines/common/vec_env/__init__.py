"""Several environments behind one interface."""
from stable_baselines.common.vec_env.base_vec_env import (
    AlreadySteppingError,
    CloudpickleWrapper,
    NotSteppingError,
    VecEnv,
    VecEnvWrapper,
)
from stable_baselines.common.vec_env.dummy_vec_env import DummyVecEnv
from stable_baselines.common.vec_env.subproc_vec_env import SubprocVecEnv

__all__ = ['AlreadySteppingError', 'CloudpickleWrapper', 'DummyVecEnv', 'NotSteppingError', 'SubprocVecEnv', 'VecEnv',
           'VecEnvWrapper']
