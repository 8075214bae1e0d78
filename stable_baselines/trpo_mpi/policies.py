"""The copies of the policy's network that TRPO's graph is made of."""
from typing import Any, List, NamedTuple, Type

from stable_baselines.common.policies import ActorCriticPolicy
from stable_baselines.common.tf1 import tf


class PolicyCopies(NamedTuple):
    """
    Networks on the same variables, but for the old policy's. A policy without memory acts and learns through one
    network; one with memory acts a step at a time, and learns from sequences.
    """

    acting: ActorCriticPolicy
    learning: ActorCriticPolicy
    fisher: ActorCriticPolicy  # on rows of its own; the learning one, with memory
    old: ActorCriticPolicy


def build_copies(sess: tf.Session, policy_class: Type[ActorCriticPolicy], ob_space: Any, ac_space: Any, n_envs: int,
                 policy_kwargs: dict, sequence_length: int) -> PolicyCopies:
    """
    Add the networks to the current graph.

    :param sess: the session
    :param policy_class: what to build
    :param ob_space: observation space
    :param ac_space: action space
    :param n_envs: number of environments
    :param policy_kwargs: further arguments of the policy
    :param sequence_length: steps through which gradients of a policy with memory flow back
    :return: the networks
    :raises TypeError: for a policy that makes no network
    """
    def build(n_steps: int, reuse: bool) -> ActorCriticPolicy:
        return policy_class(sess, ob_space, ac_space, n_envs, n_steps, None, reuse=reuse, **policy_kwargs)

    acting = build(1, reuse=False)
    _require_network(acting)
    with tf.variable_scope('oldpi', reuse=False):
        old = build(1, reuse=False)
    if not acting.recurrent:
        return PolicyCopies(acting, acting, build(1, reuse=True), old)
    learning = build(sequence_length, reuse=True)
    return PolicyCopies(acting, learning, learning, old)


def _require_network(policy: ActorCriticPolicy) -> None:
    missing = [name for name in ('proba_distribution', 'value_flat', 'deterministic_action')
               if getattr(policy, name, None) is None]
    if missing:
        raise TypeError('policy={}: it makes no {}. A policy of your own sets _proba_distribution and _value_fn in its '
                        'constructor and then calls _setup_init(); see "Custom policies" in the documentation.'.format(
                            type(policy).__name__, ' and no '.join(missing)))


def build_learning_copy(policy: ActorCriticPolicy, policy_kwargs: dict) -> ActorCriticPolicy:
    """
    A network for losses that are added after the session has run.

    :param policy: what learns
    :param policy_kwargs: its further arguments
    :return: the same policy, if it has no memory; else a copy, since loops that have run must not be differentiated
    """
    if not policy.recurrent:
        return policy
    return type(policy)(policy.sess, policy.ob_space, policy.ac_space, policy.n_env, policy.n_steps, None, reuse=True,
                        **policy_kwargs)


def copy_into_old(variables: List[tf.Variable], old_variables: List[tf.Variable]) -> tf.Operation:
    """
    :param variables: of the policy, in scope 'model'
    :param old_variables: of the old policy, in scope 'oldpi/model'
    :return: operation that makes the old policy equal to the present one
    """
    old = {variable.name: variable for variable in old_variables}
    return tf.group(*[tf.assign(old['oldpi/' + variable.name], variable) for variable in variables])
