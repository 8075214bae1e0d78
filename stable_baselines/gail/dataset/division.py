"""Divides demonstrations into those for training and those for validation."""
from typing import Any, List

import numpy as np


def checked_fraction(train_fraction: Any) -> float:
    """
    :param train_fraction: as given by the caller
    :return: the same
    :raises ValueError: unless it is above 0 and at most 1
    """
    if not isinstance(train_fraction, (int, float, np.number)) or not 0 < train_fraction <= 1:
        raise ValueError('train_fraction={!r}: a number above 0 and at most 1 is needed.'.format(train_fraction))
    return float(train_fraction)


def count_for_training(rows: int, train_fraction: float) -> int:
    """
    :param rows: how many there are
    :param train_fraction: above 0 and at most 1
    :return: how many are for training: at least one, and at least one less than all unless the fraction is 1 or there
        is only one
    """
    return rows if train_fraction == 1 else min(max(int(train_fraction * rows), 1), max(rows - 1, 1))


def divide_episodes(n_episodes: int, train_fraction: float, random_state: np.random.RandomState,
                    shuffle: bool) -> List[np.ndarray]:
    """
    :param n_episodes: how many there are
    :param train_fraction: share for training, above 0 and up to 1
    :param random_state: generator of the choice
    :param shuffle: choose at random; otherwise the last ones are for validation
    :return: the episodes for training (at least one) and those for validation (at least one, unless all are for
        training or there is only one)
    """
    episodes = random_state.permutation(n_episodes) if shuffle else np.arange(n_episodes)
    count = count_for_training(n_episodes, train_fraction)
    return [episodes[:count], episodes[count:]]
