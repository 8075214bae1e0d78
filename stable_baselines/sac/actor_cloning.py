"""Behaviour cloning of SAC's actor."""
from stable_baselines.common.behavior_cloning import BehaviorCloning, CloningSettings, build_cloning
from stable_baselines.common.cloning_losses import CloningObjective
from stable_baselines.common.tf1 import tf
from stable_baselines.sac.action_scaling import ActionScaling
from stable_baselines.sac.graph import SACGraph
from stable_baselines.sac.squashed_gaussian import expert_likelihood


def build_actor_cloning(sess: tf.Session, graph: SACGraph, scaling: ActionScaling,
                        settings: CloningSettings) -> BehaviorCloning:
    """
    Add behaviour cloning of the actor to the current graph.

    :param sess: the session
    :param graph: has the actor
    :param scaling: of actions
    :param settings: 'mse': squared error of the squashed means; 'nll': minus log-density of the squashed Gaussian; both
        for actions from -1 to 1
    :return: the operations
    :raises ValueError: for 'nll' when the policy does not tell its distribution
    """
    expert_actions = tf.placeholder(tf.float32, [None, scaling.size], name='expert_actions')
    if settings.loss == 'mse':
        errors = tf.reduce_mean(tf.square(graph.deterministic_actions - expert_actions), axis=-1)
    else:
        errors = -expert_likelihood(expert_actions, *graph.policy.distribution_tensors())
    return build_cloning(sess, graph.policy.obs_ph, expert_actions, CloningObjective(errors), graph.policy_variables,
                         settings, scaling.to_unit_rows)
