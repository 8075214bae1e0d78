"""Records the demonstrations that the library ships: an expert is trained with the library itself, then recorded.

    python -m benchmarks.record_experts cartpole pendulum --output stable_baselines/gail/dataset
"""
import argparse
import os
from typing import Any, Tuple

from benchmarks.tasks import CARTPOLE, DEMONSTRATIONS, PENDULUM, score
from stable_baselines import SAC, TRPO
from stable_baselines.common import gym_api
from stable_baselines.gail import ExpertDataset, generate_expert_traj

N_EPISODES = 25
REQUIRED_RETURN = {'cartpole': 475.0, 'pendulum': -170.0}


class Centred(gym_api.gym.Wrapper):
    """Pays CartPole's expert for staying near the middle, so that its demonstrations show one way to balance."""

    def step(self, action: Any) -> Tuple:
        """
        :param action: the action
        :return: as the environment's, with a reward that falls to 0 at the ends of the track
        """
        observation, reward, *rest = self.env.step(action)
        return (observation, reward * (1.0 - abs(observation[0]) / 2.4), *rest)


def train_expert(name: str) -> Any:
    """
    :param name: 'cartpole' or 'pendulum'
    :return: the trained model
    """
    if name == 'cartpole':
        return TRPO('MlpPolicy', Centred(gym_api.make(CARTPOLE)), max_kl=0.003, seed=0).learn(150000)
    return SAC('MlpPolicy', PENDULUM, seed=0, n_cpu_tf_sess=1).learn(30000)


def record(name: str, folder: str) -> None:
    """
    Train, record, and check that the recorded returns are an expert's.

    :param name: 'cartpole' or 'pendulum'
    :param folder: where the file goes
    :raises SystemExit: when the expert is not good enough
    """
    model = train_expert(name)
    env_id = CARTPOLE if name == 'cartpole' else PENDULUM
    mean, std = score(model, env_id)
    print('{}: the expert reaches {:.1f} +/- {:.1f}'.format(name, mean, std))
    env = gym_api.make(env_id)
    gym_api.reset(env, gym_api.seed(env, 1))
    path = os.path.join(folder, 'expert_{}.npz'.format(name))
    generate_expert_traj(model, path, env, n_episodes=N_EPISODES)
    mean = ExpertDataset(path).avg_ret
    if mean < REQUIRED_RETURN[name]:
        raise SystemExit('{}: mean return {:.1f}, {} needed: not an expert'.format(path, mean, REQUIRED_RETURN[name]))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('tasks', nargs='+', choices=sorted(REQUIRED_RETURN))
    parser.add_argument('--output', default=DEMONSTRATIONS, help='folder of the files')
    arguments = parser.parse_args()
    for name in arguments.tasks:
        record(name, arguments.output)


if __name__ == '__main__':
    main()
