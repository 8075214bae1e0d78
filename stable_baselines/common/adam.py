"""Adam, as one kernel of TensorFlow for each variable (Kingma and Ba 2014, arXiv:1412.6980; the rate of section 2)."""
from typing import Any, Callable, List, Optional, Sequence

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.flat_vectors import flatten_gradients, split_vector
from stable_baselines.common.tf1 import tf


class Adam:
    """
    The optimizer's state and the operation that makes a step.

    :param variables: what is optimized, in the order of the gradients
    :param scope: variable scope of the state
    :param beta1: decay of the first moment
    :param beta2: decay of the second moment
    :param epsilon: added to the root of the second moment
    :param weight_decay: share, times the step size, by which weights shrink in each step, apart from the gradient
        (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2); biases and a policy's spread do not shrink
    """

    def __init__(self, variables: Sequence[tf.Variable], scope: str, beta1: float = 0.9, beta2: float = 0.999,
                 epsilon: float = 1e-8, weight_decay: float = 0.0):
        self.variables = list(variables)
        self.beta1, self.beta2, self.epsilon, self.weight_decay = beta1, beta2, epsilon, weight_decay
        with tf.variable_scope(scope):
            zeros = tf.zeros_initializer()
            self.first_moments = [_zeros_like(variable, 'first_moment_{}'.format(number))
                                  for number, variable in enumerate(self.variables)]
            self.second_moments = [_zeros_like(variable, 'second_moment_{}'.format(number))
                                   for number, variable in enumerate(self.variables)]
            self.n_steps = tf.get_variable('n_steps', [], dtype=tf.float64, initializer=zeros, trainable=False)

    @property
    def state(self) -> List[tf.Variable]:
        """The variables to keep besides the parameters when training shall go on later."""
        return self.first_moments + self.second_moments + [self.n_steps]

    def apply(self, gradients: Sequence[Optional[tf.Tensor]], learning_rate: tf.Tensor,
              after: Sequence[tf.Tensor] = ()) -> tf.Operation:
        """
        :param gradients: one for each variable; None leaves the variable as it is
        :param learning_rate: step size, scalar
        :param after: further tensors that need the variables' old values
        :return: the operation that makes one descent step
        """
        # all that reads a variable is computed before the first of them is overwritten
        present = [gradient for gradient in gradients if gradient is not None]
        with tf.control_dependencies([tf.group(*present, *after)]):
            n_steps = tf.assign_add(self.n_steps, 1.0)
            # double precision: 1 - beta2 ** 1 would lose four digits in single precision
            correction = tf.sqrt(1.0 - tf.pow(tf.constant(self.beta2, tf.float64), n_steps)) \
                / (1.0 - tf.pow(tf.constant(self.beta1, tf.float64), n_steps))
            rate = learning_rate * tf.cast(correction, tf.float32)
            steps = [self._apply_to(slot, gradient, rate) for slot, gradient in enumerate(gradients)
                     if gradient is not None]
        if not self.weight_decay:
            return tf.group(*steps)
        with tf.control_dependencies(steps):
            weights = [variable for variable, gradient in zip(self.variables, gradients)
                       if gradient is not None and _is_weight(variable)]
            return tf.group(*[tf.assign_sub(weight, learning_rate * self.weight_decay * weight.read_value())
                              for weight in weights])

    def _apply_to(self, slot: int, gradient: tf.Tensor, rate: tf.Tensor) -> tf.Operation:
        variables = [self.variables[slot], self.first_moments[slot], self.second_moments[slot]]
        kernel = tf.raw_ops.ApplyAdam
        if _is_resource(variables[0]):
            kernel, variables = tf.raw_ops.ResourceApplyAdam, [variable.handle for variable in variables]
        no_power = tf.zeros([])  # the rate is corrected already
        return kernel(var=variables[0], m=variables[1], v=variables[2], beta1_power=no_power, beta2_power=no_power,
                      lr=rate, beta1=tf.constant(self.beta1), beta2=tf.constant(self.beta2),
                      epsilon=tf.constant(self.epsilon), grad=gradient)


def training_step(sess: tf.Session, adam: Adam, gradients: Sequence[Optional[tf.Tensor]], inputs: Sequence[tf.Tensor],
                  learning_rate: tf.Tensor, also: Sequence[tf.Tensor] = (), with_norm: bool = False
                  ) -> Callable[..., List[np.ndarray]]:
    """
    A function that makes one step on a batch: a single session run when alone, else the gradient is averaged over the
    workers in between.

    :param sess: the session
    :param adam: the optimizer
    :param gradients: one for each of its variables, computed from ``inputs``; None where there is none
    :param inputs: placeholders of the batch
    :param learning_rate: placeholder of the step size
    :param also: tensors whose values, from before the step, are returned
    :param with_norm: return the Euclidean length of the gradient (of the average one) as well, after them
    :return: ``step(*batch, learning_rate)``
    """
    if mpi.size() == 1:
        if with_norm:
            squares = [tf.nn.l2_loss(gradient) for gradient in gradients if gradient is not None]
            also = list(also) + [tf.sqrt(2.0 * tf.add_n(squares))]
        return fast_callable(sess, also, list(inputs) + [learning_rate], [adam.apply(gradients, learning_rate, also)])
    gradient = flatten_gradients(gradients, adam.variables)
    average = tf.placeholder(tf.float32, gradient.shape, name='average_gradient')
    compute = fast_callable(sess, [gradient] + list(also), list(inputs))
    step = fast_callable(sess, [], [average, learning_rate],
                         [adam.apply(split_vector(average, adam.variables), learning_rate)])

    def distributed_step(*batch):
        local_gradient, *values = compute(*batch[:-1])
        common_gradient = mpi.mean_over_workers(local_gradient)
        step(common_gradient, batch[-1])
        return values + [np.sqrt(common_gradient.dot(common_gradient))] if with_norm else values
    return distributed_step


def _is_weight(variable: tf.Variable) -> bool:
    return len(variable.shape) > 1 and 'logstd' not in variable.name


def _is_resource(variable: tf.Variable) -> bool:
    return getattr(variable, 'handle', None) is not None


def _zeros_like(variable: tf.Variable, name: str) -> Any:
    return tf.get_variable(name, variable.shape, initializer=tf.zeros_initializer(), trainable=False,
                           use_resource=_is_resource(variable))
