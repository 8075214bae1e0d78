"""Actions between the bounds of a space, and rows between -1 and 1 as SAC's networks see them."""
from typing import Any

import numpy as np

from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.gym_api import space_name, spaces


def check_action_space(space: Any) -> None:
    """
    :param space: an action space
    :raises ValueError: naming the space, when SAC cannot act in it
    """
    name = space_name(space)
    if not isinstance(space, spaces.Box):
        raise ValueError('action space {}: SAC needs a Box, that is continuous actions. TRPO and GAIL also take '
                         'Discrete, MultiDiscrete and MultiBinary.'.format(name))
    if space.dtype.kind != 'f' or 0 in space.shape:
        raise ValueError('action space {}: SAC needs a Box of floats with at least one component'.format(name))
    with np.errstate(over='ignore', invalid='ignore'):
        span = space.high.astype(np.float32) - space.low.astype(np.float32)
    if not np.all(np.isfinite(span)):
        raise ValueError('action space {} from {} to {}: SAC needs finite bounds on every component, to which it '
                         'scales its actions. Wrap the environment so that it has some.'.format(name, space.low,
                                                                                                space.high))
    if not np.all(span > 0):
        raise ValueError('action space {} from {} to {}: SAC needs every lower bound below its upper bound.'.format(
            name, space.low, space.high))


class ActionScaling:
    """
    Translates actions of one space.

    :param space: a Box with finite bounds
    """

    def __init__(self, space: Any):
        self.size = int(np.prod(space.shape))
        self.low = space.low.reshape(-1).astype(np.float32)
        self.high = space.high.reshape(-1).astype(np.float32)
        self.half_span = np.float32(0.5) * (self.high - self.low)
        self._rows = ActionRows(space)

    def to_env(self, rows: np.ndarray) -> np.ndarray:
        """
        :param rows: shape [batch, size], from -1 to 1
        :return: shape [batch] + the space's shape, within its bounds
        """
        return self._rows.to_env(self.low + (rows + np.float32(1.0)) * self.half_span)

    def to_rows(self, actions: np.ndarray) -> np.ndarray:
        """
        :param actions: shape [batch] + the space's shape
        :return: shape [batch, size], from -1 to 1 for actions within the bounds
        """
        return (self._rows.to_rows(actions) - self.low) / self.half_span - np.float32(1.0)

    def to_unit_rows(self, actions: np.ndarray) -> np.ndarray:
        """
        :param actions: shape [batch] + the space's shape; those out of bounds count as the nearest within
        :return: shape [batch, size], from -1 to 1
        """
        return np.clip(self.to_rows(actions), -1.0, 1.0)
