"""The policy's past steps, so that the discriminator does not forget what it has seen through before."""
from typing import Dict, Optional, Tuple

import numpy as np

__all__ = ['GeneratorReplay']


class GeneratorReplay:
    """
    The latest rows of the policy, up to a number.

    :param size: rows to keep
    """

    def __init__(self, size: int):
        self.size = size
        self._observations: Optional[np.ndarray] = None
        self._actions: Optional[np.ndarray] = None
        self._next, self._count = 0, 0

    def add(self, observations: np.ndarray, actions: np.ndarray) -> None:
        """
        Keep rows; the oldest ones make room.

        :param observations: shape [n, ...]
        :param actions: shape [n, ...]
        """
        observations, actions = observations[-self.size:], actions[-self.size:]
        if self._observations is None:
            self._observations = np.zeros((self.size,) + observations.shape[1:], observations.dtype)
            self._actions = np.zeros((self.size,) + actions.shape[1:], actions.dtype)
        places = (self._next + np.arange(len(actions))) % self.size
        self._observations[places], self._actions[places] = observations, actions
        self._next = int((self._next + len(actions)) % self.size)
        self._count = min(self._count + len(actions), self.size)

    def mixed(self, observations: np.ndarray, actions: np.ndarray, random_state: np.random.RandomState
              ) -> Tuple[np.ndarray, np.ndarray]:
        """
        :param observations: present rows, shape [n, ...]
        :param actions: shape [n, ...]
        :param random_state: of the choice
        :return: the same with the second half replaced by past rows, where there are any
        """
        n_past = len(actions) // 2 if self._count else 0
        if not n_past:
            return observations, actions
        chosen = random_state.randint(self._count, size=n_past)
        kept = len(actions) - n_past
        return (np.concatenate([observations[:kept], self._observations[chosen]]),
                np.concatenate([actions[:kept], self._actions[chosen]]))

    def arrays(self) -> Dict[str, np.ndarray]:
        """
        :return: all of it, by name, for a saved model
        """
        if self._observations is None:
            return {}
        order = (self._next - self._count + np.arange(self._count)) % self.size  # the oldest first
        return {'observations': self._observations[order], 'actions': self._actions[order]}
