"""A model that nobody holds any more takes its graph with it: programs make many, one after the other."""
import gc
import weakref

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from tests.environments import RandomEnv, random_demonstrations

VECTOR = spaces.Box(-1.0, 1.0, (3,), np.float32)
SMALL = dict(timesteps_per_batch=16, cg_iters=2)


@pytest.mark.parametrize('algorithm, policy, settings', [
    (TRPO, 'MlpPolicy', SMALL), (TRPO, 'MlpLstmPolicy', dict(SMALL, policy_kwargs=dict(n_lstm=4))),
    (TRPO, 'MlpLnLstmPolicy', dict(SMALL, policy_kwargs=dict(n_lstm=4))), (GAIL, 'MlpPolicy', SMALL),
    (GAIL, 'MlpLstmPolicy', dict(SMALL, policy_kwargs=dict(n_lstm=4))), (SAC, 'MlpPolicy', {}),
])
def test_nothing_is_left(algorithm, policy, settings):
    demonstrations = random_demonstrations(VECTOR, VECTOR)
    model = algorithm(policy, RandomEnv(VECTOR, VECTOR), **settings)
    if algorithm is GAIL:
        model.expert_dataset = demonstrations
    model.pretrain(demonstrations, n_epochs=1)
    model.learn(16)
    model.predict(model.observation_space.sample())
    graph = weakref.ref(model.graph)
    del model
    for _ in range(3):  # what has a finalizer takes more than one
        gc.collect()
    assert graph() is None
