"""Warns of imitation that cannot work: what it means, and which options help."""
from typing import Any, Callable, Mapping, Optional, Sequence

import numpy as np

from stable_baselines.common.training_report import warn_of_training
from stable_baselines.gail.absorbing import ended_by_themselves
from stable_baselines.gail.dataset.trajectories import lengths as episode_lengths
from stable_baselines.gail.rewards import REWARD_FORMS

ITERATIONS = 20  # in a row, for all but the survival bias
WON_ACCURACY = 0.95  # on both sides; from it on the discriminator wins outright
GUESSING_ACCURACY = 0.7  # mean of both sides; up to it the discriminator does little better than guess
FLAT_REWARD = 0.03  # standard deviation over mean; below it rewards are all alike
STILL_WEIGHTS = 1e-3  # change of the weights, over their length, in ``ITERATIONS``; below it they stand still
LENGTH_VARIATION = 0.05  # standard deviation over mean of the demonstrations' lengths; above it they vary


class DiscriminatorWins:
    """The discriminator tells nearly all rows apart, for ``ITERATIONS`` in a row."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, figures: Mapping[str, float]) -> Optional[str]:
        """
        :param figures: of an iteration, by column
        :return: the warning, if it is time for it
        """
        wins = min(figures['generator_acc'], figures['expert_acc']) >= WON_ACCURACY
        self._count = self._count + 1 if wins else 0
        if self._count < ITERATIONS:
            return None
        return ('The discriminator wins outright: for {} iterations it has been right on {:.0%} or more of the '
                'policy\'s and of the expert\'s rows. Its reward then hardly says which way is better, and imitation '
                'may stand still. A lower d_stepsize or d_step slows it down, a higher g_step gives the policy more '
                'updates; gradient_penalty=1 keeps its reward from getting steep, a higher adversary_entcoeff or a '
                'smaller hidden_size_adversary softens its answers. Look for what gives the expert away, too, such as '
                'observations or actions of another range.'.format(ITERATIONS, WON_ACCURACY))


class DiscriminatorCollapsed:
    """
    The discriminator guesses, for ``ITERATIONS`` in a row, while its reward is the same everywhere or does not change.

    :param weights: reads the discriminator's
    """

    def __init__(self, weights: Callable[[], np.ndarray]):
        self._weights, self._before = weights, weights()
        self._guesses, self._flat, self._seen = 0, 0, 0

    def __call__(self, figures: Mapping[str, float]) -> Optional[str]:
        """
        :param figures: of an iteration, by column
        :return: the warning, if it is time for it
        """
        self._seen += 1
        accuracy = 0.5 * (figures['generator_acc'] + figures['expert_acc'])
        self._guesses = self._guesses + 1 if accuracy <= GUESSING_ACCURACY else 0
        is_flat = figures['imitation_reward_std'] <= FLAT_REWARD * abs(figures['imitation_reward'])
        self._flat = self._flat + 1 if is_flat else 0
        if min(self._flat, self._guesses) >= ITERATIONS:
            return self._message(accuracy, 'its reward is the same for all that the policy does')
        if self._seen % ITERATIONS == 0 and self._stands_still() and self._guesses >= ITERATIONS:
            return self._message(accuracy, 'its weights stand still, so that its reward never changes')
        return None

    def _stands_still(self) -> bool:
        now = self._weights()
        moved, self._before = np.linalg.norm(now - self._before), now
        return bool(moved < STILL_WEIGHTS * np.linalg.norm(now))

    @staticmethod
    def _message(accuracy: float, what: str) -> str:
        return ('The discriminator has collapsed: for {} iterations it has done little better than guess (accuracy '
                '{:.0%}, mean of both sides), and {}. The policy learns nothing from it. A higher d_stepsize or d_step '
                'helps it, and so do a lower adversary_entcoeff and a larger hidden_size_adversary. See that the '
                'demonstrations are not the policy\'s own.'.format(ITERATIONS, accuracy, what))


def survival_bias(lengths: np.ndarray, sign: int) -> Optional[str]:
    """
    A reward that is never negative pays for each further step, one that is never positive punishes it, whatever the
    policy does (Kostrikov et al. 2019, arXiv:1809.02925).

    :param lengths: steps of each demonstration
    :param sign: 1 where rewards are never negative, -1 where they are never positive, 0 where they can be both
    :return: the warning where episodes end at different times in a way that such rewards can spoil, or None
    """
    lengths = np.asarray(lengths, dtype=np.float64)
    if sign == 0 or len(lengths) < 2 or np.std(lengths) <= LENGTH_VARIATION * np.mean(lengths):
        return None
    kind, task, other = (
        ('never negative: it pays for each further step', 'staying alive is the task', 'log_d') if sign > 0 else
        ('never positive: it pays for ending early', 'being quick is the task', 'gail'))
    return ('The demonstrations end after {:.0f} to {:.0f} steps, and the imitation reward is {}, whatever the policy '
            'does (survival bias). That is harmless where {}. Elsewhere choose reward_type={!r}, where its sign is '
            'what the task asks for, or absorbing_states=True, which makes an end worth nothing by itself. Judge by '
            'EpTrueRewMean rather than by EpRewMean.'.format(
                np.min(lengths), np.max(lengths), kind, task, other))


def warn_of_survival_bias(model: Any, dataset: Any, time_limits: Sequence[Optional[int]] = ()) -> None:
    """
    Not where a reward that is never positive meets demonstrations that all end before the environment would end them:
    there being quick is the task, and the reward's sign the one that is recommended for it.

    :param model: a GAIL model that is about to learn
    :param dataset: its demonstrations
    :param time_limits: steps after which its environments end an episode, None for one that does not; empty where that
        is not known
    """
    sign = 0 if model.absorbing_states else REWARD_FORMS[model.reward_type].sign
    trajectories = dataset.trajectories
    steps = episode_lengths(trajectories.episode_starts) * trajectories.subsample
    bias = survival_bias(steps, sign)
    if bias is None or (sign < 0 and _all_are_quick(steps, trajectories.subsample, time_limits)):
        return
    warn_of_training(bias)


def _all_are_quick(steps: np.ndarray, subsample: int, time_limits: Sequence[Optional[int]]) -> bool:
    if not time_limits or None in time_limits:
        return False
    return bool(ended_by_themselves(steps, subsample, min(time_limits)).all())
