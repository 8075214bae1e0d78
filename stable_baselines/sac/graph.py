"""SAC's piece of graph: what acting and learning need, as plain functions."""
from typing import Any, Callable, List, NamedTuple, Optional, Tuple, Type

import numpy as np

from stable_baselines.common.adam import Adam
from stable_baselines.common.fast_call import fast_value
from stable_baselines.common.flat_vectors import flatten_gradients
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import get_trainable_vars
from stable_baselines.sac.losses import (
    CriticLosses,
    action_value_target,
    critic_losses,
    ent_coef_loss,
    policy_loss,
    value_target,
)
from stable_baselines.sac.policies import SACPolicy
from stable_baselines.sac.temperature import CoefficientChoice, EntropyCoefficient, build_ent_coef


class Inputs(NamedTuple):
    """Placeholders of a batch, in the order in which they are fed; actions and noise are [batch, size]."""

    observations: tf.Tensor
    actions: tf.Tensor  # from -1 to 1
    rewards: tf.Tensor
    next_observations: tf.Tensor
    dones: tf.Tensor  # 1 where the episode ended for good
    noise: tf.Tensor  # standard normal
    learning_rate: tf.Tensor


class SACGraph(NamedTuple):
    """The operations. A batch is what ``Inputs`` lists."""

    policy: SACPolicy
    inputs: Inputs
    deterministic_actions: tf.Tensor  # [batch, size], from -1 to 1
    next_values: tf.Tensor  # of the target network, [batch, 1]
    policy_variables: List[tf.Variable]
    value_variables: List[tf.Variable]
    target_variables: List[tf.Variable]
    optimizer: Adam  # of everything that is learned
    figure_names: Tuple[str, ...]
    gradient: Callable[..., np.ndarray]  # of a batch, in the optimizer's order
    train: Callable[..., np.ndarray]  # one step on a batch -> figures before it, in the order of figure_names
    train_and_track: Callable[..., np.ndarray]  # the same, then moves the target network
    train_critics: Callable[..., np.ndarray]  # as ``train``, but policy and temperature stay as they are
    train_critics_and_track: Callable[..., np.ndarray]
    forget_moments: Callable[[], Any]  # makes the optimizer as new
    copy_to_target: Callable[[], Any]  # makes the target network equal to the value function


def build_sac_graph(sess: tf.Session, policy_class: Type[SACPolicy], ob_space: Any, ac_space: Any, policy_kwargs: dict,
                    gamma: float, tau: float, ent_coef: CoefficientChoice, target_entropy: float) -> SACGraph:
    """
    Add policy, target network and all operations to the current graph.

    :param sess: the session
    :param policy_class: what to build
    :param ob_space: observation space
    :param ac_space: action space, a Box
    :param policy_kwargs: further arguments of the policy
    :param gamma: discount
    :param tau: share of the way that the target network moves towards the value function at a time
    :param ent_coef: weight of the entropy
    :param target_entropy: what a learned weight aims at, in nats
    :return: the operations
    """
    size = int(np.prod(ac_space.shape))
    policy = policy_class(sess, ob_space, ac_space, **policy_kwargs)
    target_policy = policy_class(sess, ob_space, ac_space, **policy_kwargs)
    actions = tf.placeholder(tf.float32, [None, size], name='actions')
    rewards = tf.placeholder(tf.float32, [None], name='rewards')
    dones = tf.placeholder(tf.float32, [None], name='dones')
    learning_rate = tf.placeholder(tf.float32, [], name='learning_rate')

    with tf.variable_scope('model'):
        deterministic_actions, own_actions, log_probabilities = policy.make_actor()
        noise = tf.placeholder(tf.float32, [None, size], name='unused_noise') if policy.noise is None else policy.noise
        qf1, qf2, values = policy.make_critics(action=actions)
        qf1_pi, qf2_pi, _ = policy.make_critics(action=own_actions, reuse=True, create_vf=False)
        temperature = build_ent_coef(ent_coef)
    with tf.variable_scope('target'):
        next_values = target_policy.make_critics(create_qf=False)[2]
    _adopt(policy, own_actions, deterministic_actions)
    inputs = Inputs(policy.obs_ph, actions, rewards, target_policy.obs_ph, dones, noise, learning_rate)

    log_probabilities, qf1_pi, qf2_pi = _flat(log_probabilities), _flat(qf1_pi), _flat(qf2_pi)
    critics = critic_losses(_flat(qf1), _flat(qf2), action_value_target(rewards, dones, _flat(next_values), gamma),
                            _flat(values), value_target(qf1_pi, qf2_pi, log_probabilities, temperature.value))
    actor_loss = policy_loss(qf1_pi, log_probabilities, temperature.value)
    if policy.reg_loss is not None:
        actor_loss += policy.reg_loss
    entropy = -tf.reduce_mean(log_probabilities) if policy.entropy is None else tf.reduce_mean(policy.entropy)
    figures = _figures(critics, actor_loss, entropy, temperature, log_probabilities, target_entropy)
    figures.update(qf1=tf.reduce_mean(qf1), qf2=tf.reduce_mean(qf2), value=tf.reduce_mean(values))
    return _with_training(sess, policy, inputs, deterministic_actions, next_values, figures, temperature.log_value, tau)


def _flat(tensor: tf.Tensor) -> tf.Tensor:
    """
    :param tensor: shape [batch, 1] or [batch]
    :return: shape [batch]; columns left beside rows would broadcast to [batch, batch]
    """
    return tf.reshape(tensor, [-1])


def _adopt(policy: SACPolicy, actions: tf.Tensor, deterministic_actions: tf.Tensor) -> None:
    """A policy of the user's own need not keep what ``make_actor`` returns: ``SACPolicy.step`` finds it here."""
    policy.policy, policy.deterministic_policy = actions, deterministic_actions


def _figures(critics: CriticLosses, actor_loss: tf.Tensor, entropy: tf.Tensor, temperature: EntropyCoefficient,
             log_probabilities: tf.Tensor, target_entropy: float) -> dict:
    figures = dict(policy_loss=actor_loss, qf1_loss=critics.qf1_loss, qf2_loss=critics.qf2_loss,
                   value_loss=critics.value_loss, entropy=entropy)
    if temperature.log_value is not None:
        figures['ent_coef_loss'] = ent_coef_loss(temperature.log_value, log_probabilities, target_entropy)
    figures['ent_coef'] = temperature.value
    return figures


def _with_training(sess: tf.Session, policy: SACPolicy, inputs: Inputs, deterministic_actions: tf.Tensor,
                   next_values: tf.Tensor, figures: dict, log_ent_coef: Optional[tf.Variable], tau: float) -> SACGraph:
    policy_variables, value_variables = get_trainable_vars('model/pi/'), get_trainable_vars('model/values_fn/')
    target_variables = get_trainable_vars('target/values_fn/')
    variables = policy_variables + value_variables
    critic_loss = figures['qf1_loss'] + figures['qf2_loss'] + figures['value_loss']
    gradients = tf.gradients(figures['policy_loss'], policy_variables) + tf.gradients(critic_loss, value_variables)
    if log_ent_coef is not None:
        variables = variables + [log_ent_coef]
        gradients += tf.gradients(figures['ent_coef_loss'], [log_ent_coef])

    # Adam works component by component, so one for all variables is the same as one for each of the three objectives.
    optimizer = Adam(variables, 'optimizer')
    figure_values = tf.stack(list(figures.values()))
    critics = range(len(policy_variables), len(policy_variables) + len(value_variables))
    critic_gradients = [gradient if place in critics else None for place, gradient in enumerate(gradients)]
    sources = _sources(target_variables, value_variables)
    steps = [optimizer.apply(chosen, inputs.learning_rate, after=[figure_values])
             for chosen in (gradients, critic_gradients)]
    runs = [fast_value(sess, figure_values, inputs, [operation])
            for step in steps for operation in (step, _track(step, target_variables, sources, tau))]
    copy = tf.group(*[tf.assign(target, source) for target, source in zip(target_variables, sources)])
    return SACGraph(policy, inputs, deterministic_actions, next_values, policy_variables, value_variables,
                    target_variables, optimizer, tuple(figures),
                    gradient=sess.make_callable(flatten_gradients(gradients, variables), list(inputs[:-1])),
                    train=runs[0], train_and_track=runs[1], train_critics=runs[2], train_critics_and_track=runs[3],
                    forget_moments=lambda: sess.run([variable.initializer for variable in optimizer.state]),
                    copy_to_target=sess.make_callable(copy))


def _track(step: tf.Operation, targets: List[tf.Variable], sources: List[tf.Variable], tau: float) -> tf.Operation:
    with tf.control_dependencies([step]):
        return tf.group(*[tf.assign_add(target, tau * (source.read_value() - target.read_value()))
                          for target, source in zip(targets, sources)])


def _sources(targets: List[tf.Variable], value_variables: List[tf.Variable]) -> List[tf.Variable]:
    """
    :param targets: variables of the target network
    :param value_variables: variables of the critics
    :return: for each of the former the one it follows
    """
    by_name = {variable.name: variable for variable in value_variables}
    return [by_name[target.name.replace('target/', 'model/', 1)] for target in targets]

