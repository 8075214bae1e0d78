"""Warns of policies that hardly move."""
from collections import deque
from typing import Callable, Mapping, Optional

import numpy as np

KL_ITERATIONS = 20  # in a row in which the divergence must stay low
KL_SHARE = 0.25  # of the limit; below it is low
REJECTED_SHARE = 0.5  # of these iterations' steps; from it on the line search is what holds the policy


class PolicyStandsStill:
    """
    The KL divergence stays far below its limit for ``KL_ITERATIONS`` iterations in a row.

    :param max_kl: the limit, in nats, unless the figures name another
    :param rests: whether the policy is meant to stay as it is now
    """

    def __init__(self, max_kl: float, rests: Callable[[], bool]):
        self.max_kl, self._rests = max_kl, rests
        self._latest: deque = deque(maxlen=KL_ITERATIONS)  # (divergence, step size)

    def __call__(self, figures: Mapping[str, float]) -> Optional[str]:
        """
        :param figures: of an iteration, by column
        :return: the warning, if it is time for it
        """
        if self._rests():
            return None
        self.max_kl = figures.get('max_kl', self.max_kl)
        if not figures['meankl'] < KL_SHARE * self.max_kl and figures['step_size'] > 0.0:
            self._latest.clear()
            return None
        self._latest.append((figures['meankl'], figures['step_size']))
        if len(self._latest) < KL_ITERATIONS:
            return None
        divergences, step_sizes = np.transpose(self._latest)
        rejected = int(np.sum(step_sizes == 0.0))
        text = ('The policy hardly moves: in the latest {} iterations the mean KL divergence reached {:.2g} at most, '
                'of max_kl={:g}, and {} steps were rejected (entropy of the policy {:.2g} nats). '.format(
                    KL_ITERATIONS, np.max(divergences), self.max_kl, rejected, figures['entropy']))
        if rejected >= REJECTED_SHARE * KL_ITERATIONS:
            return text + ('Steps are rejected when they are too long for the surrogate to be trusted, or when the '
                           'rewards say nothing. A lower max_kl helps, a larger timesteps_per_batch, and a look at the '
                           'rewards.')
        return text + ('It is nearly deterministic, or max_kl is out of reach. Against the former entcoeff > 0 from '
                       'the start helps, and a lower cg_damping; against the latter a lower max_kl. Where the task is '
                       'solved it means nothing.')
