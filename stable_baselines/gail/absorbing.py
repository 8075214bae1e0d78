"""What follows the end of an episode, as the discriminator sees it: steps in one absorbing state.

An episode that ends early seems worth less (or, with rewards below 0, more) than one that goes on, whatever the
discriminator thinks of its steps, because nothing is earned after the end. Kostrikov et al. 2019 (arXiv:1809.02925,
section 4) let every ended episode go on, in a state that nothing leads out of, whose reward is learned as any other.
"""
from typing import Any, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.rollout import Segment

__all__ = ['AbsorbingStates', 'ended_by_themselves', 'steps_after']


def steps_after(lengths: np.ndarray, gamma: float, limit: Optional[int]) -> np.ndarray:
    """
    How many steps an ended episode would go on: 1 + gamma + gamma ** 2 + ... without end, as the value function looks
    beyond a time limit, too (otherwise going on would be worth more than ending); without a discount, up to the limit.
    The same number weighs what the discriminator sees of them.

    :param lengths: steps of episodes that ended by themselves, shape [n]
    :param gamma: discount, below 1 where there is no limit
    :param limit: steps after which the environment ends an episode; None for none
    :return: shape [n]
    """
    if gamma < 1.0:
        return np.full(np.shape(lengths), 1.0 / (1.0 - gamma))
    return np.maximum(limit - np.asarray(lengths), 0).astype(np.float64)


def ended_by_themselves(lengths: np.ndarray, subsample: int, limit: Optional[int]) -> np.ndarray:
    """
    :param lengths: steps of episodes, shape [n]; where one step in several was kept, a multiple of their number
    :param subsample: one step in how many was kept
    :param limit: steps after which the environment ends an episode; None for none
    :return: which of them surely ended before, shape [n]
    """
    if limit is None:
        return np.ones(len(lengths), bool)
    return np.asarray(lengths) + subsample <= limit


def _one_limit(limits: Sequence[Optional[int]]) -> Optional[int]:
    if len(set(limits)) > 1:
        raise ValueError('absorbing_states=True: the environments end episodes after different numbers of steps, {}; '
                         'give all of them one TimeLimit.'.format(sorted(set(limits), key=str)))
    return limits[0]


class AbsorbingStates:
    """
    Counts the steps after ends of the policy's and the expert's episodes.

    :param env: the VecEnv; its time limit is where all episodes end
    :param dataset: the demonstrations. An episode of theirs that reaches the time limit has not ended by itself
    :param gamma: discount
    :raises ValueError: without both a discount and a time limit, when absorbing states would last forever; or when the
        environments have different time limits
    """

    def __init__(self, env: Any, dataset: Any, gamma: float):
        self.limit = _one_limit(env.time_limits())
        if self.limit is None and gamma >= 1.0:
            raise ValueError('absorbing_states=True: gamma={} in an environment without a time limit, so what follows '
                             'an end would count forever. Choose gamma below 1, or a TimeLimit wrapper.'.format(gamma))
        self.gamma = gamma
        self._running = np.zeros(env.num_envs)  # steps of the episodes under way
        self.of_expert = self._per_step_of_expert(dataset)

    def _per_step_of_expert(self, dataset: Any) -> float:
        stride = dataset.subsample
        lengths = dataset.episode_lengths * stride
        ended = ended_by_themselves(lengths, stride, self.limit)
        return float(steps_after(lengths[ended], self.gamma, self.limit).sum() / lengths.sum())

    def follow(self, segment: Segment, reward: float) -> Tuple[Segment, float]:
        """
        :param segment: the policy's steps
        :param reward: of a step in the absorbing state, by the present discriminator
        :return: the same with what follows each end as its value; and how many steps after ends there are for each real
            one
        """
        next_values, after = segment.next_values.copy(), 0.0
        for ends, terminals, values in zip(segment.ends, segment.terminals, next_values):
            self._running += 1
            if ends.any():
                steps = steps_after(self._running[terminals], self.gamma, self.limit)
                values[terminals] = reward * steps
                after += float(steps.sum())
                self._running[ends] = 0
        return segment._replace(next_values=next_values), after / segment.ends.size
