"""TRPO's piece of graph: what the update needs, as plain functions."""
from typing import Any, Callable, List, NamedTuple, Type

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.adam import Adam, training_step
from stable_baselines.common.cg import conjugate_gradient, conjugate_gradient_in_graph
from stable_baselines.common.fast_call import built_at_first_call, fast_callable, fast_value
from stable_baselines.common.flat_vectors import assign_from_flat, flat_gradient, flatten, numel
from stable_baselines.common.policies import ActorCriticPolicy
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import get_trainable_vars
from stable_baselines.trpo_mpi.fisher import fisher_vector_product
from stable_baselines.trpo_mpi.losses import PolicyLosses, policy_losses, value_loss

FISHER_ROW_STEP = 5  # the Fisher matrix is averaged over every fifth row


class NaturalGradient(NamedTuple):
    """Where the update starts from."""

    losses: PolicyLosses
    gradient: np.ndarray  # of the surrogate, [n]
    direction: np.ndarray  # conjugate gradient's solution of F s = gradient, [n]
    curvature: float  # s' F s / 2


class TRPOGraph(NamedTuple):
    """The operations of an update. A batch is (observations [N, ...], actions [N, ...], advantages [N])."""

    policy: ActorCriticPolicy
    old_policy: ActorCriticPolicy
    policy_variables: List[tf.Variable]
    value_variables: List[tf.Variable]
    value_optimizer: Adam
    natural_gradient: Callable[..., NaturalGradient]  # of a batch; also makes the old policy equal to the new
    fisher_vector_product: Callable[[np.ndarray, np.ndarray], np.ndarray]  # of observations and a vector
    losses: Callable[..., PolicyLosses]  # of a batch, against the old policy
    get_parameters: Callable[[], np.ndarray]  # of the policy, as one vector
    set_parameters: Callable[[np.ndarray], None]
    value_step: Callable[[np.ndarray, np.ndarray, float], Any]  # of observations, returns and step size
    values: Callable[[np.ndarray], np.ndarray]


def build_trpo_graph(sess: tf.Session, policy_class: Type[ActorCriticPolicy], ob_space: Any, ac_space: Any,
                     n_envs: int, policy_kwargs: dict, entcoeff: float, cg_damping: float, cg_iters: int) -> TRPOGraph:
    """
    Add policy, old policy and all operations to the current graph.

    :param sess: the session
    :param policy_class: what to build
    :param ob_space: observation space
    :param ac_space: action space
    :param n_envs: number of environments
    :param policy_kwargs: further arguments of the policy
    :param entcoeff: weight of the entropy bonus
    :param cg_damping: multiple of the identity added to the Fisher matrix
    :param cg_iters: products of one conjugate gradient solution
    :return: the operations
    """
    def make_policy(reuse: bool) -> ActorCriticPolicy:
        return policy_class(sess, ob_space, ac_space, n_envs, 1, None, reuse=reuse, **policy_kwargs)

    policy = make_policy(reuse=False)
    with tf.variable_scope('oldpi', reuse=False):
        old_policy = make_policy(reuse=False)
    fisher_policy = make_policy(reuse=True)  # the same network on rows of its own
    variables = get_trainable_vars('model')
    policy_variables = [var for var in variables if '/vf' not in var.name and '/q/' not in var.name]
    value_variables = [var for var in variables if '/pi' not in var.name and '/logstd' not in var.name]

    actions = policy.pdtype.sample_placeholder([None], name='actions')
    advantages = tf.placeholder(tf.float32, [None], name='advantages')
    batch = [policy.obs_ph, actions, advantages]
    losses = policy_losses(policy.proba_distribution, old_policy.proba_distribution, actions, advantages, entcoeff)
    product = fisher_vector_product(fisher_policy, policy_variables, cg_damping)

    returns = tf.placeholder(tf.float32, [None], name='returns')
    value_gradients = tf.gradients(value_loss(policy.value_flat, returns), value_variables)
    value_optimizer = Adam(value_variables, 'value_optimizer')
    learning_rate = tf.placeholder(tf.float32, [], name='learning_rate')

    n_parameters = sum(numel(variable) for variable in policy_variables)
    vector = tf.placeholder(tf.float32, [n_parameters], name='vector')
    run_product = built_at_first_call(
        sess, lambda: fast_value(sess, product(vector), [fisher_policy.obs_ph, vector]))  # no need of it when alone
    run_losses = fast_callable(sess, losses, [old_policy.obs_ph] + batch)
    parameters = flatten(policy_variables)
    return TRPOGraph(
        policy=policy, old_policy=old_policy, policy_variables=policy_variables, value_variables=value_variables,
        value_optimizer=value_optimizer,
        natural_gradient=_natural_gradient(sess, policy, batch, entcoeff, product, fisher_policy.obs_ph, run_product,
                                           policy_variables, _copy_into_old(variables), cg_iters),
        fisher_vector_product=lambda observations, direction: mpi.mean_over_workers(
            run_product(observations, direction)),
        losses=lambda observations, *rest: PolicyLosses(*mpi.mean_over_workers(
            np.asarray(run_losses(observations, observations, *rest)))),
        get_parameters=fast_value(sess, parameters, []),
        set_parameters=fast_callable(sess, [], [vector], [assign_from_flat(policy_variables, vector)]),
        value_step=training_step(sess, value_optimizer, value_gradients, [policy.obs_ph, returns], learning_rate),
        values=fast_value(sess, policy.value_flat, [policy.obs_ph]))


def _copy_into_old(variables: List[tf.Variable]) -> tf.Operation:
    old = {variable.name: variable for variable in get_trainable_vars('oldpi')}
    return tf.group(*[tf.assign(old['oldpi/' + variable.name], variable) for variable in variables])


def _natural_gradient(sess: tf.Session, policy: ActorCriticPolicy, batch: List[tf.Tensor], entcoeff: float,
                      product: Callable[[tf.Tensor], tf.Tensor], fisher_observations: tf.Tensor,
                      run_product: Callable[[np.ndarray, np.ndarray], np.ndarray], variables: List[tf.Variable],
                      copy_into_old: tf.Operation, cg_iters: int) -> Callable[..., NaturalGradient]:
    # The old policy is the present one here, so a copy of its parameters that gets no gradient stands in for it.
    flat = policy.proba_distribution.flatparam()
    same = policy.pdtype.proba_distribution_from_flat(tf.stop_gradient(flat))
    losses = policy_losses(policy.proba_distribution, same, batch[1], batch[2], entcoeff)
    gradient = flat_gradient(losses.optimgain, variables)
    inputs = batch + [fisher_observations]

    if mpi.size() == 1:  # one run for everything
        direction, squared_length = conjugate_gradient_in_graph(product, gradient, cg_iters)
        run = fast_callable(sess, list(losses) + [gradient, direction, 0.5 * squared_length], inputs, [copy_into_old])

        def fused(observations: np.ndarray, actions: np.ndarray, advantages: np.ndarray) -> NaturalGradient:
            *values, gradient, direction, curvature = run(observations, actions, advantages,
                                                          observations[::FISHER_ROW_STEP])
            return NaturalGradient(PolicyLosses(*values), gradient, direction, curvature)
        return fused

    compute = fast_callable(sess, list(losses) + [gradient], batch, [copy_into_old])

    def distributed(observations: np.ndarray, actions: np.ndarray, advantages: np.ndarray) -> NaturalGradient:
        *values, local_gradient = compute(observations, actions, advantages)
        total = mpi.mean_over_workers(np.concatenate([np.asarray(values, np.float32), local_gradient]))
        values, average = total[:len(values)], total[len(values):]
        rows = observations[::FISHER_ROW_STEP]

        def average_product(vector: np.ndarray) -> np.ndarray:
            return mpi.mean_over_workers(run_product(rows, vector.astype(np.float32)))
        solution = conjugate_gradient(average_product, average.astype(np.float64), cg_iters=cg_iters).astype(np.float32)
        return NaturalGradient(PolicyLosses(*values), average, solution, 0.5 * solution.dot(average_product(solution)))
    return distributed
