"""Generative adversarial imitation learning (Ho and Ermon 2016, arXiv:1606.03476)."""
import warnings
from typing import Any, Dict, List, Optional, Sequence, Type, Union

import numpy as np

from stable_baselines.common.environments import resolve_env
from stable_baselines.common.figures import DISCRIMINATOR_FIGURES
from stable_baselines.common.mpi import mean_over_workers
from stable_baselines.common.observation_filter import FILTERS
from stable_baselines.common.policies import BasePolicy
from stable_baselines.common.raw_observations import demonstrations_as_seen
from stable_baselines.common.rollout import RewardSource, Segment
from stable_baselines.common.schedules import Rate
from stable_baselines.common.tf1 import tf
from stable_baselines.common.training_report import Diagnosis
from stable_baselines.gail.absorbing import AbsorbingStates
from stable_baselines.gail.adversary import TransitionClassifier
from stable_baselines.gail.checks import (
    cells_of_adversary,
    check_expert,
    check_settings,
    check_shapes_kept,
    refuse_options_with_memory,
)
from stable_baselines.gail.dataset import ExpertDataset
from stable_baselines.gail.dataset.trajectories import returns_known
from stable_baselines.gail.diagnosis import DiscriminatorCollapsed, DiscriminatorWins, warn_of_survival_bias
from stable_baselines.gail.discriminator_step import DiscriminatorStep
from stable_baselines.gail.options import Activation, AdversaryOptions
from stable_baselines.gail.presets import preset_of, suited
from stable_baselines.gail.regularization import Regularization
from stable_baselines.gail.sequence_adversary import SequenceClassifier
from stable_baselines.gail.sequence_training import SequenceTraining
from stable_baselines.gail.training import RowTraining
from stable_baselines.gail.trunk import CnnExtractor
from stable_baselines.gail.with_demonstrations import WithDemonstrations


class GAIL(WithDemonstrations):
    """
    TRPO whose reward comes from a discriminator that learns to tell the policy's steps from an expert's.

    :param policy: name or class of the policy
    :param env: environment, its id, or a VecEnv; None when the model is about to be loaded
    :param expert_dataset: the demonstrations; may be set later, before ``learn``
    :param hidden_size_adversary: units of each of the discriminator's two hidden layers, without ``adversary_net_arch``
    :param adversary_entcoeff: weight of the discriminator's entropy bonus
    :param g_step: policy updates, each on a batch of its own, in one iteration
    :param d_step: discriminator updates in one iteration, which share its last batch
    :param d_stepsize: learning rate of the discriminator; a number, a pair of them or a function, as ``max_kl`` of
        TRPO; each iteration takes that of its first batch
    :param verbose: 0 silent, 1 a table after each iteration, 2 TensorFlow's debugging output too
    :param _init_setup_model: build the graph now
    :param adversary_net_arch: units of each fully connected hidden layer of the discriminator; [] for none
    :param adversary_cnn_extractor: ``f(scaled_images) -> features``, the discriminator's network for images
        [batch, height, width, channels] from 0 to 1, instead of its own; features are of shape [batch, n]
    :param adversary_n_lstm: LSTM cells of the discriminator; 0 for one that judges each step by itself; None for 64
        where the policy has a memory, and otherwise 0
    :param reward_type: form of the reward, see ``rewards``: 'gail' (never negative, for tasks where staying alive is
        good), 'log_d' (never positive, for tasks that should end soon), 'airl' or 'fairl' (of both signs)
    :param env_reward_weight: how much of the environment's own reward is added to the imitation reward
    :param use_actions: whether the discriminator sees actions; without, demonstrations need none
    :param absorbing_states: let ended episodes go on in a state of their own, so that neither sign of the reward makes
        ending, or not ending, worth anything by itself; see ``absorbing``
    :param gradient_penalty: weight of the gradient penalty, see ``regularization``; 0 for none
    :param spectral_normalization: divide the discriminator's weights by their largest singular values
    :param label_smoothing: how far from 1 the expert's labels are; 0 to 0.5
    :param input_noise: standard deviation of noise on what the discriminator reads while it learns
    :param generator_replay: past rows of the policy to keep; half of each batch of the discriminator comes from them.
        0 keeps none
    :param adversary_activation: after each fully connected hidden layer of the discriminator: 'tanh', 'relu',
        'leaky_relu', 'elu', 'sigmoid', 'softplus', or a function of a tensor
    :param observation_normalization: as of TRPO; also 'expert', statistics of the demonstrations
    :param kwargs: TRPO's arguments
    """

    hyperparameters = WithDemonstrations.hyperparameters + (
        'hidden_size_adversary', 'adversary_entcoeff', 'g_step', 'd_step', 'd_stepsize', 'adversary_net_arch',
        'adversary_cnn_extractor', 'adversary_n_lstm', 'reward_type', 'env_reward_weight', 'use_actions',
        'absorbing_states', 'gradient_penalty', 'spectral_normalization', 'label_smoothing', 'input_noise',
        'generator_replay', 'adversary_activation')
    observation_filters = FILTERS
    figures = [*WithDemonstrations.figures, DISCRIMINATOR_FIGURES]
    reward_sees_observations = using_gail = True

    def __init__(self, policy: Union[str, Type[BasePolicy]], env: Any, expert_dataset: Optional[ExpertDataset] = None,
                 hidden_size_adversary: int = 100, adversary_entcoeff: float = 1e-3, g_step: int = 3, d_step: int = 1,
                 d_stepsize: Rate = 3e-4, verbose: int = 0, _init_setup_model: bool = True,
                 adversary_net_arch: Optional[Sequence[int]] = None,
                 adversary_cnn_extractor: Optional[CnnExtractor] = None, adversary_n_lstm: Optional[int] = None,
                 reward_type: str = 'gail', env_reward_weight: float = 0.0, use_actions: bool = True,
                 absorbing_states: bool = False, gradient_penalty: float = 0.0, spectral_normalization: bool = False,
                 label_smoothing: float = 0.0, input_noise: float = 0.0, generator_replay: int = 0,
                 adversary_activation: Activation = 'tanh', **kwargs):
        super().__init__(policy, env, verbose=verbose, _init_setup_model=False, **kwargs)
        self.expert_dataset = expert_dataset
        self.hidden_size_adversary, self.adversary_entcoeff = hidden_size_adversary, adversary_entcoeff
        self.adversary_net_arch, self.adversary_cnn_extractor = adversary_net_arch, adversary_cnn_extractor
        self.adversary_n_lstm, self.adversary_activation = adversary_n_lstm, adversary_activation
        self.reward_type, self.env_reward_weight = reward_type, env_reward_weight
        self.use_actions, self.absorbing_states = use_actions, absorbing_states
        self.gradient_penalty, self.spectral_normalization = gradient_penalty, spectral_normalization
        self.label_smoothing, self.input_noise = label_smoothing, input_noise
        self.generator_replay = generator_replay
        self.g_step, self.d_step, self.d_stepsize = g_step, d_step, d_stepsize
        self.reward_giver: Optional[TransitionClassifier] = None
        self.discriminator_step: Optional[DiscriminatorStep] = None
        self._training: Optional[RowTraining] = None
        self._absorbing: Optional[AbsorbingStates] = None  # of the latest training
        if _init_setup_model:
            self.setup_model()

    @classmethod
    def from_preset(cls, env: Any, expert_dataset: ExpertDataset, preset: Optional[str] = None,
                    policy: Union[str, Type[BasePolicy]] = 'MlpPolicy', **changes: Any) -> 'GAIL':
        """
        A model with settings that are known to work for its environment.

        :param env: environment, its id, or a VecEnv
        :param expert_dataset: the demonstrations
        :param preset: name of the settings, see ``presets``; None for those of the environment's id
        :param policy: name or class of the policy
        :param changes: further arguments of GAIL, and those that shall differ
        :return: the model
        :raises ValueError: when there are no such settings; names the nearest ones
        """
        settings = preset_of(env, preset).settings
        env = resolve_env(env)
        return cls(policy, env, expert_dataset, **dict(suited(settings, env.observation_space), **changes))

    def learn(self, total_timesteps: int, callback: Any = None, log_interval: Optional[int] = 100,
              tb_log_name: str = 'GAIL', reset_num_timesteps: bool = True, value_warm_up: int = 0,
              progress_bar: Union[bool, str] = False) -> 'GAIL':
        """
        Train for a number of environment steps, rounded up to a whole batch.

        :param total_timesteps: environment steps, over all environments and workers
        :param callback: BaseCallback, a list of them, or ``f(locals, globals)`` called after each step; False stops
        :param log_interval: environment steps between two printed tables at least, so 100 prints one an
            iteration; None for no tables
        :param tb_log_name: name of the run in TensorBoard
        :param reset_num_timesteps: count steps from 0 again
        :param value_warm_up: environment steps at the beginning in which only values and discriminator learn; see TRPO
        :param progress_bar: whether to draw a progress bar; 'auto' does where the standard error is a terminal
        :return: the model
        :raises ValueError: without demonstrations, or when they do not fit the environment
        """
        return super().learn(total_timesteps, callback, log_interval, tb_log_name, reset_num_timesteps, value_warm_up,
                             progress_bar)

    def _restore(self, data: Dict[str, Any], changes: Dict[str, Any]) -> None:
        check_shapes_kept(self, data, changes)
        super()._restore(data, changes)
        check_expert(self)  # what the caller gave is not the file's fault

    # ---------------------------------------------------------------- TRPO's hooks

    def _check_hyperparameters(self) -> None:
        super()._check_hyperparameters()
        check_settings(self, self._adversary_options())

    def _build_extra_graph(self) -> None:
        arguments = (self.observation_space, self.action_space, self.hidden_size_adversary)
        options = dict(entcoeff=self.adversary_entcoeff, sess=self.sess, net_arch=self.adversary_net_arch,
                       cnn_extractor=self.adversary_cnn_extractor, options=self._adversary_options())
        n_lstm = cells_of_adversary(self)
        if n_lstm:
            refuse_options_with_memory(self)
            self.reward_giver = SequenceClassifier(*arguments, n_steps=self.trpo_graph.learning_policy.n_steps,
                                                   n_lstm=n_lstm, **options)
            self._training = SequenceTraining(self.sess, self.reward_giver)
        else:
            self.reward_giver = TransitionClassifier(*arguments, **options)
            self._training = RowTraining(self.sess, self.reward_giver, self.generator_replay)
        self._training.env_reward_weight = self.env_reward_weight
        self.discriminator_step = self._training.step

    def _adversary_options(self) -> AdversaryOptions:
        return AdversaryOptions(
            self.reward_type, self.adversary_activation, self.use_actions, self.absorbing_states, Regularization(
                self.gradient_penalty, self.spectral_normalization, self.label_smoothing, self.input_noise))

    def _set_up(self) -> None:
        super()._set_up()
        self.discriminator_step.settle()

    def _follow_parameters(self, absent: List[str]) -> None:
        if self.reward_giver.singular_vectors_lag(absent):
            self.discriminator_step.settle()

    def _extra_variables(self) -> List[tf.Variable]:
        giver = self.reward_giver
        return (giver.get_trainable_variables() + giver.get_spectral_variables() + giver.get_normalizer_variables())

    def _optimizer_variables(self) -> List[tf.Variable]:
        return super()._optimizer_variables() + self.discriminator_step.optimizer.state

    def _training_arrays(self) -> Dict[str, np.ndarray]:
        return self._training.arrays()

    def _restore_arrays(self, state: Dict[str, np.ndarray]) -> None:
        self._training.restore(state)

    def _optional_parameters(self) -> List[str]:
        return [variable.name for variable in self.reward_giver.get_normalizer_variables()]

    def _warn_of_absent(self, names: List[str]) -> None:
        warnings.warn("the file has no {}: stable-baselines does not save the discriminator's normalizer. The policy "
                      'is complete; rewards start from an empty normalizer and settle during training.'.format(
                          ', '.join(names)), stacklevel=3)

    def _reward_source(self) -> RewardSource:
        return self._training.reward

    def _prepare_learning(self) -> None:
        dataset = self._require_demonstrations()
        seen = demonstrations_as_seen(dataset, self._vec_env, self.observation_space, self.action_space)
        self._seed_dataset(dataset, int(self.random_state.randint(2 ** 31 - 1)))
        self._begin_filter(seen)
        self._absorbing = AbsorbingStates(self._vec_env, dataset, self.gamma) if self.absorbing_states else None
        self._training.begin(seen, max(self.timesteps_per_batch // self.d_step, 1), self.n_envs, self.random_state)
        if self.run_diagnoses is None:  # no run that goes on
            warn_of_survival_bias(self, dataset, self._vec_env.time_limits())

    def diagnoses(self) -> List[Diagnosis]:
        def weights() -> np.ndarray:
            values = self.sess.run(self.reward_giver.get_trainable_variables())
            return np.concatenate([np.ravel(value) for value in values])
        return super().diagnoses() + [DiscriminatorWins(), DiscriminatorCollapsed(weights)]

    def _policy_updates(self) -> int:
        return self.g_step

    def _after_policy_updates(self, segment: Segment) -> Dict[str, float]:
        figures = self._training.update(segment, self.d_step, self._at('d_stepsize', self._iteration_began))
        mean, std = mean_over_workers(np.array([segment.rewards.mean(), segment.rewards.std()])).tolist()
        figures.update(imitation_reward=mean, imitation_reward_std=std)
        if returns_known(self.expert_dataset.trajectories):
            figures['expert_return'] = self.expert_dataset.avg_ret
        return figures

    def _finish_segment(self, segment: Segment) -> Segment:
        if self._absorbing is None:
            return segment
        segment, after = self._absorbing.follow(segment, self.reward_giver.get_absorbing_reward())
        self._training.absorbing = after, self._absorbing.of_expert
        return segment

    def _begin_filter(self, seen: Any) -> None:
        if self.observation_normalization == 'expert' and not self.observation_filter.count:
            self.observation_filter.update(seen.observations)
            self._parameters_changed()
