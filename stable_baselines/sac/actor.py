"""Chooses SAC's actions: in NumPy where that is faster, through the session otherwise."""
from typing import Tuple

import numpy as np

from stable_baselines.common.forward import forward_function
from stable_baselines.common.tf1 import tf
from stable_baselines.sac.policies import FeedForwardPolicy, SACPolicy


class SquashedGaussianActor:
    """
    Acts for a policy, with randomness from a generator outside of the graph.

    :param policy: the policy; one that defines ``step`` or ``make_actor`` on its own is asked through its ``step``
    :param sess: the session it lives in
    """

    def __init__(self, policy: SACPolicy, sess: tf.Session):
        self.policy = policy
        is_known = isinstance(policy, FeedForwardPolicy) and type(policy).make_actor is FeedForwardPolicy.make_actor
        self._forward = None
        if is_known and type(policy).step is SACPolicy.step:
            self._forward = forward_function(sess, [policy.obs_ph], [policy.act_mu, policy.log_std])

    def refresh(self) -> None:
        """To be called after the parameters changed."""
        if self._forward is not None:
            self._forward.refresh()

    def act(self, observations: np.ndarray, random_state: np.random.RandomState,
            deterministic: bool = False) -> np.ndarray:
        """
        :param observations: shape [batch] + the space's shape
        :param random_state: generator
        :param deterministic: the squashed means
        :return: actions, shape [batch, size], from -1 to 1
        """
        if self._forward is None:
            rows = self.policy.step(observations, deterministic=deterministic)
            return np.asarray(rows).reshape(len(observations), -1)
        mean, log_std = self._forward(observations)
        if deterministic:
            return np.tanh(mean)
        noise = random_state.standard_normal(mean.shape).astype(np.float32)
        return np.tanh(mean + np.exp(log_std) * noise)

    def gaussian(self, observations: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """
        :param observations: shape [batch] + the space's shape
        :return: mean and standard deviation before squashing, each [batch, size]
        :raises ValueError: for a policy that does not tell
        """
        if self._forward is None:
            return self.policy.proba_step(observations)
        mean, log_std = self._forward(observations)
        return mean, np.exp(log_std)
