"""Products of the Fisher information matrix with vectors, without the matrix (TRPO, appendix C.1)."""
from itertools import compress
from typing import Callable, Sequence

from stable_baselines.common.flat_vectors import flat_gradient, split_vector
from stable_baselines.common.policies import ActorCriticPolicy
from stable_baselines.common.tf1 import tf


def fisher_vector_product(policy: ActorCriticPolicy, variables: Sequence[tf.Variable],
                          damping: float) -> Callable[[tf.Tensor], tf.Tensor]:
    """
    The Fisher matrix is J' M J: J the Jacobian of the distribution's parameters by the policy's, M the second
    derivative of the KL divergence by the former. A product is then one pass forwards (J v), a small one through the
    divergence (M J v), and one backwards (J' M J v): half the work of differentiating the divergence's gradient.

    :param policy: the policy, on the rows over which the divergence is averaged
    :param variables: the policy's parameters
    :param damping: multiple of the identity added to the matrix
    :return: function that adds the product with a vector [number of parameters] to the graph
    """
    flat = policy.proba_distribution.flatparam()
    fixed = policy.pdtype.proba_distribution_from_flat(tf.stop_gradient(flat))
    divergence_gradient = tf.gradients(tf.reduce_mean(fixed.kl(policy.proba_distribution)), flat)[0]
    # J v by differentiating J' u, which is linear in u, with respect to u: u's value does not matter
    dummy = tf.zeros_like(flat)
    backwards = tf.gradients(flat, variables, grad_ys=dummy)
    used = [gradient is not None for gradient in backwards]

    def product(vector: tf.Tensor) -> tf.Tensor:
        parts = split_vector(vector, variables)
        forwards = tf.gradients(list(compress(backwards, used)), dummy, grad_ys=list(compress(parts, used)))[0]
        weighted = tf.gradients(divergence_gradient, flat, grad_ys=tf.stop_gradient(forwards))[0]
        return flat_gradient(flat, variables, grad_ys=tf.stop_gradient(weighted)) + damping * vector
    return product
