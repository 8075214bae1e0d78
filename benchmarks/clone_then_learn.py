"""Behaviour cloning, then reinforcement learning: what keeps the second from undoing the first.

    python -m benchmarks.clone_then_learn [--seeds 5]

Prints the mean return (deterministic policy, 20 episodes) after cloning and after each further part of training, for
GAIL on CartPole with and without a warm-up of values and discriminator, and for SAC on Pendulum with and without random
actions at the start, a warm-up of its critics, and demonstrations in its replay buffer.
"""
import argparse
import os
import warnings
from typing import Any, Callable, Dict, List

import numpy as np

from stable_baselines import GAIL, SAC, gail
from stable_baselines.common import gym_api
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.gail import ExpertDataset

EXPERT = os.path.join(os.path.dirname(gail.__file__), 'dataset', 'expert_{}.npz')
PENDULUM = 'Pendulum-v0' if gym_api.gym.__version__ < '0.21' else 'Pendulum-v1'
N_PARTS = 4


def imitate(seed: int, value_warm_up: int) -> List[float]:
    """
    GAIL on CartPole, after cloning four episodes.

    :param seed: of everything
    :param value_warm_up: see ``GAIL.learn``
    :return: returns after cloning, and after each further 6144 steps
    """
    dataset = ExpertDataset(EXPERT.format('cartpole'), traj_limitation=4, verbose=0)
    model = GAIL('MlpPolicy', 'CartPole-v1', dataset, seed=seed)
    model.pretrain(dataset, n_epochs=20, learning_rate=1e-3)
    return returns(model, 'CartPole-v1', lambda part: model.learn(6144, value_warm_up=0 if part else value_warm_up))


def act_softly(seed: int, prefill: bool = False, value_warm_up: int = 0, **settings: Any) -> List[float]:
    """
    SAC on Pendulum, after cloning ten episodes.

    :param seed: of everything
    :param prefill: whether the replay buffer begins with the demonstrations
    :param value_warm_up: see ``SAC.learn``
    :param settings: of SAC
    :return: returns after cloning, and after each further 2000 steps
    """
    model = SAC('MlpPolicy', PENDULUM, seed=seed, n_cpu_tf_sess=1, **settings)
    dataset = ExpertDataset(EXPERT.format('pendulum'), traj_limitation=10, verbose=0)
    model.pretrain(dataset, n_epochs=100, learning_rate=1e-3)
    if prefill:
        model.prefill_replay_buffer(dataset)
    return returns(model, PENDULUM, lambda part: model.learn(2000, reset_num_timesteps=part == 0,
                                                             value_warm_up=0 if part else value_warm_up))


def returns(model: Any, env_id: str, train: Callable[[int], Any]) -> List[float]:
    """
    :param model: what is evaluated
    :param env_id: where
    :param train: trains it a part further
    :return: mean returns before and after each part
    """
    found = []
    for part in range(-1, N_PARTS):
        if part >= 0:
            train(part)
        env = gym_api.make(env_id)
        gym_api.reset(env, gym_api.seed(env, 1000))
        found.append(evaluate_policy(model, env, n_eval_episodes=20)[0])
    return found


GENTLE = dict(ent_coef='auto_0.05', value_warm_up=2000)
VARIANTS: Dict[str, Callable[[int], List[float]]] = {
    'GAIL': lambda seed: imitate(seed, 0),
    'GAIL, value_warm_up=6144': lambda seed: imitate(seed, 6144),
    'SAC, random_start=True': lambda seed: act_softly(seed, random_start=True),
    'SAC': act_softly,
    'SAC, ent_coef=0.05, value_warm_up=2000': lambda seed: act_softly(seed, **GENTLE),
    'the same and prefill_replay_buffer': lambda seed: act_softly(seed, prefill=True, **GENTLE),
}


def main() -> None:
    """Train every variant with every seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seeds', type=int, default=5, help='trainings of each variant')
    options = parser.parse_args()
    warnings.filterwarnings('ignore')
    for name, run in VARIANTS.items():
        table = np.array([run(seed) for seed in range(options.seeds)])
        print('{}: mean return after cloning and each part {}, lowest of all {:.0f}'.format(
            name, np.round(table.mean(axis=0)).astype(int).tolist(), table[:, 1:].min()), flush=True)


if __name__ == '__main__':
    main()
