"""Policies without memory."""
import warnings
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from stable_baselines.common.checks import check_whole, layer_sizes
from stable_baselines.common.gym_api import space_name
from stable_baselines.common.input import check_image_size, is_image_space
from stable_baselines.common.policies.base import ActorCriticPolicy
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv, conv_to_fc, linear

SMALLEST_IMAGE = 36  # pixels in each direction that ``nature_cnn`` needs
NetArch = Sequence[Union[int, Dict[str, Sequence[int]]]]


def nature_cnn(scaled_images: tf.Tensor, **kwargs) -> tf.Tensor:
    """
    The convolutional network of Mnih et al. 2015 (Nature 518, Methods).

    :param scaled_images: shape [batch, height, width, channels], from 0 to 1; at least 36 x 36 pixels
    :param kwargs: handed to each convolution
    :return: features, shape [batch, 512]
    :raises ValueError: for smaller images
    """
    check_image_size(scaled_images, SMALLEST_IMAGE)
    activation = tf.nn.relu
    features = activation(conv(scaled_images, 'c1', n_filters=32, filter_size=8, stride=4, init_scale=np.sqrt(2),
                               **kwargs))
    features = activation(conv(features, 'c2', n_filters=64, filter_size=4, stride=2, init_scale=np.sqrt(2), **kwargs))
    features = activation(conv(features, 'c3', n_filters=64, filter_size=3, stride=1, init_scale=np.sqrt(2), **kwargs))
    return activation(linear(conv_to_fc(features), 'fc1', n_hidden=512, init_scale=np.sqrt(2)))


def mlp_extractor(flat_observations: tf.Tensor, net_arch: NetArch, act_fun: Callable) -> Tuple[tf.Tensor, tf.Tensor]:
    """
    Fully connected layers: first shared ones, then one branch for the policy and one for the values.

    :param flat_observations: shape [batch, n]
    :param net_arch: sizes of the shared layers, optionally followed by ``dict(pi=[...], vf=[...])`` with the branches'
    :param act_fun: activation after each layer
    :return: features for the policy, features for the values
    :raises ValueError: when ``net_arch`` has another form
    """
    shared, branches = _split_net_arch(net_arch)
    latent = flat_observations
    for number, size in enumerate(shared):
        latent = act_fun(linear(latent, 'shared_fc{}'.format(number), size, init_scale=np.sqrt(2)))
    return mlp_branches(latent, branches, act_fun)


def mlp_branches(latent: tf.Tensor, branches: Dict[str, Sequence[int]], act_fun: Callable
                 ) -> Tuple[tf.Tensor, tf.Tensor]:
    """
    Fully connected layers of the policy's and of the values' own.

    :param latent: what both start from, shape [batch, n]
    :param branches: 'pi' and 'vf' -> sizes of the layers
    :param act_fun: activation after each layer
    :return: features for the policy, features for the values
    """
    heads = {'pi': latent, 'vf': latent}
    for number in range(max(len(sizes) for sizes in branches.values())):
        for name, sizes in branches.items():
            if number < len(sizes):
                scope = '{}_fc{}'.format(name, number)
                heads[name] = act_fun(linear(heads[name], scope, sizes[number], init_scale=np.sqrt(2)))
    return heads['pi'], heads['vf']


def shared_and_branches(net_arch: Sequence[Any]) -> Tuple[List[Any], Dict[str, List[int]]]:
    """
    :param net_arch: shared layers, optionally followed by ``dict(pi=[...], vf=[...])``
    :return: the shared layers, and the branches'
    :raises TypeError: when these are no sequences
    :raises ValueError: for a branch of another name
    """
    shared, branches = list(net_arch), {'pi': [], 'vf': []}
    if shared and isinstance(shared[-1], dict):
        found = {name: list(sizes) for name, sizes in shared.pop().items()}
        if not set(found) <= set(branches):
            raise ValueError("branches {} found, 'pi' and 'vf' expected".format(sorted(found)))
        branches.update(found)
    return shared, branches


def _split_net_arch(net_arch: NetArch) -> Tuple[List[int], Dict[str, List[int]]]:
    try:
        shared, branches = shared_and_branches(net_arch)
        for size in shared + branches['pi'] + branches['vf']:
            check_whole('size of a layer', size, 1)
    except (TypeError, ValueError) as error:
        raise ValueError('net_arch={!r}: {}. Give a list of the sizes of shared layers, optionally with one '
                         'dict(pi=[...], vf=[...]) as its last element.'.format(net_arch, error)) from None
    return [int(size) for size in shared], branches


def check_extraction(name: str, ob_space: Any, feature_extraction: str, cnn_extractor: Callable,
                     further: Dict[str, Any]) -> None:
    """
    Refuse what does not fit; warn of images that a network for vectors would read pixel by pixel.

    :param name: the policy's, for the message
    :param ob_space: observation space
    :param feature_extraction: 'cnn' or 'mlp'
    :param cnn_extractor: as given by the caller
    :param further: options for ``cnn_extractor``
    :raises ValueError: for an image network on observations that are no images, or an unknown ``feature_extraction``
    :raises TypeError: for further options without images, or a ``cnn_extractor`` that is no function
    """
    if feature_extraction not in ('cnn', 'mlp'):
        raise ValueError("feature_extraction={!r}; expected 'cnn' or 'mlp'".format(feature_extraction))
    images = feature_extraction == 'cnn'
    if images and not callable(cnn_extractor):
        raise TypeError('cnn_extractor={!r}: expected a function from scaled images to features, such as nature_cnn'
                        .format(cnn_extractor))
    if images and cnn_extractor is nature_cnn and not is_image_space(ob_space):
        raise ValueError('{}: images expected (Box of shape (height, width, channels), uint8, 0 to 255), '
                         'observation space {} found. Use {} for vectors.'.format(
                             name, space_name(ob_space),
                             repr(name.replace('Cnn', 'Mlp')) if 'Cnn' in name else "feature_extraction='mlp'"))
    if not images and is_image_space(ob_space) and min(ob_space.shape[:2]) >= SMALLEST_IMAGE:
        warnings.warn('{}: reads images ({}) as plain numbers from 0 to 255, which hardly learns. Use {} for '
                      'images.'.format(name, space_name(ob_space), repr(name.replace('Mlp', 'Cnn')) if 'Mlp' in name
                                       else "feature_extraction='cnn'"), stacklevel=2)
    if not images and further:
        raise TypeError('{}: unexpected options {} in policy_kwargs'.format(name, sorted(further)))


def refuse_fixed(name: str, options: Dict[str, Any], *fixed: str) -> None:
    """
    :param name: of the policy
    :param options: what it was given
    :param fixed: options that this name stands for
    :raises TypeError: when it was given one of these
    """
    for option in fixed:
        if option in options:
            raise TypeError('{}: {}={!r} given, which its name decides. Use the policy whose name says so, or '
                            'the class that takes it, FeedForwardPolicy or LstmPolicy.'.format(
                                name, option, options[option]))


def check_activation(act_fun: Callable) -> None:
    """
    :param act_fun: as given by the caller
    :raises TypeError: for one that is no function
    """
    if not callable(act_fun):
        raise TypeError('act_fun={!r}: expected a function of a tensor, such as tf.nn.relu'.format(act_fun))


class FeedForwardPolicy(ActorCriticPolicy):
    """
    A policy and a value function on fully connected layers, or on a convolutional network for images.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param layers: older form of ``net_arch``: the same sizes for policy and values
    :param net_arch: see ``mlp_extractor``; two layers of 64 for each by default, none after a convolutional network
    :param act_fun: activation of the fully connected layers
    :param cnn_extractor: ``f(scaled_images, **kwargs) -> features`` for ``feature_extraction='cnn'``
    :param feature_extraction: 'cnn' or 'mlp'
    :param kwargs: handed to ``cnn_extractor``
    :raises ValueError: for an image network on observations that are no images, or options of the wrong form
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int, n_steps: int,
                 n_batch: Optional[int], reuse: bool = False, layers: Optional[Sequence[int]] = None,
                 net_arch: Optional[NetArch] = None, act_fun: Callable = tf.tanh, cnn_extractor: Callable = nature_cnn,
                 feature_extraction: str = 'cnn', **kwargs):
        check_extraction(type(self).__name__, ob_space, feature_extraction, cnn_extractor, kwargs)
        check_activation(act_fun)
        images = feature_extraction == 'cnn'
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=reuse, scale=images)
        if net_arch is None:
            sizes = [64, 64] if layers is None else layer_sizes('layers', layers)
            net_arch = [] if images else [dict(vf=sizes, pi=sizes)]
        with tf.variable_scope('model', reuse=reuse):
            features = cnn_extractor(self.processed_obs, **kwargs) if images else conv_to_fc(self.processed_obs)
            pi_latent, vf_latent = mlp_extractor(features, net_arch, act_fun)
            self._value_fn = linear(vf_latent, 'vf', 1)
            self._proba_distribution, self._policy, self.q_value = \
                self.pdtype.proba_distribution_from_latent(pi_latent, vf_latent, init_scale=0.01)
        self._setup_init()


class MlpPolicy(FeedForwardPolicy):
    """
    Two fully connected layers of 64 units for the policy and two for the values, tanh.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param _kwargs: ``net_arch``, ``layers``, ``act_fun``
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int, n_steps: int,
                 n_batch: Optional[int], reuse: bool = False, **_kwargs):
        refuse_fixed(type(self).__name__, _kwargs, 'feature_extraction')
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse, feature_extraction='mlp', **_kwargs)


class CnnPolicy(FeedForwardPolicy):
    """
    The network of ``nature_cnn``, shared by policy and values.

    :param sess: the session the policy runs in
    :param ob_space: observation space
    :param ac_space: action space
    :param n_env: number of environments
    :param n_steps: steps of each environment in a batch
    :param n_batch: rows of a batch; None leaves it open
    :param reuse: use the variables that exist already
    :param _kwargs: ``net_arch``, ``act_fun``, ``cnn_extractor`` and what that takes
    """

    def __init__(self, sess: tf.Session, ob_space: Any, ac_space: Any, n_env: int, n_steps: int,
                 n_batch: Optional[int], reuse: bool = False, **_kwargs):
        refuse_fixed(type(self).__name__, _kwargs, 'feature_extraction')
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse, feature_extraction='cnn', **_kwargs)
