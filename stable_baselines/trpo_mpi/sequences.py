"""Arranges segments for learning: as rows or, for policies with memory, as sequences."""
import warnings
from typing import Any, List, Sequence

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.errors import level_of_caller
from stable_baselines.common.rollout import Segment


def even_length(n_steps: int, longest: int) -> int:
    """
    :param n_steps: steps to cut into sequences
    :param longest: steps of a sequence at most
    :return: the length of as few equal sequences as possible, which together may reach a little beyond ``n_steps``
    """
    n_sequences = -(-n_steps // longest)
    return -(-n_steps // n_sequences)


def round_up(n_steps: int, multiple: int) -> int:
    """
    :param n_steps: a number
    :param multiple: another
    :return: the least multiple that is not below the former
    """
    return -(-n_steps // multiple) * multiple


def tell_of_rounding(model: Any, steps: int) -> None:
    """
    :param model: a TRPO model
    :param steps: of a batch, over all environments of this worker; if it is not what was asked for, a warning tells
    """
    if steps != model.timesteps_per_batch and mpi.is_root():
        warnings.warn('timesteps_per_batch={} is rounded up to {}, so that each of {} environment(s) makes as many '
                      'steps{}.'.format(model.timesteps_per_batch, steps, model.n_envs,
                                        ', in sequences of one length' if model.actor.policy.recurrent else ''),
                      stacklevel=level_of_caller())


def arranged(segment: Segment, further: Sequence[np.ndarray], sequence_length: int) -> List[np.ndarray]:
    """
    :param segment: what was collected; with memory, its steps are a multiple of ``sequence_length``
    :param further: arrays of shape [T, n, ...] to be arranged alike
    :param sequence_length: steps of a sequence
    :return: observations, actions and the further arrays, as rows [T * n, ...]; or with memory observations, states
        before each sequence [sequences, ...], episode starts, actions and the further ones, as sequences
        [sequences, steps, ...]
    """
    if segment.states is None:
        return [array.reshape((-1,) + array.shape[2:])
                for array in (segment.observations, segment.actions, *further)]

    def cut(array: np.ndarray) -> np.ndarray:
        by_environment = array.swapaxes(0, 1)  # a sequence belongs to one environment
        return by_environment.reshape((-1, sequence_length) + array.shape[2:])
    return [cut(segment.observations), cut(segment.states)[:, 0], cut(segment.episode_starts), cut(segment.actions),
            *[cut(array) for array in further]]
