"""Arranges episodes side by side, for policies with memory: they learn from sequences, not from single rows."""
from typing import Iterator, List, NamedTuple, Optional, Sequence

import numpy as np

from stable_baselines.gail.dataset.loader import DataLoader


class SequenceBatch(NamedTuple):
    """Some lanes' next steps; what follows is in the next batch. Rows of a lane follow one another."""

    observations: np.ndarray  # [lanes * steps, ...]
    actions: np.ndarray  # [lanes * steps, ...]
    starts: np.ndarray  # [lanes * steps]: 1 where an episode begins
    weights: np.ndarray  # [lanes * steps]: 0 where a lane has ended and the row is there only to fill it


class Arrangement(NamedTuple):
    """Rows of demonstrations in the order of their use, shape [batches, lanes, steps]."""

    rows: np.ndarray
    starts: np.ndarray
    weights: np.ndarray


def arrange(episodes: Sequence[np.ndarray], n_lanes: int, n_steps: int) -> Arrangement:
    """
    Put episodes one after the other into lanes of about equal length.

    :param episodes: the rows of each, in order
    :param n_lanes: how many sequences a batch has
    :param n_steps: how many steps of each
    :return: all rows, each once; no batches without episodes
    """
    lanes: List[List[np.ndarray]] = [[] for _ in range(n_lanes)]
    lengths = np.zeros(n_lanes, int)
    for rows in episodes:
        shortest = int(np.argmin(lengths))
        lanes[shortest].append(rows)
        lengths[shortest] += len(rows)
    total = -(-int(lengths.max()) // n_steps) * n_steps
    rows, starts, weights = np.zeros((n_lanes, total), int), np.zeros((n_lanes, total)), np.zeros((n_lanes, total))
    for lane, parts in enumerate(lanes):
        if parts:
            rows[lane, :lengths[lane]] = np.concatenate(parts)
            weights[lane, :lengths[lane]] = 1.0
            starts[lane, np.cumsum([0] + [len(part) for part in parts[:-1]])] = 1.0
    shape = (n_lanes, total // n_steps, n_steps)
    return Arrangement(*[array.reshape(shape).swapaxes(0, 1) for array in (rows, starts, weights)])


class SequenceEpoch:
    """
    One pass over episodes, as batches of sequences.

    :param episodes: the rows of each, in order
    :param observations: shape [M, ...], or [M] file names of images
    :param actions: shape [M, ...]
    :param n_lanes: sequences in a batch at most; no more than there are episodes
    :param n_steps: steps of each
    :param sequential: read images in the calling thread rather than ahead of need in others
    """

    def __init__(self, episodes: Sequence[np.ndarray], observations: np.ndarray, actions: np.ndarray, n_lanes: int,
                 n_steps: int, sequential: bool):
        self._arrangement = arrange(episodes, min(n_lanes, max(len(episodes), 1)), n_steps)
        self._observations, self._actions, self._sequential = observations, actions, sequential

    def __len__(self) -> int:
        return len(self._arrangement.rows)

    def __iter__(self) -> Iterator[SequenceBatch]:
        if not len(self):
            return
        rows, starts, weights = self._arrangement
        loader = DataLoader(rows.reshape(-1), self._observations, self._actions, rows[0].size, infinite_loop=False,
                            n_workers=2, max_queue_len=2, start_process=False, sequential=self._sequential)
        try:
            for number, (observations, actions) in enumerate(loader):
                yield SequenceBatch(observations, actions, starts[number].reshape(-1), weights[number].reshape(-1))
        finally:
            loader.close()


class SequenceStream:
    """
    Endless lanes of whole episodes, one after the other: an iterator over batches of their next steps.

    :param episodes: the rows of each, in order
    :param observations: shape [M, ...], or [M] file names of images
    :param actions: shape [M, ...]
    :param n_lanes: sequences in a batch
    :param n_steps: steps of each
    :param random_state: generator of the episodes' order; None keeps their order
    """

    def __init__(self, episodes: Sequence[np.ndarray], observations: np.ndarray, actions: np.ndarray, n_lanes: int,
                 n_steps: int, random_state: Optional[np.random.RandomState]):
        self._episodes, self._observations, self._actions = episodes, observations, actions
        self._n_steps, self._random_state = n_steps, random_state
        self._waiting: List[int] = []  # numbers of the episodes to come
        self._lanes = [np.zeros(0, int) for _ in range(n_lanes)]  # rows to come
        self._starts = [np.zeros(0) for _ in range(n_lanes)]

    def __iter__(self) -> 'SequenceStream':
        return self

    def __next__(self) -> SequenceBatch:
        rows, starts = [], []
        for lane in range(len(self._lanes)):
            while len(self._lanes[lane]) < self._n_steps:
                episode = self._next_episode()
                self._lanes[lane] = np.concatenate([self._lanes[lane], episode])
                self._starts[lane] = np.concatenate([self._starts[lane], np.arange(len(episode)) == 0])
            for taken, left in ((rows, self._lanes), (starts, self._starts)):
                taken.append(left[lane][:self._n_steps])
                left[lane] = left[lane][self._n_steps:]
        order = np.concatenate(rows)
        loader = DataLoader(order, self._observations, self._actions, len(order), infinite_loop=False, sequential=True)
        observations, actions = next(loader)
        return SequenceBatch(observations, actions, np.concatenate(starts), np.ones(len(order)))

    def _next_episode(self) -> np.ndarray:
        if not self._waiting:
            count = len(self._episodes)
            order = np.arange(count) if self._random_state is None else self._random_state.permutation(count)
            self._waiting = order[::-1].tolist()
        return self._episodes[self._waiting.pop()]
