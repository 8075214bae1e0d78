"""Policies with memory."""
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from stable_baselines.common.checks import check_whole, layer_sizes
from stable_baselines.common.policies.base import ActorCriticPolicy
from stable_baselines.common.policies.feed_forward import (
    check_activation,
    check_extraction,
    mlp_branches,
    nature_cnn,
    refuse_fixed,
    shared_and_branches,
)
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv_to_fc, linear, lstm
from stable_baselines.common.tf_util import batch_to_seq, seq_to_batch

# the original's form: sizes of layers and 'lstm', then one dict(pi=[...], vf=[...])
RecurrentNetArch = Sequence[Union[int, str, Dict[str, Sequence[int]]]]


class RecurrentActorCriticPolicy(ActorCriticPolicy):
    """
    A policy with memory and a value function.

    A batch holds sequences of ``n_steps`` rows, one sequence after the other. A subclass computes from
    ``processed_obs``, ``states_ph`` (the memory before each sequence) and ``dones_ph`` what every
    ``ActorCriticPolicy`` sets, and ``snew``, the memory after each sequence, [sequences] + ``state_shape``; then it
    calls ``_setup_init()``.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space
    :param n_env: number of environments
    :param n_steps: steps of each sequence in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param state_shape: shape of one environment's memory
    :param reuse: use the variables that exist already
    :param scale: map bounded observations to 0 ... 1
    """

    recurrent = True

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int, n_steps: int,
                 n_batch: Optional[int], state_shape: Sequence[int], reuse: bool = False, scale: bool = False):
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=reuse, scale=scale)
        self.state_shape = tuple(int(size) for size in state_shape)
        with tf.variable_scope('input', reuse=False):
            self._dones_ph = tf.placeholder(tf.float32, [n_batch], name='dones_ph')
            n_sequences = None if n_batch is None else n_env
            self._states_ph = tf.placeholder(tf.float32, (n_sequences,) + self.state_shape, name='states_ph')
        self._initial_state = np.zeros((n_env,) + self.state_shape, dtype=np.float32)
        self.snew: Optional[tf.Tensor] = None

    def _setup_init(self) -> None:
        if self.snew is None:
            raise ValueError('{}: set snew, the memory after the last step, before calling _setup_init()'.format(
                type(self).__name__))
        super()._setup_init()

    @property
    def initial_state(self) -> np.ndarray:
        """Memory at the start of episodes, zeros of shape [n_env] + ``state_shape``."""
        return self._initial_state

    @property
    def dones_ph(self) -> tf.Tensor:
        """Placeholder: 1 where a row begins an episode, which empties the memory first; [n_batch]."""
        return self._dones_ph

    @property
    def states_ph(self) -> tf.Tensor:
        """Placeholder: memory before the first step of each sequence, [sequences] + ``state_shape``."""
        return self._states_ph

    @property
    def input_phs(self) -> List[tf.Tensor]:
        return [self.obs_ph, self.states_ph, self.dones_ph]

    def step(self, obs: np.ndarray, state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None,
             deterministic: bool = False) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """
        Act.

        :param obs: observations, [n] + the space's shape
        :param state: memory, [n] + ``state_shape``; None for an empty one
        :param mask: where episodes begin, [n]; None for nowhere
        :param deterministic: the most probable actions instead of random ones
        :return: actions, values [n], the next memory, minus log-probabilities [n]
        """
        action = self.deterministic_action if deterministic else self.action
        actions, values, state, neglogp = self.sess.run([action, self.value_flat, self.snew, self.neglogp],
                                                        self._feed(obs, state, mask))
        return actions, values, state, neglogp

    def proba_step(self, obs: np.ndarray, state: Optional[np.ndarray] = None,
                   mask: Optional[np.ndarray] = None) -> Any:
        """
        :param obs: observations, [n] + the space's shape
        :param state: memory, [n] + ``state_shape``; None for an empty one
        :param mask: where episodes begin, [n]; None for nowhere
        :return: see ``policy_proba``
        """
        return self.sess.run(self.policy_proba, self._feed(obs, state, mask))

    def value(self, obs: np.ndarray, state: Optional[np.ndarray] = None,
              mask: Optional[np.ndarray] = None) -> np.ndarray:
        """
        :param obs: observations, [n] + the space's shape
        :param state: memory, [n] + ``state_shape``; None for an empty one
        :param mask: where episodes begin, [n]; None for nowhere
        :return: values, [n]
        """
        return self.sess.run(self.value_flat, self._feed(obs, state, mask))

    def _feed(self, obs: np.ndarray, state: Optional[np.ndarray], mask: Optional[np.ndarray]
              ) -> Dict[tf.Tensor, np.ndarray]:
        n_rows = len(obs)
        return {self.obs_ph: obs, self.dones_ph: np.zeros(n_rows) if mask is None else mask,
                self.states_ph: np.zeros((n_rows // self.n_steps,) + self.state_shape) if state is None else state}


class LstmPolicy(RecurrentActorCriticPolicy):
    """
    A policy and a value function on a network with one LSTM layer.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space
    :param n_env: number of environments
    :param n_steps: steps of each sequence in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param n_lstm: number of LSTM cells
    :param reuse: use the variables that exist already
    :param layers: sizes of the fully connected layers before the LSTM, [64, 64] by default, none after a convolutional
        network; give this or ``net_arch``
    :param net_arch: sizes of shared layers with one ``'lstm'`` among them, optionally followed by
        ``dict(pi=[...], vf=[...])`` with the branches', such as ``[64, 'lstm', 32, dict(pi=[16], vf=[16])]``
    :param act_fun: activation of the fully connected layers
    :param cnn_extractor: ``f(scaled_images, **kwargs) -> features`` for ``feature_extraction='cnn'``
    :param layer_norm: normalize the layers of the LSTM
    :param feature_extraction: 'cnn' or 'mlp'
    :param kwargs: handed to ``cnn_extractor``
    :raises ValueError: for an image network on observations that are no images, or options of the wrong form
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int, n_steps: int,
                 n_batch: Optional[int], n_lstm: int = 256, reuse: bool = False,
                 layers: Optional[Sequence[int]] = None, net_arch: Optional[RecurrentNetArch] = None,
                 act_fun: Callable = tf.tanh, cnn_extractor: Callable = nature_cnn, layer_norm: bool = False,
                 feature_extraction: str = 'cnn', **kwargs):
        check_whole('n_lstm', n_lstm, 1)
        check_extraction(type(self).__name__, ob_space, feature_extraction, cnn_extractor, kwargs)
        check_activation(act_fun)
        images = feature_extraction == 'cnn'
        plan = _plan(layers, net_arch, images)
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, state_shape=(2 * n_lstm,), reuse=reuse,
                         scale=images)
        with tf.variable_scope('model', reuse=reuse):
            latent = cnn_extractor(self.processed_obs, **kwargs) if images else conv_to_fc(self.processed_obs)
            for scope, size in plan.before:
                latent = act_fun(linear(latent, scope, size, init_scale=np.sqrt(2)))
            latent = self._remember(latent, n_lstm, layer_norm)
            for scope, size in plan.after:
                latent = act_fun(linear(latent, scope, size, init_scale=np.sqrt(2)))
            pi_latent, vf_latent = mlp_branches(latent, plan.branches, act_fun)
            self._value_fn = linear(vf_latent, 'vf', 1)
            self._proba_distribution, self._policy, self.q_value = \
                self.pdtype.proba_distribution_from_latent(pi_latent, vf_latent)
        self._setup_init()

    def _remember(self, latent: tf.Tensor, n_lstm: int, layer_norm: bool) -> tf.Tensor:
        steps = batch_to_seq(latent, self.n_env, self.n_steps)
        masks = batch_to_seq(tf.reshape(self.dones_ph, [-1, 1]), self.n_env, self.n_steps)
        outputs, self.snew = lstm(steps, masks, self.states_ph, 'lstm1', n_lstm, layer_norm=layer_norm)
        return seq_to_batch(outputs)


class _Plan(NamedTuple):
    """Layers around the LSTM: (variable scope, size), and sizes of the branches."""

    before: List[Tuple[str, int]]
    after: List[Tuple[str, int]]
    branches: Dict[str, List[int]]


def _plan(layers: Optional[Sequence[int]], net_arch: Optional[RecurrentNetArch], images: bool) -> _Plan:
    if net_arch is None:
        sizes = [] if images else [64, 64] if layers is None else layer_sizes('layers', layers)
        return _Plan([('pi_fc{}'.format(number), size) for number, size in enumerate(sizes)], [], {'pi': [], 'vf': []})
    if layers is not None:
        raise ValueError('layers={!r} and net_arch={!r} are both given; give net_arch only'.format(layers, net_arch))
    try:
        return _plan_of(net_arch)
    except (TypeError, ValueError) as error:
        raise ValueError("net_arch={!r}: {}. Give a list of the sizes of shared layers with one 'lstm' among them, "
                         'optionally with one dict(pi=[...], vf=[...]) as its last element.'.format(
                             net_arch, error)) from None


def _plan_of(net_arch: RecurrentNetArch) -> _Plan:
    shared, branches = shared_and_branches(net_arch)
    if shared.count('lstm') != 1:
        raise ValueError("'lstm' expected once before the branches, found {} times".format(shared.count('lstm')))
    place = shared.index('lstm')
    for size in shared[:place] + shared[place + 1:] + branches['pi'] + branches['vf']:
        check_whole('size of a layer', size, 1)
    named = [('shared_fc{}'.format(number), size) for number, size in enumerate(shared)]
    return _Plan(named[:place], named[place + 1:], branches)


class _NamedPolicy(LstmPolicy):
    """
    A policy with a name of its own for what ``LstmPolicy`` takes as options.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space
    :param n_env: number of environments
    :param n_steps: steps of each sequence in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param n_lstm: number of LSTM cells
    :param reuse: use the variables that exist already
    :param _kwargs: ``net_arch``, ``layers``, ``act_fun``; for images ``cnn_extractor`` and what that takes
    """

    _feature_extraction = 'mlp'
    _layer_norm = False

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int, n_steps: int,
                 n_batch: Optional[int], n_lstm: int = 256, reuse: bool = False, **_kwargs):
        refuse_fixed(type(self).__name__, _kwargs, 'feature_extraction', 'layer_norm')
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, n_lstm, reuse,
                         layer_norm=self._layer_norm, feature_extraction=self._feature_extraction, **_kwargs)


class MlpLstmPolicy(_NamedPolicy):
    """
    Two fully connected layers of 64 units, tanh, then an LSTM, shared by policy and values.

    Takes what ``LstmPolicy`` takes, but for ``layer_norm`` and ``feature_extraction``, which its name says.
    """


class MlpLnLstmPolicy(_NamedPolicy):
    """``MlpLstmPolicy`` with layer normalization in the LSTM."""

    _layer_norm = True


class CnnLstmPolicy(_NamedPolicy):
    """
    The network of ``nature_cnn``, then an LSTM, shared by policy and values.

    Takes what ``LstmPolicy`` takes, but for ``layer_norm`` and ``feature_extraction``, which its name says.
    """

    _feature_extraction = 'cnn'


class CnnLnLstmPolicy(CnnLstmPolicy):
    """``CnnLstmPolicy`` with layer normalization in the LSTM."""

    _layer_norm = True
