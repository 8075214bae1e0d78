"""Writes demonstrations as CSV files."""
import csv
from typing import List

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.gail.dataset.checks import is_image_names
from stable_baselines.gail.dataset.formats.assemble import warn_of_lost_returns
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['write_csv']

_ROWS_AT_ONCE = 1024


def write_csv(path: str, trajectories: Trajectories) -> None:
    """
    Write one row a step, with columns ``episode`` (counted from 0), ``obs_0``, ``obs_1``, ... (``obs_0_1`` for element
    [0, 1]), ``action_0``, ... and, where known, ``reward``; names of images, seen from the file's folder, stand in a
    column ``image``. Numbers are written in as many digits as it takes to read the same ones again.

    :param path: where to; the file appears whole or not at all
    :param trajectories: what to write; names of images as they shall stand there
    """
    warn_of_lost_returns(path, trajectories)
    observations, actions = trajectories.observations, trajectories.actions
    with_images = is_image_names(observations)
    header = ['episode'] + (['image'] if with_images else _names('obs', observations)) + _names('action', actions)
    episodes = np.cumsum(trajectories.episode_starts) - 1
    with replace_on_success(path, 'w') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(header + ([] if trajectories.rewards is None else ['reward']))
        for start in range(0, len(actions), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            parts = [[[number] for number in episodes[rows].tolist()],
                     [[name] for name in observations[rows].tolist()] if with_images else _fields(observations[rows]),
                     _fields(actions[rows])]
            if trajectories.rewards is not None:
                parts.append(_fields(trajectories.rewards[rows]))
            writer.writerows(sum(fields, []) for fields in zip(*parts))


def _names(word: str, rows: np.ndarray) -> List[str]:
    """
    :param word: what the rows are
    :param rows: shape [N, ...]
    :return: a name for each element of a row
    """
    return ['_'.join(map(str, (word,) + index)) for index in np.ndindex(*rows.shape[1:])]


def _fields(rows: np.ndarray) -> List[List[float]]:
    """
    :param rows: shape [N, ...]
    :return: the numbers of each row; booleans as 0 and 1
    """
    flat = rows.reshape(len(rows), -1)
    # tolist() widens to 64 bits, which Python writes so that they are read back exactly.
    return (flat.view(np.uint8) if flat.dtype == bool else flat).tolist()
