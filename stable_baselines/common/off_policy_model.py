"""Models that learn from a replay buffer."""
from abc import abstractmethod
from typing import Any, Callable, Dict, Optional, Type, Union

import numpy as np

from stable_baselines.common.base_model import BaseRLModel
from stable_baselines.common.policies import BasePolicy


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

    @abstractmethod
    def learn(self, total_timesteps: int, callback: Any = None, log_interval: int = 100, tb_log_name: str = 'run',
              reset_num_timesteps: bool = True, replay_wrapper: Optional[Callable[[Any], Any]] = None) -> Any:
        """
        Train.

        :param total_timesteps: see ``BaseRLModel``
        :param callback: see ``BaseRLModel``
        :param log_interval: see ``BaseRLModel``
        :param tb_log_name: see ``BaseRLModel``
        :param reset_num_timesteps: see ``BaseRLModel``
        :param replay_wrapper: function that wraps the replay buffer
        :return: the model
        """

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
