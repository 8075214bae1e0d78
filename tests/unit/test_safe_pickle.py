import base64
import collections
import json
import os
import pickle
import random
import struct

import numpy as np
import pytest

from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.noise import NormalActionNoise
from stable_baselines.common.pickle_budget import Budget
from stable_baselines.common.policies import MlpPolicy
from stable_baselines.common.safe_pickle import loads
from stable_baselines.common.tf1 import tf

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data')
with open(os.path.join(DATA, 'pickled_spaces.json')) as _file:
    PICKLED = json.load(_file)
PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


def _same(one, other):
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype and one.shape == other.shape
        if one.dtype.hasobject:
            for left, right in zip(one.ravel(), other.ravel()):
                _same(left, right)
        else:
            np.testing.assert_array_equal(one, other)
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for left, right in zip(one, other):
            _same(left, right)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        _same(list(one.values()), list(other.values()))
    else:
        assert one == other or (one != one and other != other)


def _ragged():
    array = np.empty((2, 2), dtype=object)
    array[0, 0], array[0, 1], array[1, 0], array[1, 1] = np.arange(3), 1.5, np.float32(2), np.zeros((2, 2), np.int8)
    return array


_shared = [1, 2]
VALUES = [None, True, False, 0, -1, 255, 65536, -2 ** 31, 2 ** 100, -2 ** 100, 1.5, float('nan'), float('-inf'),
          '', 'text', 'Zürich \U0001f600', 'x' * 300, [], [1], list(range(5)), (), (1,), (1, 2, 3, 4, (5,)), {},
          {'a': 1, 2: None, (1, 'b'): [2]}, collections.OrderedDict([('b', 1), ('a', 2)]), [_shared, _shared],
          np.float32(1.5), np.int64(-3), np.bool_(True), np.dtype('<f4'), np.dtype('>i8'),
          np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6.).reshape(2, 3)), np.zeros((0, 4), np.float32),
          np.array(3.), np.arange(3, dtype='>i2'), np.array(['a', 'bcd']), np.array([1 + 2j]), _ragged(),
          np.asfortranarray(_ragged()), {'net_arch': [64, {'vf': [32], 'pi': [16, np.int32(8)]}]}]


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_data_comes_back(protocol):
    for value in VALUES:
        _same(loads(pickle.dumps(value, protocol=protocol), 'file'), value)


def test_bytes_come_back():
    for protocol in PROTOCOLS:
        assert loads(pickle.dumps([b'', b'\x00\xff' * 200], protocol=protocol), 'file') == [b'', b'\x00\xff' * 200]


def test_arrays_can_be_written_to():
    array = loads(pickle.dumps(np.zeros(3)), 'file')
    array[0] = 1
    assert array[0] == 1


def test_names_of_newer_numpy_are_known():
    blob = pickle.dumps(np.arange(3), protocol=2).replace(b'numpy.core.', b'numpy._core.')
    np.testing.assert_array_equal(loads(blob, 'file'), np.arange(3))


def test_policies_and_activations_come_back_by_name():
    assert loads(pickle.dumps(MlpPolicy), 'file') is MlpPolicy
    assert loads(b'cstable_baselines.common.policies\nMlpPolicy\n.', 'file') is MlpPolicy
    kwargs = loads(base64.b64decode(PICKLED['gym 0.17.3, Python 3.7']['policy_kwargs']['pickle']), 'file')
    assert kwargs == {'layers': [32, 32], 'act_fun': tf.nn.relu, 'layer_norm': False}


def test_registered_classes_come_back_by_their_attributes():
    import stable_baselines.common.save_util  # noqa: F401  registers the action noise
    noise = NormalActionNoise(np.zeros(2), 0.5 * np.ones(2))
    again = loads(pickle.dumps(noise), 'file')
    assert type(again) is NormalActionNoise
    np.testing.assert_array_equal(again._sigma, noise._sigma)
    noise._mu = 'text'
    with pytest.raises(FileFormatError, match='_mu'):
        loads(pickle.dumps(noise), 'file')


class _Reduces:
    def __init__(self, *parts):
        self.parts = parts

    def __reduce__(self):
        return self.parts


class _Sink:
    """A class that would run code when its state is set."""

    def __setstate__(self, state):
        raise AssertionError('executed')


def _canary(tmp_path):
    return 'touch {}'.format(tmp_path / 'executed')


def _hostile(tmp_path):
    command, python = _canary(tmp_path), 'open({!r}, "w")'.format(str(tmp_path / 'executed'))
    nested = pickle.dumps(_Reduces(os.system, (command,)))
    objects = np.empty(1, dtype=object)
    objects[0] = _Reduces(os.system, (command,))
    return {
        'os.system': _Reduces(os.system, (command,)),
        'eval': _Reduces(eval, (python,)),
        'exec': _Reduces(exec, (python,)),
        'import': _Reduces(__import__, ('antigravity',)),
        'getattr': _Reduces(getattr, ('', 'join')),
        'nested pickle': _Reduces(pickle.loads, (nested,)),
        'inside a list': [1, _Reduces(os.system, (command,))],
        'as a key': {'a': {'b': _Reduces(os.system, (command,))}},
        'inside an object array': objects,
        'open': _Reduces(open, (str(tmp_path / 'executed'), 'w')),
        'numpy.load': _Reduces(np.load, ('x.npy', None, True)),
        'numpy.memmap': _Reduces(np.memmap, (str(tmp_path / 'executed'), 'uint8', 'w+', 0, (1,))),
        'numpy.fromfile': _Reduces(np.fromfile, ('/etc/passwd',)),
        'a policy called': _Reduces(MlpPolicy, (1, 2, 3)),
        'an activation called': _Reduces(tf.nn.relu, (1.0,)),
        'a class with a state': _Sink(),
        'a set': {1, 2},
        'a class': _Sink,
        'a function': os.path.join,
        'a generator': np.random.RandomState(0),
    }


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_hostile_pickles_are_refused_and_run_nothing(tmp_path, protocol):
    for name, value in _hostile(tmp_path).items():
        blob = pickle.dumps(value, protocol=protocol)
        with pytest.raises(PickleRefused, match='^some file: '):
            loads(blob, 'some file')
        assert not (tmp_path / 'executed').exists(), name


def _text(text):
    return b'\x8c' + bytes([len(text)]) + text.encode()


BROKEN = {
    'empty': b'', 'only a protocol': b'\x80\x04', 'no end': b'\x80\x04N', 'nothing on the stack': b'.',
    'text': b'hello',
    'python 2 text': b'U\x01a.', 'persistent id': b'Pabc\n.', 'extension': b'\x82\x01.', 'instance': b'(ios\nsystem\n.',
    'pop beyond the start': b'0.', 'no mark': b'Nt.', 'odd dictionary': b'(K\x01d.', 'list as a key': b'}]K\x01s.',
    'append to a number': b'K\x01K\x02a.', 'append to a tuple': b')K\x02a.', 'items of a list': b']K\x01K\x02s.',
    'unknown memo': b'h\x07.', 'memo of nothing': b'\x94.', 'name without an end': b'cos' + b'x' * 1000,
    'name that is no text': b'K\x01K\x02\x93.', 'call of a number': b'K\x01)R.', 'state of a list': b']}b.',
    'state of an ordered dictionary': b'ccollections\nOrderedDict\n)R}b.',
    'arguments that are no tuple': b'ccollections\nOrderedDict\n]R.', 'a bare name': b'cnumpy\nndarray\n.',
    'bad utf-8': b'\x8c\x02\xff\xfe.', 'name of bad utf-8': b'c\xff\n\xfe\n.',
    'huge integer': b'\x8b\xff\xff\xff\x7f\x01.',
    'huge bytes': b'\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.', 'huge text': b'\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.',
    'huge bytearray': b'\x96\xff\xff\xff\xff\xff\xff\xff\x7f.', 'array without a state':
        b'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR.',
    'type by a command': b'cnumpy\ndtype\n' + _text('f4,f4') + b'\x85R.', 'type of dates':
        b'cnumpy\ndtype\n' + _text('M8[s]') + b'\x85R.', 'scalar without a type':
        b'cnumpy.core.multiarray\nscalar\nN' + b'C\x01a\x86R.',
    'space without attributes': b'cgym.spaces.box\nBox\n)\x81.',
    'space with a wrong state': b'cgym.spaces.box\nBox\n)\x81K\x01b.', 'space with empty attributes':
        b'cgym.spaces.box\nBox\n)\x81}b.', 'reconstruct of a number': b'ccopyreg\n_reconstructor\nK\x01N\x86R.',
    'reconstruct of a function': b'ccopyreg\n_reconstructor\ncnumpy\ndtype\nN\x86R.',
}


@pytest.mark.parametrize('name', sorted(BROKEN))
def test_broken_pickles_are_one_error(name):
    with pytest.raises(FileFormatError, match='^some file: '):
        loads(BROKEN[name], 'some file')


def _array_program(shape, dtype, content):
    """An array whose state is written by hand."""
    begin = b'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR'
    type_name = b'cnumpy\ndtype\n' + _text(dtype) + b'\x85R'
    return begin + b'(K\x01' + pickle.dumps(shape, protocol=2)[2:-1] + type_name + b'\x89' + content + b'tb.'


def test_an_array_written_by_hand_is_read():
    np.testing.assert_array_equal(loads(_array_program((2,), 'u1', b'C\x02ab'), 'file'), np.array([97, 98], np.uint8))


@pytest.mark.parametrize('shape', [(2 ** 40,), (2 ** 62, 4), (-1,), (3,), (1,) * 40, [2], ('2',), (True, 2), (2.0,)])
def test_shapes_that_do_not_fit_the_bytes_are_refused(shape):
    with pytest.raises(FileFormatError):
        loads(_array_program(shape, 'u1', b'C\x02ab'), 'file')


@pytest.mark.parametrize('dtype', ['O', 'S0', 'V2', 'M8', 'u1,u1', 'f4junk', 'S99999999999', '(2,)u1'])
def test_types_that_do_not_fit_the_bytes_are_refused(dtype):
    with pytest.raises(FileFormatError):
        loads(_array_program((2,), dtype, b'C\x02ab'), 'file')


def test_the_same_bytes_cannot_be_copied_without_end():
    # One megabyte, remembered once, asked for as a thousand arrays.
    content = bytes(2 ** 20)
    body = _array_program((2 ** 20,), 'u1', b'h\x01')[:-1]
    blob = b'B' + struct.pack('<I', len(content)) + content + b'q\x010](' + body * 1000 + b'e.'
    with pytest.raises(FileFormatError, match='memory'):
        loads(blob, 'file')


def test_many_small_objects_are_bounded():
    for program in (b'](' + b']' * 400000 + b'e.', b'(' * 400000 + b'.', b']' + b'N0' * 2000000 + b'.'):
        with pytest.raises(FileFormatError, match='more than'):
            loads(program, 'file')


def test_structures_that_explode_or_contain_themselves_end_quickly():
    doubling = b'N' + b'q\x00h\x00\x86' * 200 + b'.'
    with pytest.raises(FileFormatError, match='deep'):
        loads(doubling, 'file')
    with pytest.raises(FileFormatError, match='keys'):
        loads(b'}' + doubling[:-1] + b'Ns.', 'file')
    itself = []
    itself.append(itself)
    with pytest.raises(FileFormatError, match='deep'):
        loads(pickle.dumps(itself), 'file')
    with pytest.raises(FileFormatError, match='deep'):
        loads(b']' * 100000 + b'a' * 99999 + b'.', 'file')


def _mutations(blob, generator, count):
    for _ in range(count):
        mutated = bytearray(blob)
        kind = generator.randrange(4)
        if kind == 0:
            del mutated[generator.randrange(len(mutated)):]
        elif kind == 1:
            for _ in range(generator.randint(1, 4)):
                mutated[generator.randrange(len(mutated))] ^= 1 << generator.randrange(8)
        elif kind == 2:
            begin = generator.randrange(len(mutated))
            mutated[begin:begin] = mutated[generator.randrange(len(mutated)):][:generator.randint(1, 50)]
        else:
            mutated[generator.randrange(len(mutated))] = generator.choice(b'(.0NRbce\x81\x85\x86\x92\x93\x94hjr]}st')
        yield bytes(mutated)


def laughs(levels=12, first=b']'):
    """Lists, each of which holds the last one ten times."""
    program = b'\x80\x04' + first + b'q\x00'
    for level in range(levels):
        program += b'](' + b'h' + bytes([level]) + (b'h' + bytes([level])) * 9 + b'eq' + bytes([level + 1])
    return program


@pytest.mark.parametrize('program', [
    laughs() + b'.', laughs(7, b'X' + struct.pack('<I', 10 ** 5) + b'x' * 10 ** 5) + b'.',
    b'\x80\x04X' + struct.pack('<I', 10 ** 6) + b'x' * 10 ** 6 + b'q\x00](' + b'h\x00' * 200000 + b'e.',
    laughs(3, pickle.dumps(np.zeros(10 ** 5), 2)[2:-1].replace(b'q\x00', b'').replace(b'q\x01', b'')) + b'.'],
                         ids=['lists', 'texts', 'one text', 'arrays'])
def test_what_repeats_itself_is_refused_at_once(program):
    with pytest.raises(FileFormatError, match='file: .*stands for more than'):
        loads(program, 'file')


def test_repetitions_in_reason_are_read():
    array = np.arange(5)
    found = loads(pickle.dumps([[array] * 3, [_shared] * 1000, ['text' * 10] * 1000]), 'file')
    assert found[0][2] is found[0][0] and found[1][999] == _shared


def test_bytes_that_are_made_many_times_are_bounded():
    text = b'\x80\x02X' + struct.pack('<I', 10 ** 5) + b'x' * 10 ** 5 + b'q\x00X\x06\x00\x00\x00latin1q\x01'
    with pytest.raises(FileFormatError, match='file: the pickle asks for far more memory'):
        loads(text + b']q\x02(' + b'c_codecs\nencode\nh\x00h\x01\x86R' * 1000 + b'e.', 'file')
    with pytest.raises(FileFormatError, match='file: the pickle asks for far more memory'):
        loads(text + b'cnumpy\ndtype\nX\x07\x00\x00\x00S100000K\x00K\x01\x87Rq\x03'
              b'c_codecs\nencode\nh\x00h\x01\x86Rq\x04](' + b'cnumpy.core.multiarray\nscalar\nh\x03h\x04\x86R' * 1000
              + b'e.', 'file')


def test_all_pickles_of_a_file_have_one_budget():
    program, budget = b'\x80\x04](' + b']' * 200000 + b'e.', Budget()
    loads(program, 'file', budget)
    with pytest.raises(FileFormatError, match='file: .*more than'):
        loads(program, 'file', budget)


def colliding(count):
    """Integers of one hash."""
    return [number * (2 ** 61 - 1) for number in range(1, count)]


def test_keys_of_one_hash_are_bounded():
    few = dict.fromkeys(colliding(100), 0)
    assert loads(pickle.dumps(few), 'file') == few
    many = b'\x80\x04}(' + b''.join(b'\x8a\x10' + number.to_bytes(16, 'little') + b'N'
                                    for number in colliding(20000)) + b'u.'
    pairs = b'\x80\x04}(' + b''.join((b'J' + struct.pack('<i', -1 - (number & 1)) + b'K' + bytes([number % 256]) + b'K'
                                      + bytes([number // 256]) + b'\x87N') for number in range(20000)) + b'u.'
    for program in (many, pairs):
        with pytest.raises(FileFormatError, match='file: .*dictionary keys'):
            loads(program, 'file')
    plain = dict.fromkeys(range(20000), 0)
    assert loads(pickle.dumps(plain), 'file') == plain


def test_damaged_pickles_are_data_or_one_error():
    generator = random.Random(7)
    blobs = [base64.b64decode(entry['pickle']) for writer in PICKLED.values() for entry in writer.values()]
    blobs += [pickle.dumps(VALUES, protocol=4), pickle.dumps(_ragged(), protocol=2)]
    outcomes = collections.Counter()
    for blob in blobs:
        for mutated in _mutations(blob, generator, 40):
            try:
                loads(mutated, 'file')
                outcomes['read'] += 1
            except FileFormatError as error:
                assert str(error).startswith('file: ')
                outcomes['refused'] += 1
    assert outcomes['refused'] > 200 and outcomes['read'] > 50
