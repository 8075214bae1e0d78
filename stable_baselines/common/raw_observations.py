"""Between observations as environments give them and as a VecNormalize shows them."""
import contextlib
from typing import Any, Iterable, Iterator, Optional, Tuple

import numpy as np

from stable_baselines import logger
from stable_baselines.common import mpi
from stable_baselines.common.shared_statistics import SharedStatistics
from stable_baselines.common.vec_env import VecEnv, unwrap_vec_normalize
from stable_baselines.common.vec_env.frames import NormalizedFrames
from stable_baselines.common.vec_env.observation_normalizers import ObservationNormalizer, find_observation_normalizer

__all__ = ['NormalizedDemonstrations', 'demonstrations_as_seen', 'observation_normalizer', 'require_last_word',
           'rows_to_keep', 'statistics_begun']


def observation_normalizer(env: Optional[VecEnv], user: str) -> Optional[ObservationNormalizer]:
    """
    Find what normalizes a model's observations, for those who need them before and after.

    :param env: the model's environment; None has none
    :param user: who needs it, for messages
    :return: see ``find_observation_normalizer``; None where observations are not normalized
    :raises ValueError: when a wrapper outside of it changes the observations' shape, so that statistics do not fit
    """
    found = find_observation_normalizer(env)
    if found is None:
        return None
    inner, outer = found.original_space.shape, env.observation_space.shape
    if inner != outer:
        raise ValueError('env: {} needs observations before and after VecNormalize, but a wrapper around it changes '
                         'their shape from {} to {}. Put VecNormalize around that wrapper.'.format(user, inner, outer))
    return found


def rows_to_keep(observations: np.ndarray, normalizer: Optional[ObservationNormalizer]) -> np.ndarray:
    """
    :param observations: of demonstrations, raw, shape [..., ...]
    :param normalizer: as ``observation_normalizer`` found it
    :return: the same as ``normalizer.get_original_obs`` would have given them
    """
    return normalizer.mark_blanks(observations) if isinstance(normalizer, NormalizedFrames) else observations


def require_last_word(normalizer: Optional[ObservationNormalizer], shown: np.ndarray, user: str) -> None:
    """
    Observations before and after ``normalizer`` are all that is known, so nothing outside of it may change them again.

    :param normalizer: as ``observation_normalizer`` found it
    :param shown: what the environment, with all its wrappers, has given at ``reset``, [n, ...]
    :param user: who needs it, for messages
    :raises ValueError: when that is not what the normalizer makes of observations
    """
    if normalizer is None:
        return
    normalized = normalizer.normalize_obs(normalizer.get_original_obs())
    if not np.allclose(shown, normalized, rtol=1e-4, atol=1e-4, equal_nan=True):
        worst = np.unravel_index(np.argmax(np.abs(shown - normalized)), np.shape(shown))
        raise ValueError('env: {} needs observations before and after VecNormalize, but a wrapper around it changes '
                         'them again: VecNormalize gives {:.4g} where {:.4g} arrives (environment {}). Put '
                         'VecNormalize around that wrapper.'.format(user, normalized[worst], shown[worst], worst[0]))


def demonstrations_as_seen(dataset: Any, env: Optional[VecEnv], observation_space: Any, action_space: Any) -> Any:
    """
    :param dataset: an ExpertDataset, whose observations are raw
    :param env: the model's environment; None has none
    :param observation_space: the model's
    :param action_space: the model's
    :return: the same as the model would see them, under the statistics of a VecNormalize at the time of use
    :raises ValueError: when they do not fit the environment
    """
    normalizer = observation_normalizer(env, 'learning from demonstrations')
    dataset.validate(observation_space if normalizer is None else normalizer.original_space, action_space)
    if isinstance(normalizer, NormalizedFrames):
        _require_blanks_known(dataset, normalizer)
    return dataset if normalizer is None else NormalizedDemonstrations(dataset, normalizer)


def _require_blanks_known(dataset: Any, normalizer: NormalizedFrames) -> None:
    _require_arrays(dataset)
    row = normalizer.ambiguous_row(dataset.observations, dataset.trajectories.episode_starts, dataset.subsample)
    if row >= 0:
        raise ValueError('dataset: row {} holds an observation of nothing but zeros, which cannot be told from the '
                         'blanks that VecFrameStack puts before the first observation of an episode, and these are '
                         'not normalized. Write VecNormalize(VecFrameStack(env, n)), not the other way round.'.format(
                             row))


@contextlib.contextmanager
def statistics_begun(dataset: Any, env: Optional[VecEnv], verbose: int) -> Iterator[None]:
    """
    A policy cloned under the statistics of nothing would be lost as soon as there are some. When what is done within
    fails, the statistics are as they were.

    :param dataset: an ExpertDataset; its observations become the first that an untouched VecNormalize counts
    :param env: the model's environment; None has none
    :param verbose: 1 says so
    :return: context manager
    """
    normalizer, shared = unwrap_vec_normalize(env), SharedStatistics(env)
    if normalizer is None or not normalizer.norm_obs or not normalizer.training or normalizer.obs_rms.count >= 1:
        yield
        return
    _require_arrays(dataset)
    statistics = normalizer.obs_rms
    before = statistics.mean, statistics.var, statistics.count
    statistics.update(_newest(dataset.observations, statistics.mean.shape))
    shared.combine()
    if verbose >= 1 and mpi.is_root():
        logger.log('VecNormalize had seen nothing yet: its statistics begin with the demonstrations.')
    try:
        yield
    except BaseException:
        statistics.mean, statistics.var, statistics.count = before
        raise


def _require_arrays(dataset: Any) -> None:
    if dataset.observations.dtype.kind == 'U':
        raise ValueError('dataset: its observations are image files, which cannot be normalized here. Leave images as '
                         'they are, by VecNormalize(norm_obs=False), or give them as arrays.')


def _newest(observations: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
    """
    :param observations: shape [N, ...]
    :param shape: of what a VecNormalize counts
    :return: the newest of frames that are stacked, which have that shape
    """
    return observations[..., -shape[-1]:] if shape else observations


class NormalizedDemonstrations:
    """
    A data set of raw observations, shown as a VecNormalize shows them at the time they are asked for.

    :param dataset: an ExpertDataset
    :param normalizer: has the statistics
    """

    def __init__(self, dataset: Any, normalizer: ObservationNormalizer):
        self._dataset, self._normalizer = dataset, normalizer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dataset, name)

    @property
    def observations(self) -> np.ndarray:
        """All of them, normalized, shape [n, ...]."""
        return self._shown(self._dataset.observations)

    def get_next_batch(self, split: Optional[str] = None) -> Tuple[np.ndarray, np.ndarray]:
        """
        :param split: see ``ExpertDataset``
        :return: normalized observations, and actions
        """
        observations, actions = self._dataset.get_next_batch(split)
        return self._shown(observations), actions

    def sequence_batches(self, split: str, n_steps: int) -> '_NormalizedBatches':
        """
        :param split: see ``ExpertDataset``
        :param n_steps: see ``ExpertDataset``
        :return: its batches, with normalized observations
        """
        return _NormalizedBatches(self._dataset.sequence_batches(split, n_steps), self._shown)

    def sequence_stream(self, n_lanes: int, n_steps: int) -> Iterator[Any]:
        """
        :param n_lanes: see ``ExpertDataset``
        :param n_steps: see ``ExpertDataset``
        :return: its batches, with normalized observations
        """
        return iter(_NormalizedBatches(self._dataset.sequence_stream(n_lanes, n_steps), self._shown))

    def as_seen(self, observations: np.ndarray) -> np.ndarray:
        """
        :param observations: of the policy, raw, shape [n, ...]
        :return: normalized by the statistics of now
        """
        return self._normalizer.normalize_obs(observations)

    def _shown(self, observations: np.ndarray) -> np.ndarray:
        return self.as_seen(rows_to_keep(observations, self._normalizer))


class _NormalizedBatches:
    """
    :param batches: have ``observations``
    :param normalize: what is done to these
    """

    def __init__(self, batches: Iterable[Any], normalize: Any):
        self._batches, self._normalize = batches, normalize

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        for batch in self._batches:
            yield batch._replace(observations=self._normalize(batch.observations))
