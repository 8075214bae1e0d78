"""Every figure of training: its column in tables and files, its tag in TensorBoard, its unit. To add one, add a line.

Columns and tags are those of stable-baselines where it had them.
"""
from collections import OrderedDict
from typing import Any, Dict, FrozenSet, Mapping, NamedTuple, Sequence

import numpy as np

__all__ = ['CLOCKS', 'Catalogue', 'DISCRIMINATOR_FIGURES', 'EPISODE_LENGTH', 'EPISODE_REWARD', 'Figure', 'SAC_FIGURES',
           'TRPO_FIGURES', 'groups_of', 'ordered', 'tagged', 'unit_of']


class Figure(NamedTuple):
    """One of them."""

    column: str
    tag: str
    meaning: str
    unit: str = ''


Catalogue = Sequence[Sequence[Figure]]  # groups, as they follow one another in a table

# tags of each episode, at the step of its end; they have no column
EPISODE_REWARD, EPISODE_LENGTH = 'episode_reward', 'episode_length'  # by the environment's rewards; in steps

_PROGRESS = [
    Figure('TimestepsSoFar', 'time/TimestepsSoFar', 'environment steps, over all environments and workers', 'steps'),
    Figure('EpisodesSoFar', 'time/EpisodesSoFar', 'episodes that ended', 'episodes'),
    Figure('EpThisIter', 'time/EpThisIter', 'episodes that ended since the last iteration', 'episodes'),
    Figure('TimeElapsed', 'time/TimeElapsed', 'since learn() began', 's'),
    Figure('fps', 'time/steps_per_second', 'environment steps a second, since learn() began', 'steps/s'),
]
_EPISODES = [
    Figure('EpLenMean', 'episode/EpLenMean', 'length of the latest 40 episodes', 'steps'),
    Figure('EpRewMean', 'episode/EpRewMean', 'their return by the rewards learned from (GAIL: the discriminator\'s)'),
    Figure('EpTrueRewMean', 'episode/EpTrueRewMean', 'their return by the environment, where that differs'),
    Figure('expert_return', 'episode/expert_return', 'mean return of the demonstrations, where known'),
]
_POLICY = [
    Figure('optimgain', 'loss/policy_gradient_loss', 'what a step maximizes: surrogate gain and entropy bonus'),
    Figure('surrgain', 'loss/surrogate_gain', 'surrogate gain: mean of probability ratio times advantage'),
    Figure('meankl', 'loss/approximate_kullback-leibler', 'mean divergence from the policy before the step', 'nats'),
    Figure('max_kl', 'policy/max_kl', 'the limit of that divergence', 'nats'),
    Figure('entropy', 'loss/entropy_loss', 'mean entropy of the policy', 'nats'),
    Figure('entloss', 'loss/entropy_bonus', 'entcoeff times the entropy', 'nats'),
    Figure('step_size', 'policy/step_size', 'share of the full step that was accepted; 0: rejected'),
    Figure('cg_residual', 'policy/cg_residual', 'what conjugate gradient left over, as a share of the gradient'),
    Figure('policy_gradient_norm', 'gradient_norm/policy', 'length of the surrogate\'s gradient'),
]
_VALUES = [
    Figure('value_loss', 'loss/value_function_loss', 'mean squared error over the minibatches of the fit'),
    Figure('explained_variance_tdlam_before', 'value/explained_variance',
           'share of the returns\' variance that the values knew before the fit'),
    Figure('value_gradient_norm', 'gradient_norm/value', 'length of the value loss\'s gradient, mean of the fit'),
]
TRPO_FIGURES: Catalogue = [_PROGRESS, _EPISODES, _POLICY, _VALUES]

DISCRIMINATOR_FIGURES: Sequence[Figure] = [
    Figure('discriminator_loss', 'discriminator/loss', 'total: the next two, entropy_loss and weighed penalty', 'nats'),
    Figure('generator_loss', 'discriminator/generator_loss', 'cross entropy of the policy\'s rows', 'nats'),
    Figure('expert_loss', 'discriminator/expert_loss', 'cross entropy of the expert\'s rows', 'nats'),
    Figure('discriminator_entropy', 'discriminator/entropy', 'mean entropy of its answers', 'nats'),
    Figure('entropy_loss', 'discriminator/entropy_loss', 'minus adversary_entcoeff times that', 'nats'),
    Figure('generator_acc', 'discriminator/generator_acc', 'share of the policy\'s rows it is right on'),
    Figure('expert_acc', 'discriminator/expert_acc', 'share of the expert\'s rows it is right on'),
    Figure('generator_logit', 'discriminator/generator_logit', 'mean logit of the policy\'s rows'),
    Figure('expert_logit', 'discriminator/expert_logit', 'mean logit of the expert\'s rows; high means expert'),
    Figure('gradient_penalty', 'discriminator/gradient_penalty', 'without its weight; only where it is on'),
    Figure('imitation_reward', 'discriminator/imitation_reward', 'mean reward it gave in the latest batch'),
    Figure('imitation_reward_std', 'discriminator/imitation_reward_std', 'standard deviation of these rewards'),
    Figure('discriminator_gradient_norm', 'gradient_norm/discriminator', 'length of the total loss\'s gradient'),
]

SAC_FIGURES: Catalogue = [
    [Figure('total timesteps', 'time/total_timesteps', 'environment steps, over all environments', 'steps'),
     Figure('episodes', 'time/episodes', 'episodes that ended', 'episodes'),
     Figure('n_updates', 'time/n_updates', 'gradient steps since learn() began', 'updates'),
     Figure('time_elapsed', 'time/time_elapsed', 'since learn() began', 's'),
     Figure('fps', 'time/steps_per_second', 'environment steps a second, since learn() began', 'steps/s')],
    [Figure('mean 100 episode reward', 'episode/mean_100_episode_reward', 'return of the latest 100 episodes'),
     Figure('mean 100 episode length', 'episode/mean_100_episode_length', 'their length', 'steps'),
     Figure('ep_rewmean', 'episode/ep_rewmean', 'return of the latest 100 episodes by a Monitor\'s records'),
     Figure('eplenmean', 'episode/eplenmean', 'their length', 'steps'),
     Figure('success rate', 'episode/success_rate', 'mean is_success of the latest 100 episodes that tell it')],
    [Figure('policy_loss', 'loss/policy_loss', 'the actor\'s loss'),
     Figure('qf1_loss', 'loss/qf1_loss', 'loss of the first critic Q1: half the mean squared error'),
     Figure('qf2_loss', 'loss/qf2_loss', 'loss of the second critic Q2'),
     Figure('value_loss', 'loss/value_loss', 'loss of the value function V'),
     Figure('qf1', 'values/qf1', 'mean Q1 of the actions in the batch'),
     Figure('qf2', 'values/qf2', 'mean Q2 of the same'),
     Figure('value', 'values/value', 'mean V of the observations in the batch')],
    [Figure('entropy', 'loss/entropy', 'mean entropy of the policy', 'nats'),
     Figure('ent_coef', 'loss/ent_coef', 'weight of the entropy: alpha'),
     Figure('ent_coef_loss', 'loss/ent_coef_loss', 'its loss, where it is learned'),
     Figure('current_lr', 'train/learning_rate', 'learning rate of the latest update')],
]

CLOCKS = ('TimestepsSoFar', 'total timesteps')  # columns that hold the environment steps

_UNITS: Dict[str, str] = {}
_GROUPS: Dict[str, FrozenSet[int]] = {}  # SAC has a few columns of TRPO's names, in groups of its own
for _number, _group in enumerate([*TRPO_FIGURES, DISCRIMINATOR_FIGURES, *SAC_FIGURES]):
    for _figure in _group:
        _UNITS[_figure.column] = _figure.unit
        _GROUPS[_figure.column] = _GROUPS.get(_figure.column, frozenset()) | {_number}


def ordered(values: Mapping[str, Any], catalogue: Catalogue) -> 'OrderedDict[str, Any]':
    """
    :param values: figures by column, in any order
    :param catalogue: what they are
    :return: the same in the catalogue's order, as Python's numbers; those that it lacks come last
    """
    columns = [figure.column for group in catalogue for figure in group if figure.column in values]
    columns += [column for column in values if column not in set(columns)]
    return OrderedDict((column, _plain(values[column])) for column in columns)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, 'item') and np.ndim(value) == 0 else value


def tagged(values: Mapping[str, Any], catalogue: Catalogue) -> Dict[str, Any]:
    """
    :param values: figures by column
    :param catalogue: what they are
    :return: the same by TensorBoard's tags; a column that the catalogue lacks is its own tag
    """
    tags = {figure.column: figure.tag for group in catalogue for figure in group}
    return {tags.get(column, column): value for column, value in values.items()}


def unit_of(column: str) -> str:
    """
    :param column: of a table
    :return: its unit, '' for none
    """
    return _UNITS.get(column, '')


def groups_of(column: str) -> FrozenSet[int]:
    """
    :param column: of a table
    :return: numbers of the groups it stands in; none for what is no figure of the library
    """
    return _GROUPS.get(column, frozenset())
