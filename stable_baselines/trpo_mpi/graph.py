"""TRPO's piece of graph: what the update needs, as plain functions."""
from typing import Any, Callable, List, NamedTuple, Sequence, Tuple, Type

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.adam import Adam, training_step
from stable_baselines.common.cg import conjugate_gradient_in_graph, solve
from stable_baselines.common.fast_call import built_at_first_call, fast_callable, fast_value, in_rows
from stable_baselines.common.flat_vectors import assign_from_flat, flat_gradient, flatten, numel
from stable_baselines.common.policies import ActorCriticPolicy
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import get_trainable_vars
from stable_baselines.trpo_mpi.fisher import fisher_vector_product, fisher_vector_product_by_differences
from stable_baselines.trpo_mpi.losses import PolicyLosses, policy_losses, value_loss
from stable_baselines.trpo_mpi.policies import build_copies, copy_into_old

FISHER_ROW_STEP = 5  # the Fisher matrix is averaged over every fifth row
FISHER_SEQUENCES = 8  # or over as many sequences at least, where there are so many


class NaturalGradient(NamedTuple):
    """Where the update starts from."""

    losses: PolicyLosses
    gradient: np.ndarray  # of the surrogate, [n]
    direction: np.ndarray  # conjugate gradient's solution of F s = gradient, [n]
    curvature: float  # s' F s / 2
    old_flat: np.ndarray  # parameters of the action distributions that the batch was collected with, [N, ...]
    residual: float  # length of gradient - F s as a share of the gradient's


class TRPOGraph(NamedTuple):
    """
    The operations of an update.

    A batch is (observations, actions, advantages), and one of a policy with memory (observations, states, episode
    starts, actions, advantages). All begin with the axis of rows [N, ...]; with memory they begin with [sequences,
    steps, ...], except for states, which are those before the first steps: [sequences, ...].
    """

    policy: ActorCriticPolicy  # acts
    learning_policy: ActorCriticPolicy  # the same one, or with memory one that reads sequences
    old_policy: ActorCriticPolicy
    policy_variables: List[tf.Variable]
    value_variables: List[tf.Variable]
    value_optimizer: Adam
    natural_gradient: Callable[..., NaturalGradient]  # of a batch; also makes the old policy equal to the new
    fisher_vector_product: Callable[..., np.ndarray]  # of a batch's inputs and a vector
    losses: Callable[..., PolicyLosses]  # of a batch and ``old_flat``
    get_parameters: Callable[[], np.ndarray]  # of the policy, as one vector
    set_parameters: Callable[[np.ndarray], None]
    value_step: Callable[..., Any]  # of a batch's inputs, returns and step size -> value loss before, gradient's length
    values: Callable[..., np.ndarray]  # of observations [N, ...] and, with memory, states and episode starts


def build_trpo_graph(sess: tf.Session, policy_class: Type[ActorCriticPolicy], ob_space: Any, ac_space: Any,
                     n_envs: int, policy_kwargs: dict, entcoeff: float, cg_damping: float, cg_iters: int,
                     sequence_length: int) -> TRPOGraph:
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
    :param sequence_length: steps through which gradients of a policy with memory flow back
    :return: the operations
    """
    copies = build_copies(sess, policy_class, ob_space, ac_space, n_envs, policy_kwargs, sequence_length)
    policy, inputs = copies.learning, copies.learning.input_phs
    in_items = in_rows if policy.recurrent else lambda run, feeds: run
    variables = get_trainable_vars('model')
    policy_variables = [var for var in variables if '/vf' not in var.name and '/q/' not in var.name]

    actions = policy.pdtype.sample_placeholder([None], name='actions')
    advantages = tf.placeholder(tf.float32, [None], name='advantages')
    flat = policy.proba_distribution.flatparam()
    old_flat = tf.placeholder(flat.dtype, flat.shape, name='old_flat')
    old = policy.pdtype.proba_distribution_from_flat(old_flat)
    losses = policy_losses(policy.proba_distribution, old, actions, advantages, entcoeff)
    batch = inputs + [actions, advantages]

    value_optimizer, value_step = _value_optimizer_and_step(
        sess, policy, _variables_of_values(variables, policy.recurrent), in_items)

    vector = tf.placeholder(tf.float32, [sum(numel(variable) for variable in policy_variables)], name='vector')
    get_parameters = fast_value(sess, flatten(policy_variables), [])
    set_parameters = fast_callable(sess, [], [vector], [assign_from_flat(policy_variables, vector)])
    run_losses = in_items(fast_callable(sess, losses, batch + [old_flat]), batch + [old_flat])
    copy_op = copy_into_old(variables, get_trainable_vars('oldpi'))

    def build_product() -> Callable[..., np.ndarray]:
        if policy.recurrent:
            return fisher_vector_product_by_differences(sess, policy, policy_variables, cg_damping, get_parameters,
                                                        set_parameters)
        product = fisher_vector_product(copies.fisher, policy_variables, cg_damping)
        exact_vector = tf.placeholder(tf.float64, vector.shape, name='exact_vector')
        return fast_value(sess, product(exact_vector), copies.fisher.input_phs + [exact_vector])

    def build_natural_gradient() -> Callable[..., NaturalGradient]:
        start = _start_of_update(policy, actions, advantages, entcoeff, policy_variables)
        if policy.recurrent or mpi.size() > 1:
            return _natural_gradient_in_runs(
                in_items(fast_callable(sess, start, batch, [copy_op]), batch), run_product, len(inputs),
                policy.recurrent, cg_iters)
        return _natural_gradient_in_one_run(
            sess, start, batch, copies.fisher.input_phs,
            fisher_vector_product(copies.fisher, policy_variables, cg_damping), copy_op, cg_iters)

    # a third of all there is to build, and of no use to models that only act
    run_product = built_at_first_call(sess, build_product)
    natural_gradient = built_at_first_call(sess, build_natural_gradient)
    return TRPOGraph(
        policy=copies.acting, learning_policy=policy, old_policy=copies.old, policy_variables=policy_variables,
        value_variables=value_optimizer.variables, value_optimizer=value_optimizer, natural_gradient=natural_gradient,
        fisher_vector_product=lambda *arguments: mpi.mean_over_workers(run_product(*arguments)),
        losses=lambda *arguments: PolicyLosses(*mpi.mean_over_workers(np.asarray(run_losses(*arguments)))),
        get_parameters=get_parameters, set_parameters=set_parameters, value_step=value_step,
        values=fast_value(sess, copies.acting.value_flat, copies.acting.input_phs))


def _variables_of_values(variables: List[tf.Variable], recurrent: bool) -> List[tf.Variable]:
    """
    :param variables: of the whole policy
    :param recurrent: whether it has a memory
    :return: those that the fit of the values changes
    """
    if recurrent:
        # The memory stays as the policy's update left it. Fitting values through it too makes the policy drift, out of
        # the trust region's sight: on CueEnv answers that had been learned flipped again and again.
        own = [var for var in variables if '/vf' in var.name]
        if own:  # a policy of one's own may name them otherwise
            return own
    return [var for var in variables if '/pi' not in var.name and '/logstd' not in var.name]


def _value_optimizer_and_step(sess: tf.Session, policy: ActorCriticPolicy, variables: List[tf.Variable],
                              in_items: Callable[..., Callable]) -> Tuple[Adam, Callable[..., Any]]:
    """
    :param sess: the session
    :param policy: reads the batch's inputs
    :param variables: those that the fit of the values changes
    :param in_items: turns a function of rows into one of what a batch consists of
    :return: the optimizer, and ``TRPOGraph.value_step``
    """
    returns = tf.placeholder(tf.float32, [None], name='returns')
    loss = value_loss(policy.value_flat, returns)
    gradients = tf.gradients(loss, variables)
    optimizer = Adam(variables, 'value_optimizer')
    learning_rate = tf.placeholder(tf.float32, [], name='learning_rate')
    batch = policy.input_phs + [returns]
    step = training_step(sess, optimizer, gradients, batch, learning_rate, also=[loss], with_norm=True)
    return optimizer, in_items(step, batch + [learning_rate])


def _start_of_update(policy: ActorCriticPolicy, actions: tf.Tensor, advantages: tf.Tensor, entcoeff: float,
                     variables: List[tf.Variable]) -> List[tf.Tensor]:
    """
    :param policy: reads the batch's inputs
    :param actions: of the batch
    :param advantages: of the batch
    :param entcoeff: weight of the entropy bonus
    :param variables: of the policy
    :return: the five losses, the surrogate's gradient, and the parameters of the action distributions
    """
    # The old policy is the present one here, so a copy of its parameters that gets no gradient stands in for it.
    flat = policy.proba_distribution.flatparam()
    same = policy.pdtype.proba_distribution_from_flat(tf.stop_gradient(flat))
    losses = policy_losses(policy.proba_distribution, same, actions, advantages, entcoeff)
    return list(losses) + [flat_gradient(losses.optimgain, variables), flat]


def _natural_gradient_in_one_run(sess: tf.Session, start: List[tf.Tensor], batch: List[tf.Tensor],
                                 fisher_inputs: List[tf.Tensor], product: Callable[[tf.Tensor], tf.Tensor],
                                 copy_op: tf.Operation, cg_iters: int) -> Callable[..., NaturalGradient]:
    *losses, gradient, flat = start
    direction, squared_length, residual = conjugate_gradient_in_graph(product, gradient, cg_iters)
    run = fast_callable(sess, losses + [gradient, direction, 0.5 * squared_length, flat, residual],
                        batch + fisher_inputs, [copy_op])

    def natural_gradient(*arrays: np.ndarray) -> NaturalGradient:
        *values, gradient, direction, curvature, old_flat, residual = run(*arrays, arrays[0][::FISHER_ROW_STEP])
        return NaturalGradient(PolicyLosses(*values), gradient, direction, curvature, old_flat, residual)
    return natural_gradient


def _natural_gradient_in_runs(compute: Callable[..., List[np.ndarray]], run_product: Callable[..., np.ndarray],
                              n_inputs: int, sequences: bool, cg_iters: int) -> Callable[..., NaturalGradient]:
    def natural_gradient(*arrays: np.ndarray) -> NaturalGradient:
        *values, local_gradient, old_flat = compute(*arrays)
        total = mpi.mean_over_workers(np.concatenate([np.asarray(values, np.float32), local_gradient]))
        values, average = total[:len(values)], total[len(values):]
        part, weight = _share_of_fisher(arrays[:n_inputs], sequences)

        def average_product(vector: np.ndarray) -> np.ndarray:
            return mpi.mean_over_workers(weight * run_product(*part, vector))
        solution, rest = solve(average_product, average.astype(np.float64), cg_iters)
        solution = solution.astype(np.float32)
        # products that are differences are not exact enough for what the iterations think is left
        reached = average_product(solution) if sequences else average - rest.astype(np.float32)
        length = np.linalg.norm(average)
        return NaturalGradient(PolicyLosses(*values), average, solution, 0.5 * solution.dot(reached), old_flat,
                               np.linalg.norm(average - reached) / length if length > 0.0 else 0.0)
    return natural_gradient


def _share_of_fisher(inputs: Sequence[np.ndarray], sequences: bool) -> Tuple[List[np.ndarray], np.float32]:
    """
    Every fifth row of the batches of all workers, joined in the order of their ranks.

    :param inputs: of this worker's batch, as many rows (or sequences) as that of each other one
    :param sequences: whether they are sequences
    :return: the rows among them, and this worker's weight in the mean over the workers: there may be one more or less.
        A worker that has none of them gives its first row, which weighs nothing
    """
    count = len(inputs[0])
    step = FISHER_ROW_STEP
    if sequences:
        step = min(max(count * mpi.size() // FISHER_SEQUENCES, 1), step)
    part = [array[-mpi.rank() * count % step::step] for array in inputs]
    n_own, n_all = len(part[0]), len(range(0, count * mpi.size(), step))
    return part if n_own else [array[:1] for array in inputs], np.float32(n_own * mpi.size() / n_all)
