"""The classes that all policies derive from."""
from abc import ABC, abstractmethod
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from stable_baselines.common.distributions import (
    BernoulliProbabilityDistribution,
    CategoricalProbabilityDistribution,
    DiagGaussianProbabilityDistribution,
    MultiCategoricalProbabilityDistribution,
    ProbabilityDistribution,
    ProbabilityDistributionType,
    make_proba_dist_type,
)
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.input import observation_input
from stable_baselines.common.observation_filter import filtered
from stable_baselines.common.tf1 import tf


class BasePolicy(ABC):
    """
    Placeholders and spaces of a policy.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch (``n_env * n_steps``); None leaves it open
    :param reuse: use the variables that exist already
    :param scale: map bounded observations to 0 ... 1
    :param obs_phs: placeholder and encoded observation to use instead of new ones
    :param add_action_ph: make a placeholder for actions as well
    """

    recurrent = False

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int, n_steps: int,
                 n_batch: Optional[int], reuse: bool = False, scale: bool = False,
                 obs_phs: Optional[Tuple[tf.Tensor, tf.Tensor]] = None, add_action_ph: bool = False):
        self.n_env, self.n_steps, self.n_batch = n_env, n_steps, n_batch
        self.sess, self.reuse = sess, reuse
        self.ob_space, self.ac_space = ob_space, ac_space
        with tf.variable_scope('input', reuse=False):
            self._obs_ph, processed_obs = obs_phs or observation_input(ob_space, n_batch, scale=scale)
            self._processed_obs = filtered(processed_obs)
            self._action_ph = None
            if add_action_ph:
                self._action_ph = tf.placeholder(ac_space.dtype, (n_batch,) + tuple(ac_space.shape), name='action_ph')

    @property
    def is_discrete(self) -> bool:
        """Whether the actions are one of n."""
        return isinstance(self.ac_space, spaces.Discrete)

    @property
    def initial_state(self) -> Optional[np.ndarray]:
        """Hidden state at the start of episodes, [n_env, ...]; None for policies without memory."""
        return None

    @property
    def obs_ph(self) -> tf.Tensor:
        """Placeholder for observations, [n_batch] + the space's shape."""
        return self._obs_ph

    @property
    def input_phs(self) -> List[tf.Tensor]:
        """Placeholders of all that the network reads: observations and, with memory, its state and episode starts."""
        return [self.obs_ph]

    @property
    def processed_obs(self) -> tf.Tensor:
        """The observations as the network reads them, float32."""
        return self._processed_obs

    @property
    def action_ph(self) -> Optional[tf.Tensor]:
        """Placeholder for actions, where ``add_action_ph`` asked for it."""
        return self._action_ph

    @staticmethod
    def _kwargs_check(feature_extraction: str, kwargs: Dict[str, Any]) -> None:
        """
        For policies of one's own: refuse options that nobody reads. Only a network for images hands them on.

        :param feature_extraction: 'mlp' for no such network
        :param kwargs: options left over
        :raises ValueError: naming them
        """
        if feature_extraction == 'mlp' and kwargs:
            raise ValueError("policy_kwargs: unexpected options {}; with feature_extraction='mlp' no cnn_extractor "
                             'takes them'.format(sorted(kwargs)))

    @abstractmethod
    def step(self, obs: np.ndarray, state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None) -> Any:
        """
        Act.

        :param obs: observations, [n_env] + the space's shape
        :param state: hidden state
        :param mask: where episodes ended, [n_env]
        :return: what the policy gives for one step
        """

    @abstractmethod
    def proba_step(self, obs: np.ndarray, state: Optional[np.ndarray] = None,
                   mask: Optional[np.ndarray] = None) -> Any:
        """
        The action probabilities of one step.

        :param obs: observations, [n_env] + the space's shape
        :param state: hidden state
        :param mask: where episodes ended, [n_env]
        :return: parameters of the action distribution
        """


class ActorCriticPolicy(BasePolicy):
    """
    A policy with a value function.

    A subclass sets ``_proba_distribution``, ``_policy``, ``q_value`` (the three results of
    ``pdtype.proba_distribution_from_latent``) and ``_value_fn`` [n_batch, 1], then calls ``_setup_init()``.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param scale: map bounded observations to 0 ... 1
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int, n_steps: int,
                 n_batch: Optional[int], reuse: bool = False, scale: bool = False):
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=reuse, scale=scale)
        self._pdtype = make_proba_dist_type(ac_space)
        self._policy = None
        self._proba_distribution = None
        self._value_fn = None
        self.q_value = None

    def _setup_init(self) -> None:
        if self._proba_distribution is None or self._value_fn is None:
            raise ValueError('{}: set _proba_distribution and _value_fn before calling _setup_init()'.format(
                type(self).__name__))
        with tf.variable_scope('output', reuse=True):
            self._action = self.proba_distribution.sample()
            self._deterministic_action = self.proba_distribution.mode()
            self._neglogp = self.proba_distribution.neglogp(self._action)
            self._policy_proba = _probabilities(self.proba_distribution)
            self._value_flat = tf.reshape(self.value_fn, [-1])

    @property
    def pdtype(self) -> ProbabilityDistributionType:
        """Kind of the action distribution."""
        return self._pdtype

    @property
    def policy(self) -> tf.Tensor:
        """Output of the last policy layer."""
        return self._policy

    @property
    def proba_distribution(self) -> ProbabilityDistribution:
        """Action distribution of each row."""
        return self._proba_distribution

    @property
    def value_fn(self) -> tf.Tensor:
        """Values, [n_batch, 1]."""
        return self._value_fn

    @property
    def value_flat(self) -> tf.Tensor:
        """Values, [n_batch]."""
        return self._value_flat

    @property
    def action(self) -> tf.Tensor:
        """A random action for each row."""
        return self._action

    @property
    def deterministic_action(self) -> tf.Tensor:
        """The most probable action of each row."""
        return self._deterministic_action

    @property
    def neglogp(self) -> tf.Tensor:
        """Minus the log-probability of ``action``, [n_batch]."""
        return self._neglogp

    @property
    def policy_proba(self) -> Any:
        """Probabilities (Discrete, MultiBinary), a list of them (MultiDiscrete), or [mean, std] (Box)."""
        return self._policy_proba

    def step(self, obs: np.ndarray, state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None,
             deterministic: bool = False) -> Tuple[np.ndarray, np.ndarray, Optional[np.ndarray], np.ndarray]:
        """
        Act.

        :param obs: observations, [n_env] + the space's shape
        :param state: hidden state, not used without memory
        :param mask: where episodes ended, not used without memory
        :param deterministic: the most probable actions instead of random ones
        :return: actions, values [n_env], hidden state, minus log-probabilities [n_env]
        """
        action = self.deterministic_action if deterministic else self.action
        actions, values, neglogp = self.sess.run([action, self.value_flat, self.neglogp], {self.obs_ph: obs})
        return actions, values, self.initial_state, neglogp

    def proba_step(self, obs: np.ndarray, state: Optional[np.ndarray] = None,
                   mask: Optional[np.ndarray] = None) -> Any:
        """
        :param obs: observations, [n_env] + the space's shape
        :param state: hidden state, not used without memory
        :param mask: where episodes ended, not used without memory
        :return: see ``policy_proba``
        """
        return self.sess.run(self.policy_proba, {self.obs_ph: obs})

    def value(self, obs: np.ndarray, state: Optional[np.ndarray] = None,
              mask: Optional[np.ndarray] = None) -> np.ndarray:
        """
        :param obs: observations, [n_env] + the space's shape
        :param state: hidden state, not used without memory
        :param mask: where episodes ended, not used without memory
        :return: values, [n_env]
        """
        return self.sess.run(self.value_flat, {self.obs_ph: obs})


def _probabilities(distribution: ProbabilityDistribution) -> Any:
    if isinstance(distribution, CategoricalProbabilityDistribution):
        return tf.nn.softmax(distribution.logits)
    if isinstance(distribution, DiagGaussianProbabilityDistribution):
        return [distribution.mean, distribution.std]
    if isinstance(distribution, BernoulliProbabilityDistribution):
        return distribution.probabilities
    if isinstance(distribution, MultiCategoricalProbabilityDistribution):
        return [tf.nn.softmax(categorical.logits) for categorical in distribution.categoricals]
    return []  # a distribution of the user's own: its parameters have no common meaning
