"""The discriminator: whose step is it, the expert's or the policy's?"""
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.checks import check_layers
from stable_baselines.common.fast_call import fast_value
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.input import encode_observation, is_image_space, observation_placeholder
from stable_baselines.common.mpi_running_mean_std import RunningMeanStd
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv_to_fc, dense
from stable_baselines.gail.losses import discriminator_losses, imitation_reward, logit_bernoulli_entropy, logsigmoid
from stable_baselines.gail.trunk import CnnExtractor, check_extractor, observation_features

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
    :raises ValueError: for a ``net_arch`` of another form, or a ``cnn_extractor`` where there are no images
    :raises TypeError: for a ``cnn_extractor`` that is no function
    """

    memories: Sequence[Any] = ()  # a discriminator without memory has none

    def __init__(self, observation_space: Any, action_space: Any, hidden_size: int, entcoeff: float = 0.001,
                 scope: str = 'adversary', normalize: bool = True, sess: Optional[tf.Session] = None,
                 net_arch: Optional[Sequence[int]] = None, cnn_extractor: Optional[CnnExtractor] = None):
        check_layers('net_arch', net_arch)
        check_extractor('cnn_extractor', cnn_extractor, observation_space)
        self.net_arch = [hidden_size, hidden_size] if net_arch is None else [int(size) for size in net_arch]
        self.cnn_extractor = cnn_extractor
        self.observation_space, self.action_space = observation_space, action_space
        self.observation_shape = tuple(observation_space.shape or ())
        self.actions_shape = tuple(action_space.shape or ())
        self.scope, self.hidden_size, self.sess = scope, hidden_size, sess
        self.normalize = (normalize and isinstance(observation_space, spaces.Box)
                          and not is_image_space(observation_space))
        self.obs_rms: Optional[RunningMeanStd] = None

        self.generator_obs_ph = observation_placeholder(observation_space, name='observations_ph')
        self.generator_acs_ph = self._action_placeholder('actions_ph')
        self.expert_obs_ph = observation_placeholder(observation_space, name='expert_observations_ph')
        self.expert_acs_ph = self._action_placeholder('expert_actions_ph')
        generator_logits = self.build_graph(self.generator_obs_ph, self.generator_acs_ph, reuse=False)
        expert_logits = self.build_graph(self.expert_obs_ph, self.expert_acs_ph, reuse=True)

        self.losses = discriminator_losses(generator_logits, expert_logits, entcoeff)
        self.loss_name = list(self.losses._fields)
        self.total_loss = self.losses.total
        # what else is logged of each step, by the names in ``common.figures``
        self.figures: Dict[str, tf.Tensor] = dict(
            discriminator_loss=self.total_loss, generator_logit=tf.reduce_mean(generator_logits),
            expert_logit=tf.reduce_mean(expert_logits))
        self.reward_op = imitation_reward(generator_logits)
        self._reward_inputs = [self.generator_obs_ph, self.generator_acs_ph]
        self._run_reward = None if sess is None else fast_value(sess, self.reward_op, self._reward_inputs)

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
        with tf.variable_scope(self.scope, reuse=reuse):
            return self._dense(self._hidden_layers(obs_ph, acs_ph), len(self.net_arch), 1)

    def _hidden_layers(self, observations: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        if self.normalize and self.obs_rms is None:
            with tf.variable_scope('obfilter'):
                self.obs_rms = RunningMeanStd(shape=self.observation_shape)
        output = tf.concat([self._observation_features(observations), self._encoded_action(actions)], axis=1)
        for number, size in enumerate(self.net_arch):
            output = tf.tanh(self._dense(output, number, size))
        return output

    @staticmethod
    def _dense(inputs: tf.Tensor, number: int, size: int) -> tf.Tensor:
        name = 'fully_connected' if number == 0 else 'fully_connected_{}'.format(number)
        return dense(inputs, name, size, kernel='weights', bias='biases')

    def _observation_features(self, observations: tf.Tensor) -> tf.Tensor:
        if self.normalize:
            observations = (tf.cast(observations, tf.float32) - self.obs_rms.mean) / self.obs_rms.std
        return observation_features(self.observation_space, observations, self.cnn_extractor)

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

    def _as_rows(self, obs: np.ndarray, actions: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        obs, actions = np.asarray(obs), np.asarray(actions)
        if obs.shape == self.observation_shape:
            obs = obs[None]
        return obs, actions.reshape((len(obs),) + self.actions_shape)
