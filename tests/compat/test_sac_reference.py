"""SAC against stable-baselines 2.10: its files, and one of its training steps (data/record_sac_with_original.py)."""
import json
import warnings
import zipfile

import numpy as np
import pytest
from gym import spaces

from stable_baselines import SAC
from tests.fakes import CheckedEnv


@pytest.fixture(scope='module')
def sac_file(data_path):
    return data_path / 'sac_pendulum.zip'


@pytest.fixture(scope='module')
def loaded(sac_file):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return SAC.load(sac_file)


def test_file_predicts_the_same(loaded, data_path):
    with np.load(str(data_path / 'sac_pendulum_predictions.npz')) as expected:
        actions, state = loaded.predict(expected['obs'])
        np.testing.assert_allclose(actions, expected['actions'], rtol=1e-5, atol=1e-5)
        assert state is None
        for observation, action in zip(expected['obs'], expected['actions']):
            np.testing.assert_allclose(loaded.predict(observation)[0], action, rtol=1e-5, atol=1e-5)


def test_parameters_have_the_same_names_in_the_same_order(loaded, sac_file):
    with zipfile.ZipFile(str(sac_file)) as archive:
        assert list(loaded.get_parameters()) == json.loads(archive.read('parameter_list').decode())


def test_the_pickled_learning_rate_is_left_out_with_a_warning(sac_file):
    with pytest.warns(UserWarning, match='learning_rate'):
        model = SAC.load(sac_file)
    assert model.learning_rate == 3e-4
    assert model.target_entropy == -1.0
    assert model.ent_coef == 'auto'
    assert model.batch_size == 64


def test_loaded_model_saves_and_loads_again_without_a_warning(loaded, tmp_path):
    loaded.save(str(tmp_path / 'again'))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        again = SAC.load(str(tmp_path / 'again'))
    for name, value in loaded.get_parameters().items():
        np.testing.assert_array_equal(again.get_parameters()[name], value, err_msg=name)


class PendulumLike(CheckedEnv):
    """Pendulum's spaces."""

    def __init__(self):
        super().__init__(action_space=spaces.Box(-2.0, 2.0, (1,), dtype=np.float32))
        self.observation_space = spaces.Box(-8.0, 8.0, (3,), dtype=np.float32)


@pytest.fixture(scope='module')
def step(data_path):
    """The recorded step, and the same step here: (record, figures, parameters after)."""
    with np.load(str(data_path / 'sac_step.npz')) as file:
        record = {name: file[name] for name in file.files}
    model = SAC('MlpPolicy', PendulumLike(), tau=0.1, gamma=0.95, ent_coef='auto_0.3', n_cpu_tf_sess=1,
                policy_kwargs=dict(layers=[16, 12]))
    model.load_parameters({name[len('init/'):]: value for name, value in record.items() if name.startswith('init/')})
    batch = [record['batch/' + name] for name in ('observations', 'actions', 'rewards', 'next_observations', 'dones',
                                                  'noise')]
    figures = model.sac_graph.train_and_track(*batch, float(record['learning_rate']))
    return record, dict(zip(model.sac_graph.figure_names, figures)), model.get_parameters()


@pytest.mark.parametrize('name', ['policy_loss', 'qf1_loss', 'qf2_loss', 'entropy', 'ent_coef_loss', 'ent_coef'])
def test_figures_of_a_step(step, name):
    record, figures, _ = step
    np.testing.assert_allclose(figures[name], record[name], rtol=1e-5)


def test_parameters_after_a_step(step):
    record, _, after = step
    # without the value function, whose loss is another one, see below
    names = [name for name in after if '/vf/' not in name]
    assert len(names) == 21
    for name in names:
        moved = np.abs(record['after/' + name] - record['init/' + name]).max()
        assert moved > 1e-3
        # Adam's first step is the gradient's sign: where a gradient is nearly zero, epsilon decides
        np.testing.assert_allclose(after[name], record['after/' + name], atol=5e-3 * moved, err_msg=name)


def network(record, scope, rows):
    """A network of the record in NumPy: two ReLU layers and, unless it is the actor's, a linear one."""
    def layer(name, rows):
        kernel, bias = (record['init/{}/{}/{}:0'.format(scope, name, kind)] for kind in ('kernel', 'bias'))
        return rows @ kernel + bias
    for name in ('fc0', 'fc1'):
        rows = np.maximum(layer(name, rows), 0.0)
    if scope == 'model/pi':
        return layer('dense', rows), layer('dense_1', rows)
    return rows, layer(scope.split('/')[-1], rows)


def value_errors(record):
    """V(s_i) - min Q(s_i, a_i), alpha log p(a_i) and the last hidden layer of V, in NumPy."""
    observations = record['batch/observations']
    mean, log_std = network(record, 'model/pi', observations)
    inputs = np.concatenate([observations, np.tanh(mean + np.exp(log_std) * record['batch/noise'])], axis=1)
    qf1, qf2 = (network(record, 'model/values_fn/' + name, inputs)[1] for name in ('qf1', 'qf2'))
    hidden, values = network(record, 'model/values_fn/vf', observations)
    return (values - np.minimum(qf1, qf2))[:, 0], record['ent_coef'] * record['logp_pi'], hidden


def test_value_loss_takes_the_log_probability_of_its_own_row(step):
    """stable-baselines sets each row's value against the log-probabilities of all rows of the batch."""
    record, figures, _ = step
    errors, entropy_terms, _ = value_errors(record)
    all_pairs = 0.5 * np.mean(np.square(errors[:, None] + entropy_terms[None, :]))
    np.testing.assert_allclose(record['value_loss'], all_pairs, rtol=1e-4)
    np.testing.assert_allclose(figures['value_loss'], 0.5 * np.mean(np.square(errors + entropy_terms)), rtol=1e-4)


def test_value_function_follows_that_gradient(step):
    record, _, after = step
    errors, entropy_terms, hidden = value_errors(record)
    gradient = hidden.T @ (errors + entropy_terms) / len(errors)
    name = 'model/values_fn/vf/vf/kernel:0'
    moved = (after[name] - record['init/' + name])[:, 0]
    clear = np.abs(gradient) > 1e-5  # a first step of Adam has the learning rate's length against the gradient
    assert clear.sum() >= 5
    np.testing.assert_allclose(moved[clear], -record['learning_rate'] * np.sign(gradient[clear]), rtol=1e-2)


def test_target_network_moves_by_tau(step):
    record, _, after = step
    for name in (name for name in after if name.startswith('target/')):
        source = after[name.replace('target/', 'model/')]
        expected = record['init/' + name] + 0.1 * (source - record['init/' + name])
        np.testing.assert_allclose(after[name], expected, rtol=1e-5, atol=1e-7, err_msg=name)
