"""Models saved on either stack give the same answers here, and go on learning."""
import warnings
from pathlib import Path

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from tests.data.record_models_of_stack import answers
from tests.environments import RandomEnv, random_demonstrations

DATA = Path(__file__).resolve().parents[1] / 'data'
NAMES = ['trpo_discrete', 'trpo_choices', 'trpo_memory', 'gail_box', 'gail_memory', 'sac_box']


@pytest.mark.parametrize('stack', ['classic', 'modern'])
@pytest.mark.parametrize('name', NAMES)
def test_models_of_both_stacks(stack, name):
    folder = DATA / 'models_of_{}'.format(stack)
    algorithm = {'trpo': TRPO, 'gail': GAIL, 'sac': SAC}[name.split('_')[0]]
    with np.load(str(folder / (name + '.npz'))) as file:
        expected = {key: file[key] for key in file.files}
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        model = algorithm.load(folder / (name + '.zip'))
    observations = expected.pop('observations')
    found = answers(model, observations)
    assert set(found) == set(expected)
    for key in expected:
        assert np.allclose(found[key], expected[key], rtol=1e-5, atol=1e-5), key
    model.set_env(RandomEnv(model.observation_space, model.action_space))
    if algorithm is GAIL:
        model.expert_dataset = random_demonstrations(model.observation_space, model.action_space)
    model.learn(32, reset_num_timesteps=False)
    assert model.num_timesteps == 96
