"""The discriminator: whose step is it, the expert's or the policy's?"""
from typing import Any, List, Optional

import numpy as np

from stable_baselines.common.fast_call import fast_value
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.input import encode_observation, is_image_space, observation_placeholder
from stable_baselines.common.mpi_running_mean_std import RunningMeanStd
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv_to_fc, dense
from stable_baselines.gail.losses import discriminator_losses, imitation_reward, logit_bernoulli_entropy, logsigmoid

__all__ = ['TransitionClassifier', 'logit_bernoulli_entropy', 'logsigmoid']


class TransitionClassifier:
    """
    A network from (observation, action) to a logit that is high for the expert's steps.

    :param observation_space: Box of any type and rank, Discrete, MultiDiscrete or MultiBinary
    :param action_space: Box, Discrete, MultiDiscrete or MultiBinary
    :param hidden_size: units of each of the two hidden layers
    :param entcoeff: weight of the entropy bonus
    :param scope: variable scope
    :param normalize: standardize observations by their running mean and standard deviation; only done for boxes that
        are not images, whose range says nothing about their values
    :param sess: the session; None means the default one at each call
    """

    def __init__(self, observation_space: Any, action_space: Any, hidden_size: int, entcoeff: float = 0.001,
                 scope: str = 'adversary', normalize: bool = True, sess: Optional[tf.Session] = None):
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
            if self.normalize and self.obs_rms is None:
                with tf.variable_scope('obfilter'):
                    self.obs_rms = RunningMeanStd(shape=self.observation_shape)
            features = tf.concat([self._encoded_observation(obs_ph), self._encoded_action(acs_ph)], axis=1)
            names = dict(kernel='weights', bias='biases')
            hidden = dense(features, 'fully_connected', self.hidden_size, activ_fn=tf.tanh, **names)
            hidden = dense(hidden, 'fully_connected_1', self.hidden_size, activ_fn=tf.tanh, **names)
            return dense(hidden, 'fully_connected_2', 1, **names)

    def _encoded_observation(self, observations: tf.Tensor) -> tf.Tensor:
        encoded = encode_observation(self.observation_space, observations, scale=is_image_space(self.observation_space))
        if self.normalize:
            encoded = (encoded - self.obs_rms.mean) / self.obs_rms.std
        return conv_to_fc(encoded)

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
        obs, actions = np.asarray(obs), np.asarray(actions)
        if obs.shape == self.observation_shape:
            obs = obs[None]
        actions = actions.reshape((len(obs),) + self.actions_shape)
        if self.sess is None:
            return tf.get_default_session().run(self.reward_op, dict(zip(self._reward_inputs, (obs, actions))))
        return self._run_reward(obs, actions)
