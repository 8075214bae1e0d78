"""Models that learn from a replay buffer."""
from abc import abstractmethod
from typing import Any, Callable, Dict, Optional, Type, Union

import numpy as np

from stable_baselines.common.base_model import BaseRLModel
from stable_baselines.common.buffers import ReplayBuffer
from stable_baselines.common.checks import check_demonstrations
from stable_baselines.common.expert_transitions import transitions_of
from stable_baselines.common.policies import BasePolicy
from stable_baselines.common.raw_observations import demonstrations_as_seen, observation_normalizer, rows_to_keep
from stable_baselines.common.replay_file import read_replay_buffer, write_replay_buffer


class OffPolicyRLModel(BaseRLModel):
    """
    A model that learns from a replay buffer.

    :param policy: see ``BaseRLModel``
    :param env: see ``BaseRLModel``
    :param replay_buffer: the buffer
    :param _init_setup_model: build the graph now
    :param verbose: see ``BaseRLModel``
    :param requires_vec_env: see ``BaseRLModel``
    :param policy_base: see ``BaseRLModel``
    :param policy_kwargs: see ``BaseRLModel``
    :param seed: see ``BaseRLModel``
    :param n_cpu_tf_sess: see ``BaseRLModel``
    """

    def __init__(self, policy: Union[str, Type[BasePolicy]], env: Any, replay_buffer: Any = None,
                 _init_setup_model: bool = False, verbose: int = 0, *, requires_vec_env: bool = False,
                 policy_base: Optional[Type[BasePolicy]] = None, policy_kwargs: Optional[Dict[str, Any]] = None,
                 seed: Optional[int] = None, n_cpu_tf_sess: Optional[int] = None):
        super().__init__(policy, env, verbose, requires_vec_env=requires_vec_env, policy_base=policy_base,
                         policy_kwargs=policy_kwargs, seed=seed, n_cpu_tf_sess=n_cpu_tf_sess)
        self.replay_buffer = replay_buffer

    def _generators(self) -> Dict[str, Any]:
        generators = super()._generators()
        if getattr(self, 'action_noise', None) is not None:  # it draws from NumPy's global generator
            generators['numpy'] = np.random
        return generators

    @abstractmethod
    def learn(self, total_timesteps: int, callback: Any = None, log_interval: int = 100, tb_log_name: str = 'run',
              reset_num_timesteps: bool = True, replay_wrapper: Optional[Callable[[Any], Any]] = None,
              progress_bar: Union[bool, str] = False) -> Any:
        """
        Train.

        :param total_timesteps: see ``BaseRLModel``
        :param callback: see ``BaseRLModel``
        :param log_interval: see ``BaseRLModel``
        :param tb_log_name: see ``BaseRLModel``
        :param reset_num_timesteps: see ``BaseRLModel``
        :param replay_wrapper: function that wraps the replay buffer
        :param progress_bar: see ``BaseRLModel``
        :return: the model
        """

    def _rows_to_keep(self, actions: np.ndarray) -> np.ndarray:
        """
        :param actions: as an environment takes them, shape [n] + the space's shape
        :return: as the replay buffer holds them
        """
        return actions

    def prefill_replay_buffer(self, dataset: Any) -> int:
        """
        Put an expert's transitions into the replay buffer, so that the critics learn from them as well. The last step
        of each episode is left out, since what followed it is not known.

        :param dataset: an ExpertDataset that knows its rewards
        :return: how many transitions were added
        :raises TypeError: when ``dataset`` is none
        :raises ValueError: when it does not fit the model's spaces, or knows no rewards
        """
        self._require_graph()
        check_demonstrations('dataset', dataset)
        demonstrations_as_seen(dataset, self._vec_env, self.observation_space, self.action_space)  # do they fit?
        normalizer, count = observation_normalizer(self._vec_env, 'the replay buffer'), 0
        for observation, action, reward, following, *rest in transitions_of(
                dataset, tuple(self.observation_space.shape or ())):
            self.replay_buffer_add(rows_to_keep(observation, normalizer), self._rows_to_keep(action[None])[0], reward,
                                   rows_to_keep(following, normalizer), *rest)
            count += 1
        return count

    def save_replay_buffer(self, path: Any) -> str:
        """
        Write the replay buffer to a file, whole or not at all, compressed. Together with ``save`` it lets training go
        on exactly as if it had not been interrupted.

        :param path: where to; '.npz' is added where it has no suffix
        :return: the file's name
        :raises TypeError: when a ``replay_wrapper`` has put something else in the buffer's place
        """
        if not isinstance(self.replay_buffer, ReplayBuffer):
            raise TypeError('replay_buffer is of type {}, and only a ReplayBuffer can be written. Save the one that '
                            'was wrapped.'.format(type(self.replay_buffer).__name__))
        return write_replay_buffer(path, self.replay_buffer)

    def load_replay_buffer(self, path: Any) -> None:
        """
        Replace the replay buffer by that of a file. Nothing in it is executed.

        :param path: what ``save_replay_buffer`` wrote
        :raises FileNotFoundError: names the paths tried
        :raises FileFormatError: when the file is damaged, or of another environment; the buffer stays as it was
        """
        self._require_graph()
        shape = tuple(self.observation_space.shape or ())
        size = self.replay_buffer.buffer_size
        self.replay_buffer = read_replay_buffer(path, size, shape, int(np.prod(self.action_space.shape)))

    def is_using_her(self) -> bool:
        """
        :return: False: hindsight experience replay is not part of this library
        """
        return False

    def replay_buffer_add(self, obs_t: np.ndarray, action: np.ndarray, reward: float, obs_tp1: np.ndarray, done: bool,
                          info: Dict[str, Any]) -> None:
        """
        Keep one transition. An episode that only a time limit ended is kept as going on.

        :param obs_t: the observation
        :param action: the action, as the policy scales it
        :param reward: the reward
        :param obs_tp1: the observation after it
        :param done: whether the episode ended
        :param info: the step's info
        """
        terminal = bool(done) and not info.get('TimeLimit.truncated', False)
        self.replay_buffer.add(obs_t, action, reward, obs_tp1, float(terminal))
