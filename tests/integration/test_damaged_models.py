"""Model files with values that are none: one exception, which names the file, and nothing else changes."""
import random
import time
import zipfile

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.save_util import data_to_json, params_to_bytes
from tests.environments import RandomEnv, random_demonstrations
from tests.integration.resume import BOX, DISCRETE, SMALL, VECTOR, sac

ALGORITHMS = {'trpo': TRPO, 'gail': GAIL, 'sac': SAC}
BAD_DATA = [
    *[(name, changes) for name in ('trpo', 'sac', 'gail') for changes in (
        dict(verbose=None), dict(verbose='text'), dict(num_timesteps='abc'), dict(num_timesteps=float('nan')),
        dict(num_timesteps=None), dict(num_timesteps={}), dict(num_timesteps=-1), dict(n_envs='x'), dict(n_envs=-1),
        dict(policy_kwargs={'a': 1}), dict(policy_kwargs=5), dict(action_space=5), dict(observation_space='Box'),
        dict(action_space=spaces.Tuple([spaces.Discrete(2)])), dict(seed='x'), dict(policy='NoPolicy'),
        dict(algorithm=[1]))],
    ('trpo', dict(policy_kwargs={'act_fun': 'x'})), ('trpo', dict(gamma='x')),
    ('sac', dict(learning_rate='abc')), ('sac', dict(action_noise=5)), ('sac', dict(action_space=DISCRETE)),
    ('sac', dict(ent_coef=[])),
    *[('gail', changes) for changes in (
        dict(reward_type='abc'), dict(use_actions=None), dict(adversary_net_arch='x'), dict(g_step=0),
        dict(hidden_size_adversary=[]), dict(d_stepsize='x'))],
]


@pytest.fixture(scope='module')
def saved():
    """Of each algorithm: what its file holds."""
    models = {'trpo': TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), seed=0, **SMALL),
              'gail': GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), random_demonstrations(VECTOR, BOX), seed=0,
                           hidden_size_adversary=4, **SMALL),
              'sac': sac(RandomEnv(VECTOR, BOX), seed=0)}
    return models, {name: model._data_to_save() for name, model in models.items()}


def write(path, data, model, state=None):
    parameters = model.get_parameters()
    names = '[{}]'.format(', '.join('"{}"'.format(name) for name in parameters))
    with zipfile.ZipFile(str(path), 'w') as archive:
        for name, content in (('data', data_to_json(data)), ('parameters', params_to_bytes(parameters)),
                              ('parameter_list', names), ('training_state', params_to_bytes(state or {}))):
            archive.writestr(name, content)
    return path


def states():
    return random.getstate()[1], np.random.get_state()[1].tolist()


@pytest.mark.parametrize('name, changes', BAD_DATA)
def test_values_that_are_none_are_one_error(saved, tmp_path, name, changes):
    models, data = saved
    path = write(tmp_path / 'bad.zip', dict(data[name], **changes), models[name])
    before = states()
    with pytest.raises(FileFormatError, match='bad.zip: '):
        ALGORITHMS[name].load(path)
    assert states() == before


def test_verbose_may_be_a_truth_value(saved, tmp_path):
    models, data = saved
    assert TRPO.load(write(tmp_path / 'good.zip', dict(data['trpo'], verbose=True), models['trpo'])).verbose is True


@pytest.mark.parametrize('data', [{}, {'gamma': 0.9}])
def test_a_model_without_a_policy(saved, tmp_path, data):
    path = write(tmp_path / 'bad.zip', data, saved[0]['trpo'])
    with pytest.raises(FileFormatError, match="bad.zip: holds no TRPO model: it names no 'policy'"):
        TRPO.load(path)


@pytest.mark.parametrize('name, changes', [
    ('trpo', dict(policy_kwargs={'net_arch': [100000, 100000]})),
    ('trpo', dict(policy_kwargs={'net_arch': [16] * 5000})),
    ('trpo', dict(action_space=spaces.Discrete(10 ** 8))), ('trpo', dict(observation_space=spaces.Discrete(10 ** 8))),
    ('trpo', dict(observation_space=spaces.MultiBinary(10 ** 9))),
    ('trpo', dict(action_space=spaces.MultiDiscrete([10 ** 9] * 4))), ('gail', dict(hidden_size_adversary=10 ** 8)),
    ('sac', dict(policy_kwargs={'layers': [64] * 5000}))])
def test_a_network_without_parameters_is_not_built(saved, tmp_path, name, changes):
    models, data = saved
    path = write(tmp_path / 'bad.zip', dict(data[name], **changes), models[name])
    begun = time.time()
    with pytest.raises(FileFormatError, match='bad.zip: no model can be made of it. .*too large for'):
        ALGORITHMS[name].load(path)
    assert time.time() - begun < 20.0


def test_a_number_of_actions_beyond_all_integers(saved, tmp_path):
    models, data = saved
    huge = {'__space__': 'Discrete', 'n': 10 ** 30, 'start': 0}
    path = write(tmp_path / 'bad.zip', dict(data['trpo'], action_space=huge), models['trpo'])
    with pytest.raises(FileFormatError, match='bad.zip: '):
        TRPO.load(path)


def test_a_change_that_is_refused_names_the_value(saved, tmp_path):
    models, data = saved
    path = write(tmp_path / 'good.zip', data['gail'], models['gail'])
    with pytest.raises(ValueError, match='good.zip: with what was changed, .*max_kl=-1') as caught:
        GAIL.load(path, max_kl=-1)
    assert not isinstance(caught.value, FileFormatError)
    demonstrations = random_demonstrations(VECTOR, BOX)  # which change nothing that the file describes
    path = write(tmp_path / 'bad.zip', dict(data['gail'], g_step=0), models['gail'])
    with pytest.raises(FileFormatError, match='bad.zip: no model can be made of it.*g_step'):
        GAIL.load(path, env=RandomEnv(VECTOR, BOX), expert_dataset=demonstrations)


def test_demonstrations_that_are_none_are_not_the_files_fault(saved, tmp_path):
    models, data = saved
    path = write(tmp_path / 'good.zip', data['gail'], models['gail'])
    with pytest.raises(TypeError, match='^expert_dataset=5: '):
        GAIL.load(path, expert_dataset=5)


@pytest.mark.parametrize('place', [np.array([5, 1e300, 0]), np.array(['a', 'b', 'c']), np.array([5.0, 7.0, 0.0]),
                                   np.array([[5.0, 0.0, 0.0]])])
def test_a_generators_state_that_is_none(saved, tmp_path, place):
    models, data = saved
    state = {'generator/model/keys': np.arange(624, dtype=np.uint32), 'generator/model/place': place}
    path = write(tmp_path / 'bad.zip', data['trpo'], models['trpo'], state)
    before = states()
    with pytest.raises(FileFormatError, match="bad.zip: .*the state of the generator 'model' is none"):
        TRPO.load(path)
    assert states() == before


def test_parameters_of_a_file_that_do_not_fit(saved, tmp_path):
    models, data = saved
    model = models['trpo']
    before = model.get_parameters()
    path = write(tmp_path / 'other.zip', data['sac'], models['sac'])
    with pytest.raises(FileFormatError, match='other.zip: its parameters are not those of this model'):
        model.load_parameters(path)
    path = write(tmp_path / 'newer.zip', dict(data['trpo'], format_version=99), model)
    with pytest.raises(FileFormatError, match='newer.zip: it has format 99'):
        model.load_parameters(path)
    assert all(np.array_equal(value, before[name]) for name, value in model.get_parameters().items())
