"""Running statistics that several workers gather together."""
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.running_mean_std import RunningMeanStd
from stable_baselines.common.vec_env import VecEnv, unwrap_vec_normalize

__all__ = ['SharedStatistics', 'normalizer_settings']

_SETTINGS = ('training', 'norm_obs', 'norm_reward', 'clip_obs', 'clip_reward', 'gamma', 'epsilon')


class Moments(NamedTuple):
    """What is known of some observations."""

    mean: np.ndarray
    var: np.ndarray
    count: float


class SharedStatistics:
    """
    Lets the ``VecNormalize`` of every worker count what those of all workers have seen.

    All begin with the first worker's statistics; one that is not training is left alone. Alone, there is nothing to do.

    :param env: a VecEnv; None, or one without a VecNormalize, has no statistics
    """

    def __init__(self, env: Optional[VecEnv]):
        normalizer = unwrap_vec_normalize(env)
        self._statistics: List[RunningMeanStd] = []
        if mpi.size() > 1 and normalizer is not None and normalizer.training:
            self._statistics = [normalizer.obs_rms, normalizer.ret_rms]
        self._common: List[Moments] = [_moments(statistics) for statistics in self._statistics]
        if self._statistics:
            self._set(mpi.gather_objects(self._common)[0])

    def combine(self) -> None:
        """Count in what every worker has seen since the last time; to be called by all of them, when all are equal."""
        if not self._statistics:
            return
        gained = [_gained(_moments(now), before) for now, before in zip(self._statistics, self._common)]
        shares = mpi.gather_objects(gained)
        self._set([_merged(before, share) for before, share in zip(self._common, zip(*shares))])

    def _set(self, common: List[Moments]) -> None:
        self._common = common
        for statistics, moments in zip(self._statistics, common):
            statistics.mean, statistics.var, statistics.count = moments


def normalizer_settings(env: Optional[VecEnv]) -> Dict[str, Any]:
    """
    :param env: a VecEnv; None has no statistics
    :return: by name, what the workers must have alike to share statistics
    """
    normalizer = unwrap_vec_normalize(env)
    settings = {} if normalizer is None else {'VecNormalize.' + name: getattr(normalizer, name) for name in _SETTINGS}
    return dict(VecNormalize=normalizer is not None, **settings)


def _moments(statistics: RunningMeanStd) -> Moments:
    return Moments(statistics.mean, statistics.var, statistics.count)


def _gained(now: Moments, before: Moments) -> Moments:
    """
    The pairwise update of ``RunningMeanStd`` undone.

    :param now: of everything
    :param before: of all but the latest observations
    :return: of these
    """
    count = now.count - before.count
    if count <= 0:
        return Moments(np.zeros_like(before.mean), np.zeros_like(before.var), 0.0)
    delta = (now.mean - before.mean) * (now.count / count)
    spread = now.var * now.count - before.var * before.count - delta ** 2 * (before.count * count / now.count)
    return Moments(before.mean + delta, np.maximum(spread, 0.0) / count, count)


def _merged(before: Moments, shares: List[Moments]) -> Moments:
    total = RunningMeanStd()
    total.mean, total.var, total.count = before
    for share in shares:
        total.update_from_moments(*share)
    return _moments(total)
