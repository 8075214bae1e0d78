"""Demonstrations as transitions, for a replay buffer."""
from typing import Any, Dict, Iterator, Tuple

import numpy as np

from stable_baselines.common.checks import check_demonstrations

__all__ = ['transitions_of']

Transition = Tuple[np.ndarray, np.ndarray, float, np.ndarray, bool, Dict[str, Any]]


def transitions_of(dataset: Any, observation_shape: Tuple[int, ...]) -> Iterator[Transition]:
    """
    Every step of an expert whose next observation is known: all but the last of each episode, after which the
    environment began anew.

    :param dataset: an ExpertDataset
    :param observation_shape: of one observation, as the environment gives it
    :return: observation, action, reward, next observation, False, {}: as they are added to a replay buffer
    :raises ValueError: when actions or rewards are not known
    """
    check_demonstrations('dataset', dataset)
    rewards, starts = dataset.trajectories.rewards, dataset.trajectories.episode_starts
    if rewards is None:
        raise ValueError("dataset: its rewards are not known, and SAC learns from rewards. Record demonstrations with "
                         "generate_expert_traj, which keeps them, or give traj_data the key 'rewards'.")
    row, previous = 0, None
    for observations, actions in dataset.batches_in_order():
        for observation, action in zip(observations, actions):
            observation = np.reshape(observation, observation_shape)
            if previous is not None and not starts[row]:
                yield (*previous, observation, False, {})
            previous, row = (observation, action, float(rewards[row])), row + 1
