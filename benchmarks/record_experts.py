"""Records the demonstrations that the library ships: an expert is trained with the library itself, then recorded.

    python -m benchmarks.record_experts cartpole pendulum --output stable_baselines/gail/dataset
"""
import argparse
import os
from typing import Any

from benchmarks.tasks import CARTPOLE, DEMONSTRATIONS, PENDULUM, score
from stable_baselines import SAC, TRPO
from stable_baselines.gail import ExpertDataset, generate_expert_traj

N_EPISODES = 25
REQUIRED_RETURN = {'cartpole': 475.0, 'pendulum': -170.0}


def train_expert(name: str) -> Any:
    """
    :param name: 'cartpole' or 'pendulum'
    :return: the trained model
    """
    if name == 'cartpole':
        return TRPO('MlpPolicy', CARTPOLE, seed=0).learn(100000)
    return SAC('MlpPolicy', PENDULUM, seed=0, n_cpu_tf_sess=1).learn(30000)


def record(name: str, folder: str) -> None:
    """
    Train, record, and check that the recorded returns are an expert's.

    :param name: 'cartpole' or 'pendulum'
    :param folder: where the file goes
    :raises SystemExit: when the expert is not good enough
    """
    model = train_expert(name)
    mean, std = score(model, CARTPOLE if name == 'cartpole' else PENDULUM)
    print('{}: the expert reaches {:.1f} +/- {:.1f}'.format(name, mean, std))
    model.set_random_seed(1)
    path = os.path.join(folder, 'expert_{}.npz'.format(name))
    generate_expert_traj(model, path, n_episodes=N_EPISODES)
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
