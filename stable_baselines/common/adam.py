"""Adam on all parameters as one vector (Kingma and Ba 2014, arXiv:1412.6980; the rate is that of section 2)."""
from typing import Callable, List, Sequence

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import assign_from_flat, flatten, numel


class Adam:
    """
    The optimizer's state and the operation that makes a step.

    :param variables: what is optimized, in the order of the flat gradient
    :param scope: variable scope of the state
    :param beta1: decay of the first moment
    :param beta2: decay of the second moment
    :param epsilon: added to the root of the second moment
    """

    def __init__(self, variables: Sequence[tf.Variable], scope: str, beta1: float = 0.9, beta2: float = 0.999,
                 epsilon: float = 1e-8):
        self.variables = list(variables)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        n_parameters = sum(numel(variable) for variable in self.variables)
        with tf.variable_scope(scope):
            zeros = tf.zeros_initializer()
            self.first_moment = tf.get_variable('first_moment', [n_parameters], initializer=zeros, trainable=False)
            self.second_moment = tf.get_variable('second_moment', [n_parameters], initializer=zeros, trainable=False)
            self.n_steps = tf.get_variable('n_steps', [], dtype=tf.float64, initializer=zeros, trainable=False)

    @property
    def state(self) -> List[tf.Variable]:
        """The variables to keep besides the parameters when training shall go on later."""
        return [self.first_moment, self.second_moment, self.n_steps]

    def apply(self, gradient: tf.Tensor, learning_rate: tf.Tensor) -> tf.Operation:
        """
        :param gradient: shape [number of parameters]
        :param learning_rate: step size, scalar
        :return: the operation that makes one descent step
        """
        n_steps = self.n_steps + 1.0
        first = self.beta1 * self.first_moment + (1.0 - self.beta1) * gradient
        second = self.beta2 * self.second_moment + (1.0 - self.beta2) * tf.square(gradient)
        # double precision: 1 - beta2 ** 1 would lose four digits in single precision
        correction = tf.sqrt(1.0 - tf.pow(tf.constant(self.beta2, tf.float64), n_steps)) \
            / (1.0 - tf.pow(tf.constant(self.beta1, tf.float64), n_steps))
        rate = learning_rate * tf.cast(correction, tf.float32)
        parameters = flatten(self.variables) - rate * first / (tf.sqrt(second) + self.epsilon)
        # everything is computed before anything is overwritten
        with tf.control_dependencies([parameters, first, second, n_steps]):
            return tf.group(assign_from_flat(self.variables, parameters), tf.assign(self.first_moment, first),
                            tf.assign(self.second_moment, second), tf.assign(self.n_steps, n_steps))


def training_step(sess: tf.Session, adam: Adam, gradient: tf.Tensor, inputs: Sequence[tf.Tensor],
                  learning_rate: tf.Tensor, also: Sequence[tf.Tensor] = ()) -> Callable[..., List[np.ndarray]]:
    """
    A function that makes one step on a batch: a single session run when alone, else the gradient is averaged over the
    workers in between.

    :param sess: the session
    :param adam: the optimizer
    :param gradient: shape [number of parameters], computed from ``inputs``
    :param inputs: placeholders of the batch
    :param learning_rate: placeholder of the step size
    :param also: tensors whose values, from before the step, are returned
    :return: ``step(*batch, learning_rate)``
    """
    step = adam.apply(gradient, learning_rate)
    if mpi.size() == 1:
        return fast_callable(sess, also, list(inputs) + [learning_rate], [step])
    compute = fast_callable(sess, [gradient] + list(also), list(inputs))

    def distributed_step(*batch):
        local_gradient, *values = compute(*batch[:-1])
        sess.run(step, {gradient: mpi.mean_over_workers(local_gradient), learning_rate: batch[-1]})
        return values
    return distributed_step
