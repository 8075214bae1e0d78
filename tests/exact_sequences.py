"""The Fisher matrix of a policy that reads sequences, from its Jacobian, one backward pass for each output."""
import numpy as np

from stable_baselines.common.flat_vectors import flat_gradient
from stable_baselines.common.tf1 import tf


class ExactFisher:
    """
    J' M J v / rows, with M in closed form and in double precision.

    :param model: TRPO with a recurrent policy and Discrete or Box actions
    """

    def __init__(self, model):
        self.sess, self.policy = model.sess, model.trpo_graph.learning_policy
        with model.graph.as_default():
            policy = type(self.policy)(model.sess, self.policy.ob_space, self.policy.ac_space, 1, self.policy.n_steps,
                                       None, reuse=True, **model.policy_kwargs)
            self.feeds, self.flat = policy.input_phs, policy.proba_distribution.flatparam()
            self.upstream = tf.placeholder(tf.float32, self.flat.shape)
            self.gradient = flat_gradient(self.flat, model.trpo_graph.policy_variables, grad_ys=self.upstream)
        self.is_box = hasattr(policy.proba_distribution, 'logstd')

    def jacobian(self, inputs):
        """Parameters of the distributions [rows, n], and their Jacobian [rows, n, parameters]."""
        feed = {placeholder: np.reshape(value, [-1] + placeholder.shape.as_list()[1:])
                for placeholder, value in zip(self.feeds, inputs)}
        flat, columns = np.float64(self.sess.run(self.flat, feed)), []
        for index in np.ndindex(*flat.shape):
            unit = np.zeros(flat.shape, np.float32)
            unit[index] = 1.0
            feed[self.upstream] = unit
            columns.append(self.sess.run(self.gradient, feed))
        return flat, np.float64(columns).reshape(flat.shape + (-1,))

    def products(self, inputs, vectors):
        """Of each of the vectors."""
        flat, jacobian = self.jacobian(inputs)
        return [np.einsum('rop,ro->p', jacobian, self.weigh(flat, jacobian @ vector), optimize=True) / len(flat)
                for vector in vectors]

    def weigh(self, flat, changes):
        """The second derivative of the KL divergence by the distributions' parameters, times their changes."""
        if self.is_box:
            means, log_stds = np.split(flat, 2, axis=1)
            of_means, of_log_stds = np.split(changes, 2, axis=1)
            return np.concatenate([np.exp(-2.0 * log_stds) * of_means, 2.0 * of_log_stds], axis=1)
        probabilities = np.exp(flat - flat.max(axis=1, keepdims=True))
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        return probabilities * (changes - np.sum(probabilities * changes, axis=1, keepdims=True))
