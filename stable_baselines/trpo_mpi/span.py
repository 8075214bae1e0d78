"""From where to where a training goes."""
import math
from typing import NamedTuple


class LearningSpan(NamedTuple):
    """
    Of one ``learn()``, in environment steps.

    :param begin: steps before it
    :param end: steps that it is to reach, with the batch in which it does
    :param policy_rests_until: the policy does not learn from batches that begin before
    """

    begin: float = 0
    end: float = 1
    policy_rests_until: float = -math.inf

    def ahead(self, steps: float) -> float:
        """
        :param steps: those before a batch
        :return: the part of training that is still ahead then: 1 before the first batch, above 0 before the last
        """
        return min(max((self.end - steps) / max(self.end - self.begin, 1), 0.0), 1.0)
