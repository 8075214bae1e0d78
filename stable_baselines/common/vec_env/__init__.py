"""Several environments behind one interface."""
from stable_baselines.common.vec_env.base_vec_env import (
    AlreadySteppingError,
    CloudpickleWrapper,
    NotSteppingError,
    VecEnv,
    VecEnvWrapper,
)
from stable_baselines.common.vec_env.dummy_vec_env import DummyVecEnv
from stable_baselines.common.vec_env.normalizers import sync_envs_normalization, unwrap_vec_normalize
from stable_baselines.common.vec_env.subproc_vec_env import SubprocVecEnv
from stable_baselines.common.vec_env.unbatched_vec_env import UnbatchedVecEnv, as_vec_env
from stable_baselines.common.vec_env.vec_check_nan import VecCheckNan
from stable_baselines.common.vec_env.vec_frame_stack import VecFrameStack
from stable_baselines.common.vec_env.vec_monitor import VecMonitor
from stable_baselines.common.vec_env.vec_normalize import VecNormalize
from stable_baselines.common.vec_env.vec_video_recorder import VecVideoRecorder

__all__ = ['AlreadySteppingError', 'CloudpickleWrapper', 'DummyVecEnv', 'NotSteppingError', 'SubprocVecEnv',
           'UnbatchedVecEnv', 'VecCheckNan', 'VecEnv', 'VecEnvWrapper', 'VecFrameStack', 'VecMonitor', 'VecNormalize',
           'VecVideoRecorder', 'as_vec_env', 'sync_envs_normalization', 'unwrap_vec_normalize']
