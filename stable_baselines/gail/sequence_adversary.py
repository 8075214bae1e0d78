"""A discriminator with memory: whose steps are these, given what went before?"""
from typing import Any, List, NamedTuple, Optional, Tuple

import numpy as np

from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.input import observation_placeholder
from stable_baselines.common.lstm import lstm
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import dense
from stable_baselines.common.tf_util import batch_to_seq, seq_to_batch
from stable_baselines.gail.adversary import TransitionClassifier


class Memory(NamedTuple):
    """What a network of sequences reads and leaves besides observations and actions."""

    states: tf.Tensor  # placeholder: before the first step, [sequences, 2 * n_lstm]
    starts: tf.Tensor  # placeholder: 1 where an episode begins, [rows]
    next_states: tf.Tensor  # after the last step


class SequenceClassifier(TransitionClassifier):
    """
    A ``TransitionClassifier`` with an LSTM before its last layer. A policy with memory can differ from the expert in
    something that no single step shows, such as an answer that does not fit a question asked before.

    :param n_steps: steps of the sequences it learns from
    :param n_lstm: number of LSTM cells
    :param arguments: of ``TransitionClassifier``
    :param options: of ``TransitionClassifier``
    """

    def __init__(self, *arguments: Any, n_steps: int, n_lstm: int, **options: Any):
        self.n_steps, self.n_lstm = n_steps, n_lstm
        self.memories: List[Memory] = []  # of the policy's sequences, of the expert's, and of single steps
        super().__init__(*arguments, **options)
        inputs = [self.generator_obs_ph, self.generator_acs_ph, self.memories[0].states, self.memories[0].starts]
        self.run_rewards = fast_callable(self.sess, [self.reward_op, self.memories[0].next_states], inputs)
        self._build_single_step()

    def _build_single_step(self) -> None:
        observations = observation_placeholder(self.observation_space, name='single_observations_ph')
        actions = self._action_placeholder('single_actions_ph')
        reward = self.reward_of(self.build_graph(observations, actions, reuse=True, n_steps=1))
        memory = self.memories[-1]
        self.run_single_step = fast_callable(self.sess, [reward, memory.next_states],
                                             [observations, actions, memory.states, memory.starts])

    def build_graph(self, obs_ph: tf.Tensor, acs_ph: tf.Tensor, reuse: bool = False, n_steps: Optional[int] = None
                    ) -> tf.Tensor:
        """
        Add the network for a batch of sequences, whose rows follow one another.

        :param obs_ph: observations, shape [rows] + the space's shape
        :param acs_ph: actions, shape [rows] + the space's shape
        :param reuse: use the variables that exist already
        :param n_steps: steps of a sequence; those the classifier learns from by default
        :return: logits, shape [rows, 1]
        """
        n_steps = n_steps or self.n_steps
        with self._variables(reuse):
            hidden = self._hidden_layers(self._inputs(obs_ph, acs_ph))
            states = tf.placeholder(tf.float32, [None, 2 * self.n_lstm], name='states_ph')
            starts = tf.placeholder(tf.float32, [None], name='starts_ph')
            outputs, next_states = lstm(batch_to_seq(hidden, None, n_steps),
                                        batch_to_seq(tf.reshape(starts, [-1, 1]), None, n_steps), states, 'lstm',
                                        self.n_lstm)
            self.memories.append(Memory(states, starts, next_states))
            return dense(seq_to_batch(outputs), 'logit', 1, kernel='weights', bias='biases')

    def empty_memory(self, n_sequences: int) -> np.ndarray:
        """
        :param n_sequences: how many
        :return: zeros, shape [n_sequences, 2 * n_lstm]
        """
        return np.zeros((n_sequences, 2 * self.n_lstm), np.float32)

    def get_reward(self, obs: np.ndarray, actions: np.ndarray, states: Optional[np.ndarray] = None) -> np.ndarray:
        """
        The imitation reward of single steps.

        :param obs: one observation or a batch, [n] + the space's shape
        :param actions: one action, or as many as observations
        :param states: memory before each step, [n, 2 * n_lstm]; None where they are the first of their episodes
        :return: shape [n, 1]
        """
        return self.get_reward_and_states(obs, actions, states)[0]

    def get_reward_and_states(self, obs: np.ndarray, actions: np.ndarray, states: Optional[np.ndarray] = None
                              ) -> Tuple[np.ndarray, np.ndarray]:
        """
        :param obs: see ``get_reward``
        :param actions: see ``get_reward``
        :param states: see ``get_reward``
        :return: rewards [n, 1], and memory after each step [n, 2 * n_lstm]
        """
        obs, actions = self._as_rows(obs, actions)
        states = self.empty_memory(len(obs)) if states is None else states
        rewards, next_states = self.run_single_step(obs, actions, states, np.zeros(len(obs)))
        return rewards, next_states
