"""Products of the Fisher information matrix with vectors, without the matrix (TRPO, appendix C.1)."""
from itertools import compress
from typing import Callable, List, Sequence, Tuple

import numpy as np

from stable_baselines.common.distributions import (
    BernoulliProbabilityDistribution,
    CategoricalProbabilityDistribution,
    DiagGaussianProbabilityDistribution,
    MultiCategoricalProbabilityDistribution,
    ProbabilityDistribution,
)
from stable_baselines.common.double_precision import NoDoublePrecision, double_precision_copy
from stable_baselines.common.fast_call import fast_value, in_rows
from stable_baselines.common.flat_vectors import flat_gradient, split_vector
from stable_baselines.common.policies import ActorCriticPolicy
from stable_baselines.common.tf1 import has_graphics_card, tf

_OF_ANY_PRECISION = (BernoulliProbabilityDistribution, CategoricalProbabilityDistribution,
                     DiagGaussianProbabilityDistribution, MultiCategoricalProbabilityDistribution)
DIFFERENCE = 3e-3  # how far a central difference goes to either side, as a share of the parameters' length


def fisher_vector_product(policy: ActorCriticPolicy, variables: Sequence[tf.Variable],
                          damping: float) -> Callable[[tf.Tensor], tf.Tensor]:
    """
    The Fisher matrix is J' M J: J the Jacobian of the distribution's parameters by the policy's, M the second
    derivative of the KL divergence by the former. A product is then one pass forwards (J v), a small one through the
    divergence (M J v), and one backwards (J' M J v): half the work of differentiating the divergence's gradient.

    Products are of double precision where the policy is a network of plain layers. Conjugate gradient magnifies their
    rounding, with few observations and several actions ten thousand times: in single precision an update then depends
    on the order of its rows, and on how they are spread over workers, by up to some thousandths. Convolutions are
    spared it on graphics cards, where it costs much, and before actions that are not Gaussian, which do not need it.

    :param policy: the policy, on the rows over which the divergence is averaged
    :param variables: the policy's parameters
    :param damping: multiple of the identity added to the matrix
    :return: function that adds the product with a vector [number of parameters], float64, to the graph; it is float64
        or, in single precision, float32
    """
    flat, parameters = _flat_and_parameters(policy, variables)
    divergence_gradient = _divergence_gradient(policy, flat)
    # J v by differentiating J' u, which is linear in u, with respect to u: u's value does not matter
    dummy = tf.zeros_like(flat)
    backwards = tf.gradients(flat, parameters, grad_ys=dummy)
    used = [gradient is not None for gradient in backwards]

    def product(vector: tf.Tensor) -> tf.Tensor:
        vector = tf.cast(vector, flat.dtype)
        parts = split_vector(vector, variables)
        forwards = tf.gradients(list(compress(backwards, used)), dummy, grad_ys=list(compress(parts, used)))[0]
        weighted = tf.gradients(divergence_gradient, flat, grad_ys=tf.stop_gradient(forwards))[0]
        return flat_gradient(flat, parameters, grad_ys=tf.stop_gradient(weighted)) + damping * vector
    return product


def fisher_vector_product_by_differences(
        sess: tf.Session, policy: ActorCriticPolicy, variables: Sequence[tf.Variable], damping: float,
        get_parameters: Callable[[], np.ndarray], set_parameters: Callable[[np.ndarray], None]
        ) -> Callable[..., np.ndarray]:
    """
    The same for policies with memory, outside of the graph. TensorFlow does not differentiate the gradient of a loop,
    so J v is a central difference: the parameters a little further along v, and a little back.

    :param sess: the session
    :param policy: the policy, which reads sequences
    :param variables: the policy's parameters
    :param damping: multiple of the identity added to the matrix
    :param get_parameters: reads them as one vector
    :param set_parameters: writes them
    :return: function of the sequences and a vector [number of parameters]; the product is float32
    """
    flat = policy.proba_distribution.flatparam()
    divergence_gradient = _divergence_gradient(policy, flat)
    forwards = tf.placeholder(flat.dtype, flat.shape, name='forwards')
    weighted = tf.gradients(divergence_gradient, flat, grad_ys=forwards)[0]
    feeds = policy.input_phs
    parameters_of = in_rows(fast_value(sess, flat, feeds), feeds)
    pull_back = in_rows(fast_value(sess, flat_gradient(flat, variables, grad_ys=tf.stop_gradient(weighted)),
                                   feeds + [forwards]), feeds + [forwards])

    def product(*arguments: np.ndarray) -> np.ndarray:
        *inputs, vector = arguments
        length = np.linalg.norm(vector)
        if length == 0.0:
            return np.zeros_like(vector, np.float32)
        here = get_parameters()
        step = DIFFERENCE * np.linalg.norm(here) / length
        outcomes = []
        try:
            for sign in (1.0, -1.0):
                set_parameters((here + sign * step * vector).astype(np.float32))
                outcomes.append(parameters_of(*inputs))
        finally:
            set_parameters(here)
        return np.float32(pull_back(*inputs, (outcomes[0] - outcomes[1]) / (2.0 * step)) + damping * vector)
    return product


def _flat_and_parameters(policy: ActorCriticPolicy, variables: Sequence[tf.Variable]
                         ) -> Tuple[tf.Tensor, List[tf.Tensor]]:
    """
    :param policy: the policy
    :param variables: its parameters
    :return: the parameters of its action distributions, and what they depend on in place of the variables: float64 if
        possible
    """
    flat = policy.proba_distribution.flatparam()
    kind = type(policy.proba_distribution)
    if kind in _OF_ANY_PRECISION:
        with_images = kind is DiagGaussianProbabilityDistribution and not has_graphics_card(policy.sess)
        try:
            return double_precision_copy(flat, policy.input_phs, variables, with_images)
        except NoDoublePrecision:
            pass
    return flat, list(variables)


def _divergence_gradient(policy: ActorCriticPolicy, flat: tf.Tensor) -> tf.Tensor:
    """
    :param policy: the policy
    :param flat: the parameters of its action distributions
    :return: the gradient by them of the mean KL divergence from a copy that stays as it is: zero, but its derivative is
        not
    """
    from_flat: Callable[[tf.Tensor], ProbabilityDistribution] = policy.pdtype.proba_distribution_from_flat
    return tf.gradients(tf.reduce_mean(from_flat(tf.stop_gradient(flat)).kl(from_flat(flat))), flat)[0]
