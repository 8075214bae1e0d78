"""Chooses actions for a policy: in NumPy where the policy has a twin, through the session otherwise."""
from typing import Any, Optional, Tuple

import numpy as np

from stable_baselines.common.distributions import NumpySampling
from stable_baselines.common.numpy_policy import forward_function
from stable_baselines.common.policies import ActorCriticPolicy
from stable_baselines.common.tf1 import tf


class Actor:
    """
    Acts for a policy, with randomness from a generator outside of the graph.

    :param policy: the policy; one with a ``step`` or a kind of distribution of its own is asked through ``step``
    :param sess: the session it lives in
    """

    def __init__(self, policy: ActorCriticPolicy, sess: tf.Session):
        self.policy = policy
        self.asks_policy = (type(policy).step is not ActorCriticPolicy.step
                            or not isinstance(policy.pdtype, NumpySampling))
        self._forward = None
        if not self.asks_policy:
            self._forward = forward_function(sess, policy.obs_ph,
                                             policy.pdtype.acting_tensors(policy.proba_distribution))
            self._choose = policy.pdtype.numpy_action

    def refresh(self) -> None:
        """To be called after the parameters changed."""
        if self._forward is not None:
            self._forward.refresh()

    def draw_noise(self, random_state: np.random.RandomState, n_steps: int, n_envs: int) -> Any:
        """
        The randomness of a whole segment at once, which costs less than a draw a step.

        :param random_state: generator
        :param n_steps: steps
        :param n_envs: environments
        :return: one item a step, to be handed to ``act``
        """
        if self.asks_policy:
            return [None] * n_steps
        return self.policy.pdtype.draw_noise(random_state, (n_steps, n_envs))

    def act(self, observations: np.ndarray, noise: Any) -> np.ndarray:
        """
        One random step.

        :param observations: shape [n_envs] + the space's shape
        :param noise: from ``draw_noise``
        :return: actions, shape [n_envs] + action shape
        """
        if self.asks_policy:
            return self.policy.step(observations)[0]
        return self._choose(self._forward(observations), noise)

    def predict(self, observations: np.ndarray, random_state: np.random.RandomState, deterministic: bool,
                state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None
                ) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        """
        Actions for any number of observations.

        :param observations: shape [batch] + the space's shape
        :param random_state: generator
        :param deterministic: the most probable actions
        :param state: hidden state, for policies that keep one
        :param mask: where episodes ended
        :return: actions, shape [batch] + action shape, and the next hidden state
        """
        if self.asks_policy:
            actions, _, next_state, _ = self.policy.step(observations, state, mask, deterministic=deterministic)
            return actions, next_state
        noise = None if deterministic else self.policy.pdtype.draw_noise(random_state, (len(observations),))
        return self._choose(self._forward(observations), noise), None
