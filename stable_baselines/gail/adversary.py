"""The discriminator: whose step is it, the expert's or the policy's?"""
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.checks import check_layers
from stable_baselines.common.fast_call import fast_value
from stable_baselines.common.flat_vectors import flat_gradient
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.input import encode_observation, is_image_space, observation_placeholder
from stable_baselines.common.mpi_running_mean_std import RunningMeanStd
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv_to_fc, dense
from stable_baselines.gail.losses import AbsorbingRows, discriminator_losses, logit_bernoulli_entropy, logsigmoid
from stable_baselines.gail.options import AdversaryOptions, activation_function
from stable_baselines.gail.regularization import SpectralNormalization, gradient_penalty, interpolated, noisy
from stable_baselines.gail.rewards import REWARD_FORMS
from stable_baselines.gail.trunk import CnnExtractor, check_extractor, features_of, readable

__all__ = ['TransitionClassifier', 'logit_bernoulli_entropy', 'logsigmoid']


class TransitionClassifier:
    """
    A network from (observation, action) to a logit that is high for the expert's steps.

    Images go through convolutions first; then the action joins, and fully connected layers follow.

    :param observation_space: Box of any type and rank, Discrete, MultiDiscrete or MultiBinary
    :param action_space: Box, Discrete, MultiDiscrete or MultiBinary
    :param hidden_size: units of each of the two hidden layers that there are without ``net_arch``
    :param entcoeff: weight of the entropy bonus
    :param scope: variable scope
    :param normalize: standardize observations by their running mean and standard deviation; only done for boxes that
        are not images, whose range says nothing about their values
    :param sess: the session; None means the default one at each call
    :param net_arch: units of each fully connected hidden layer; [] for none, which leaves a linear function of features
        and action
    :param cnn_extractor: ``f(scaled_images) -> features`` instead of ``trunk.convolutional_trunk``; the images are of
        shape [batch, height, width, channels], from 0 to 1, the features of shape [batch, n]
    :param options: reward, regularization and the like; the original's by default
    :raises ValueError: for a ``net_arch`` of another form, or a ``cnn_extractor`` where there are no images
    :raises TypeError: for a ``cnn_extractor`` that is no function
    """

    memories: Sequence[Any] = ()  # a discriminator without memory has none

    def __init__(self, observation_space: Any, action_space: Any, hidden_size: int, entcoeff: float = 0.001,
                 scope: str = 'adversary', normalize: bool = True, sess: Optional[tf.Session] = None,
                 net_arch: Optional[Sequence[int]] = None, cnn_extractor: Optional[CnnExtractor] = None,
                 options: Optional[AdversaryOptions] = None):
        check_layers('net_arch', net_arch)
        check_extractor('cnn_extractor', cnn_extractor, observation_space)
        options = AdversaryOptions() if options is None else options
        options.check()
        self.options = options
        self._activation = activation_function('activation', options.activation)
        self._spectral = SpectralNormalization() if options.regularization.spectral_normalization else None
        self.net_arch = [hidden_size, hidden_size] if net_arch is None else [int(size) for size in net_arch]
        self.cnn_extractor = cnn_extractor
        self.observation_space, self.action_space = observation_space, action_space
        self.observation_shape = tuple(observation_space.shape or ())
        self.actions_shape = tuple(action_space.shape or ())
        self.discrete_actions = isinstance(action_space, spaces.Discrete)
        self.n_actions = int(action_space.n) if self.discrete_actions else (self.actions_shape or (None,))[0]
        self.scope, self.hidden_size, self.sess = scope, hidden_size, sess
        self.normalize = (normalize and isinstance(observation_space, spaces.Box)
                          and not is_image_space(observation_space))
        self.obs_rms: Optional[RunningMeanStd] = None
        self._gradient: Optional[tf.Tensor] = None  # added to the graph when ``lossandgrad`` asks for it

        self.generator_obs_ph = observation_placeholder(observation_space, name='observations_ph')
        self.generator_acs_ph = self._action_placeholder('actions_ph')
        self.expert_obs_ph = observation_placeholder(observation_space, name='expert_observations_ph')
        self.expert_acs_ph = self._action_placeholder('expert_actions_ph')
        self.seed_ph = tf.placeholder(tf.int32, [2], name='seed_ph')  # of what regularization draws
        self.generator_absorbing_ph = tf.placeholder(tf.float32, [], name='absorbing_ph')
        self.expert_absorbing_ph = tf.placeholder(tf.float32, [], name='expert_absorbing_ph')

        generator_logits = self.build_graph(self.generator_obs_ph, self.generator_acs_ph, reuse=False)
        self.reward_op = self.reward_of(generator_logits)
        self._reward_inputs = [self.generator_obs_ph, self.generator_acs_ph]
        self._run_reward = None if sess is None else fast_value(sess, self.reward_op, self._reward_inputs)
        self._build_losses(generator_logits, entcoeff)

    def _build_losses(self, generator_logits: tf.Tensor, entcoeff: float) -> None:
        """
        :param generator_logits: of the policy's rows, shape [n, 1]
        :param entcoeff: weight of the entropy bonus
        """
        regularization = self.options.regularization
        generator = (self.generator_obs_ph, self.generator_acs_ph)
        expert_logits = self.build_graph(self.expert_obs_ph, self.expert_acs_ph, reuse=True)
        if regularization.input_noise:
            generator_logits, expert_logits = (self._noisy_logits(*rows, number) for number, rows in enumerate(
                [generator, (self.expert_obs_ph, self.expert_acs_ph)]))
        absorbing = None
        if self.options.absorbing_states:
            absorbing = AbsorbingRows(self._absorbing_logits(), self.generator_absorbing_ph, self.expert_absorbing_ph)
            self.absorbing_reward_op = self.reward_of(absorbing.logits)[0, 0]
        losses = discriminator_losses(generator_logits, expert_logits, entcoeff, regularization.label_smoothing,
                                      absorbing)
        self.losses, self.loss_name = list(losses), list(losses._fields)
        self.total_loss = losses.total
        # what else is logged of each step, by the names in ``common.figures``
        self.figures: Dict[str, tf.Tensor] = dict(generator_logit=tf.reduce_mean(generator_logits),
                                                  expert_logit=tf.reduce_mean(expert_logits))
        if regularization.gradient_penalty:
            self.figures['gradient_penalty'] = self._gradient_penalty(generator)
            self.total_loss += regularization.gradient_penalty * self.figures['gradient_penalty']
        self.figures['discriminator_loss'] = self.total_loss

    def _action_placeholder(self, name: str) -> tf.Tensor:
        dtype = tf.float32 if isinstance(self.action_space, spaces.Box) else tf.int64
        return tf.placeholder(dtype, (None,) + self.actions_shape, name=name)

    def build_graph(self, obs_ph: tf.Tensor, acs_ph: tf.Tensor, reuse: bool = False) -> tf.Tensor:
        """
        Add the network for a batch.

        :param obs_ph: observations, shape [batch] + the space's shape
        :param acs_ph: actions, shape [batch] + the space's shape
        :param reuse: use the variables that exist already
        :return: logits, shape [batch, 1]
        """
        with self._variables(reuse):
            return self._logits(self._inputs(obs_ph, acs_ph))

    def _variables(self, reuse: bool) -> Any:
        return tf.variable_scope(self.scope, reuse=reuse, custom_getter=self._spectral)

    def reward_of(self, logits: tf.Tensor) -> tf.Tensor:
        """
        :param logits: any shape
        :return: rewards, same shape
        """
        return REWARD_FORMS[self.options.reward_type].function(logits)

    def _inputs(self, observations: tf.Tensor, actions: tf.Tensor) -> List[tf.Tensor]:
        """
        What the network reads: float32, and of a size that noise and differences make sense with.

        :param observations: shape [batch] + the space's shape
        :param actions: shape [batch] + the space's shape
        :return: observations, normalized, scaled or one-hot, [batch, ...]; then actions [batch, n], where they are used
        """
        if self.normalize and self.obs_rms is None:
            with tf.variable_scope('obfilter'):
                self.obs_rms = RunningMeanStd(shape=self.observation_shape)
        if self.normalize:
            observations = (tf.cast(observations, tf.float32) - self.obs_rms.mean) / self.obs_rms.std
        inputs = [readable(self.observation_space, observations)]
        return inputs + [self._encoded_action(actions)] if self.options.use_actions else inputs

    def _logits(self, inputs: List[tf.Tensor], absorbing: bool = False) -> tf.Tensor:
        """
        :param inputs: see ``_inputs``
        :param absorbing: whether they stand for what follows the end of an episode
        :return: shape [batch, 1]
        """
        return self._dense(self._hidden_layers(inputs, absorbing), len(self.net_arch), 1)

    def _hidden_layers(self, inputs: List[tf.Tensor], absorbing: bool = False) -> tf.Tensor:
        features = [features_of(self.observation_space, inputs[0], self.cnn_extractor)] + inputs[1:]
        if self.options.absorbing_states:
            features.append(tf.fill([tf.shape(inputs[0])[0], 1], float(absorbing)))
        output = tf.concat(features, axis=1)
        for number, size in enumerate(self.net_arch):
            output = self._activation(self._dense(output, number, size))
        return output

    def _absorbing_logits(self) -> tf.Tensor:
        """
        :return: of the state after an episode, in which nothing is seen or done, shape [1, 1]
        """
        with self._variables(reuse=True):
            inputs = self._inputs(self.generator_obs_ph, self.generator_acs_ph)
            return self._logits([tf.zeros([1] + tensor.shape.as_list()[1:]) for tensor in inputs], absorbing=True)

    def _noisy_logits(self, observations: tf.Tensor, actions: tf.Tensor, number: int) -> tf.Tensor:
        with self._variables(reuse=True):
            return self._logits(noisy(self._inputs(observations, actions), self.options.regularization.input_noise,
                                      self.seed_ph + [number, 0]))

    def _gradient_penalty(self, generator: Tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        with self._variables(reuse=True):
            points = interpolated(self._inputs(*generator), self._inputs(self.expert_obs_ph, self.expert_acs_ph),
                                  self.seed_ph)
            return gradient_penalty(self._logits, points)

    @staticmethod
    def _dense(inputs: tf.Tensor, number: int, size: int) -> tf.Tensor:
        name = 'fully_connected' if number == 0 else 'fully_connected_{}'.format(number)
        return dense(inputs, name, size, kernel='weights', bias='biases')

    def _encoded_action(self, actions: tf.Tensor) -> tf.Tensor:
        if isinstance(self.action_space, spaces.Box):
            return conv_to_fc(tf.cast(actions, tf.float32))
        return conv_to_fc(encode_observation(self.action_space, actions))

    def get_trainable_variables(self) -> List[tf.Variable]:
        """
        :return: the network's weights and biases
        """
        return self.reward_op.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope=self.scope + '/')

    def get_normalizer_variables(self) -> List[tf.Variable]:
        """
        :return: what the running mean and standard deviation are kept in
        """
        return self.obs_rms.variables if self.normalize else []

    def get_spectral_variables(self) -> List[tf.Variable]:
        """
        :return: the vectors of spectral normalization, where it is on
        """
        return [] if self._spectral is None else self._spectral.variables

    def spectral_iteration(self) -> Optional[tf.Operation]:
        """
        :return: operation to run after the weights changed; None without spectral normalization
        """
        return None if self._spectral is None else self._spectral.iteration()

    def singular_vectors_lag(self, absent: Sequence[str]) -> bool:
        """
        :param absent: names of the variables that were left as they are while others got new values
        :return: whether the vectors of spectral normalization have to be brought to the weights
        """
        return self._spectral is not None and self._spectral.lags(absent)

    def get_reward(self, obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """
        The imitation reward.

        :param obs: one observation or a batch, [n] + the space's shape
        :param actions: one action, or as many as observations
        :return: shape [n, 1]
        """
        obs, actions = self._as_rows(obs, actions)
        if self.sess is None:
            return tf.get_default_session().run(self.reward_op, dict(zip(self._reward_inputs, (obs, actions))))
        return self._run_reward(obs, actions)

    def lossandgrad(self, obs: np.ndarray, actions: np.ndarray, expert_obs: np.ndarray, expert_actions: np.ndarray
                    ) -> List[np.ndarray]:
        """
        For training loops of one's own, with ``MpiAdam`` say. Regularization draws the same numbers in each call, and
        absorbing states do not count.

        :param obs: of the policy, shape [n] + the space's shape
        :param actions: of the policy, shape [n] + the space's shape
        :param expert_obs: shape [m] + the space's shape
        :param expert_actions: shape [m] + the space's shape
        :return: the losses, in the order of ``loss_name``; then the gradient of ``total_loss`` as one vector, in the
            order of ``get_trainable_variables``
        :raises TypeError: for a discriminator with memory
        """
        if self.memories:
            raise TypeError('lossandgrad: a discriminator with memory learns from sequences; GAIL.learn trains it.')
        if self._gradient is None:
            with self.total_loss.graph.as_default():
                self._gradient = flat_gradient(self.total_loss, self.get_trainable_variables())
        feeds = {self.generator_obs_ph: obs, self.generator_acs_ph: actions, self.expert_obs_ph: expert_obs,
                 self.expert_acs_ph: expert_actions, self.seed_ph: (0, 0), self.generator_absorbing_ph: 0.0,
                 self.expert_absorbing_ph: 0.0}
        return (self.sess or tf.get_default_session()).run(self.losses + [self._gradient], feeds)

    def get_absorbing_reward(self) -> float:
        """
        :return: reward of a step after the end of an episode; only with absorbing states
        """
        return float((self.sess or tf.get_default_session()).run(self.absorbing_reward_op))

    def _as_rows(self, obs: np.ndarray, actions: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        obs, actions = np.asarray(obs), np.asarray(actions)
        if obs.shape == self.observation_shape:
            obs = obs[None]
        return obs, actions.reshape((len(obs),) + self.actions_shape)
