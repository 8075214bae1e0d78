"""Models that stable-baselines 2.10.2 saved give the answers that they gave there."""
import warnings

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from tests.environments import RandomEnv


@pytest.fixture(scope='module', params=['trpo_cartpole', 'trpo_gaussian', 'gail_discrete', 'gail_box'])
def loaded(request, data_path):
    algorithm = TRPO if request.param.startswith('trpo') else GAIL
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        model = algorithm.load(str(data_path / (request.param + '.zip')))
    with np.load(str(data_path / (request.param + '_predictions.npz'))) as file:
        expected = {name: file[name] for name in file.files}
    caught = [str(warning.message) for warning in caught if warning.category is UserWarning]
    return request.param, model, expected, caught


def test_only_what_is_missing_is_warned_of(loaded):
    name, _, _, caught = loaded
    assert len(caught) == (1 if name.startswith('gail') else 0), caught
    assert all('obfilter' in text and 'normalizer' in text for text in caught)


def test_actions(loaded):
    _, model, expected, _ = loaded
    actions, state = model.predict(expected['obs'], deterministic=True)
    assert state is None
    assert actions.shape == expected['actions'].shape
    assert np.allclose(actions, expected['actions'], rtol=1e-5, atol=1e-5)
    for obs, action in zip(expected['obs'], expected['actions']):
        assert np.allclose(model.predict(obs, deterministic=True)[0], action, rtol=1e-5, atol=1e-5)


def test_distributions_values_and_rewards(loaded):
    name, model, expected, _ = loaded
    if name == 'trpo_cartpole':  # its recording holds actions only
        return
    assert np.allclose(model.trpo_graph.values(expected['obs']), expected['value'], rtol=1e-5, atol=1e-6)
    found = model.action_probability(expected['obs'])
    expected_distribution = [expected['proba']] if 'proba' in expected else [expected['mean'], expected['std']]
    for mine, theirs in zip([found] if 'proba' in expected else found, expected_distribution):
        assert np.allclose(mine, theirs, rtol=1e-5, atol=1e-6)
    logp = model.action_probability(expected['obs'], actions=expected['given_actions'], logp=True)
    assert logp.shape == expected['logp'].shape
    assert np.allclose(logp, expected['logp'], rtol=1e-5, atol=1e-5)
    if 'reward' in expected:
        found = model.reward_giver.get_reward(expected['obs'], expected['given_actions'])
        assert np.allclose(found, expected['reward'], rtol=1e-5, atol=1e-6)


def test_saved_again_it_answers_the_same_and_warns_of_nothing(loaded, tmp_path):
    name, model, expected, _ = loaded
    model.save(str(tmp_path / 'again'))
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        again = type(model).load(str(tmp_path / 'again'))
    assert np.array_equal(again.predict(expected['obs'], deterministic=True)[0],
                          model.predict(expected['obs'], deterministic=True)[0])
    for parameter, value in model.get_parameters().items():
        assert np.array_equal(again.get_parameters()[parameter], value), parameter


CONVOLUTIONS = {'c1/w:0': (8, 8, 3, 32), 'c1/b:0': (1, 32, 1, 1), 'c2/w:0': (4, 4, 32, 64), 'c2/b:0': (1, 64, 1, 1),
                'c3/w:0': (3, 3, 64, 64), 'c3/b:0': (1, 64, 1, 1), 'fc1/w:0': (128, 512), 'fc1/b:0': (512,)}


@pytest.mark.parametrize('algorithm, prefixes', [(TRPO, ['model/', 'oldpi/model/']),
                                                 (SAC, ['model/pi/', 'model/values_fn/', 'target/values_fn/'])])
def test_convolutions_have_the_names_and_shapes_of_stable_baselines(algorithm, prefixes):
    """As its files of CnnPolicy on images of 40 x 44 x 3 hold them."""
    env = RandomEnv(spaces.Box(0, 255, (40, 44, 3), np.uint8), spaces.Box(-1, 1, (2,), np.float32))
    found = {name: value.shape for name, value in algorithm('CnnPolicy', env).get_parameters().items()}
    for prefix in prefixes:
        assert {name: found[prefix + name] for name in CONVOLUTIONS} == CONVOLUTIONS
