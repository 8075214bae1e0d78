"""Trust region policy optimization (Schulman et al. 2015, arXiv:1502.05477)."""
from typing import Any, Dict, List, Optional, Sequence, Type, Union

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.actor_critic_model import ActorCriticRLModel
from stable_baselines.common.behavior_cloning import BehaviorCloning, CloningSettings, build_cloning
from stable_baselines.common.callbacks import released
from stable_baselines.common.checks import check_whole
from stable_baselines.common.cloning_losses import cloning_objective
from stable_baselines.common.figures import TRPO_FIGURES, Catalogue
from stable_baselines.common.gae import advantages_and_returns
from stable_baselines.common.math_util import explained_variance
from stable_baselines.common.mpi_moments import mpi_moments
from stable_baselines.common.observation_filter import ObservationFilter, check_filter_kept
from stable_baselines.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines.common.rollout import RewardSource, Segment, SegmentCollector
from stable_baselines.common.runners import SegmentRunner, traj_segment_generator  # noqa: F401 - looked for here
from stable_baselines.common.schedules import Rate, value_now
from stable_baselines.common.sequence_cloning import build_sequence_cloning
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import get_trainable_vars
from stable_baselines.common.training_report import Diagnosis
from stable_baselines.common.verbosity import SetVerbosity
from stable_baselines.trpo_mpi.checks import check_settings
from stable_baselines.trpo_mpi.diagnosis import PolicyStandsStill
from stable_baselines.trpo_mpi.experience import Experience
from stable_baselines.trpo_mpi.graph import TRPOGraph, build_trpo_graph
from stable_baselines.trpo_mpi.policies import build_learning_copy
from stable_baselines.trpo_mpi.report import TrainingReport
from stable_baselines.trpo_mpi.sequences import arranged, even_length, round_up, tell_of_rounding
from stable_baselines.trpo_mpi.span import LearningSpan
from stable_baselines.trpo_mpi.trust_region import policy_step
from stable_baselines.trpo_mpi.value_fit import fit_value_function


class TRPO(ActorCriticRLModel):
    """
    TRPO, for any number of environments and workers.

    A subclass may fill these hooks, which do nothing here: ``_build_extra_graph``, ``_extra_variables``,
    ``_reward_source``, ``_prepare_learning``, ``_policy_updates``, ``_after_policy_updates``; and add to ``diagnoses``.

    :param policy: name or class of the policy
    :param env: environment, its id, or a VecEnv; None when the model is about to be loaded
    :param gamma: discount
    :param timesteps_per_batch: environment steps a policy update learns from, over all environments of this worker
    :param max_kl: limit of the mean KL divergence of a policy update, in nats: a number; a pair for a straight line;
        or a function of the part of training still ahead, 1 before the first of n batches and 1/n before the last
    :param cg_iters: iterations of conjugate gradient
    :param lam: lambda of generalized advantage estimation
    :param entcoeff: weight of the entropy bonus
    :param cg_damping: multiple of the identity added to the Fisher matrix
    :param vf_stepsize: learning rate of the value function
    :param vf_iters: how often the value function sees each row of a batch
    :param verbose: 0 silent, 1 a table after each iteration, 2 TensorFlow's debugging output too
    :param tensorboard_log: folder of TensorBoard's event files; None for none
    :param _init_setup_model: build the graph now
    :param policy_kwargs: further arguments of the policy
    :param full_tensorboard_log: histograms of parameters and batches as well
    :param seed: of all randomness; None for a new one
    :param n_cpu_tf_sess: threads of TensorFlow; 1 makes runs repeat bit for bit
    :param sequence_length: steps through which gradients flow back, at most, where the policy has a memory. Each
        environment's part of a batch is cut into sequences of that many steps (fewer, where that divides it better)
    :param observation_normalization: 'running' standardizes what policy and value function see by the mean and standard
        deviation of all observations so far, which are saved with the model; None leaves observations as they are
    """

    hyperparameters = ('gamma', 'timesteps_per_batch', 'max_kl', 'cg_iters', 'lam', 'entcoeff', 'cg_damping',
                       'vf_stepsize', 'vf_iters', 'sequence_length', 'tensorboard_log', 'full_tensorboard_log',
                       'observation_normalization')
    figures: Catalogue = TRPO_FIGURES  # what training reports
    observation_filters: Sequence[Optional[str]] = (None, 'running')
    reward_sees_observations = False  # whether the reward source looks at observations, see ``SegmentCollector``

    def __init__(self, policy: Union[str, Type[BasePolicy]], env: Any, gamma: float = 0.99,
                 timesteps_per_batch: int = 1024, max_kl: Rate = 0.01, cg_iters: int = 10, lam: float = 0.98,
                 entcoeff: float = 0.0, cg_damping: float = 1e-2, vf_stepsize: float = 3e-4, vf_iters: int = 3,
                 verbose: int = 0, tensorboard_log: Optional[str] = None, _init_setup_model: bool = True,
                 policy_kwargs: Optional[Dict[str, Any]] = None, full_tensorboard_log: bool = False,
                 seed: Optional[int] = None, n_cpu_tf_sess: Optional[int] = 1, sequence_length: int = 64,
                 observation_normalization: Optional[str] = None):
        super().__init__(policy, env, _init_setup_model=False, verbose=verbose, policy_kwargs=policy_kwargs, seed=seed,
                         n_cpu_tf_sess=n_cpu_tf_sess)
        self.gamma, self.lam, self.timesteps_per_batch = gamma, lam, timesteps_per_batch
        self.max_kl, self.cg_iters, self.cg_damping = max_kl, cg_iters, cg_damping
        self.entcoeff, self.sequence_length = entcoeff, sequence_length
        self.vf_stepsize, self.vf_iters = vf_stepsize, vf_iters
        self.tensorboard_log, self.full_tensorboard_log = tensorboard_log, full_tensorboard_log
        self.observation_normalization = observation_normalization
        self.trpo_graph: Optional[TRPOGraph] = None
        self.observation_filter: Optional[ObservationFilter] = None
        self._span = LearningSpan()  # of the latest ``learn``
        self._iteration_began = 0  # environment steps before the latest iteration
        if _init_setup_model:
            self.setup_model()

    @property
    def old_policy(self) -> ActorCriticPolicy:
        """The policy before the latest update."""
        return self.trpo_graph.old_policy

    def _check_hyperparameters(self) -> None:
        super()._check_hyperparameters()
        check_settings(self)

    def _restore(self, data: Dict[str, Any], changes: Dict[str, Any]) -> None:
        check_filter_kept(data.get('observation_normalization'), changes)
        super()._restore(data, changes)

    def _build_graph(self) -> None:
        self.observation_filter = None if self.observation_normalization is None else ObservationFilter(
            self.sess, self.observation_space)
        self.trpo_graph = build_trpo_graph(
            self.sess, self.policy, self.observation_space, self.action_space, self.n_envs or 1, self.policy_kwargs,
            self.entcoeff, self.cg_damping, self.cg_iters, even_length(self._horizon(), self.sequence_length))
        self.policy_pi = self.trpo_graph.policy
        self._build_extra_graph()

    def _model_variables(self) -> List[tf.Variable]:
        filter_variables = [] if self.observation_filter is None else self.observation_filter.variables
        return get_trainable_vars('model') + get_trainable_vars('oldpi') + filter_variables + self._extra_variables()

    def _optimizer_variables(self) -> List[tf.Variable]:
        return self.trpo_graph.value_optimizer.state

    def _build_cloning(self, settings: CloningSettings) -> BehaviorCloning:
        graph = self.trpo_graph
        policy = build_learning_copy(graph.learning_policy, self.policy_kwargs)
        actions = policy.pdtype.sample_placeholder([None], name='expert_actions')
        objective = cloning_objective(policy.proba_distribution, actions, settings.loss)
        further = (actions, objective, graph.policy_variables, settings, ActionRows(self.action_space).to_rows)
        if policy.recurrent:
            return build_sequence_cloning(self.sess, policy, *further)
        return build_cloning(self.sess, policy.obs_ph, *further)

    def _make_runner(self) -> SegmentRunner:
        self._prepare_learning()
        return SegmentRunner(
            env=self._vec_env, model=self, n_steps=round_up(self._horizon(), self.trpo_graph.learning_policy.n_steps),
            value_function=self.trpo_graph.values, reward_source=self._reward_source(),
            renormalize=self.reward_sees_observations)

    def _filter_begun(self, seen: Any) -> Any:
        found = self.observation_filter
        return super()._filter_begun(seen) if found is None else found.begun(seen.observations)

    # ---------------------------------------------------------------- hooks

    def _build_extra_graph(self) -> None:
        """Add operations to the graph."""

    def _extra_variables(self) -> List[tf.Variable]:
        """
        :return: further variables to save
        """
        return []

    def _reward_source(self) -> RewardSource:
        """
        :return: what gives the rewards to learn from
        """
        return lambda observations, actions, rewards, starts: rewards

    def _prepare_learning(self) -> None:
        """Check and prepare what an iteration needs besides the environment."""

    def _finish_segment(self, segment: Segment) -> Segment:
        """
        :param segment: just collected
        :return: what to learn from
        """
        return segment

    def _policy_updates(self) -> int:
        """
        :return: how many segments are collected, each for a policy update, in one iteration
        """
        return 1

    def _after_policy_updates(self, segment: Segment) -> Dict[str, float]:
        """
        :param segment: the latest
        :return: figures to log
        """
        return {}

    def diagnoses(self) -> List[Diagnosis]:
        """
        :return: what looks at each iteration of a run that begins now, and warns when it goes wrong
        """
        return [PolicyStandsStill(self._at('max_kl', self.num_timesteps),
                                  lambda: self.num_timesteps <= self._span.policy_rests_until)]

    # ---------------------------------------------------------------- training

    @mpi.joint_call()
    def learn(self, total_timesteps: int, callback: Any = None, log_interval: Optional[int] = 100,
              tb_log_name: str = 'TRPO', reset_num_timesteps: bool = True, value_warm_up: int = 0,
              progress_bar: Union[bool, str] = False) -> 'TRPO':
        """
        Train for a number of environment steps, rounded up to a whole batch.

        :param total_timesteps: environment steps, over all environments and workers
        :param callback: BaseCallback, a list of them, or ``f(locals, globals)`` called after each step; False stops
        :param log_interval: environment steps between two printed tables at least, so 100 prints one an
            iteration; None for no tables
        :param tb_log_name: name of the run in TensorBoard
        :param reset_num_timesteps: count steps from 0 again
        :param value_warm_up: environment steps at the beginning, rounded up to a whole batch, in which the policy stays
            as it is and all else learns: after ``pretrain``, advantages by an untrained value function would spoil it
        :param progress_bar: whether to draw a progress bar; 'auto' does where the standard error is a terminal
        :return: the model
        :raises ValueError: when a number is out of range
        """
        check_whole('value_warm_up', value_warm_up, 0)
        callback = self._begin_training(total_timesteps, callback, reset_num_timesteps, progress_bar, value_warm_up)
        self._prepare_learning()
        horizon = round_up(self._horizon(), self.trpo_graph.learning_policy.n_steps)
        tell_of_rounding(self, horizon * self.n_envs)
        collector = SegmentCollector(self._vec_env, self.actor, self.trpo_graph.values, horizon, self.random_state,
                                     self.reward_sees_observations, self.ep_info_buf)
        end = self.num_timesteps + total_timesteps
        self._span = LearningSpan(self.num_timesteps, end, self.num_timesteps + value_warm_up)
        experience = Experience(self, collector, callback)
        with SetVerbosity(self.verbose), released(callback), TrainingReport(
                self, collector.statistics, log_interval, tb_log_name, reset_num_timesteps) as report:
            callback.on_training_start(dict(locals(), writer=report.file_writer, **collector.statistics.buffers()),
                                       globals())
            while self.num_timesteps < end and self._iteration(experience, report):
                pass
            callback.on_training_end()
        return self

    def _iteration(self, experience: Experience, report: TrainingReport) -> bool:
        """
        Collect, update, report.

        :param experience: collects segments
        :param report: takes the figures
        :return: whether to go on
        """
        self._iteration_began = self.num_timesteps
        for _ in range(self._policy_updates()):
            segment = experience.segment(self._reward_source())
            if segment is None:  # a callback ended training
                return False
            figures = self._update_policy(self._finish_segment(segment))
            if self.num_timesteps >= self._span.end:  # in the middle of an iteration
                break
        figures.update(self._after_policy_updates(segment))
        report.iteration(figures, segment)
        return True

    def _at(self, name: str, steps: int, above: bool = False) -> float:
        """
        :param name: of a hyperparameter that may change while training goes on
        :param steps: environment steps before what it is used for was collected
        :param above: whether 0 is not allowed
        :return: its value then
        :raises ValueError: when it is not a number of 0 or more
        """
        return value_now(getattr(self, name), name, self._span.ahead(steps), above)

    def _horizon(self) -> int:
        """
        :return: steps of each environment in a batch, rounded up
        """
        return -(-self.timesteps_per_batch // (self.n_envs or 1))

    def _update_policy(self, segment: Segment) -> Dict[str, float]:
        """
        One step of the policy within the trust region, then the value function's fit.

        :param segment: what to learn from
        :return: figures to log
        """
        graph = self.trpo_graph
        advantages, returns = advantages_and_returns(segment.rewards, segment.values, segment.next_values, segment.ends,
                                                     self.gamma, self.lam)
        mean, std, _ = mpi_moments(advantages.reshape(-1))
        advantages = ((advantages - mean) / max(std, 1e-8)).astype(np.float32)
        *inputs, actions, advantages, targets = arranged(segment, [advantages, returns], graph.learning_policy.n_steps)
        batch = (*inputs, actions, advantages)
        steps_before = self.num_timesteps - segment.rewards.size * mpi.size()
        start = graph.natural_gradient(*batch)
        resting, max_kl = steps_before < self._span.policy_rests_until, self._at('max_kl', steps_before, above=True)
        figures = policy_step(graph, start, batch, None if resting else max_kl)
        figures.update(cg_residual=float(start.residual), policy_gradient_norm=float(np.linalg.norm(start.gradient)))
        figures.update(fit_value_function(graph.value_step, (*inputs, targets), self.vf_iters, self.vf_stepsize,
                                          self.random_state))
        if self.observation_normalization == 'running':
            self.observation_filter.update(segment.observations)
        self.actor.refresh()
        figures['max_kl'] = max_kl  # what meankl is to be seen against
        figures['explained_variance_tdlam_before'] = explained_variance(segment.values.reshape(-1), returns.reshape(-1))
        return figures
