"""What all algorithms share: environment, policy, parameters, files."""
import contextlib
from abc import ABC, abstractmethod
from typing import Any, Dict, List, Optional, Tuple, Type, Union

import numpy as np

from stable_baselines import logger as program_logger
from stable_baselines.common import gym_api, mpi
from stable_baselines.common.callbacks import BaseCallback, CallbackList, ProgressBarCallback, as_callback
from stable_baselines.common.checks import check_number, check_options, check_whole
from stable_baselines.common.cloning_model import CloningModel
from stable_baselines.common.environments import check_fits, resolve_env, shown_env
from stable_baselines.common.episode_records import Records, new_records
from stable_baselines.common.input import check_observation_space
from stable_baselines.common.misc_util import set_global_seeds
from stable_baselines.common.parameters import ParameterStore
from stable_baselines.common.policies import BasePolicy
from stable_baselines.common.policies.registry import resolve_policy
from stable_baselines.common.progress import wants_bar
from stable_baselines.common.run_logger import Logger, RunLogger
from stable_baselines.common.seeds import drawn_seed
from stable_baselines.common.shared_statistics import normalizer_settings
from stable_baselines.common.tensorboard import Runs
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.common.vec_env import VecEnv, VecNormalize, as_vec_env, unwrap_vec_normalize
from stable_baselines.common.verbosity import SetVerbosity


class BaseRLModel(CloningModel, ABC):
    """
    A model: a policy, an environment, and the parameters between them.

    A subclass builds its graph in ``_build_graph``. MPI workers must agree in its ``hyperparameters``, but for those
    named in ``free_among_workers``.

    :param policy: name or class of the policy
    :param env: environment, its id, or a VecEnv; None when the model is about to be loaded
    :param verbose: 0 silent, 1 training information, 2 TensorFlow's debugging output too
    :param requires_vec_env: kept for compatibility: a model takes plain and vectorized environments alike
    :param policy_base: family of policies that the algorithm can use
    :param policy_kwargs: further arguments of the policy
    :param seed: of all randomness; None takes a new one from NumPy's global generator
    :param n_cpu_tf_sess: threads of TensorFlow; 1 makes runs repeat bit for bit
    """

    free_among_workers: Tuple[str, ...] = ('tensorboard_log', 'full_tensorboard_log')

    # Both are None until ``learn`` makes them, and after ``set_env``; they are not saved.
    ep_info_buf: Optional[Records] = None  # what a Monitor told of the latest 100 episodes
    episode_reward: Optional[np.ndarray] = None  # zeros [n_envs], for ``total_episode_reward_logger`` to add up in

    def __init__(self, policy: Union[str, Type[BasePolicy]], env: Any, verbose: int = 0, *, requires_vec_env: bool,
                 policy_base: Type[BasePolicy], policy_kwargs: Optional[Dict[str, Any]] = None,
                 seed: Optional[int] = None, n_cpu_tf_sess: Optional[int] = None):
        super().__init__()
        self.policy = resolve_policy(policy, policy_base, type(self).__name__)
        self.policy_kwargs = {} if policy_kwargs is None else policy_kwargs
        self.verbose, self.seed, self.n_cpu_tf_sess = verbose, seed, n_cpu_tf_sess
        self.env: Any = None
        self.observation_space: Any = None
        self.action_space: Any = None
        self.n_envs: Optional[int] = None
        self.num_timesteps = 0
        self.graph: Optional[tf.Graph] = None
        self.sess: Optional[tf.Session] = None
        self.params: List[tf.Variable] = []
        self.random_state = np.random.RandomState()
        self.run_logger: Logger = RunLogger()  # collects this model's figures only
        self.tensorboard_runs: Runs = {}
        self.run_diagnoses: Optional[List[Any]] = None  # what watches the present run; None where it has not begun
        self._vec_env: Optional[VecEnv] = None
        self._store: Optional[ParameterStore] = None
        if env is not None:
            self.set_env(env)

    # ---------------------------------------------------------------- environment and graph

    def get_env(self) -> Any:
        """
        :return: the plain environment or the VecEnv of several that the model was given; of an id, or a VecEnv of one
            environment, an ``UnbatchedVecEnv``, which steps without a batch
        """
        return self.env

    def get_vec_normalize_env(self) -> Optional[VecNormalize]:
        """
        :return: the outermost VecNormalize around the environment, None without one
        """
        return unwrap_vec_normalize(self._vec_env)

    def set_env(self, env: Any) -> None:
        """
        Change the environment.

        :param env: environment, its id, or a VecEnv; its spaces must be those of the model
        :raises TypeError: when it is none of these
        :raises ValueError: when its spaces are not those of the model
        """
        env = resolve_env(env)
        if self.observation_space is not None:
            check_fits('the model', env, self.observation_space, self.action_space)
        self._check_spaces(gym_api.as_gym_space(env.observation_space), gym_api.as_gym_space(env.action_space))
        self.env, self._vec_env = shown_env(env), as_vec_env(env)
        self.n_envs = self._vec_env.num_envs
        self.ep_info_buf = self.episode_reward = None
        if self.observation_space is None:
            self.observation_space = self._vec_env.observation_space
            self.action_space = self._vec_env.action_space
        if self.graph is not None and self.seed is not None:
            self._vec_env.seed(self._worker_seed())

    def _check_spaces(self, observation_space: Any, action_space: Any) -> None:
        check_observation_space(observation_space)

    def setup_model(self) -> None:
        """
        Build the graph and give all variables their first values.

        :raises ValueError: when a hyperparameter is out of range, or there is no environment to take the spaces from
        """
        with mpi.joint_call() if self._shares_first_parameters else contextlib.nullcontext():
            self._set_up()

    def _set_up(self) -> None:
        self._check_hyperparameters()
        if self.observation_space is None:
            raise ValueError('env=None: {0} needs an environment to know its spaces. Pass an environment or its id; to '
                             'open a saved model, use {0}.load(path).'.format(type(self).__name__))
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.set_random_seed(self.seed)
            self.sess = make_session(self.n_cpu_tf_sess, graph=self.graph)
            with SetVerbosity(self.verbose), self._variable_limit():
                self._build_graph()
                self.params = self._model_variables()
                self._store = ParameterStore(self.sess, self.params, self._optional_parameters())
                self._cloning = {}
            # one by one: a group would change operations that the session knows already, of which TensorFlow 2 warns
            self.sess.run([variable.initializer for variable in tf.global_variables()])
        if self._shares_first_parameters:
            self._share_parameters('setup_model')
        self._parameters_changed()

    def _check_hyperparameters(self) -> None:
        """
        :raises ValueError: naming the first that is out of range
        """
        check_number('verbose', int(self.verbose) if isinstance(self.verbose, bool) else self.verbose)
        if self.seed is not None:
            check_whole('seed', self.seed, 0)
        if self.n_cpu_tf_sess is not None:
            check_whole('n_cpu_tf_sess', self.n_cpu_tf_sess, 0)
        check_options('policy_kwargs', self.policy_kwargs)

    @abstractmethod
    def _build_graph(self) -> None:
        """Add the algorithm's operations to the current graph."""

    @abstractmethod
    def _model_variables(self) -> List[tf.Variable]:
        """
        :return: the variables that are saved
        """

    def set_random_seed(self, seed: Optional[int]) -> None:
        """
        Seed the model, its environment and the generators that programs share (Python's, NumPy's and TensorFlow's).

        :param seed: None draws the model's own seed from NumPy's global generator and leaves the rest alone
        """
        if seed is None:
            self.random_state = np.random.RandomState(drawn_seed(2 ** 32))
            return
        self.seed = seed
        set_global_seeds(self._worker_seed())
        self.random_state = np.random.RandomState(self._worker_seed())
        if self._vec_env is not None:
            self._vec_env.seed(self._worker_seed())

    def _generators(self) -> Dict[str, Any]:
        generators = {'model': self.random_state}
        if self.seed is not None:  # which governs NumPy's global generator, too
            generators['numpy'] = np.random
        return generators

    def _worker_seed(self) -> int:
        return (self.seed + 10000 * mpi.rank()) % 2 ** 32

    # ---------------------------------------------------------------- training

    @property
    def logger(self) -> Any:
        """What callbacks log with: the model's own logger, or the module ``stable_baselines.logger`` without one."""
        return program_logger if isinstance(self.run_logger, RunLogger) else self.run_logger

    def set_logger(self, logger: Optional[Logger]) -> None:
        """
        Let the model log to files of its own, apart from all other models. Not saved with it.

        :param logger: from ``stable_baselines.logger.make_logger(folder, formats)``; None for the program's again,
            which ``stable_baselines.logger.configure`` sets
        :raises TypeError: for anything else
        """
        if logger is not None and not isinstance(logger, Logger):
            raise TypeError("logger={!r}: expected what stable_baselines.logger.make_logger('a folder') returns, or "
                            "None for the program's logger.".format(logger))
        self.run_logger = RunLogger() if logger is None else logger

    @abstractmethod
    def learn(self, total_timesteps: int, callback: Any = None, log_interval: int = 100, tb_log_name: str = 'run',
              reset_num_timesteps: bool = True, progress_bar: Union[bool, str] = False) -> 'BaseRLModel':
        """
        Train.

        :param total_timesteps: environment steps to make
        :param callback: BaseCallback, a list of them, or ``f(locals, globals)`` called after each step; False stops
        :param log_interval: how often a table is printed; see the algorithm
        :param tb_log_name: name of the run in TensorBoard
        :param reset_num_timesteps: count steps from 0 again
        :param progress_bar: whether to draw a progress bar; 'auto' does where the standard error is a terminal
        :return: the model
        """

    def _begin_training(self, total_timesteps: int, callback: Any, reset_num_timesteps: bool,
                        progress_bar: Union[bool, str], value_warm_up: int = 0) -> BaseCallback:
        """
        :param total_timesteps: see ``learn``
        :param callback: see ``learn``
        :param reset_num_timesteps: see ``learn``
        :param progress_bar: see ``learn``
        :param value_warm_up: see ``TRPO.learn``
        :return: the callback, ready for use
        """
        self._require_graph()
        self._check_hyperparameters()
        if self.env is None:
            raise ValueError('env: {} has no environment to learn in. Call set_env(env), or load with env=...'.format(
                type(self).__name__))
        if not isinstance(total_timesteps, (int, float, np.number)) or not np.isfinite(total_timesteps) \
                or total_timesteps < 0:
            raise ValueError('total_timesteps={!r}: a number of environment steps, 0 or more, expected'.format(
                total_timesteps))
        self._share_parameters('learn', dict(self._settings_of_workers(), total_timesteps=total_timesteps,
                                             reset_num_timesteps=bool(reset_num_timesteps),
                                             value_warm_up=value_warm_up))
        callback = as_callback(callback)
        if wants_bar(progress_bar):
            callback = CallbackList([callback, ProgressBarCallback()])
        if self.ep_info_buf is None:
            self.ep_info_buf, self.episode_reward = new_records(), np.zeros(self.n_envs)
        if reset_num_timesteps:
            self.num_timesteps, self.run_diagnoses = 0, None
        callback.init_callback(self)
        return callback

    def _settings_of_workers(self) -> Dict[str, Any]:
        """
        :return: by name, what MPI workers that learn together must have alike
        """
        names = [name for name in self.hyperparameters if name not in self.free_among_workers]
        found = dict({name: getattr(self, name) for name in names}, n_envs=self.n_envs, policy=self.policy,
                     policy_kwargs=self.policy_kwargs)
        found.update(normalizer_settings(self._vec_env))
        return found

    # ---------------------------------------------------------------- acting

    @abstractmethod
    def predict(self, observation: np.ndarray, state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None,
                deterministic: bool = False) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        """
        Choose actions.

        :param observation: one observation or a batch, [n] + the space's shape
        :param state: for policies with memory: what the last call returned, [n, ...]; None for an empty memory
        :param mask: for policies with memory: where an episode begins with this observation, so that memory is emptied
            first, [n]; None for nowhere
        :param deterministic: the most probable action instead of a random one
        :return: one action or a batch of them, as the environment takes them, and the next hidden state
        """

    @abstractmethod
    def action_probability(self, observation: np.ndarray, state: Optional[np.ndarray] = None,
                           mask: Optional[np.ndarray] = None, actions: Optional[np.ndarray] = None,
                           logp: bool = False) -> Any:
        """
        The action distribution, or how probable given actions are.

        :param observation: one observation or a batch, [n] + the space's shape
        :param state: hidden state, for policies that keep one
        :param mask: where episodes ended, [n], for policies that keep a state
        :param actions: actions, one for each observation
        :param logp: logarithms instead of probabilities (densities for Box)
        :return: see the algorithm; with ``actions`` the shape is [n, 1], [1] for one observation
        """
