"""Small graph helpers under the names that stable-baselines gave them."""
import functools
from typing import Any, Callable, List, Optional, Sequence, Set

import numpy as np

from stable_baselines.common.flat_vectors import (
    assign_from_flat,
    flat_gradient,
    flatten,
    flatten_gradients,
    intprod,
    numel,
    var_shape,
)
from stable_baselines.common.tensor_statistics import (
    avg_norm,
    calc_entropy,
    huber_loss,
    mse,
    q_explained_variance,
    sample,
)
from stable_baselines.common.tensorboard import total_episode_reward_logger
from stable_baselines.common.tf1 import make_session, tf

__all__ = ['ALREADY_INITIALIZED', 'GetFlat', 'SetFromFlat', 'avg_norm', 'batch_to_seq', 'calc_entropy', 'check_shape',
           'flatgrad', 'function', 'get_globals_vars', 'get_trainable_vars', 'gradient_add', 'huber_loss', 'in_session',
           'initialize', 'intprod', 'is_image', 'make_session', 'mse', 'numel', 'outer_scope_getter',
           'q_explained_variance', 'require_rank', 'sample', 'seq_to_batch', 'single_threaded_session',
           'total_episode_reward_logger', 'var_shape']

ALREADY_INITIALIZED: Set[tf.Variable] = set()  # what ``initialize`` is to leave alone, besides what has a value


def single_threaded_session(make_default: bool = False, graph: Optional[tf.Graph] = None) -> tf.Session:
    """
    :param make_default: see ``make_session``
    :param graph: see ``make_session``
    :return: a session that computes on one thread
    """
    return make_session(num_cpu=1, make_default=make_default, graph=graph)


def in_session(func: Callable) -> Callable:
    """
    Decorator: call a function inside a session of its own on the default graph.

    :param func: any function
    :return: the wrapped function
    """
    @functools.wraps(func)
    def wrapped(*args, **kwargs):
        with tf.Session():
            return func(*args, **kwargs)
    return wrapped


def initialize(sess: Optional[tf.Session] = None) -> None:
    """
    Give their initial values to the variables that have none yet; those in ``ALREADY_INITIALIZED`` are left alone.

    :param sess: the session; None means the default one
    """
    sess = sess or tf.get_default_session()
    with sess.graph.as_default():
        variables = [variable for variable in tf.global_variables()
                     if all(variable is not other for other in ALREADY_INITIALIZED)]
        if variables:
            present = sess.run([tf.is_variable_initialized(variable) for variable in variables])
            sess.run(tf.variables_initializer([var for var, done in zip(variables, present) if not done]))


def flatgrad(loss: tf.Tensor, var_list: Sequence[tf.Variable], clip_norm: Optional[float] = None) -> tf.Tensor:
    """
    The gradient of a loss as one vector.

    :param loss: scalar
    :param var_list: with respect to what, in this order
    :param clip_norm: limit on the norm of each variable's gradient; None means no limit
    :return: shape [number of parameters]
    """
    if clip_norm is None:
        return flat_gradient(loss, var_list)
    return flatten_gradients([None if gradient is None else tf.clip_by_norm(gradient, clip_norm)
                              for gradient in tf.gradients(loss, var_list)], var_list)


def gradient_add(grad_1: Optional[tf.Tensor], grad_2: Optional[tf.Tensor], param: tf.Variable, verbose: int = 0
                 ) -> Optional[tf.Tensor]:
    """
    :param grad_1: a gradient; None for none, as ``tf.gradients`` gives it
    :param grad_2: another one
    :param param: the variable that both are of
    :param verbose: from 2 on print them
    :return: their sum; None when both are None
    """
    if verbose > 1:
        print([grad_1, grad_2, param.name])
    gradients = [gradient for gradient in (grad_1, grad_2) if gradient is not None]
    return sum(gradients[1:], gradients[0]) if gradients else None


class GetFlat:
    """
    Callable that reads variables as one vector.

    :param var_list: the variables
    :param sess: the session; None means the default one at each call
    """

    def __init__(self, var_list: Sequence[tf.Variable], sess: Optional[tf.Session] = None):
        self.sess = sess
        self.operation = flatten(var_list)

    def __call__(self) -> np.ndarray:
        """
        :return: shape [number of parameters]
        """
        return (self.sess or tf.get_default_session()).run(self.operation)


class SetFromFlat:
    """
    Callable that writes variables from one vector.

    :param var_list: the variables
    :param dtype: type of the vector
    :param sess: the session; None means the default one at each call
    """

    def __init__(self, var_list: Sequence[tf.Variable], dtype: tf.DType = tf.float32,
                 sess: Optional[tf.Session] = None):
        self.sess = sess
        self.theta = tf.placeholder(dtype, [sum(numel(variable) for variable in var_list)])
        self.operation = assign_from_flat(var_list, self.theta)

    def __call__(self, theta: np.ndarray) -> None:
        """
        :param theta: shape [number of parameters]
        """
        (self.sess or tf.get_default_session()).run(self.operation, feed_dict={self.theta: theta})


def get_trainable_vars(name: str) -> List[tf.Variable]:
    """
    :param name: a scope
    :return: the trainable variables under it
    """
    return tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope=name)


def get_globals_vars(name: str) -> List[tf.Variable]:
    """
    :param name: a scope
    :return: all variables under it
    """
    return tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope=name)


def is_image(tensor: tf.Tensor) -> bool:
    """
    :param tensor: a batch of observations
    :return: whether each is an image: height, width and 1, 3 or 4 channels
    """
    return len(tensor.shape) == 4 and int(tensor.shape[-1]) in (1, 3, 4)


def batch_to_seq(tensor_batch: tf.Tensor, n_batch: Optional[int], n_steps: int, flat: bool = False) -> List[tf.Tensor]:
    """
    Take the rows of some sequences apart into steps. The rows of one sequence follow one another.

    :param tensor_batch: shape [sequences * n_steps, n]; with ``flat`` [sequences * n_steps]
    :param n_batch: number of sequences, where it is known; not needed
    :param n_steps: steps of each sequence
    :param flat: the steps shall have no axis for features
    :return: ``n_steps`` tensors of shape [sequences, n]; with ``flat`` [sequences]
    """
    if flat:
        return tf.unstack(tf.reshape(tensor_batch, [-1, n_steps]), axis=1)
    n_features = int(np.prod([int(size) for size in tensor_batch.shape[1:]]))
    if n_steps == 1:
        return [tf.reshape(tensor_batch, [-1, n_features])]
    return tf.unstack(tf.reshape(tensor_batch, [-1, n_steps, n_features]), axis=1)


def seq_to_batch(tensor_sequence: Sequence[tf.Tensor], flat: bool = False) -> tf.Tensor:
    """
    The inverse of ``batch_to_seq``.

    :param tensor_sequence: one tensor a step, shape [sequences, n]; with ``flat`` [sequences]
    :param flat: the steps have no axis for features
    :return: shape [sequences * n_steps, n]; with ``flat`` [sequences * n_steps]
    """
    if len(tensor_sequence) == 1:
        return tensor_sequence[0]
    stacked = tf.stack(list(tensor_sequence), axis=1)
    return tf.reshape(stacked, [-1] if flat else [-1, int(stacked.shape[-1])])


def outer_scope_getter(scope: str, new_scope: str = '') -> Callable:
    """
    A ``custom_getter`` for variable scopes that takes one level out of the variables' names.

    :param scope: the level to take out
    :param new_scope: what stands in its place
    :return: the getter
    """
    def take_out(getter: Callable, name: str, *args, **kwargs):  # TensorFlow names the first argument
        return getter(name.replace(scope + '/', new_scope, 1), *args, **kwargs)
    return take_out


def check_shape(tensors: Sequence[tf.Tensor], shapes: Sequence[Sequence[int]]) -> None:
    """
    :param tensors: tensors
    :param shapes: the shape that each must have
    :raises ValueError: naming the first tensor of another shape
    """
    for number, (tensor, shape) in enumerate(zip(tensors, shapes)):
        if tensor.get_shape().as_list() != list(shape):
            raise ValueError('tensor {} ({}): shape {} found, {} expected'.format(
                number, tensor.name, tensor.get_shape().as_list(), list(shape)))


def require_rank(rank: int, meaning: str, **tensors: tf.Tensor) -> None:
    """
    Shapes that broadcast by mistake would give a loss that looks right, so losses insist on theirs.

    :param rank: number of axes
    :param meaning: the shape, for the message
    :param tensors: by argument's name
    :raises ValueError: naming the first tensor that has another number of axes
    """
    for name, tensor in tensors.items():
        if tensor.shape.ndims != rank:
            raise ValueError('{}: shape {} expected, {} found'.format(name, meaning, tensor.shape))


def function(inputs: Any, outputs: Any, updates: Optional[Sequence] = None, givens: Optional[dict] = None) -> Callable:
    """
    A Python function that runs part of the graph in the default session.

    :param inputs: placeholders, in the order of the function's arguments
    :param outputs: a tensor, a list or a dict of tensors to return
    :param updates: operations to run as well
    :param givens: values for further tensors
    :return: the function
    """
    side_effects = tf.group(*(updates or []))

    def call(*args):
        feed = dict(givens or {})
        feed.update(zip(inputs, args))
        return tf.get_default_session().run([outputs, side_effects], feed_dict=feed)[0]
    return call
