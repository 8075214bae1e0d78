"""Training goes on from files, in a new process, as if it had never been interrupted."""
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stable_baselines import SAC, TRPO
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.save_util import write_model
from tests.environments import RandomEnv
from tests.integration.resume import BOX, CASES, VECTOR, first_part, make_env, sac, second_part

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    """For each case what one process came to, and another that went on from files; one program for all cases."""
    expected, arguments = {}, []
    for name in CASES:
        folder = str(tmp_path_factory.mktemp(name.replace(' ', '_')))
        expected[name] = second_part(first_part(name, folder))
        arguments += [name, folder]
    done = subprocess.run([sys.executable, '-m', 'tests.integration.resume'] + arguments, cwd=str(ROOT),
                          env=dict(os.environ, PYTHONPATH=str(ROOT)), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found = {}
    for name, folder in zip(arguments[::2], arguments[1::2]):
        with np.load(folder + '/result.npz') as file:
            found[name] = {key: file[key] for key in file.files}
    return expected, found


@pytest.mark.parametrize('name', list(CASES))
def test_a_new_process_goes_on_bit_for_bit(results, name):
    expected, found = [result[name] for result in results]
    assert set(expected) == set(found)
    assert [key for key in expected if not np.array_equal(expected[key], found[key])] == []


def test_without_the_state_it_would_not(tmp_path):
    """The test above would notice: parameters alone lead elsewhere."""
    model = first_part('trpo', str(tmp_path))
    other = CASES['trpo'][1](make_env('trpo'))
    other.load_parameters(model.get_parameters())
    expected, found = second_part(model), second_part(other)
    assert not np.array_equal(expected['model/vf/w:0'], found['model/vf/w:0'])


def test_parameters_of_a_file_come_alone(tmp_path):
    """``load_parameters`` leaves optimizers and generators as they are."""
    first_part('trpo', str(tmp_path))
    model = CASES['trpo'][1](make_env('trpo'))
    before, moments = model.random_state.get_state()[1].copy(), model.sess.run(model.trpo_graph.value_optimizer.state)
    model.load_parameters(str(tmp_path / 'model'))
    assert np.array_equal(model.random_state.get_state()[1], before)
    assert all(map(np.array_equal, moments, model.sess.run(model.trpo_graph.value_optimizer.state)))


def test_files_without_a_state_load(tmp_path):
    model = first_part('trpo', str(tmp_path))
    write_model(tmp_path / 'older.zip', model._data_to_save(), model.get_parameters())
    loaded = TRPO.load(tmp_path / 'older.zip', env=make_env('trpo'))
    loaded.learn(32)
    with pytest.raises(FileFormatError, match='older.zip: .*generator'):
        write_model(tmp_path / 'older.zip', model._data_to_save(), model.get_parameters(),
                    {'generator/model/keys': np.zeros(3), 'generator/model/place': np.zeros(3)})
        TRPO.load(tmp_path / 'older.zip')
    with pytest.raises(FileFormatError, match='older.zip: .*value_optimizer.* has shape'):
        write_model(tmp_path / 'older.zip', model._data_to_save(), model.get_parameters(),
                    {variable.name: np.zeros(7) for variable in model.trpo_graph.value_optimizer.state})
        TRPO.load(tmp_path / 'older.zip')


def test_several_workers_do_not_share_a_generator(tmp_path, monkeypatch):
    model = first_part('trpo', str(tmp_path))
    saved = model.random_state.get_state()[1]
    monkeypatch.setattr('stable_baselines.common.saved_model.mpi.size', lambda: 2)
    loaded = TRPO.load(tmp_path / 'model')
    assert not np.array_equal(loaded.random_state.get_state()[1], saved)
    moments = [one.sess.run(one.trpo_graph.value_optimizer.state) for one in (model, loaded)]
    assert all(map(np.array_equal, *moments))


# ---------------------------------------------------------------- replay buffers

def contents(model):
    return [np.array(column) for column in zip(*model.replay_buffer.storage)]


@pytest.mark.parametrize('n_steps, size, kept', [(30, 50, 30), (64, 50, 50), (64, 20, 20), (64, 80, 50), (0, 50, 0)])
def test_a_replay_buffer_of_another_size_keeps_the_latest(tmp_path, n_steps, size, kept):
    model = sac(RandomEnv(VECTOR, BOX), seed=0)
    model.learn(n_steps)
    assert model.save_replay_buffer(tmp_path / 'buffer') == str(tmp_path / 'buffer.npz')
    other = SAC('MlpPolicy', RandomEnv(VECTOR, BOX), buffer_size=size, batch_size=8, seed=0)
    other.load_replay_buffer(tmp_path / 'buffer')
    assert len(other.replay_buffer) == kept and other.replay_buffer.buffer_size == size
    if kept:
        latest = {tuple(row) for row in contents(model)[0].tolist()}
        assert {tuple(row) for row in contents(other)[0].tolist()} <= latest
        last = model.replay_buffer.storage[model.replay_buffer.next_place - 1]
        assert np.array_equal(other.replay_buffer.storage[other.replay_buffer.next_place - 1][0], last[0])
    other.learn(20)


def test_types_of_a_replay_buffer_come_back(tmp_path):
    image = spaces.Box(0, 255, (36, 36, 1), np.uint8)
    model = SAC('CnnPolicy', RandomEnv(image, BOX), buffer_size=30, batch_size=8,
                learning_starts=100, seed=0)
    model.learn(40)
    model.save_replay_buffer(str(tmp_path / 'buffer.npz'))
    before = contents(model)
    model.load_replay_buffer(str(tmp_path / 'buffer.npz'))
    assert all(one.dtype == other.dtype and np.array_equal(one, other) for one, other in zip(before, contents(model)))
    with np.load(str(tmp_path / 'buffer.npz')) as file:  # a plain archive
        assert file['observations'].dtype == np.uint8 and file['observations'].shape == (30, 36, 36, 1)


def test_what_is_no_replay_buffer_of_the_model_is_refused(tmp_path):
    model = sac(RandomEnv(VECTOR, BOX), seed=0)
    model.learn(30)
    model.save_replay_buffer(tmp_path / 'buffer')
    with np.load(str(tmp_path / 'buffer.npz')) as file:
        good = {key: file[key] for key in file.files}
    before = contents(model)

    def refused(match, **changes):
        arrays = {key: value for key, value in dict(good, **changes).items() if value is not None}
        np.savez(str(tmp_path / 'other.npz'), **arrays)
        with pytest.raises(FileFormatError, match='other.npz: .*' + match):
            model.load_replay_buffer(tmp_path / 'other')
    refused("'rewards' is missing", rewards=None)
    refused("'observations' has shape", observations=good['observations'][:, :2])
    refused("'actions' has shape", actions=good['actions'][:5])
    refused('impossible', place=np.array([3, 50]))
    refused('impossible', place=np.array([-1, 30]))
    refused('it is no replay buffer', place=np.array([1]))
    refused('', rewards=np.array([object()] * 30))
    (tmp_path / 'other.npz').write_bytes((tmp_path / 'buffer.npz').read_bytes()[:500])
    with pytest.raises(FileFormatError, match='other.npz'):
        model.load_replay_buffer(tmp_path / 'other.npz')
    with pytest.raises(FileNotFoundError, match='nowhere'):
        model.load_replay_buffer(tmp_path / 'nowhere')
    assert all(map(np.array_equal, before, contents(model)))
    model.replay_buffer = object()
    with pytest.raises(TypeError, match='replay_buffer is of type object'):
        model.save_replay_buffer(tmp_path / 'more')


@pytest.mark.parametrize('version', [2, 99, 'two', None])
def test_a_format_to_come_is_refused_by_name(tmp_path, version):
    model = CASES['trpo'][1](make_env('trpo'))
    data = dict(model._data_to_save(), format_version=version, library_version='9.1')
    write_model(tmp_path / 'model.zip', data, model.get_parameters())
    with pytest.raises(FileFormatError, match='model.zip: it has format .*reads formats up to 1. .*version 9.1'):
        TRPO.load(tmp_path / 'model.zip')
