"""How a discriminator with memory rewards and learns: on sequences of the policy's and the expert's steps."""
from typing import Any, Dict, Optional, Tuple

import numpy as np

from stable_baselines.common.rollout import Segment
from stable_baselines.common.tf1 import tf
from stable_baselines.gail.sequence_adversary import SequenceClassifier
from stable_baselines.gail.training import RowTraining


class SequenceTraining(RowTraining):
    """
    Between GAIL and its discriminator with memory.

    :param sess: the session
    :param classifier: the discriminator
    """

    def __init__(self, sess: tf.Session, classifier: SequenceClassifier):
        super().__init__(sess, classifier)
        self._n_envs = 0
        self._memory: Optional[np.ndarray] = None  # after the latest step of each environment
        self._first_states: Optional[np.ndarray] = None  # of the latest segment's sequences, [sequences, ...]
        self._streams: Any = None
        self._expert_memory: Optional[np.ndarray] = None

    def begin(self, dataset: Any, rows_per_batch: int, n_envs: int, random_state: np.random.RandomState) -> None:
        self.dataset, self.random_state, self._n_envs = dataset, random_state, n_envs
        n_steps = self.classifier.n_steps
        n_lanes = max(rows_per_batch // n_steps, 1)
        self._streams = dataset.sequence_stream(n_lanes, n_steps)
        self._expert_memory = self.classifier.empty_memory(n_lanes)
        self._memory = self.classifier.empty_memory(n_envs)

    def reward(self, observations: np.ndarray, actions: np.ndarray, rewards: np.ndarray, starts: np.ndarray
               ) -> np.ndarray:
        firsts, scores = [], []
        for piece in zip(*[self._pieces(array) for array in (observations, actions, starts)]):
            firsts.append(self._memory)
            some_rewards, self._memory = self.classifier.run_rewards(*piece[:2], self._memory, piece[2])
            scores.append(some_rewards.reshape(self._n_envs, -1))  # [environments, steps]
        self._first_states = np.stack(firsts, axis=1).reshape((-1,) + self._memory.shape[1:])
        return self._mixed(np.concatenate(scores, axis=1).T.reshape(-1), rewards)

    def _pieces(self, array: np.ndarray) -> np.ndarray:
        """
        :param array: rows of a segment, shape [T * n, ...]
        :return: shape [pieces, n * steps, ...]: the sequences of all environments, piece after piece
        """
        shape, n_steps = array.shape[1:], self.classifier.n_steps
        pieces = array.reshape((-1, n_steps, self._n_envs) + shape).swapaxes(1, 2)
        return pieces.reshape((len(pieces), -1) + shape)

    def update(self, segment: Segment, n_updates: int, learning_rate: float) -> Dict[str, float]:
        observations, starts = self._sequences(segment.judged), self._sequences(segment.episode_starts)
        shape = segment.actions.shape
        executed = self.executed(segment.actions.reshape((-1,) + shape[2:]))
        actions = self._sequences(executed.reshape(shape[:2] + executed.shape[1:]))
        size = max(len(starts) // n_updates, 1)
        order = self.random_state.permutation(len(starts))
        figures = []
        for number in range(min(n_updates, len(starts))):
            chosen = order[number * size:(number + 1) * size]
            rows = [array[chosen].reshape((-1,) + array.shape[2:]) for array in (observations, actions, starts)]
            self._update(rows, self._first_states[chosen], learning_rate)
            figures.append(self.step.figures)
        return self.mean(figures)

    def _update(self, rows: Tuple[np.ndarray, ...], first_states: np.ndarray, learning_rate: float) -> None:
        observations, actions, starts = rows
        expert = next(self._streams)
        self.step(observations, actions, expert.observations.reshape((-1,) + observations.shape[1:]),
                  self.of_expert(expert.actions), first_states, starts, self._expert_memory, expert.starts,
                  learning_rate)
        self._expert_memory = self.step.further[0]

    def _sequences(self, array: np.ndarray) -> np.ndarray:
        """
        :param array: shape [T, n, ...]
        :return: shape [n * T / steps, steps, ...]
        """
        return array.swapaxes(0, 1).reshape((-1, self.classifier.n_steps) + array.shape[2:])
