"""Demonstrations in CSV files: what is read, and what is refused, by line and column."""
import sys
import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail import ExpertDataset, read_demonstrations, write_demonstrations
from stable_baselines.gail.dataset.formats import csv_writer
from tests.demonstrations import make_arrays

GOOD = 'episode,obs_0,obs_1,action_0,reward\n0,0.5,1,2,1\n0,1.5,1,3,2\n1,2.5,1,4,-1\n'


def read(tmp_path, text, name='mine.csv', **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        return read_demonstrations(path, **options)


def assert_same(one, other):
    assert sorted(one) == sorted(other)
    for key in one:
        np.testing.assert_array_equal(one[key], other[key], err_msg=key)


def test_columns_become_arrays(tmp_path):
    arrays = read(tmp_path, GOOD)
    assert arrays['obs'].dtype == np.float64 and arrays['obs'].tolist() == [[0.5, 1], [1.5, 1], [2.5, 1]]
    assert arrays['actions'].dtype == np.int64 and arrays['actions'].tolist() == [[2], [3], [4]]
    assert arrays['rewards'].tolist() == [1, 2, -1] and arrays['rewards'].dtype == np.float64
    assert arrays['episode_starts'].tolist() == [True, False, True]
    assert arrays['episode_returns'].tolist() == [3, -1]


@pytest.mark.parametrize('text', [
    GOOD.replace('\n', '\r\n'), GOOD.replace(',', ';'), GOOD.replace(',', '\t'), '\ufeff' + GOOD,
    '\n \n' + GOOD + '\n\n', GOOD.rstrip('\n'), '# ' + GOOD,
    GOOD.replace('obs_', 'observation_').replace('action_0', 'Action'),
    GOOD.replace('obs_0', 'obs[0]').replace('obs_1', 'obs[1]'),
    GOOD.replace('obs_', 'STATE').replace('action_0', 'act'),
    GOOD.replace('0.5', ' 5e-1 ').replace('episode', '"episode"'), GOOD.replace('\n1,', '\nb,').replace('\n0,', '\na,'),
    'reward,action_0,obs_1,obs_0,episode_start\n1,2,1,.5,True\n2,3,1,1.5,false\n-1,4,1,2.5,1.0\n',
    'obs_0,obs_1,action_0,reward,done\n.5,1,2,1,0\n1.5,1,3,2,1\n2.5,1,4,-1,1\n',
    'obs_0,obs_1,action_0,reward,terminated,truncated\n.5,1,2,1,0,0\n1.5,1,3,2,0,1\n2.5,1,4,-1,1,0\n'])
def test_other_ways_to_write_the_same(tmp_path, text):
    assert_same(read(tmp_path, text), read(tmp_path, GOOD, 'good.csv'))


def test_rewards_may_be_missing(tmp_path):
    arrays = read(tmp_path, 'episode,obs_0,action_0\n0,1,2\n1,1,2\n')
    assert 'rewards' not in arrays and np.isnan(arrays['episode_returns']).all()


def test_names_restore_the_shape(tmp_path):
    header = ','.join('obs_{}_{}'.format(*index) for index in reversed(list(np.ndindex(2, 3))))
    arrays = read(tmp_path, 'episode,action,{}\n0,1,5,4,3,2,1,0\n'.format(header))
    assert arrays['obs'].tolist() == [[[0, 1, 2], [3, 4, 5]]]


def test_arguments_restore_the_shape(tmp_path):
    text = 'episode,obs_0,obs_1,obs_2,obs_3,action_0,action_1\n0,1,2,3,4,5,6\n'
    arrays = read(tmp_path, text, observation_shape=(2, 2), action_shape=(2, 1))
    assert arrays['obs'].tolist() == [[[1, 2], [3, 4]]] and arrays['actions'].tolist() == [[[5], [6]]]
    for shape in ((3,), (2, 3), (), (-2, -2), (0, 4)):
        with pytest.raises(ValueError, match='observation_shape=.*4 columns'):
            read(tmp_path, text, observation_shape=shape)


@pytest.mark.parametrize('shape', ['x', '2', 2.5, (2, None), [[1, 2]], {'a': 1}])
def test_shapes_that_are_no_numbers_are_refused(tmp_path, shape):
    for argument in ('observation_shape', 'action_shape'):
        with pytest.raises(ValueError, match=argument + '=.*: a whole number is needed, or a list of whole numbers'):
            read(tmp_path, GOOD, **{argument: shape})
    assert read(tmp_path, GOOD, observation_shape=np.array([2, 1]))['obs'].shape == (3, 2, 1)


def test_columns_may_be_named_otherwise(tmp_path):
    text = 'run,x,y,u,r,end\n1,0.5,1,2,1,0\n1,1.5,1,3,2,1\n1,2.5,1,4,-1,1\n'
    columns = {'obs': ['x', 'y'], 'action': 'u', 'reward': 'r', 'done': ['end']}
    with pytest.warns(UserWarning, match="columns 'run' mean nothing"):
        (tmp_path / 'mine.csv').write_text(text)
        arrays = read_demonstrations(tmp_path / 'mine.csv', columns=columns)
    assert_same(arrays, read(tmp_path, GOOD, 'good.csv'))
    for wrong, message in (({'obs': 'z'}, "columns\\['obs'\\]='z'.*no such column"),
                           ({'velocity': 'x'}, 'expected one of'), ({'obs': []}, 'no such column'),
                           ({'obs': None}, "columns\\['obs'\\]=None: the name of a column is needed"),
                           ({'obs': 3}, "columns\\['obs'\\]=3: the name of a column is needed"),
                           ({'obs': [None]}, "columns\\['obs'\\]=None: .*no such column")):
        with pytest.raises(ValueError, match=message):
            read_demonstrations(tmp_path / 'mine.csv', columns=dict(columns, **wrong))
    for wrong in ('abc', ['obs'], 3):
        with pytest.raises(ValueError, match='columns=.*: a dict is needed, such as'):
            read_demonstrations(tmp_path / 'mine.csv', columns=wrong)


FAULTS = [
    ('', 'the file is empty'),
    ('\n\n', 'the file is empty'),
    ('episode,obs_0,action_0\n', 'no rows below line 1'),
    ('0,1.5,2\n', 'line 1 holds numbers'),
    ('episode,x,action_0\n0,1,2\n', "line 1: no column says observations.*'episode', 'x', 'action_0'"),
    ('episode,obs_0,u\n0,1,2\n', 'no column says actions'),
    ('obs_0,action_0\n1,2\n', 'no column says where episodes begin or end'),
    ('episode,obs_0,obs_0,action_0\n0,1,1,2\n', "two columns 'obs_0'"),
    ('episode,obs,obs_0,action_0\n0,1,1,2\n', 'do not number all elements'),
    ('episode,obs_0,obs_2,action_0\n0,1,1,2\n', "'obs_0', 'obs_2' do not number all elements"),
    ('episode,obs_1,obs_2,action_0\n0,1,1,2\n', 'do not number all elements'),
    ('episode,obs_0,obs_0_1,action_0\n0,1,1,2\n', 'do not number all elements'),
    ('episode,obs_0,image,action_0\n0,1,a.png,2\n', 'columns of observations and one of images'),
    ('episode,obs_0,action_0,reward,rewards\n0,1,1,2,2\n', "'reward', 'rewards' all mean reward"),
    (GOOD + '1,1,1,1\n', 'line 5 has 4 fields, but line 1 names 5 columns'),
    (GOOD + '1,1,1,1,1,1\n', 'line 5 has 6 fields'),
    (GOOD.replace('1.5', 'nan'), "line 3, column 'obs_0': 'nan' is not a finite number"),
    (GOOD.replace('1.5', '1e999'), "line 3, column 'obs_0': '1e999' is not a finite"),
    (GOOD.replace(',3,', ',-inf,'), "line 3, column 'action_0': '-inf' is not a finite number"),
    (GOOD.replace(',3,', ',left,'), "line 3, column 'action_0': 'left' is not a number"),
    (GOOD.replace('1.5', '"1,5"'), "line 3, column 'obs_0': '1,5' is not a number"),
    (GOOD.replace(',-1', ','), "line 4, column 'reward': '' is empty, a number is needed"),
    (GOOD.replace(',-1', ',' + '9' * 400), "line 4, column 'reward'"),
    (GOOD + '0,1,1,1,1\n', "line 5, column 'episode': episode '0' goes on after another one began"),
    (GOOD.replace('episode', 'episode_start'), "line 2, column 'episode_start': the first row must start"),
    (GOOD.replace('episode', 'done').replace('\n1', '\n2'), "line 4, column 'done': '2' is not 0 or 1"),
    (GOOD.replace('\n1,', '\n"1,'), 'line 5: unexpected end of data'),
    (b'\x89HDF\r\n\x1a\n\xff\xfe', 'not a text file in UTF-8'),
    (GOOD.encode() + b'\xff\n', 'not a text file in UTF-8'),
    (GOOD.encode('utf-16'), 'not a text file in UTF-8'),
]


@pytest.mark.parametrize('text, message', FAULTS)
def test_faults_are_named_with_file_line_and_column(tmp_path, text, message):
    with pytest.raises(FileFormatError, match=message) as failure:
        read(tmp_path, text)
    assert str(failure.value).startswith(str(tmp_path / 'mine.csv') + ': ')
    assert '\n' not in str(failure.value)


def one_line_or_arrays(path):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return read_demonstrations(path)
    except FileFormatError as error:
        assert str(error).startswith(str(path)) and '\n' not in str(error)


@settings(deadline=None, max_examples=150)
@given(text=st.text(st.sampled_from('01.-,;\t\n\r"\x00 abx\u0661\ud7ff')), start=st.sampled_from(['', GOOD, GOOD[:34]]))
def test_any_text_is_read_or_refused_in_one_line(tmp_path_factory, text, start):
    path = tmp_path_factory.getbasetemp() / 'any.csv'
    path.write_bytes((start + text).encode())
    one_line_or_arrays(path)


@settings(deadline=None, max_examples=50)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / 'any.csv'
    path.write_bytes(content)
    one_line_or_arrays(path)


def test_wide_tables_do_not_take_long(tmp_path):
    arrays = make_arrays((2,))
    arrays['obs'] = np.random.RandomState(0).randint(0, 256, (2, 100, 100, 3)).astype(np.uint8)
    write_demonstrations(tmp_path / 'wide.csv', arrays)
    began = time.perf_counter()
    np.testing.assert_array_equal(read_demonstrations(tmp_path / 'wide.csv')['obs'], arrays['obs'])
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize('line', [1, 2, 3, 4])
@pytest.mark.parametrize('text, message', [('1' * 131073, 'field larger than field limit'),
                                           ('"1"1', "',' expected after")], ids=['long', 'quoted'])
def test_a_field_that_cannot_be_read_is_named_by_its_line(tmp_path, line, text, message):
    lines = GOOD.splitlines()
    lines[line - 1] = text + lines[line - 1][lines[line - 1].index(','):]
    with pytest.raises(FileFormatError, match='line {}: {}'.format(line, message)):
        read(tmp_path, '\n'.join(lines) + '\n')


def test_a_character_of_zero_is_named_by_its_line_or_read(tmp_path):
    """Python's own reader refuses it up to 3.10; later it is a label of an episode like any other."""
    text = GOOD.replace('\n0,', '\n\0,', 1)
    if sys.version_info < (3, 11):
        with pytest.raises(FileFormatError, match='line 2: line contains NUL'):
            read(tmp_path, text)
    else:
        assert read(tmp_path, text)['episode_starts'].tolist() == [True, True, True]


def test_lines_are_counted_as_an_editor_does(tmp_path):
    with pytest.raises(FileFormatError, match='line 7, column'):
        read(tmp_path, '\n' + GOOD + '\n1,x,1,1,1\n')


def test_an_unfinished_episode_is_left_out_unless_wanted(tmp_path):
    path = tmp_path / 'mine.csv'
    path.write_text('obs_0,action_0,done\n1,2,0\n3,4,1\n5,6,0\n')
    with pytest.warns(UserWarning, match=r"last episode \(1 rows\) is left out, because 'done' does not mark"):
        assert read_demonstrations(path)['obs'].tolist() == [[1], [3]]
    kept = read(tmp_path, path.read_text(), keep_unfinished=True)
    assert kept['obs'].tolist() == [[1], [3], [5]] and kept['episode_starts'].tolist() == [True, False, True]
    with pytest.raises(FileFormatError, match='keep_unfinished=True'):
        read(tmp_path, 'obs_0,action_0,done\n1,2,0\n')
    assert len(read(tmp_path, 'obs_0,action_0,done\n1,2,0\n', keep_unfinished=True)['obs']) == 1


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64, np.uint8, np.int64, bool, '>f4'])
@pytest.mark.parametrize('shape', [(1,), (3,), (2, 2), (2, 1, 3)])
def test_what_is_written_is_read_back_exactly(tmp_path, dtype, shape):
    random = np.random.RandomState(0)
    arrays = make_arrays((1, 1500, 2))
    arrays['obs'] = (100 * random.rand(1503, *shape)).astype(dtype)
    arrays['actions'] = (random.rand(1503, *shape) > 0.5).astype(dtype)
    assert write_demonstrations(tmp_path / 'mine.csv', arrays) == str(tmp_path / 'mine.csv')
    assert_same(read_demonstrations(tmp_path / 'mine.csv'), arrays)


def test_every_floating_point_number_survives(tmp_path):
    arrays = make_arrays((6,))
    arrays['obs'] = np.array([[0.1], [np.pi], [5e-324], [1.7976931348623157e308], [-0.0], [1 / 3]])
    write_demonstrations(tmp_path / 'mine.csv', arrays)
    assert read_demonstrations(tmp_path / 'mine.csv')['obs'].tobytes() == arrays['obs'].tobytes()


def test_large_whole_numbers_are_not_rounded_silently_to_integers(tmp_path):
    arrays = read(tmp_path, 'episode,obs_0,action_0\n0,9007199254740993,1\n')
    assert arrays['obs'].dtype == np.float64 and arrays['actions'].dtype == np.int64


def test_a_data_set_takes_the_file(tmp_path):
    write_demonstrations(tmp_path / 'mine.csv', make_arrays())
    dataset = ExpertDataset(tmp_path / 'mine.csv', verbose=0)
    assert dataset.num_traj == 3 and dataset.actions.tolist() == make_arrays()['actions'].tolist()
    write_demonstrations(tmp_path / 'again.csv', dataset)
    assert (tmp_path / 'again.csv').read_text() == (tmp_path / 'mine.csv').read_text()


def test_returns_without_rewards_are_lost_with_a_warning(tmp_path):
    arrays = make_arrays()
    del arrays['rewards']
    with pytest.warns(UserWarning, match='returns of the episodes are lost'):
        write_demonstrations(tmp_path / 'mine.csv', arrays)


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    def fail(rows):
        raise OSError('disk full')

    monkeypatch.setattr(csv_writer, '_fields', fail)
    with pytest.raises(OSError, match='disk full'):
        write_demonstrations(tmp_path / 'mine.csv', make_arrays())
    assert not list(tmp_path.iterdir())
