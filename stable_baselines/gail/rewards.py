"""Forms of the imitation reward: what a step earns that the discriminator gives a logit.

D = sigmoid(logit) is the discriminator's probability that the step is the expert's. Where the discriminator is the best
there is for its losses, the logit is log(rho_expert / rho_policy), the log-ratio of how often the two visit the step
(Goodfellow et al. 2014, arXiv:1406.2661, proposition 1). Each form makes of it a reward whose maximum is where the two
agree; they differ in sign, and the sign decides what an episode's end is worth. Which to use when: docs/rewards.rst.
"""
from typing import Callable, Dict, NamedTuple

from stable_baselines.common.tf1 import tf

__all__ = ['REWARD_FORMS', 'RewardForm', 'airl_reward', 'check_reward_type', 'fairl_reward', 'gail_reward',
           'log_d_reward']

FAIRL_LARGEST_LOGIT = 5.0


def gail_reward(logits: tf.Tensor) -> tf.Tensor:
    """
    -log(1 - D) = softplus(logit), from 0 up: each further step earns something, so staying alive is paid for.

    Ho and Ermon 2016 (arXiv:1606.03476, algorithm 1) minimize the cost log(1 - D) in our orientation of D; with the
    best discriminator the policy thereby minimizes the Jensen-Shannon divergence from the expert, up to a constant and
    an entropy bonus (equation 15).

    :param logits: any shape
    :return: rewards, same shape; never negative
    """
    return tf.nn.softplus(logits)


def log_d_reward(logits: tf.Tensor) -> tf.Tensor:
    """
    log D = -softplus(-logit), up to 0: each further step costs something, so the policy is paid for ending the episode.

    The other side of the same objective: what Goodfellow et al. 2014 (arXiv:1406.2661, section 3) give generators for
    its stronger gradient where the discriminator is sure. The GAIL paper's own program takes it for MountainCar and
    Acrobot.

    :param logits: any shape
    :return: rewards, same shape; never positive
    """
    return -tf.nn.softplus(-logits)


def airl_reward(logits: tf.Tensor) -> tf.Tensor:
    """
    log D - log(1 - D) = logit, of either sign: the sum of the two above.

    Fu et al. 2018 (arXiv:1710.11248, section 4): with the best discriminator its expectation under the policy is minus
    the Kullback-Leibler divergence KL(policy || expert) of the visits.

    :param logits: any shape
    :return: rewards, same shape; any number
    """
    return tf.identity(logits)


def fairl_reward(logits: tf.Tensor) -> tf.Tensor:
    """
    -logit * exp(logit), at most 1 / e, and far below 0 where the policy goes less often than the expert.

    Ghasemipour et al. 2020 (arXiv:1911.02256, section 4.1): with the best discriminator its expectation under the
    policy is minus KL(expert || policy) of the visits, which covers all that the expert does. As it falls
    exponentially, logits above 5 count as 5 (reward -742): an outlier must not be all that the policy learns from.

    :param logits: any shape
    :return: rewards, same shape; from -742 to 1 / e
    """
    limited = tf.minimum(logits, FAIRL_LARGEST_LOGIT)
    return -limited * tf.exp(limited)


class RewardForm(NamedTuple):
    """
    :param function: logits -> rewards
    :param sign: 1 where no reward is negative, -1 where none is positive, 0 where both occur
    """

    function: Callable[[tf.Tensor], tf.Tensor]
    sign: int


REWARD_FORMS: Dict[str, RewardForm] = {
    'gail': RewardForm(gail_reward, 1),
    'log_d': RewardForm(log_d_reward, -1),
    'airl': RewardForm(airl_reward, 0),
    'fairl': RewardForm(fairl_reward, 0),
}


def check_reward_type(value: str) -> None:
    """
    :param value: as given for ``reward_type``
    :raises ValueError: for one that is unknown
    """
    if not isinstance(value, str) or value not in REWARD_FORMS:
        raise ValueError('reward_type={!r} is unknown; choose one of {}.'.format(
            value, ', '.join(map(repr, REWARD_FORMS))))
