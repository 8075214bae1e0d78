"""What SAC learns from demonstrations: the expert's actions, and its transitions."""
from typing import Any, Dict, Iterator, Tuple

import numpy as np

from stable_baselines.common.behavior_cloning import BehaviorCloning, CloningSettings, build_cloning
from stable_baselines.common.cloning_losses import CloningObjective
from stable_baselines.common.tf1 import tf
from stable_baselines.sac.action_scaling import ActionScaling
from stable_baselines.sac.graph import SACGraph
from stable_baselines.sac.squashed_gaussian import expert_likelihood

Transition = Tuple[np.ndarray, np.ndarray, float, np.ndarray, bool, Dict[str, Any]]


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


def transitions_of(dataset: Any, observation_shape: Tuple[int, ...]) -> Iterator[Transition]:
    """
    Every step of an expert whose next observation is known: all but the last of each episode, after which the
    environment began anew.

    :param dataset: an ExpertDataset
    :param observation_shape: of one observation, as the environment gives it
    :return: observation, action, reward, next observation, False, {}: as they are added to a replay buffer
    :raises ValueError: when the rewards are not known
    """
    rewards, starts = dataset.trajectories.rewards, dataset.trajectories.episode_starts
    if rewards is None:
        raise ValueError("dataset: its rewards are not known, and SAC learns from rewards. Record demonstrations with "
                         "generate_expert_traj, which keeps them, or give traj_data the key 'rewards'.")
    row, previous = 0, None
    for observations, actions in dataset.batches_in_order():
        for observation, action in zip(observations, actions):
            observation = np.reshape(observation, observation_shape)
            if previous is not None and not starts[row]:
                yield (*previous, observation, False, {})
            previous, row = (observation, action, float(rewards[row])), row + 1
