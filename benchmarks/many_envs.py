"""GAIL on CartPole in one environment and in several of a DummyVecEnv: steps a second, and returns at equal steps.

Run it alone on a core: ``OMP_NUM_THREADS=1 taskset -c 0 python -m benchmarks.many_envs``. Time is the processor's own,
and both sides take turns, so that a busy machine disturbs them alike.
"""
import argparse
import os
import time
import warnings

import numpy as np

from stable_baselines import GAIL, gail
from stable_baselines.common import gym_api
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset

EXPERT = os.path.join(os.path.dirname(gail.__file__), 'dataset', 'expert_cartpole.npz')
COUNTS = (1, 8)


def make_env(n_envs: int) -> DummyVecEnv:
    """
    :param n_envs: how many
    :return: CartPole
    """
    return DummyVecEnv([lambda: gym_api.make('CartPole-v1') for _ in range(n_envs)])


def make_model(n_envs: int, seed: int) -> GAIL:
    """
    :param n_envs: number of environments
    :param seed: of everything
    :return: GAIL with its default settings
    """
    return GAIL('MlpPolicy', make_env(n_envs), ExpertDataset(EXPERT, verbose=0), seed=seed)


def measure_speed(steps: int, rounds: int) -> None:
    """
    Print microseconds a step, and how many times faster several environments are.

    :param steps: of a measurement
    :param rounds: measurements of each side
    """
    models = {count: make_model(count, 0).learn(3072) for count in COUNTS}
    times = {count: [] for count in COUNTS}
    for _ in range(rounds):
        for count, model in models.items():
            start = time.process_time()
            model.learn(steps)
            times[count].append((time.process_time() - start) / steps * 1e6)
    for count, found in times.items():
        print('{} environment(s): {:.1f} microseconds a step (median), {:.1f} (least)'.format(
            count, np.median(found), min(found)))
    one, many = (times[count] for count in COUNTS)
    print('steps a second with {} are {:.2f} times those with 1 (medians), {:.2f} (best rounds)'.format(
        COUNTS[1], np.median(one) / np.median(many), min(one) / min(many)))


def measure_returns(steps: int, seeds: int) -> None:
    """
    Print mean returns after training.

    :param steps: of training
    :param seeds: trainings of each side
    """
    for count in COUNTS:
        means = []
        for seed in range(seeds):
            env = make_env(1)
            env.seed(1000)
            means.append(evaluate_policy(make_model(count, seed).learn(steps), env, n_eval_episodes=20)[0])
        print('{} environment(s): returns after {} steps {}, mean {:.1f}'.format(
            count, steps, [round(mean, 1) for mean in means], np.mean(means)))


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=6, help='measurements of speed of each side')
    parser.add_argument('--seeds', type=int, default=5, help='trainings of each side; 0 for none')
    parser.add_argument('--steps', type=int, default=30720, help='steps of a measurement, and of half a training')
    arguments = parser.parse_args()
    warnings.filterwarnings('ignore')
    measure_speed(arguments.steps, arguments.rounds)
    if arguments.seeds:
        measure_returns(2 * arguments.steps, arguments.seeds)


if __name__ == '__main__':
    main()
