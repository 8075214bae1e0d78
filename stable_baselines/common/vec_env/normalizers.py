"""Finds the VecNormalize among the wrappers of an environment, and copies statistics."""
from copy import deepcopy
from typing import Any, List, Optional

from stable_baselines.common.vec_env.base_vec_env import VecEnvWrapper
from stable_baselines.common.vec_env.vec_normalize import VecNormalize

__all__ = ['sync_envs_normalization', 'unwrap_vec_normalize']


def unwrap_vec_normalize(env: Any) -> Optional[VecNormalize]:
    """
    :param env: anything; a VecEnv is looked through
    :return: the outermost VecNormalize around the environments, None without one
    """
    found = _normalizers(env)
    return found[0] if found else None


def sync_envs_normalization(env: Any, eval_env: Any) -> None:
    """
    Let the environments of evaluation use the statistics of training.

    :param env: environment that a model is trained in
    :param eval_env: environment it is evaluated in; its statistics become a copy of the other's
    :raises ValueError: when the model would see the two in different ways: only one of them has normalized
        observations, or their shapes differ
    """
    sources, targets = _normalizers(env), _normalizers(eval_env)
    if len(sources) != len(targets):
        if not any(one.norm_obs for one in sources + targets):
            return  # only rewards, which the model does not see
        raise ValueError('eval_env: {} VecNormalize found around it, {} around the environment that the model is '
                         'trained in. Wrap both alike: the model must see both in the same way.'.format(
                             len(targets), len(sources)))
    for source, target in zip(sources, targets):
        if source.norm_obs != target.norm_obs:
            raise ValueError('eval_env: its VecNormalize has norm_obs={}, that of training norm_obs={}. Wrap both '
                             'alike: the model must see both in the same way.'.format(target.norm_obs, source.norm_obs))
        if source.obs_rms.mean.shape != target.obs_rms.mean.shape:
            raise ValueError('eval_env: its observations have shape {}, those of training {}'.format(
                target.obs_rms.mean.shape, source.obs_rms.mean.shape))
        target.obs_rms, target.ret_rms = deepcopy(source.obs_rms), deepcopy(source.ret_rms)


def _normalizers(env: Any) -> List[VecNormalize]:
    found = []
    while isinstance(env, VecEnvWrapper):
        if isinstance(env, VecNormalize):
            found.append(env)
        env = env.venv
    return found
