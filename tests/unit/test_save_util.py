import base64
import functools
import io
import json
import os
import pickle
import random
import subprocess
import sys
import tempfile
import types
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import cloudpickle
import numpy as np
import pytest

from stable_baselines.common import safe_npz, save_util
from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.noise import NormalActionNoise, OrnsteinUhlenbeckActionNoise
from stable_baselines.common.older_format import write_pickled_model
from stable_baselines.common.policies import BasePolicy, CnnPolicy, MlpPolicy
from stable_baselines.common.save_util import (
    bytes_to_params,
    data_to_json,
    is_json_serializable,
    json_to_data,
    params_to_bytes,
    read_model,
    register_json_type,
    write_model,
)
from stable_baselines.common.tf1 import tf

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data')
TRPO, SAC = os.path.join(DATA, 'trpo_cartpole.zip'), os.path.join(DATA, 'sac_pendulum.zip')


def _params():
    generator = np.random.RandomState(0)
    return OrderedDict([('model/pi/w:0', generator.randn(4, 8).astype(np.float32)),
                        ('model/pi/b:0', np.zeros(8, np.float32)), ('count:0', np.array(3, np.int64)),
                        ('adversary/x:0', np.zeros((0, 2)))])


def _data():
    return {'gamma': 0.99, 'policy': MlpPolicy, 'policy_kwargs': {'act_fun': tf.nn.relu}, 'seed': None,
            'observation_space': spaces.Box(low=-1, high=1, shape=(4,), dtype=np.float32),
            'action_space': spaces.Discrete(2), 'format_version': 1}


def _assert_same_params(one, other):
    assert list(one) == list(other)
    for name, array in one.items():
        assert other[name].dtype == array.dtype
        np.testing.assert_array_equal(other[name], array)


def _round_trip(value):
    text = data_to_json({'key': value})
    assert ':serialized:' not in text
    return json_to_data(text)['key']


# Whole files.

@pytest.mark.parametrize('kind', ['text', 'path', 'file', 'real file'])
def test_a_model_comes_back(tmp_path, kind):
    data, params = _data(), _params()
    target = {'text': lambda: str(tmp_path / 'm'), 'path': lambda: tmp_path / 'm', 'file': io.BytesIO,
              'real file': lambda: open(str(tmp_path / 'm.zip'), 'w+b')}[kind]()
    write_model(target, data, params)
    for _ in range(2):
        read_data, read_params = read_model(target)
        assert read_data == data and list(read_data) == list(data)
        _assert_same_params(params, read_params)
        if 'file' in kind:
            target.seek(0)
    assert os.listdir(str(tmp_path)) == ([] if kind == 'file' else ['m.zip'])
    if 'file' in kind:
        target.close()


def test_the_members_are_those_of_stable_baselines(tmp_path):
    write_model(str(tmp_path / 'm.zip'), _data(), _params())
    with zipfile.ZipFile(str(tmp_path / 'm.zip')) as archive:
        assert archive.namelist() == ['data', 'parameters', 'parameter_list']
        assert json.loads(archive.read('parameter_list').decode()) == list(_params())
        assert json.loads(archive.read('data').decode())['gamma'] == 0.99
        with np.load(io.BytesIO(archive.read('parameters')), allow_pickle=False) as arrays:
            np.testing.assert_array_equal(arrays['model/pi/w:0'], _params()['model/pi/w:0'])


def test_equal_models_give_equal_files(tmp_path):
    for name in ('a.zip', 'b.zip'):
        write_model(tmp_path / name, _data(), _params())
    assert (tmp_path / 'a.zip').read_bytes() == (tmp_path / 'b.zip').read_bytes()


def test_a_suffix_is_kept_and_a_folder_is_made(tmp_path):
    write_model(str(tmp_path / 'new' / 'm.model'), {}, {})
    assert os.listdir(str(tmp_path / 'new')) == ['m.model']
    assert read_model(tmp_path / 'new' / 'm.model') == ({}, OrderedDict())


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'm.zip'
    write_model(path, {'gamma': 1}, _params())
    with pytest.raises(ValueError, match="parameter 'w'"):
        write_model(path, {}, {'w': np.array([None])})

    def fail(*arguments):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('stable_baselines.common.atomic_file.os.replace', fail)
    with pytest.raises(OSError):
        write_model(path, {'gamma': 2}, _params())
    assert read_model(path)[0] == {'gamma': 1}
    assert os.listdir(str(tmp_path)) == ['m.zip']


def test_a_file_object_gets_nothing_when_the_model_cannot_be_written():
    file = io.BytesIO()
    with pytest.raises(ValueError):
        write_model(file, {}, {'w': np.array([None])})
    assert file.getvalue() == b''


@pytest.mark.parametrize('call', [functools.partial(write_model, data={}, params={}), read_model])
def test_what_is_no_path_or_file_is_refused(tmp_path, call):
    for wrong in (3, None, b'bytes'):
        with pytest.raises(TypeError, match='model file'):
            call(wrong)
    with pytest.raises(TypeError, match='open for text'):
        call(io.StringIO())
    with pytest.raises(ValueError, match='folder'):
        call(str(tmp_path) + '/')


def test_a_missing_file_names_what_was_tried(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        read_model(tmp_path / 'm')
    assert "m'" in str(caught.value) and "m.zip'" in str(caught.value)
    assert isinstance(caught.value, ValueError)  # which scripts for stable-baselines catch


def test_the_older_format_is_found_without_its_suffix(tmp_path):
    write_pickled_model(tmp_path / 'm', {'gamma': 0.9}, _params())
    assert (tmp_path / 'm.pkl').exists()
    assert read_model(tmp_path / 'm', allow_pickle=True)[0] == {'gamma': 0.9}
    with pytest.raises(PickleRefused, match=r'm.pkl: .*save\(cloudpickle=True\).* any code .*allow_pickle=True'):
        read_model(tmp_path / 'm')
    write_model(tmp_path / 'm', {'gamma': 0.5}, _params())  # which is the newer one
    assert read_model(tmp_path / 'm')[0] == {'gamma': 0.5}


def test_a_stream_that_cannot_seek_is_read(tmp_path):
    write_model(tmp_path / 'm.zip', _data(), _params())
    copy = 'import sys; sys.stdout.buffer.write(open(sys.argv[1], "rb").read())'
    process = subprocess.Popen([sys.executable, '-S', '-c', copy, str(tmp_path / 'm.zip')], stdout=subprocess.PIPE)
    assert read_model(process.stdout)[0] == _data()
    process.stdout.close()
    process.wait()
    with tempfile.SpooledTemporaryFile() as file:
        write_model(file, _data(), _params())
        file.seek(0)
        assert read_model(file)[0] == _data()


# Values.

@pytest.mark.parametrize('value', [
    None, True, 0, -3, 2 ** 80, 1.5, 0.1, float('inf'), float('-inf'), '', 'Zürich', [], [1, [2, None]], (),
    (1, (2, [3])), {}, {'a': {'b': (1,)}}, {1: 'a', (2, 'x'): 'b'}, {'__space__': 'mine', ':type:': 1},
    OrderedDict([('z', 1), ('a', 2)]),
    [64, {'vf': [32], 'pi': [16]}], {'act_fun': tf.nn.relu}, [tf.nn.tanh, tf.tanh, tf.nn.elu, tf.sigmoid], MlpPolicy,
    {'policies': (MlpPolicy, CnnPolicy)}], ids=str)
def test_values_come_back(value):
    again = _round_trip(value)
    assert again == value
    assert isinstance(again, tuple) == isinstance(value, tuple)
    if isinstance(value, dict):
        assert list(again) == list(value)


def test_nan_comes_back_in_strict_json():
    assert np.isnan(_round_trip(float('nan')))
    assert 'NaN' not in data_to_json({'a': float('nan'), 'b': float('inf')})


@pytest.mark.parametrize('value', [np.float32(0.1), np.float64(1 / 3), np.float32('-inf'), np.int64(-5), np.uint8(255),
                                   np.bool_(True), np.float16(0.5), np.complex64(1j), np.str_('text')], ids=repr)
def test_numpy_scalars_keep_their_type(value):
    again = _round_trip(value)
    assert type(again) is type(value) and again == value


@pytest.mark.parametrize('value', [
    np.array([0.1, np.nan, -np.inf], np.float32), np.arange(6).reshape(2, 3), np.array(2.5), np.zeros((0, 3), np.uint8),
    np.array([True, False]), np.random.RandomState(0).randn(40, 30), np.array(['a', 'bcd']), np.array([1j]),
    np.arange(3, dtype='>i2'), np.asfortranarray(np.arange(600.).reshape(20, 30))], ids=lambda array: array.dtype.str)
def test_arrays_keep_their_type_and_shape(value):
    again = _round_trip(value)
    assert again.dtype == value.dtype and again.shape == value.shape
    np.testing.assert_array_equal(again, value)


def test_the_state_of_a_generator_comes_back():
    generator = np.random.RandomState(5)
    state = _round_trip(generator.get_state())
    expected = generator.rand(10)
    generator.set_state(state)
    np.testing.assert_array_equal(generator.rand(10), expected)


def test_action_noise_comes_back_with_its_memory():
    noise = OrnsteinUhlenbeckActionNoise(np.zeros(2), 0.3 * np.ones(2), initial_noise=np.ones(2))
    noise()
    again = _round_trip({'noise': noise})['noise']
    assert type(again) is OrnsteinUhlenbeckActionNoise
    np.random.seed(1)
    expected = noise()
    np.random.seed(1)
    np.testing.assert_array_equal(again(), expected)
    assert type(_round_trip(NormalActionNoise(np.zeros(1), np.ones(1)))) is NormalActionNoise


class _Point:
    def __init__(self, x):
        self.x = x


def test_a_registered_class_comes_back_and_an_unknown_tag_does_not(monkeypatch):
    from stable_baselines.common import named_objects
    monkeypatch.setattr(named_objects, '_registered', dict(named_objects._registered))
    register_json_type(_Point, 'Point', lambda point: {'x': point.x}, lambda state: _Point(state['x']))
    register_json_type(_Point, 'Point', lambda point: {'x': point.x}, lambda state: _Point(state['x']))
    text = data_to_json({'key': [_Point(np.float32(2))]})
    assert json_to_data(text)['key'][0].x == 2
    with pytest.raises(ValueError, match="tag='Point'"):
        register_json_type(dict, 'Point', dict, dict)
    with pytest.raises(FileFormatError, match='KeyError'):
        json_to_data(text.replace('"x"', '"y"'))
    named_objects._registered.clear()
    with pytest.warns(UserWarning, match="registered under the name 'Point'"):
        assert json_to_data(text) == {}


def test_a_library_policy_is_saved_under_its_public_module():
    assert json.loads(data_to_json({'policy': MlpPolicy})) == {
        'policy': {'__policy__': 'MlpPolicy', 'module': 'stable_baselines.common.policies'}}


def test_a_policy_of_a_users_module_is_found_where_that_module_is_loaded(monkeypatch):
    module = types.ModuleType('users_module')
    module.Own = type('Own', (MlpPolicy,), {'__module__': 'users_module'})
    monkeypatch.setitem(sys.modules, 'users_module', module)
    text = data_to_json({'policy': module.Own})
    assert json_to_data(text)['policy'] is module.Own
    monkeypatch.delitem(sys.modules, 'users_module')
    with pytest.raises(PickleRefused, match=r"'policy'.*custom_objects=\{'policy': ...\}.*allow_pickle=True"):
        json_to_data(text)


def test_a_policy_made_in_a_function_needs_pickle(tmp_path):
    class Own(MlpPolicy):
        marker = 17

    write_model(tmp_path / 'm', {'policy': Own}, {})
    with pytest.raises(PickleRefused, match="m.zip: 'policy'"):
        read_model(tmp_path / 'm')
    assert read_model(tmp_path / 'm', custom_objects={'policy': MlpPolicy})[0]['policy'] is MlpPolicy
    assert read_model(tmp_path / 'm', allow_pickle=True)[0]['policy'].marker == 17


@pytest.mark.parametrize('module, name', [('os', 'system'), ('subprocess', 'Popen'), ('antigravity', 'fly'),
                                          ('builtins', 'dict'),
                                          ('stable_baselines.common.policies', 'nonsense'), (None, 'MlpPolicy'),
                                          ('stable_baselines.common.policies', ['MlpPolicy']),
                                          ('stable_baselines.common.policies', '__dict__')])
def test_a_name_that_is_no_policy_is_refused_and_not_imported(module, name):
    with pytest.raises(PickleRefused, match="'policy'"):
        json_to_data(json.dumps({'policy': {'__policy__': name, 'module': module}}))
    assert 'antigravity' not in sys.modules


@pytest.mark.parametrize('name', ['nn.moments', 'io.gfile.remove', 'py_func', '__builtins__', 'load_op_library', 3,
                                  None, ['nn.relu']])
def test_a_tensorflow_name_outside_the_table_is_refused(name):
    with pytest.raises(PickleRefused, match="'policy_kwargs'"):
        json_to_data(json.dumps({'policy_kwargs': {'act_fun': {'__tf__': name}}}))


def test_functions_need_pickle_and_name_the_way_out():
    text = data_to_json({'learning_rate': lambda progress: 2 * progress, 'gamma': 0.5})
    with pytest.warns(UserWarning, match=r"'learning_rate'.*default.*custom_objects=\{'learning_rate'") as caught:
        assert json_to_data(text) == {'gamma': 0.5}
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        data = json_to_data(text, custom_objects={'learning_rate': 3, 'absent': 4})
    assert data == {'learning_rate': 3, 'gamma': 0.5}


@pytest.mark.parametrize('key', ['learning_rate', 'policy_kwargs'])
def test_what_cannot_be_saved_does_not_cost_the_parameters(tmp_path, key):
    with pytest.warns(UserWarning, match=r"{0!r} is not saved: .*generator.*custom_objects=\{{{0!r}".format(key)):
        write_model(tmp_path / 'm', {key: {'f': (number for number in [])}, 'gamma': 0.5}, _params())
    if key == 'policy_kwargs':
        with pytest.raises(PickleRefused, match="could not be saved.*custom_objects"):
            read_model(tmp_path / 'm')
    else:
        with pytest.warns(UserWarning, match="could not be saved.*custom_objects"):
            assert read_model(tmp_path / 'm')[0] == {'gamma': 0.5}
    data, params = read_model(tmp_path / 'm', custom_objects={key: 7})
    assert data == {key: 7, 'gamma': 0.5}
    _assert_same_params(params, _params())


@pytest.mark.parametrize('stack', ['classic', 'modern'])
def test_a_model_saved_on_either_stack_is_read(stack):
    data, params = read_model(os.path.join(DATA, 'model_of_{}_stack.zip'.format(stack)))
    noise = data.pop('action_noise')
    assert type(noise) is NormalActionNoise and noise._sigma == 0.5
    assert data == {'policy': MlpPolicy, 'policy_kwargs': {'act_fun': tf.nn.relu, 'net_arch': [8, {'vf': [4]}]},
                    'observation_space': spaces.Dict({'a': spaces.Box(low=0, high=255, shape=(4, 4), dtype=np.uint8)}),
                    'action_space': spaces.MultiDiscrete([2, 3]), 'target_entropy': np.float32(-2), 'seed': None}
    assert list(params) == ['model/w:0', 'model/b:0']
    np.testing.assert_array_equal(params['model/w:0'], np.arange(6, dtype=np.float32).reshape(2, 3))


def test_the_order_of_the_keys_is_kept_with_custom_objects():
    assert list(json_to_data('{"a": 1, "b": 2, "c": 3}', custom_objects={'b': 0})) == ['a', 'b', 'c']


def test_allow_pickle_restores_functions_and_keeps_spaces_of_this_gym(tmp_path):
    write_model(tmp_path / 'm', {'learning_rate': lambda progress: 2 * progress}, {})
    assert read_model(tmp_path / 'm', allow_pickle=True)[0]['learning_rate'](3) == 6
    data, _ = read_model(TRPO, allow_pickle=True)
    assert data['action_space'] == spaces.Discrete(2)


def test_a_pickle_that_does_not_load_here_is_left_out_even_when_allowed():
    blob = base64.b64encode(b'\x80\x04cno.such.module\nname\n.').decode()
    file = io.BytesIO()
    write_model(file, {}, {})
    with zipfile.ZipFile(file, 'r') as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    file = _rewritten(members, {'data': json.dumps({'gamma': {':type:': 'x', ':serialized:': blob}})})
    with pytest.warns(UserWarning, match="'gamma'.*does not load here.*custom_objects"):
        assert read_model(file, allow_pickle=True)[0] == {}


def test_is_json_serializable():
    assert is_json_serializable({'a': [1, 'x', None]})
    assert not is_json_serializable(MlpPolicy) and not is_json_serializable(np.zeros(1))


def test_params_come_back_in_the_order_asked_for():
    params = _params()
    names = list(reversed(list(params)))
    _assert_same_params(bytes_to_params(params_to_bytes(params), names),
                        OrderedDict((name, params[name]) for name in names))
    for wrong in (names[1:], names + ['more'], names[:1] + names, names[1:] + [3]):
        with pytest.raises(FileFormatError, match='parameter_list'):
            bytes_to_params(params_to_bytes(params), wrong)


# Files of stable-baselines 2.10.

def test_the_trpo_file_of_stable_baselines_is_read():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        data, params = read_model(TRPO[:-4])
    with zipfile.ZipFile(TRPO) as archive:
        assert list(params) == json.loads(archive.read('parameter_list').decode())
        items = json.loads(archive.read('data').decode())
    assert list(data) == list(items)
    assert data['policy'] is MlpPolicy
    assert data['timesteps_per_batch'] == items['timesteps_per_batch']
    assert data['action_space'] == spaces.Discrete(2)
    assert isinstance(data['observation_space'], spaces.Box)
    np.testing.assert_allclose(data['observation_space'].high[[0, 2]], [4.8, 0.41887903], rtol=1e-6)
    assert params['model/pi_fc0/w:0'].shape == (4, 64) and params['model/pi_fc0/w:0'].dtype == np.float32


def test_the_sac_file_of_stable_baselines_is_read():
    with pytest.warns(UserWarning, match=r"sac_pendulum.zip: 'learning_rate'.*custom_objects=\{'learning_rate': ...\}"):
        data, params = read_model(SAC, custom_objects={'policy': BasePolicy})
    assert 'learning_rate' not in data
    assert data['policy'] is BasePolicy
    assert type(data['target_entropy']) is np.float32 and data['target_entropy'] == -1
    assert data['action_space'] == spaces.Box(low=-2, high=2, shape=(1,), dtype=np.float32)
    np.testing.assert_array_equal(data['observation_space'].low, np.array([-1, -1, -8], np.float32))
    assert list(params)[-1] == 'target/values_fn/vf/vf/bias:0' and len(params) == 33
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        data, _ = read_model(SAC, custom_objects={'learning_rate': 1e-3, 'policy': BasePolicy})
    assert data['learning_rate'] == 1e-3


def test_a_file_of_stable_baselines_written_anew_holds_no_pickle(tmp_path):
    data, params = read_model(TRPO)
    write_model(tmp_path / 'm', data, params)
    with zipfile.ZipFile(str(tmp_path / 'm.zip')) as archive:
        assert b':serialized:' not in archive.read('data')
    again = read_model(tmp_path / 'm')
    assert again[0] == data
    _assert_same_params(params, again[1])


def test_the_older_format_needs_a_word(tmp_path):
    path = tmp_path / 'model.pkl'
    path.write_bytes(cloudpickle.dumps(({'gamma': 0.9, 'policy': MlpPolicy}, [np.ones(2), np.zeros(1)])))
    with pytest.raises(PickleRefused, match='model.pkl.*allow_pickle=True'):
        read_model(path)
    data, params = read_model(path, allow_pickle=True, custom_objects={'gamma': 0.5})
    assert data == {'gamma': 0.5, 'policy': MlpPolicy}
    np.testing.assert_array_equal(params[0], np.ones(2))
    for content, allow_pickle in ((b'neither', False), (b'neither', True), (b'', False), (b'\x80\x04broken', True)):
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match='model.pkl') as caught:
            read_model(path, allow_pickle=allow_pickle)
        assert not isinstance(caught.value, PickleRefused)
    path.write_bytes(pickle.dumps([1, 2, 3]))
    with pytest.raises(FileFormatError, match='model.pkl'):
        read_model(path, allow_pickle=True)


class _LoadsElsewhere:
    """As a function that Python 3.7 pickled: its code does not load in 3.8."""

    def __reduce__(self):
        return types.CodeType, (1, 2), {'state': 3}


@pytest.mark.parametrize('as_list', [True, False])
def test_of_the_older_format_what_does_not_load_here_is_left_out(tmp_path, as_list):
    path, box = tmp_path / 'model.pkl', spaces.Box(-1.0, 1.0, (2,), np.float32)
    params = [np.ones(2), np.zeros(1)] if as_list else {'w': np.ones(2)}
    data = {'learning_rate': _LoadsElsewhere(), 'gamma': 0.9, 'policy': MlpPolicy, 'observation_space': box}
    path.write_bytes(cloudpickle.dumps((data, params)))
    with pytest.warns(UserWarning, match="model.pkl: .*'learning_rate'.* left out.*custom_objects"):
        found, arrays = read_model(path, allow_pickle=True)
    assert found == {'gamma': 0.9, 'policy': MlpPolicy, 'observation_space': box}
    assert len(arrays) == len(params)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        found, _ = read_model(path, allow_pickle=True, custom_objects={'learning_rate': 0.1})
    assert found['learning_rate'] == 0.1 and found['gamma'] == 0.9
    path.write_bytes(cloudpickle.dumps((dict(data, policy=_LoadsElsewhere()), params)))
    with pytest.raises(PickleRefused, match="model.pkl: .*'policy'.*custom_objects"):
        read_model(path, allow_pickle=True, custom_objects={'learning_rate': 0.1})


def test_of_the_older_format_functions_load_where_they_can(tmp_path):
    path, offset = tmp_path / 'model.pkl', 2
    path.write_bytes(cloudpickle.dumps(({'gamma': lambda part: part + offset, 'policy': MlpPolicy}, [])))
    found, _ = read_model(path, allow_pickle=True)
    assert found['gamma'](1) == 3 and found['policy'] is MlpPolicy


# Hostile and damaged files.

class _Command:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def _write_raw(path, **members):
    content = {'data': b'{}', 'parameters': params_to_bytes({}), 'parameter_list': b'[]'}
    content.update(members)
    with zipfile.ZipFile(str(path), 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, blob in content.items():
            if blob is not None:
                archive.writestr(name, blob)
    return path


@pytest.mark.parametrize('key', ['policy', 'policy_kwargs', 'observation_space', 'action_space'])
def test_a_pickled_command_is_not_run(tmp_path, key):
    command = _Command('touch {}'.format(tmp_path / 'executed'))
    for value in (command, [command], {'act_fun': command}):
        blob = base64.b64encode(cloudpickle.dumps(value)).decode()
        path = _write_raw(tmp_path / 'm.zip', data=json.dumps({key: {':type:': 'x', ':serialized:': blob}}).encode())
        with pytest.raises(PickleRefused, match="m.zip: {!r}.*system".format(key)):
            read_model(path)
    path.write_bytes(cloudpickle.dumps(({}, command)))
    with pytest.raises(PickleRefused):
        read_model(path)
    assert not (tmp_path / 'executed').exists()


def test_pickles_of_all_keys_have_one_budget(tmp_path):
    blob = base64.b64encode(b'\x80\x04](' + b']' * 200000 + b'e.').decode()
    item = {':type:': 'x', ':serialized:': blob}
    path = _write_raw(tmp_path / 'm.zip', data=json.dumps({'one': item, 'two': item}))
    with pytest.raises(FileFormatError, match="m.zip: 'two'.*more than"):
        read_model(path)


def test_keys_of_one_hash_are_bounded(tmp_path):
    keys = [number * (2 ** 61 - 1) for number in range(1, 20000)]
    path = _write_raw(tmp_path / 'm.zip', data=json.dumps({'gamma': {'__items__': [[key, 0] for key in keys]}}))
    with pytest.raises(FileFormatError, match="m.zip: 'gamma'.*dictionary keys"):
        read_model(path)
    with pytest.warns(UserWarning, match="'gamma' is not saved: .*more than 10000 keys"):
        data_to_json({'gamma': dict.fromkeys(keys, 0)})
    assert _round_trip(dict.fromkeys(keys[:100], 0)) == dict.fromkeys(keys[:100], 0)


def test_a_pickle_among_the_parameters_is_not_run(tmp_path):
    array = np.empty(1, dtype=object)
    array[0] = _Command('touch {}'.format(tmp_path / 'executed'))
    buffer = io.BytesIO()
    np.savez(buffer, w=array)
    path = _write_raw(tmp_path / 'm.zip', parameters=buffer.getvalue(), parameter_list=b'["w"]')
    with pytest.raises(PickleRefused, match="m.zip: key 'w'"):
        read_model(path)
    assert not (tmp_path / 'executed').exists()


@pytest.mark.parametrize('members', [
    {'data': None}, {'parameters': None}, {'parameter_list': None}, {'data': b'[]'}, {'data': b'{"a":'},
    {'data': b'\xff\xfe'}, {'data': b'[' * 100000}, {'data': b'{"a": ' + b'[' * 3000 + b']' * 3000 + b'}'},
    {'data': b'{"a": ' + b'9' * 100000 + b'}'},
    {'data': b'{"a": [' + b'[],' * 600000 + b'[]]}'}, {'data': b'{"a": {":serialized:": 3}}'},
    {'data': b'{"a": {":serialized:": "!!"}}'}, {'data': b'{"a": {":serialized:": "gAQu"}}'},
    {'data': b'{"a": {"__tuple__": 3}}'}, {'data': b'{"a": {"__items__": [[1]]}}'},
    {'data': b'{"a": {"__items__": [[[], 1]]}}'},
    {'data': b'{"a": {"__float__": []}}'}, {'data': b'{"a": {"__array__": "object", "data": [], "shape": [0]}}'},
    {'data': b'{"a": {"__array__": "float32", "data": [1], "shape": [99999999999]}}'},
    {'data': b'{"a": {"__array__": "npy", "data": "aGVsbG8="}}'}, {'data': b'{"a": {"__number__": "float32"}}'},
    {'data': b'{"a": {"__space__": "Box", "dtype": "float32", "shape": [1e12], "low": 0, "high": 1}}'},
    {'data': json.dumps({str(number): {'__space__': 'Box', 'dtype': 'float32', 'shape': [4000000], 'low': 0, 'high': 1}
                         for number in range(50)})},
    {'parameters': b'hello'}, {'parameter_list': b'{}'}, {'parameter_list': b'["w"]'}, {'parameter_list': b'[[]]'}],
    ids=lambda members: str(members)[:60])
def test_a_malformed_member_is_one_error_with_the_files_name(tmp_path, members):
    path = _write_raw(tmp_path / 'm.zip', **members)
    with pytest.raises(FileFormatError) as caught:
        read_model(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < 1500


def test_an_archive_within_an_archive_cannot_multiply_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(safe_npz, 'FREE_SIZE', 2 ** 16)
    inner = io.BytesIO()
    np.savez_compressed(inner, w=np.zeros(2 ** 22, np.uint8))
    assert safe_npz.MAX_RATIO * len(inner.getvalue()) < 2 ** 22
    padding = b'{"padding": "' + bytes(random.Random(0).choice(b'abcdefgh') for _ in range(20000)) + b'"}'
    # The outer archive is large enough for the first limit, but not for what the inner one claims.
    path = _write_raw(tmp_path / 'm.zip', parameters=inner.getvalue(), parameter_list=b'["w"]', data=padding)
    assert safe_npz.unpacked_limit(path.stat().st_size) < 2 ** 22
    with pytest.raises(FileFormatError, match='without compression'):
        read_model(path)


def test_a_text_much_longer_than_the_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(save_util, '_FREE_TEXT', 2 ** 16)
    for length, refused in ((2 ** 15, False), (2 ** 17, True)):
        path = _write_raw(tmp_path / 'm.zip', data=b'{"a": "' + length * b' ' + b'"}')
        if refused:
            with pytest.raises(FileFormatError, match="m.zip: 'data' claims"):
                read_model(path)
        else:
            assert read_model(path)[0] == {'a': length * ' '}


def test_names_in_the_archive_are_never_paths(tmp_path):
    path = _write_raw(tmp_path / 'm.zip', **{'../../evil': b'x', '/tmp/evil': b'x'})
    assert read_model(path) == ({}, OrderedDict())
    assert os.listdir(str(tmp_path)) == ['m.zip']


@pytest.mark.parametrize('source', [TRPO, SAC])
def test_damaged_files_are_read_whole_or_one_error(tmp_path, source):
    generator = random.Random(11)
    good = Path(source).read_bytes()
    path = tmp_path / 'm.zip'
    outcomes = {'read': 0, 'refused': 0}
    for number in range(80):
        blob = bytearray(good)
        # The ends hold what describes the archive and the model, the middle the parameters.
        size = len(blob) if number % 2 else 9000
        if number % 4 == 0:
            del blob[generator.randrange(len(blob)):]
        for _ in range(generator.randint(1, 6)):
            position = generator.randrange(min(size, len(blob)) or 1) if blob else 0
            if generator.random() < 0.3:
                position = -1 - generator.randrange(min(400, len(blob)))
            blob[position] ^= 1 << generator.randrange(8)
        path.write_bytes(bytes(blob))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                read_model(path, custom_objects={'policy': MlpPolicy})
            outcomes['read'] += 1
        except FileFormatError as error:
            assert str(error).startswith(str(path))
            outcomes['refused'] += 1
    assert outcomes['refused'] > 60


def _rewritten(good, members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        for name in ('data', 'parameters', 'parameter_list'):
            archive.writestr(name, members.get(name, good[name]))
    return file


@pytest.mark.parametrize('source', [TRPO, SAC])
@pytest.mark.parametrize('member', ['data', 'parameters', 'parameter_list'])
def test_damage_that_no_checksum_catches_is_one_error_too(source, member):
    generator = random.Random(5)
    with zipfile.ZipFile(source) as archive:
        good = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(40):
        blob = bytearray(good[member])
        for _ in range(generator.randint(1, 3)):
            blob[generator.randrange(len(blob))] = generator.randrange(256) if generator.random() < 0.5 else \
                generator.choice(b'{}[]",:0')
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                read_model(_rewritten(good, {member: bytes(blob)}), custom_objects={'policy': MlpPolicy})
        except FileFormatError as error:
            assert str(error).startswith('model file: ')


def test_nothing_of_save_util_is_missing():
    assert all(hasattr(save_util, name) for name in save_util.__all__)
