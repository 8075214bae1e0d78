"""SAC's policies: an actor with squashed Gaussian actions, two action-value functions and a value function."""
from abc import abstractmethod
from typing import Any, Callable, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.checks import check_number, layer_sizes
from stable_baselines.common.policies import (
    BasePolicy,
    check_activation,
    check_extraction,
    nature_cnn,
    refuse_fixed,
    register_family,
)
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv_to_fc, dense, mlp
from stable_baselines.sac.squashed_gaussian import (
    EPS,
    LOG_STD_MAX,
    LOG_STD_MIN,
    apply_squashing_func,
    clip_but_pass_gradient,
    gaussian_entropy,
    gaussian_likelihood,
    standard_likelihood,
)

__all__ = ['EPS', 'LOG_STD_MAX', 'LOG_STD_MIN', 'SACPolicy', 'FeedForwardPolicy', 'MlpPolicy', 'LnMlpPolicy',
           'CnnPolicy', 'LnCnnPolicy', 'apply_squashing_func', 'clip_but_pass_gradient', 'gaussian_entropy',
           'gaussian_likelihood']


class SACPolicy(BasePolicy):
    """
    An actor and its critics. A subclass defines ``make_actor`` and ``make_critics``.

    Optionally ``make_actor`` also sets ``act_mu`` and ``std`` (mean and standard deviation before squashing, [batch,
    size]), ``entropy`` [batch], ``reg_loss`` (scalar, added to the actor's loss), and ``noise``, a placeholder that the
    model feeds with standard normal numbers [batch, size] so that nothing random is left in the training graph.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space, a Box
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param scale: map bounded observations to 0 ... 1
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int = 1, n_steps: int = 1,
                 n_batch: Optional[int] = None, reuse: bool = False, scale: bool = False):
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=reuse, scale=scale)
        self.policy: Optional[tf.Tensor] = None
        self.deterministic_policy: Optional[tf.Tensor] = None
        self.act_mu: Optional[tf.Tensor] = None
        self.std: Optional[tf.Tensor] = None
        self.entropy: Optional[tf.Tensor] = None
        self.reg_loss: Optional[tf.Tensor] = None
        self.noise: Optional[tf.Tensor] = None
        self.qf1: Optional[tf.Tensor] = None
        self.qf2: Optional[tf.Tensor] = None
        self.value_fn: Optional[tf.Tensor] = None

    @abstractmethod
    def make_actor(self, obs: Optional[tf.Tensor] = None, reuse: bool = False,
                   scope: str = 'pi') -> Tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """
        Add the actor to the graph.

        :param obs: encoded observations; None means the policy's own
        :param reuse: use the variables that exist already
        :param scope: variable scope
        :return: deterministic actions and random actions, [batch, size] from -1 to 1, and log-densities of the latter
            [batch]
        """

    @abstractmethod
    def make_critics(self, obs: Optional[tf.Tensor] = None, action: Optional[tf.Tensor] = None, reuse: bool = False,
                     scope: str = 'values_fn', create_vf: bool = True, create_qf: bool = True
                     ) -> Tuple[Optional[tf.Tensor], Optional[tf.Tensor], Optional[tf.Tensor]]:
        """
        Add critics to the graph.

        :param obs: encoded observations; None means the policy's own
        :param action: actions, [batch, size] from -1 to 1; only for ``create_qf``
        :param reuse: use the variables that exist already
        :param scope: variable scope
        :param create_vf: whether to make V(s)
        :param create_qf: whether to make Q1(s, a) and Q2(s, a)
        :return: Q1, Q2, V, each [batch, 1]; None for those not made
        """

    def step(self, obs: np.ndarray, state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None,
             deterministic: bool = False) -> np.ndarray:
        """
        Act.

        :param obs: observations, [batch] + the space's shape
        :param state: not used without memory
        :param mask: not used without memory
        :param deterministic: the squashed means instead of random actions
        :return: actions, [batch, size] from -1 to 1
        """
        actions = self.deterministic_policy if deterministic else self.policy
        return self.sess.run(actions, {self.obs_ph: obs})

    def proba_step(self, obs: np.ndarray, state: Optional[np.ndarray] = None,
                   mask: Optional[np.ndarray] = None) -> Tuple[np.ndarray, np.ndarray]:
        """
        :param obs: observations, [batch] + the space's shape
        :param state: not used without memory
        :param mask: not used without memory
        :return: mean and standard deviation of the Gaussian before squashing, each [batch, size]
        :raises ValueError: when ``make_actor`` has not set ``act_mu`` and ``std``
        """
        return tuple(self.sess.run(list(self.distribution_tensors()), {self.obs_ph: obs}))

    def distribution_tensors(self) -> Tuple[tf.Tensor, tf.Tensor]:
        """
        :return: mean and standard deviation of actions before squashing, [batch, size]
        :raises ValueError: when ``make_actor`` has not set ``act_mu`` and ``std``
        """
        if self.act_mu is None or self.std is None:
            raise ValueError('{}: its action distribution is not known, since make_actor sets no act_mu and std. Set '
                             'them to the mean and standard deviation before squashing.'.format(type(self).__name__))
        return self.act_mu, self.std


class FeedForwardPolicy(SACPolicy):
    """
    Fully connected layers, on the observations or on a convolutional network for images. No layer is shared between
    actor and critics.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space, a Box
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param layers: sizes of the layers of each network; two of 64 by default
    :param cnn_extractor: ``f(scaled_images, **kwargs) -> features`` for ``feature_extraction='cnn'``
    :param feature_extraction: 'cnn' or 'mlp'
    :param reg_weight: weight of half the mean squares of the Gaussian's means and log standard deviations, in the
        actor's loss
    :param layer_norm: normalize each fully connected layer before its activation
    :param act_fun: activation of the fully connected layers
    :param kwargs: handed to ``cnn_extractor``
    :raises ValueError: for an image network on observations that are no images, or options of the wrong form
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int = 1, n_steps: int = 1,
                 n_batch: Optional[int] = None, reuse: bool = False, layers: Optional[Sequence[int]] = None,
                 cnn_extractor: Callable = nature_cnn, feature_extraction: str = 'cnn', reg_weight: float = 0.0,
                 layer_norm: bool = False, act_fun: Callable = tf.nn.relu, **kwargs):
        check_extraction(type(self).__name__, ob_space, feature_extraction, cnn_extractor, kwargs)
        check_activation(act_fun)
        check_number('reg_weight', reg_weight, 0.0)
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=reuse,
                         scale=feature_extraction == 'cnn')
        self.layers = [64, 64] if layers is None else layer_sizes('layers', layers)
        self.feature_extraction = feature_extraction
        self.cnn_extractor, self.cnn_kwargs = cnn_extractor, kwargs
        self.reg_weight = reg_weight
        self.layer_norm = layer_norm
        self.activ_fn = act_fun
        self.log_std: Optional[tf.Tensor] = None

    def make_actor(self, obs: Optional[tf.Tensor] = None, reuse: bool = False,
                   scope: str = 'pi') -> Tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        size = int(np.prod(self.ac_space.shape))
        with tf.variable_scope(scope, reuse=reuse):
            latent = self._network(self._features(obs))
            self.act_mu = mean = dense(latent, 'dense', size)
            self.log_std = log_std = tf.clip_by_value(dense(latent, 'dense_1', size), LOG_STD_MIN, LOG_STD_MAX)
        self.std = tf.exp(log_std)
        self.noise = tf.placeholder_with_default(tf.random_normal(tf.shape(mean)), [None, size], name='noise')
        self.entropy = gaussian_entropy(log_std)
        if self.reg_weight > 0:
            self.reg_loss = 0.5 * self.reg_weight * (tf.reduce_mean(tf.square(mean))
                                                     + tf.reduce_mean(tf.square(log_std)))
        self.deterministic_policy, self.policy, log_probabilities = apply_squashing_func(
            mean, mean + self.noise * self.std, standard_likelihood(self.noise, log_std))
        return self.deterministic_policy, self.policy, log_probabilities

    def make_critics(self, obs: Optional[tf.Tensor] = None, action: Optional[tf.Tensor] = None, reuse: bool = False,
                     scope: str = 'values_fn', create_vf: bool = True, create_qf: bool = True
                     ) -> Tuple[Optional[tf.Tensor], Optional[tf.Tensor], Optional[tf.Tensor]]:
        qf1, qf2, value_fn = None, None, None
        with tf.variable_scope(scope, reuse=reuse):
            features = self._features(obs)
            if create_vf:
                self.value_fn = value_fn = self._critic(features, 'vf')
            if create_qf:
                features = tf.concat([features, action], axis=-1)
                self.qf1, self.qf2 = qf1, qf2 = self._critic(features, 'qf1'), self._critic(features, 'qf2')
        return qf1, qf2, value_fn

    def _features(self, obs: Optional[tf.Tensor]) -> tf.Tensor:
        obs = self.processed_obs if obs is None else obs
        return self.cnn_extractor(obs, **self.cnn_kwargs) if self.feature_extraction == 'cnn' else conv_to_fc(obs)

    def _network(self, features: tf.Tensor) -> tf.Tensor:
        return mlp(features, self.layers, self.activ_fn, layer_norm=self.layer_norm)

    def _critic(self, features: tf.Tensor, name: str) -> tf.Tensor:
        with tf.variable_scope(name):
            return dense(self._network(features), name, 1)


class MlpPolicy(FeedForwardPolicy):
    """
    Two fully connected layers of 64 units for each network, ReLU.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space, a Box
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param _kwargs: ``layers``, ``act_fun``, ``reg_weight``
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int = 1, n_steps: int = 1,
                 n_batch: Optional[int] = None, reuse: bool = False, **_kwargs):
        refuse_fixed(type(self).__name__, _kwargs, 'feature_extraction', 'layer_norm')
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse, feature_extraction='mlp',
                         layer_norm=False, **_kwargs)


class LnMlpPolicy(FeedForwardPolicy):
    """
    ``MlpPolicy`` with layer normalization.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space, a Box
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param _kwargs: ``layers``, ``act_fun``, ``reg_weight``
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int = 1, n_steps: int = 1,
                 n_batch: Optional[int] = None, reuse: bool = False, **_kwargs):
        refuse_fixed(type(self).__name__, _kwargs, 'feature_extraction', 'layer_norm')
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse, feature_extraction='mlp',
                         layer_norm=True, **_kwargs)


class CnnPolicy(FeedForwardPolicy):
    """
    ``nature_cnn`` and two fully connected layers of 64 units, once for the actor and once for the critics.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space, a Box
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param _kwargs: ``layers``, ``act_fun``, ``reg_weight``, ``cnn_extractor`` and what that takes
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int = 1, n_steps: int = 1,
                 n_batch: Optional[int] = None, reuse: bool = False, **_kwargs):
        refuse_fixed(type(self).__name__, _kwargs, 'feature_extraction', 'layer_norm')
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse, feature_extraction='cnn',
                         layer_norm=False, **_kwargs)


class LnCnnPolicy(FeedForwardPolicy):
    """
    ``CnnPolicy`` with layer normalization.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space, a Box
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param _kwargs: ``layers``, ``act_fun``, ``reg_weight``, ``cnn_extractor`` and what that takes
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int = 1, n_steps: int = 1,
                 n_batch: Optional[int] = None, reuse: bool = False, **_kwargs):
        refuse_fixed(type(self).__name__, _kwargs, 'feature_extraction', 'layer_norm')
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse, feature_extraction='cnn',
                         layer_norm=True, **_kwargs)


register_family(SACPolicy, {'MlpPolicy': MlpPolicy, 'LnMlpPolicy': LnMlpPolicy, 'CnnPolicy': CnnPolicy,
                            'LnCnnPolicy': LnCnnPolicy})
