"""What a set of demonstrations holds, as a table to read. Pure: nothing is opened, printed or changed."""
from typing import List, Tuple

import numpy as np

from stable_baselines.gail.dataset.checks import is_image_names
from stable_baselines.gail.dataset.trajectories import Trajectories, has_actions, lengths, returns_known

__all__ = ['summary_text']

_MOST_ELEMENTS = 8  # of an action, each with a line of its own
_MOST_CHOICES = 20
_Line = Tuple[str, str]


def summary_text(trajectories: Trajectories, source: str) -> str:
    """
    :param trajectories: whole episodes, as the checks of ``trajectories`` let them pass
    :param source: where they come from, a file name or 'traj_data'; becomes the first line
    :return: several lines without a line break at the end: episodes, steps, lengths (in steps), returns, type and shape
        of one observation and of one action, the range of each element of an action or how often each of few was
        chosen, the range of the rewards
    """
    sizes = lengths(trajectories.episode_starts)
    lines = [('episodes', str(len(sizes))),
             ('steps', str(len(trajectories.episode_starts)) + _kept(trajectories.subsample)),
             ('length', _spread(sizes)),
             ('return', _returns(trajectories)),
             ('observation', _row_text(trajectories.observations)),
             ('action', _row_text(trajectories.actions) if has_actions(trajectories) else 'not noted')]
    if has_actions(trajectories):
        lines += _choices(trajectories.actions) or _elements(trajectories.actions)
    lines.append(('reward', 'not noted' if trajectories.rewards is None else _spread(trajectories.rewards)))
    return '\n'.join([source] + ['  {:<12} {}'.format(*line) for line in lines])


def _returns(trajectories: Trajectories) -> str:
    if not returns_known(trajectories):
        return 'unknown, because there are no rewards'
    return _spread(trajectories.episode_returns)


def _kept(subsample: int) -> str:
    return '' if subsample == 1 else ', one out of {} of each episode'.format(subsample)


def _row_text(rows: np.ndarray) -> str:
    """
    :param rows: shape [N, ...]: numbers, or names of images
    :return: type, shape and range of one row
    """
    if is_image_names(rows):
        return 'image files, the first is {!r}'.format(str(rows[0]))
    return '{}, shape {}, {}'.format(rows.dtype, rows.shape[1:], _range(rows))


def _choices(actions: np.ndarray) -> List[_Line]:
    """
    :param actions: shape [N, ...]
    :return: a line saying how often each was chosen, where an action is one whole number and there are not too many
    """
    if actions.dtype.kind not in 'biu' or actions.size != len(actions):
        return []
    values, counts = np.unique(actions, return_counts=True)
    if len(values) > _MOST_CHOICES:
        return []
    return [('  chosen', ', '.join('{}: {}'.format(int(value), count) for value, count in zip(values, counts)))]


def _elements(actions: np.ndarray) -> List[_Line]:
    """
    :param actions: shape [N, ...]
    :return: a line for each element of an action, unless there is one only or there are too many
    """
    count = int(np.prod(actions.shape[1:], dtype=int))
    if not 1 < count <= _MOST_ELEMENTS:
        return []
    return [('  {}'.format(list(index)), _spread(actions[(slice(None),) + index]))
            for index in np.ndindex(*actions.shape[1:])]


def _range(values: np.ndarray) -> str:
    return '{} to {}'.format(_number(values.min()), _number(values.max()))


def _spread(values: np.ndarray) -> str:
    """
    :param values: shape [K]
    :return: smallest, largest, mean and standard deviation
    """
    # float64: the mean of many 16-bit numbers would overflow.
    wide = values.astype(np.float64)
    return '{}, mean {} +/- {}'.format(_range(values), _number(wide.mean()), _number(wide.std()))


def _number(value: np.generic) -> str:
    """
    :param value: one number
    :return: whole numbers in full, others with up to five digits
    """
    return str(int(value)) if value.dtype.kind in 'biu' else '{:.5g}'.format(float(value))
