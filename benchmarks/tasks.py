"""What the programs in this folder share: environments of the stack at hand, shipped demonstrations, scores."""
import os
from typing import Any, Tuple

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.common.catch_env import CatchEnv, catch_expert
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.memory_env import CueEnv, CueExpert
from stable_baselines.gail import ExpertDataset, dataset, generate_expert_traj

DEMONSTRATIONS = os.path.dirname(os.path.abspath(dataset.__file__))
CARTPOLE = 'CartPole-v1'
PENDULUM = 'Pendulum-v0' if gym_api.gym.__version__ < '0.21' else 'Pendulum-v1'  # the same task under two names
CATCH, CUE = 'catch', 'cue'  # the library's own: a game on pixels, and one that needs a memory


def demonstrations(name: str) -> str:
    """
    :param name: 'cartpole' or 'pendulum'
    :return: path of the demonstrations that the library ships
    """
    return os.path.join(DEMONSTRATIONS, 'expert_{}.npz'.format(name))


def make_env(env_id: str) -> Any:
    """
    :param env_id: of gym, or 'catch' or 'cue' for the library's own games
    :return: a new environment
    """
    own = {CATCH: CatchEnv, CUE: CueEnv}
    return own[env_id]() if env_id in own else gym_api.make(env_id)


def expert_dataset(name: str, n_trajectories: int) -> ExpertDataset:
    """
    :param name: 'cartpole', 'pendulum', 'catch' or 'cue'
    :param n_trajectories: how many demonstrations
    :return: shipped ones, or for the library's own games those of their experts, which are formulas
    """
    if name not in (CATCH, CUE):
        return ExpertDataset(demonstrations(name), verbose=0, traj_limitation=n_trajectories)
    env = make_env(name)
    env.seed(1)
    expert = catch_expert if name == CATCH else CueExpert(env)
    return ExpertDataset(traj_data=generate_expert_traj(expert, None, env, n_episodes=n_trajectories), verbose=0)


class RandomPolicy:
    """
    Acts at random.

    :param action_space: the space
    :param seed: of its choices
    """

    def __init__(self, action_space: Any, seed: int = 0):
        self.action_space = action_space
        self.action_space.seed(seed)

    def predict(self, observation: np.ndarray, state: Any = None, mask: Any = None,
                deterministic: bool = False) -> Tuple[Any, None]:
        """
        :param observation: not looked at
        :param state: not used
        :param mask: not used
        :param deterministic: not used
        :return: a random action, and no state
        """
        return self.action_space.sample(), None


def score(policy: Any, env_id: str, n_episodes: int = 20, seed: int = 10000) -> Tuple[float, float]:
    """
    :param policy: anything with ``predict``
    :param env_id: as for ``make_env``; every policy meets the same starts
    :param n_episodes: how many episodes
    :param seed: of the environment
    :return: mean and standard deviation of the returns of the most probable actions
    """
    env = make_env(env_id)
    gym_api.reset(env, gym_api.seed(env, seed))
    result = evaluate_policy(policy, env, n_eval_episodes=n_episodes)
    env.close()
    return result
