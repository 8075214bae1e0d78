"""Chooses actions for a policy: in NumPy where that is faster, through the session otherwise."""
from typing import Any, Optional, Tuple

import numpy as np

from stable_baselines.common.distributions import NumpySampling
from stable_baselines.common.forward import forward_function
from stable_baselines.common.policies import ActorCriticPolicy, RecurrentActorCriticPolicy
from stable_baselines.common.tf1 import tf

_OWN_STEPS = (ActorCriticPolicy.step, RecurrentActorCriticPolicy.step)


class Actor:
    """
    Acts for a policy, with randomness from a generator outside of the graph.

    :param policy: the policy; one with a ``step`` or a kind of distribution of its own is asked through ``step``
    :param sess: the session it lives in
    """

    def __init__(self, policy: ActorCriticPolicy, sess: tf.Session):
        self.policy = policy
        self.asks_policy = type(policy).step not in _OWN_STEPS or not isinstance(policy.pdtype, NumpySampling)
        self._forward = None
        if not self.asks_policy:
            outputs = list(policy.pdtype.acting_tensors(policy.proba_distribution))
            if policy.recurrent:
                outputs.append(policy.snew)
            self._forward = forward_function(sess, policy.input_phs, outputs)
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

    def initial_state(self, n_envs: int) -> Optional[np.ndarray]:
        """
        :param n_envs: number of environments
        :return: what the policy remembers at first, shape [n_envs, ...]; None without memory
        """
        state = self.policy.initial_state
        return None if state is None else np.repeat(state[:1], n_envs, axis=0)

    def act(self, observations: np.ndarray, noise: Any, state: Optional[np.ndarray], starts: np.ndarray
            ) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        """
        One random step.

        :param observations: shape [n_envs] + the space's shape
        :param noise: from ``draw_noise``
        :param state: memory, shape [n_envs, ...]; None without
        :param starts: where episodes begin, shape [n_envs]
        :return: actions, shape [n_envs] + action shape, and the next memory
        """
        if self.asks_policy:
            actions, _, next_state, _ = self.policy.step(observations, state, starts)
            return actions, next_state
        if state is None:
            return self._choose(self._forward(observations), noise), None
        *parameters, next_state = self._forward(observations, state, np.asarray(starts, np.float32))
        return self._choose(parameters, noise), next_state

    def predict(self, observations: np.ndarray, random_state: np.random.RandomState, deterministic: bool,
                state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None
                ) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        """
        Actions for any number of observations.

        :param observations: shape [batch] + the space's shape
        :param random_state: generator
        :param deterministic: the most probable actions
        :param state: memory, for policies that have one
        :param mask: where episodes begin
        :return: actions, shape [batch] + action shape, and the next memory
        """
        if self.asks_policy:
            actions, _, next_state, _ = self.policy.step(observations, state, mask, deterministic=deterministic)
            return actions, next_state
        noise = None if deterministic else self.policy.pdtype.draw_noise(random_state, (len(observations),))
        if not self.policy.recurrent:
            return self._choose(self._forward(observations), noise), None
        *parameters, next_state = self._forward(observations, state, mask.astype(np.float32))
        return self._choose(parameters, noise), next_state
