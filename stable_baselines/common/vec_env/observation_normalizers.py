"""Finds what stands between observations as environments give them and as a VecEnv shows them."""
from typing import Any, Optional, Union

from stable_baselines.common.vec_env.base_vec_env import VecEnvWrapper
from stable_baselines.common.vec_env.frames import NormalizedFrames
from stable_baselines.common.vec_env.vec_frame_stack import VecFrameStack
from stable_baselines.common.vec_env.vec_normalize import VecNormalize

__all__ = ['ObservationNormalizer', 'find_observation_normalizer']

ObservationNormalizer = Union[VecNormalize, NormalizedFrames]


def find_observation_normalizer(env: Any) -> Optional[ObservationNormalizer]:
    """
    :param env: anything; a VecEnv is looked through
    :return: its VecNormalize or, where a VecFrameStack stands around that, what knows the frames on both sides of it:
        has ``normalize_obs``, ``get_original_obs`` and ``original_space``, the space before normalization. None where
        observations are not normalized
    """
    while isinstance(env, VecEnvWrapper):
        if isinstance(env, VecNormalize):
            return env if env.norm_obs else None
        if isinstance(env, VecFrameStack) and env.normalized_frames() is not None:
            return env.normalized_frames()
        env = env.venv
    return None
