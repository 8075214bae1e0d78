"""Soft actor-critic (Haarnoja et al. 2018, arXiv:1801.01290, with the automatic temperature of arXiv:1812.05905)."""
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Type, Union

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.behavior_cloning import BehaviorCloning, CloningSettings
from stable_baselines.common.buffers import ReplayBuffer
from stable_baselines.common.callbacks import BaseCallback, released
from stable_baselines.common.checks import check_number, check_whole
from stable_baselines.common.environments import as_batch
from stable_baselines.common.noise import ActionNoise
from stable_baselines.common.off_policy_model import OffPolicyRLModel
from stable_baselines.common.schedules import Rate, get_schedule_fn
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import get_trainable_vars
from stable_baselines.common.verbosity import SetVerbosity
from stable_baselines.sac.action_scaling import ActionScaling, check_action_space
from stable_baselines.sac.actor import SquashedGaussianActor
from stable_baselines.sac.actor_cloning import build_actor_cloning
from stable_baselines.sac.checks import check_settings
from stable_baselines.sac.collector import Transition, TransitionCollector, step_locals
from stable_baselines.sac.density import log_density
from stable_baselines.sac.exploration import Exploration
from stable_baselines.sac.graph import SACGraph, build_sac_graph
from stable_baselines.sac.policies import SACPolicy
from stable_baselines.sac.report import TrainingReport
from stable_baselines.sac.temperature import read_ent_coef, read_target_entropy


class SAC(OffPolicyRLModel):
    """
    SAC, for any number of environments and one process. With a VecNormalize around them, the replay buffer keeps rows
    as the environments gave them; they are normalized when they are drawn.

    :param policy: name or class of the policy
    :param env: environment, its id, or a VecEnv; None when the model is about to be loaded
    :param gamma: discount
    :param learning_rate: of all networks; a number, a pair of them for the first step and the last, or a
        function of the part of training still ahead (1 to 0)
    :param buffer_size: transitions kept
    :param learning_starts: environment steps with random actions and without learning, at the beginning
    :param train_freq: environment steps between two trainings, counted over all environments
    :param batch_size: transitions in a gradient step
    :param tau: share of the way that the target network moves towards the value function at a time
    :param ent_coef: weight of the entropy: 'auto' (learned, from 1 on), 'auto_0.1' (learned, from 0.1 on) or a number
    :param target_update_interval: gradient steps between two moves of the target network
    :param gradient_steps: gradient steps in one training
    :param target_entropy: entropy that a learned weight aims at, in nats; 'auto' is minus the size of an action
    :param action_noise: added to actions, which run from -1 to 1 here, before they are limited to that range
    :param random_exploration: probability of a random action, at any time of training
    :param verbose: 0 silent, 1 a table now and then, 2 TensorFlow's debugging output too
    :param tensorboard_log: folder of TensorBoard's event files; None for none
    :param _init_setup_model: build the graph now
    :param policy_kwargs: further arguments of the policy
    :param full_tensorboard_log: histograms of the parameters as well
    :param seed: of all randomness; None for a new one
    :param n_cpu_tf_sess: threads of TensorFlow; 1 makes runs repeat bit for bit
    :param random_start: whether the first ``learning_starts`` steps are random rather than the policy's; None for yes,
        unless ``pretrain`` has taught the policy
    """

    hyperparameters = ('gamma', 'learning_rate', 'buffer_size', 'learning_starts', 'train_freq', 'batch_size', 'tau',
                       'ent_coef', 'target_update_interval', 'gradient_steps', 'target_entropy', 'action_noise',
                       'random_exploration', 'random_start', 'tensorboard_log', 'full_tensorboard_log')

    summary: Optional[tf.Tensor] = None  # of one's own, such as tf.summary.scalar gives: written at each gradient step

    def __init__(self, policy: Union[str, Type[SACPolicy]], env: Any, gamma: float = 0.99,
                 learning_rate: Rate = 3e-4, buffer_size: int = 50000,
                 learning_starts: int = 100, train_freq: int = 1, batch_size: int = 64, tau: float = 0.005,
                 ent_coef: Union[str, float] = 'auto', target_update_interval: int = 1, gradient_steps: int = 1,
                 target_entropy: Union[str, float] = 'auto', action_noise: Optional[ActionNoise] = None,
                 random_exploration: float = 0.0, verbose: int = 0, tensorboard_log: Optional[str] = None,
                 _init_setup_model: bool = True, policy_kwargs: Optional[Dict[str, Any]] = None,
                 full_tensorboard_log: bool = False, seed: Optional[int] = None, n_cpu_tf_sess: Optional[int] = None,
                 random_start: Optional[bool] = None):
        super().__init__(policy, env, replay_buffer=None, verbose=verbose, policy_base=SACPolicy,
                         policy_kwargs=policy_kwargs, seed=seed, n_cpu_tf_sess=n_cpu_tf_sess)
        self.gamma, self.tau, self.learning_rate = gamma, tau, learning_rate
        self.buffer_size, self.batch_size, self.learning_starts = buffer_size, batch_size, learning_starts
        self.train_freq, self.gradient_steps = train_freq, gradient_steps
        self.target_update_interval = target_update_interval
        self.ent_coef, self.target_entropy = ent_coef, target_entropy
        self.action_noise, self.random_exploration, self.random_start = action_noise, random_exploration, random_start
        self.tensorboard_log, self.full_tensorboard_log = tensorboard_log, full_tensorboard_log
        self.sac_graph: Optional[SACGraph] = None
        self.actor: Optional[SquashedGaussianActor] = None
        self.scaling: Optional[ActionScaling] = None
        self._due_trainings: Sequence[int] = ()  # environment steps that a training is due for
        self._policy_rests_until: Optional[int] = None  # environment steps
        if _init_setup_model:
            self.setup_model()

    @property
    def policy_tf(self) -> Optional[SACPolicy]:
        """The policy in the graph."""
        return None if self.sac_graph is None else self.sac_graph.policy

    @property
    def value_target(self) -> tf.Tensor:
        """What the target network says of the next observations of a batch, shape [batch, 1]."""
        return self.sac_graph.next_values

    def setup_model(self) -> None:
        super().setup_model()
        self.scaling = ActionScaling(self.action_space)
        self.replay_buffer = ReplayBuffer(self.buffer_size)
        self.sac_graph.copy_to_target()
        with self.graph.as_default():
            self.actor = SquashedGaussianActor(self.sac_graph.policy, self.sess)

    def _check_hyperparameters(self) -> None:
        super()._check_hyperparameters()
        check_settings(self)

    def _check_spaces(self, observation_space: Any, action_space: Any) -> None:
        super()._check_spaces(observation_space, action_space)
        check_action_space(action_space)

    def _build_graph(self) -> None:
        self.target_entropy = read_target_entropy(self.target_entropy, self.action_space)  # a number from now on
        self.sac_graph = build_sac_graph(
            self.sess, self.policy, self.observation_space, self.action_space, self.policy_kwargs, self.gamma, self.tau,
            read_ent_coef(self.ent_coef), self.target_entropy)

    def _model_variables(self) -> List[tf.Variable]:
        return get_trainable_vars('model/') + self.sac_graph.target_variables

    def _optimizer_variables(self) -> List[tf.Variable]:
        return self.sac_graph.optimizer.state

    def _parameters_changed(self) -> None:
        if self.actor is not None:
            self.actor.refresh()

    def _build_cloning(self, settings: CloningSettings) -> BehaviorCloning:
        return build_actor_cloning(self.sess, self.sac_graph, self.scaling, settings)

    def _policy_was_cloned(self) -> None:
        if self.random_start is None:
            self.random_start = False

    def _rows_to_keep(self, actions: np.ndarray) -> np.ndarray:
        return self.scaling.to_unit_rows(actions)

    # ---------------------------------------------------------------- training

    def learn(self, total_timesteps: int, callback: Any = None, log_interval: Optional[int] = 4,
              tb_log_name: str = 'SAC', reset_num_timesteps: bool = True,
              replay_wrapper: Optional[Callable[[Any], Any]] = None, value_warm_up: int = 0,
              progress_bar: Union[bool, str] = False) -> 'SAC':
        """
        Train for a number of environment steps.

        :param total_timesteps: environment steps over all environments, rounded up to as many in each
        :param callback: BaseCallback, a list of them, or ``f(locals, globals)`` called after each step; False stops
        :param log_interval: episodes between two printed tables; None for none
        :param tb_log_name: name of the run in TensorBoard
        :param reset_num_timesteps: count steps from 0 again, which also means random actions at first
        :param replay_wrapper: function that wraps the replay buffer
        :param value_warm_up: environment steps at the beginning in which only the critics learn: after ``pretrain``,
            untrained ones would spoil the policy
        :param progress_bar: whether to draw a progress bar; 'auto' does where the standard error is a terminal
        :return: the model
        :raises RuntimeError: in one of several MPI processes
        :raises ValueError: when a setting, or what the learning rate's function returns, is out of range
        """
        if mpi.size() > 1:
            raise RuntimeError('SAC learns in a single process, {} were started. Run it without mpirun.'.format(
                mpi.size()))
        check_whole('value_warm_up', value_warm_up, 0)
        callback = self._begin_training(total_timesteps, callback, reset_num_timesteps, progress_bar)
        if replay_wrapper is not None:
            if not callable(replay_wrapper):
                raise TypeError('replay_wrapper={!r}: a function expected that takes the replay buffer and returns '
                                'what stands in for it'.format(replay_wrapper))
            self.replay_buffer = replay_wrapper(self.replay_buffer)
        collector = TransitionCollector(self._vec_env, self.ep_info_buf)
        explorer = Exploration(self.actor, self.scaling.size, self.n_envs, self.random_state, self.random_exploration,
                               self.action_noise)
        learning_rate = get_schedule_fn(self.learning_rate, 'learning_rate')
        begin = self.num_timesteps
        end = begin + total_timesteps
        self._policy_rests_until = begin + value_warm_up if value_warm_up else None
        with SetVerbosity(self.verbose), released(callback), TrainingReport(
                self, log_interval, tb_log_name, reset_num_timesteps) as report:
            callback.on_training_start(dict(locals(), **report.buffers()), globals())
            while self.num_timesteps < end and self._collect(collector, explorer, callback, end, report):
                step = self.num_timesteps - begin - 1
                rate = learning_rate(max(1.0 - step / total_timesteps, 0.0))
                check_number('learning_rate', rate, 0.0)
                for due in self._due_trainings:
                    self._train(due - begin - 1, rate, collector.normalizer, report)
            callback.on_training_end()
        return self

    def _collect(self, collector: TransitionCollector, explorer: Exploration, callback: BaseCallback, end: float,
                 report: TrainingReport) -> bool:
        """
        Step the environments until it is time to train.

        :param collector: steps them
        :param explorer: chooses actions
        :param callback: hears of each step
        :param end: steps at which training ends
        :param report: hears of each step too
        :return: whether to go on
        """
        callback.on_rollout_start()
        self._due_trainings = ()
        while self.num_timesteps < end and not self._due_trainings:
            transitions = collector.step(explorer.actions(collector.observations,
                                                          self._acts_at_random()))
            trained = self.num_timesteps // self.train_freq * self.train_freq
            self.num_timesteps += self.n_envs
            goes_on = not callback.listens or self._tell(callback, transitions, report)
            for transition in transitions:  # also when it ends here: what was experienced is not lost
                self.replay_buffer_add(*transition)
            report.step(transitions)
            if not goes_on:
                return False
            explorer.end_episodes([transition.done for transition in transitions])
            # Several environments may pass several multiples of train_freq in one step.
            self._due_trainings = range(trained + self.train_freq, self.num_timesteps + 1, self.train_freq)
        callback.on_rollout_end()
        return True

    def _acts_at_random(self) -> bool:
        return self.num_timesteps < self.learning_starts and self.random_start is not False

    def _tell(self, callback: BaseCallback, transitions: Sequence[Transition], report: TrainingReport) -> bool:
        callback.update_locals(dict(step_locals(transitions, self.scaling), self=self, n_updates=report.n_updates,
                                    episode_rewards=report.episode_rewards))
        return callback.on_step() is not False

    def _train(self, step: int, learning_rate: float, normalizer: Any, report: TrainingReport) -> None:
        """
        :param step: number of the environment step in this run that this training belongs to
        :param learning_rate: of this training
        :param normalizer: what normalizes what is drawn from the buffer; None leaves it
        :param report: takes the figures
        """
        graph, size = self.sac_graph, (self.batch_size, self.scaling.size)
        if self.num_timesteps < self.learning_starts or not self.replay_buffer.can_sample(self.batch_size):
            return
        runs = graph.train, graph.train_and_track
        if self._policy_rests_until is not None:
            if self.num_timesteps <= self._policy_rests_until:
                runs = graph.train_critics, graph.train_critics_and_track
            else:
                self._policy_rests_until = None
                graph.forget_moments()  # the policy has none yet, which Adam's count of steps would not know
        for gradient_step in range(self.gradient_steps):
            batch = self.replay_buffer.sample(self.batch_size, env=normalizer, random_state=self.random_state)
            inputs = (*batch, self.random_state.standard_normal(size).astype(np.float32), learning_rate)
            moves_target = (step + gradient_step) % self.target_update_interval == 0
            report.update(runs[moves_target](*inputs), learning_rate)
            report.write_summary(inputs)
        self.actor.refresh()

    # ---------------------------------------------------------------- acting

    def predict(self, observation: np.ndarray, state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None,
                deterministic: bool = True) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        self._require_graph()
        batch, is_batch = as_batch(observation, self.observation_space)
        actions = self.scaling.to_env(self.actor.act(batch, self.random_state, deterministic))
        return (actions if is_batch else actions[0]), None

    def action_probability(self, observation: np.ndarray, state: Optional[np.ndarray] = None,
                           mask: Optional[np.ndarray] = None, actions: Optional[np.ndarray] = None,
                           logp: bool = False) -> Any:
        """
        The Gaussian behind the actions, or how probable given actions are.

        :param observation: one observation or a batch, [n] + the space's shape
        :param state: not used without memory
        :param mask: not used without memory
        :param actions: actions as the environment takes them, one for each observation
        :param logp: with ``actions``: logarithms instead of densities
        :return: without ``actions`` [means, standard deviations] of the Gaussian before squashing and scaling, each
            [n, size]. With ``actions`` their densities after both, [n, 1]. One observation gives the same without the
            first axis.
        :raises ValueError: when there are not as many actions as observations, or ``logp`` without ``actions``
        """
        self._require_graph()
        batch, is_batch = as_batch(observation, self.observation_space)
        mean, std = self.actor.gaussian(batch)
        if actions is None:
            if logp:
                raise ValueError('logp=True: needs actions, whose log-probabilities are to be given')
            return [mean, std] if is_batch else [mean[0], std[0]]
        actions, _ = as_batch(actions, self.action_space, 'actions')
        if len(actions) != len(batch):
            raise ValueError('actions: {} found for {} observations; give one for each'.format(len(actions),
                                                                                               len(batch)))
        values = log_density(self.scaling, actions, mean, std)[:, None]
        values = values if logp else np.exp(values)
        return values if is_batch else values[0]
