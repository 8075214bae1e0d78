"""The policy's past steps, so that the discriminator does not forget what it has seen through before."""
from typing import Dict, Mapping, Optional, Tuple

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
        self._observations, self._actions = _able(self._observations, observations), _able(self._actions, actions)
        places = (self._next + np.arange(len(actions))) % self.size
        self._observations[places], self._actions[places] = observations, actions
        self._next = int((self._next + len(actions)) % self.size)
        self._count = min(self._count + len(actions), self.size)

    def __len__(self) -> int:
        return self._count

    def draw(self, n_rows: int, random_state: np.random.RandomState) -> Tuple[np.ndarray, np.ndarray]:
        """
        :param n_rows: how many; there must be some
        :param random_state: of the choice
        :return: past observations [n, ...] and actions [n, ...], drawn with replacement
        """
        chosen = random_state.randint(self._count, size=n_rows)
        return self._observations[chosen], self._actions[chosen]

    def arrays(self) -> Dict[str, np.ndarray]:
        """
        :return: all of it, by name, for a saved model
        """
        if self._observations is None:
            return {}
        return {'observations': self._observations[self._order()], 'actions': self._actions[self._order()],
                'place': np.array([self._next], np.int64)}

    def restore(self, arrays: Mapping[str, np.ndarray], shapes: Tuple[Tuple[int, ...], Tuple[int, ...]]) -> None:
        """
        Put back what ``arrays`` gave; into less room, the latest of it.

        :param arrays: by name; none leave the rows as they are
        :param shapes: of one observation, and of one action
        :raises ValueError: when they are no such rows
        """
        if not arrays:
            return
        missing = np.zeros(0)  # no rows, so that shapes disagree
        observations, actions, place = (arrays.get(name, missing) for name in ('observations', 'actions', 'place'))
        for name, array, shape in zip(('observations', 'actions'), (observations, actions), shapes):
            if not array.ndim or array.shape != actions.shape[:1] + shape:
                raise ValueError('{!r} of the kept rows has shape {}; (rows,) + {} is needed, for as many rows as '
                                 'actions'.format(name, array.shape, shape))
            if array.dtype.kind not in 'biuf' or not np.isfinite(array).all():
                raise ValueError('{!r} of the kept rows holds something else than finite numbers'.format(name))
        if place.shape != (1,) or place.dtype.kind not in 'iu' or not len(actions):
            raise ValueError("'place' of the kept rows is none")
        self._observations, self._next, self._count = None, 0, 0
        if len(actions) == self.size:  # where each row lies decides which are drawn
            self._next = int(place[0] % self.size)
        self.add(observations, actions)

    def _order(self) -> np.ndarray:
        return (self._next - self._count + np.arange(self._count)) % self.size  # the oldest first


def _able(kept: np.ndarray, further: np.ndarray) -> np.ndarray:
    """
    :param kept: rows
    :param further: more of them
    :return: the rows in a type that holds both
    """
    return kept.astype(np.result_type(kept, further), copy=False)
