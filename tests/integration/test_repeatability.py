"""Same seed, same result, bit for bit, in one process and in another."""
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common.vec_env import DummyVecEnv
from tests.environments import random_demonstrations

SMALL = dict(n_cpu_tf_sess=1, timesteps_per_batch=128, cg_iters=2, policy_kwargs=dict(net_arch=[16]))


def digest(model):
    parts = hashlib.sha256()
    for name, value in model.get_parameters().items():
        parts.update(name.encode())
        parts.update(np.ascontiguousarray(value).tobytes())
    return parts.hexdigest()


def train(algorithm, seed):
    """The demonstrations are loaded before the model, and without a seed of their own."""
    if algorithm == 'TRPO':
        model = TRPO('MlpPolicy', 'CartPole-v1', seed=seed, **SMALL)
    elif algorithm == 'TRPO on two':
        from stable_baselines.common import gym_api
        env = DummyVecEnv([lambda: gym_api.make('CartPole-v1')] * 2)
        model = TRPO('MlpPolicy', env, seed=seed, **SMALL)
    else:
        from stable_baselines.common import gym_api
        env = gym_api.make('CartPole-v1')
        dataset = random_demonstrations(env.observation_space, env.action_space)
        model = GAIL('MlpPolicy', env, dataset, seed=seed, d_step=2, **SMALL)
    model.learn(384)
    return model


@pytest.mark.parametrize('algorithm', ['TRPO', 'TRPO on two', 'GAIL'])
def test_seeds(algorithm):
    digests = [digest(train(algorithm, seed)) for seed in (0, 0, 1)]
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_a_callback_changes_nothing():
    heard = TRPO('MlpPolicy', 'CartPole-v1', seed=0, **SMALL)
    heard.learn(384, callback=lambda locals_, globals_: True)
    assert digest(heard) == digest(train('TRPO', 0))


def test_what_ran_before_changes_nothing():
    np.random.seed(99)
    np.random.normal(size=17)
    first = digest(train('GAIL', 0))
    np.random.seed(7)
    assert digest(train('GAIL', 0)) == first


def test_without_a_seed_runs_differ():
    assert digest(train('TRPO', None)) != digest(train('TRPO', None))


def test_predictions_repeat():
    observations = np.zeros((50, 4))
    actions = [train('TRPO', 0).predict(observations)[0] for _ in range(2)]
    assert np.array_equal(*actions)
    assert len(set(actions[0])) == 2


def test_another_process():
    program = ('from tests.integration.test_repeatability import digest, train\n'
               'print(digest(train("TRPO", 0)), digest(train("GAIL", 0)))')
    environment = dict(os.environ, PYTHONHASHSEED='1')
    done = subprocess.run([sys.executable, '-c', program], stdout=subprocess.PIPE, env=environment, timeout=300)
    assert done.returncode == 0
    assert done.stdout.decode().split()[-2:] == [digest(train('TRPO', 0)), digest(train('GAIL', 0))]
