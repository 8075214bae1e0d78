"""Writes small models of this library, and what they answer, for the tests of the other stack.

    PYTHONPATH=. .venv/classic/bin/python tests/data/record_models_of_stack.py
    PYTHONPATH=. .venv/modern/bin/python tests/data/record_models_of_stack.py
"""
import sys
from pathlib import Path

import numpy as np

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from tests.environments import RandomEnv, random_demonstrations

STACK = 'classic' if sys.version_info < (3, 8) else 'modern'
FOLDER = Path(__file__).resolve().parent / 'models_of_{}'.format(STACK)
VECTOR, IMAGE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(0, 255, (36, 36, 1), np.uint8)
DISCRETE, CHOICES = spaces.Discrete(3), spaces.MultiDiscrete([3, 2])
LOPSIDED = spaces.Box(np.float32([-1.0, 0.0]), np.float32([0.5, 2.0]))
ON_POLICY = dict(timesteps_per_batch=32, cg_iters=2, seed=0, n_cpu_tf_sess=1)
SMALL = dict(policy_kwargs=dict(net_arch=[4]), **ON_POLICY)
MEMORY = dict(policy_kwargs=dict(n_lstm=4, net_arch=['lstm']), sequence_length=8, **ON_POLICY)


def models():
    """name -> a model that has learned a little."""
    yield 'trpo_discrete', TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), **SMALL)
    yield 'trpo_choices', TRPO('MlpPolicy', RandomEnv(VECTOR, CHOICES), **SMALL)
    yield 'trpo_memory', TRPO('MlpLnLstmPolicy', RandomEnv(VECTOR, LOPSIDED), **MEMORY)
    yield 'gail_box', GAIL('MlpPolicy', RandomEnv(VECTOR, LOPSIDED), random_demonstrations(VECTOR, LOPSIDED),
                           hidden_size_adversary=4, **SMALL)
    yield 'gail_memory', GAIL('MlpLstmPolicy', RandomEnv(VECTOR, DISCRETE), random_demonstrations(VECTOR, DISCRETE),
                              hidden_size_adversary=4, adversary_n_lstm=3, d_step=1, **MEMORY)
    yield 'sac_box', SAC('LnMlpPolicy', RandomEnv(VECTOR, LOPSIDED), policy_kwargs=dict(layers=[4]), learning_starts=8,
                         batch_size=8, seed=0, n_cpu_tf_sess=1)


def answers(model, observations):
    """What the tests compare, by name."""
    actions, state = model.predict(observations, deterministic=True)
    found = {'actions': actions}
    if state is not None:
        found['state'] = state
        found['actions_after'] = model.predict(observations, state, deterministic=True)[0]
    distribution = model.action_probability(observations)
    for number, part in enumerate(distribution if isinstance(distribution, (list, tuple)) else [distribution]):
        found['distribution_{}'.format(number)] = part
    if isinstance(model, GAIL):
        found['rewards'] = model.reward_giver.get_reward(observations, actions)
    return found


def main():
    """Write the files of this stack."""
    FOLDER.mkdir(exist_ok=True)
    observations = np.random.RandomState(3).uniform(-1.0, 1.0, (6, 3)).astype(np.float32)
    for name, model in models():
        model.learn(64)
        model.save(FOLDER / name)
        np.savez(str(FOLDER / (name + '.npz')), observations=observations, **answers(model, observations))


if __name__ == '__main__':
    main()
