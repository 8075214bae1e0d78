"""Returns and lengths of the episodes that training sees."""
from collections import deque
from typing import Any, Dict, List, NamedTuple

import numpy as np

__all__ = ['Episode', 'EpisodeStatistics']


class Episode(NamedTuple):
    """One that has ended."""

    total: float  # return by the rewards learned from
    true_total: float  # by the environment's
    length: int
    steps: int  # that its environment had made in all when it ended


class EpisodeStatistics:
    """
    Returns and lengths of the latest episodes.

    :param n_envs: number of environments
    :param window: how many episodes are kept
    """

    def __init__(self, n_envs: int, window: int = 40):
        self._running = np.zeros((3, n_envs))
        self.returns, self.true_returns, self.lengths = (deque(maxlen=window) for _ in range(3))
        self.n_episodes, self._n_steps = 0, 0
        self._ended: List[Episode] = []

    def count(self, episode: Episode) -> None:
        """
        :param episode: one that ended, here or at another worker
        """
        self.returns.append(episode.total)
        self.true_returns.append(episode.true_total)
        self.lengths.append(episode.length)
        self.n_episodes += 1

    def take_ended(self) -> List[Episode]:
        """
        :return: the episodes that ended since the last call, in the order of their ends
        """
        ended, self._ended = self._ended, []
        return ended

    def buffers(self) -> Dict[str, Any]:
        """
        :return: the latest episodes, by the names that callbacks find them under in ``locals``; they go on growing.
            ``rewbuffer`` has the returns by the rewards learned from, the others those of the environment
        """
        return dict(episode_returns=self.true_returns, episode_lengths=self.lengths, rewbuffer=self.returns,
                    true_rewbuffer=self.true_returns, lenbuffer=self.lengths)

    def update(self, rewards: np.ndarray, true_rewards: np.ndarray, ends: np.ndarray) -> int:
        """
        Count a segment in.

        :param rewards: shape [T, n_envs]
        :param true_rewards: shape [T, n_envs]
        :param ends: shape [T, n_envs]
        :return: how many episodes ended in it
        """
        totals = np.cumsum([rewards, true_rewards, np.ones_like(rewards)], axis=1, dtype=np.float64)
        before = -self._running  # what the running episodes had gathered when the segment began
        steps, columns = np.nonzero(ends)
        for step, column in zip(steps, columns):
            episode = totals[:, step, column] - before[:, column]
            before[:, column] = totals[:, step, column]
            self._ended.append(Episode(float(episode[0]), float(episode[1]), int(episode[2]),
                                       self._n_steps + int(step) + 1))
            self.count(self._ended[-1])
        self._running = totals[:, -1] - before
        self._n_steps += len(rewards)
        return len(steps)
