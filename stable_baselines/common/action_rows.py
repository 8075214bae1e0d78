"""Actions as environments take them, and as networks do: one row each."""
from typing import Any

import numpy as np

from stable_baselines.common.gym_api import spaces


class ActionRows:
    """
    Translates actions of one space.

    Networks read whole numbers [batch] for Discrete, [batch, n] for MultiDiscrete and MultiBinary, and float32
    [batch, size] for Box, whatever its rank.

    :param space: the action space
    """

    def __init__(self, space: Any):
        self.space = space
        self._is_box = isinstance(space, spaces.Box)
        if self._is_box:
            self._low = space.low.reshape(1, -1).astype(np.float32)
            self._high = space.high.reshape(1, -1).astype(np.float32)
            self._env_shape = None if len(space.shape) == 1 else (-1,) + tuple(space.shape)
            self._env_dtype = None if space.dtype == np.float32 else space.dtype

    def to_rows(self, actions: np.ndarray) -> np.ndarray:
        """
        :param actions: shape [batch] + the space's shape; Discrete also [batch, 1]
        :return: rows for the network
        """
        actions = np.asarray(actions)
        if self._is_box:
            return actions.reshape(len(actions), -1).astype(np.float32, copy=False)
        if isinstance(self.space, spaces.Discrete):
            return actions.reshape(-1).astype(np.int64, copy=False)
        return actions.reshape(len(actions), -1).astype(np.int64, copy=False)

    def clip(self, rows: np.ndarray) -> np.ndarray:
        """
        :param rows: actions as networks give them
        :return: the same, limited to the bounds of a Box
        """
        if not self._is_box:
            return rows
        return np.minimum(np.maximum(rows, self._low), self._high)

    def to_env(self, rows: np.ndarray) -> np.ndarray:
        """
        :param rows: actions as networks give them
        :return: shape [batch] + the space's shape, limited to the bounds of a Box
        """
        if not self._is_box:
            return rows
        actions = self.clip(rows)
        if self._env_shape is not None:
            actions = actions.reshape(self._env_shape)
        if self._env_dtype is None:
            return actions
        # the bounds in single precision, to which rows are limited, may lie a little beyond the space's own
        return np.clip(actions.astype(self._env_dtype), self.space.low, self.space.high)
