"""Minibatches out of arrays."""
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

import numpy as np

__all__ = ['Dataset', 'iterbatches']


class Dataset:
    """
    Arrays of one length, walked through in batches.

    :param data_map: arrays by name, all with the same first axis
    :param shuffle: whether to put the rows in a new random order at the start of each pass
    :param random_state: generator of the order; None means numpy's global one
    :raises ValueError: when there is no array, or the lengths differ
    """

    def __init__(self, data_map: Dict[str, np.ndarray], shuffle: bool = True,
                 random_state: Optional[np.random.RandomState] = None) -> None:
        self.data_map = {name: np.asarray(array) for name, array in data_map.items()}
        lengths = {name: len(array) for name, array in self.data_map.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError('data_map must hold at least one array, all equally long, found lengths {}.'
                             .format(lengths))
        self.shuffle = shuffle
        self.random_state = random_state
        self.n_samples = next(iter(lengths.values()))
        self._next_id = 0
        if shuffle:
            self.shuffle_dataset()

    def shuffle_dataset(self) -> None:
        """Put the rows in a new random order, and begin a new pass."""
        order = _generator(self.random_state).permutation(self.n_samples)
        self.data_map = {name: array[order] for name, array in self.data_map.items()}
        self._next_id = 0

    def next_batch(self, batch_size: int) -> Dict[str, np.ndarray]:
        """
        The next rows; after the last ones, a new pass begins.

        :param batch_size: most rows to give; the last batch of a pass can be shorter
        :return: arrays by name
        """
        if self._next_id >= self.n_samples:
            self._next_id = 0
            if self.shuffle:
                self.shuffle_dataset()
        rows = slice(self._next_id, min(self._next_id + batch_size, self.n_samples))
        self._next_id = rows.stop
        return {name: array[rows] for name, array in self.data_map.items()}

    def iterate_once(self, batch_size: int) -> Iterator[Dict[str, np.ndarray]]:
        """
        One pass in batches of exactly one size; rows left over at its end are not given.

        :param batch_size: rows a batch
        :return: iterator over arrays by name
        """
        self._next_id = 0
        if self.shuffle:
            self.shuffle_dataset()
        while self._next_id <= self.n_samples - batch_size:
            yield self.next_batch(batch_size)
        self._next_id = 0

    def subset(self, num_elements: int, shuffle: bool = True) -> 'Dataset':
        """
        :param num_elements: how many of the rows to take: the first ones in the present order
        :param shuffle: whether the new data set shuffles
        :return: a new data set
        """
        return Dataset({name: array[:num_elements] for name, array in self.data_map.items()}, shuffle,
                       self.random_state)


def iterbatches(arrays: Sequence[np.ndarray], *, num_batches: Optional[int] = None, batch_size: Optional[int] = None,
                shuffle: bool = True, include_final_partial_batch: bool = True,
                random_state: Optional[np.random.RandomState] = None) -> Iterator[Tuple[np.ndarray, ...]]:
    """
    Walk once through arrays of one length.

    :param arrays: the arrays
    :param num_batches: how many batches to make, as even as possible; give this or ``batch_size``
    :param batch_size: rows a batch
    :param shuffle: whether to walk in random order
    :param include_final_partial_batch: whether to give the last rows when they do not fill a batch
    :param random_state: generator of the order; None means numpy's global one
    :return: iterator over tuples, one array each
    :raises ValueError: when the lengths differ, or not exactly one of ``num_batches`` and ``batch_size`` is given
    """
    if (num_batches is None) == (batch_size is None):
        raise ValueError('give exactly one of num_batches and batch_size, found num_batches={!r}, batch_size={!r}.'
                         .format(num_batches, batch_size))
    arrays = tuple(map(np.asarray, arrays))
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) != 1:
        raise ValueError('arrays must be at least one, all equally long, found lengths {}.'.format(lengths))
    return _walk(arrays, num_batches, batch_size, shuffle, include_final_partial_batch, random_state)


def _walk(arrays: Tuple[np.ndarray, ...], num_batches: Optional[int], batch_size: Optional[int], shuffle: bool,
          include_final_partial_batch: bool, random_state: Any) -> Iterator[Tuple[np.ndarray, ...]]:
    count = len(arrays[0])
    order = _generator(random_state).permutation(count) if shuffle else np.arange(count)
    if num_batches is not None:
        sections = np.array_split(order, num_batches)
    else:
        sections = [order[start:start + batch_size] for start in range(0, count, batch_size)]
    for section in sections:
        if include_final_partial_batch or batch_size is None or len(section) == batch_size:
            yield tuple(array[section] for array in arrays)


def _generator(random_state: Optional[np.random.RandomState]) -> Any:
    return np.random if random_state is None else random_state
