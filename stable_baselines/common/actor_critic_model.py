"""Models whose policy is an ``ActorCriticPolicy``."""
from typing import Any, Dict, Optional, Tuple, Type, Union

import numpy as np

from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.actor import Actor
from stable_baselines.common.base_model import BaseRLModel
from stable_baselines.common.distributions import make_proba_dist_type
from stable_baselines.common.environments import as_batch
from stable_baselines.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines.common.runners import AbstractEnvRunner
from stable_baselines.common.tf1 import tf


class ActorCriticRLModel(BaseRLModel):
    """
    A model whose policy is an ``ActorCriticPolicy``.

    A subclass sets ``self.policy_pi`` in ``_build_graph``.

    :param policy: see ``BaseRLModel``
    :param env: see ``BaseRLModel``
    :param _init_setup_model: build the graph now
    :param verbose: see ``BaseRLModel``
    :param policy_base: see ``BaseRLModel``
    :param requires_vec_env: see ``BaseRLModel``
    :param policy_kwargs: see ``BaseRLModel``
    :param seed: see ``BaseRLModel``
    :param n_cpu_tf_sess: see ``BaseRLModel``
    """

    # of models that learn from demonstrations; stable-baselines' names, which its TRPO has, too
    using_gail = False
    reward_giver: Any = None
    expert_dataset: Any = None

    def __init__(self, policy: Union[str, Type[BasePolicy]], env: Any, _init_setup_model: bool, verbose: int = 0,
                 policy_base: Type[BasePolicy] = ActorCriticPolicy, requires_vec_env: bool = False,
                 policy_kwargs: Optional[Dict[str, Any]] = None, seed: Optional[int] = None,
                 n_cpu_tf_sess: Optional[int] = None):
        super().__init__(policy, env, verbose, requires_vec_env=requires_vec_env, policy_base=policy_base,
                         policy_kwargs=policy_kwargs, seed=seed, n_cpu_tf_sess=n_cpu_tf_sess)
        self.policy_pi: Optional[ActorCriticPolicy] = None
        self.actor: Optional[Actor] = None
        self._log_probability: Optional[Tuple[tf.Tensor, tf.Tensor]] = None
        self._runner: Optional[AbstractEnvRunner] = None

    def setup_model(self) -> None:
        super().setup_model()
        with self.graph.as_default():
            actions = self.policy_pi.pdtype.sample_placeholder([None])
            self._log_probability = (actions, self.policy_pi.proba_distribution.logp(actions))
            self.actor = Actor(self.policy_pi, self.sess)

    def _check_spaces(self, observation_space: Any, action_space: Any) -> None:
        super()._check_spaces(observation_space, action_space)
        make_proba_dist_type(action_space)

    def _parameters_changed(self) -> None:
        if self.actor is not None:
            self.actor.refresh()

    @property
    def runner(self) -> AbstractEnvRunner:
        """
        Collects experience with this model, outside of ``learn``: ``runner.run()``. Made when first asked for, and anew
        where the environment or the graph has changed.

        :raises ValueError: when there is no environment, or no graph yet
        """
        self._require_graph()
        if self._vec_env is None:
            raise ValueError('env: {} has no environment to step. Call set_env(env), or load with env=...'.format(
                type(self).__name__))
        if self._runner is None or self._runner.env is not self._vec_env or self._runner.actor is not self.actor:
            self._runner = self._make_runner()
        return self._runner

    def _make_runner(self) -> AbstractEnvRunner:
        """
        :return: what collects experience, for models that have such
        """
        raise NotImplementedError('{} has no runner: let it define _make_runner().'.format(type(self).__name__))

    @property
    def initial_state(self) -> Optional[np.ndarray]:
        """Hidden state of the policy at the start of episodes; None for policies without memory."""
        return self.policy_pi.initial_state

    def predict(self, observation: np.ndarray, state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None,
                deterministic: bool = False) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        self._require_graph()
        batch, is_batch = as_batch(observation, self.observation_space)
        state, mask = self._memory(state, mask, len(batch))
        rows, state = self.actor.predict(batch, self.random_state, deterministic, state, mask)
        actions = ActionRows(self.action_space).to_env(rows)
        return (actions if is_batch else actions[0]), state

    def _memory(self, state: Any, mask: Any, n_rows: int) -> Tuple[Any, Any]:
        """
        :param state: as given to ``predict``
        :param mask: as given to ``predict``
        :param n_rows: number of observations
        :return: both as arrays, for policies with memory; otherwise what was given
        :raises ValueError: naming the shape found and the one expected, or a row that is not finite
        """
        if not self.policy_pi.recurrent:
            return state, mask
        expected = (n_rows,) + self.policy_pi.initial_state.shape[1:]
        try:
            array = self.actor.initial_state(n_rows) if state is None else np.asarray(state, dtype=np.float32)
            found = 'shape {}'.format(array.shape)
        except (TypeError, ValueError):
            array, found = None, '{!r:.80}'.format(state)
        if array is None or array.shape != expected:
            raise ValueError('state: {} found, {} expected for {} observation(s). Pass what predict '
                             'returned the last time, or None where all episodes begin.'.format(
                                 found, expected, n_rows))
        if not np.isfinite(array).all():
            raise ValueError('state: row {} holds something infinite, or not a number. Pass what predict returned the '
                             'last time, or None where all episodes begin.'.format(
                                 np.argwhere(~np.isfinite(array))[0, 0]))
        mask = np.zeros(n_rows, bool) if mask is None else np.asarray(mask, dtype=bool).reshape(-1)
        if len(mask) != n_rows:
            raise ValueError('mask: {} flags found for {} observation(s); give one for each: whether its episode '
                             'begins'.format(len(mask), n_rows))
        return array, mask

    def action_probability(self, observation: np.ndarray, state: Optional[np.ndarray] = None,
                           mask: Optional[np.ndarray] = None, actions: Optional[np.ndarray] = None,
                           logp: bool = False) -> Any:
        """
        The action distribution, or how probable given actions are.

        :param observation: one observation or a batch, [n] + the space's shape
        :param state: see ``predict``
        :param mask: see ``predict``
        :param actions: actions, one for each observation
        :param logp: with ``actions``: logarithms instead of probabilities (densities for Box)
        :return: without ``actions`` probabilities [n, n_actions] (Discrete), [n, size] of a one (MultiBinary), a list
            of [n, n_i] (MultiDiscrete), or [means, standard deviations] (Box). With ``actions`` [n, 1]. One observation
            gives the same without the first axis.
        :raises ValueError: when there are not as many actions as observations, or ``logp`` without ``actions``
        """
        self._require_graph()
        batch, is_batch = as_batch(observation, self.observation_space)
        if actions is None:
            if logp:
                raise ValueError('logp=True: needs actions, whose log-probabilities are to be given')
            probabilities = self.policy_pi.proba_step(batch, *self._memory(state, mask, len(batch)))
            if is_batch:
                return probabilities
            return [part[0] for part in probabilities] if isinstance(probabilities, list) else probabilities[0]
        rows = ActionRows(self.action_space).to_rows(as_batch(actions, self.action_space, 'actions')[0])
        if len(rows) != len(batch):
            raise ValueError('actions: {} found for {} observations; give one for each'.format(len(rows), len(batch)))
        placeholder, log_probability = self._log_probability
        inputs = (batch,) + self._memory(state, mask, len(batch))  # without memory only the first is read
        feed = dict(zip(self.policy_pi.input_phs, inputs))
        feed[placeholder] = rows
        values = self.sess.run(log_probability, feed)[:, None]
        values = values if logp else np.exp(values)
        return values if is_batch else values[0]
