"""Values and messages of a run, in all their forms."""
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from stable_baselines import logger
from stable_baselines.common import mpi
from stable_baselines.common.log_formats import CSVOutputFormat, HumanOutputFormat, JSONOutputFormat
from stable_baselines.common.tf1 import tf


@pytest.fixture(autouse=True)
def fresh_logger(monkeypatch):
    for variable in ('OPENAI_LOGDIR', 'OPENAI_LOG_FORMAT', 'OPENAI_LOG_FORMAT_MPI'):
        monkeypatch.delenv(variable, raising=False)
    logger.reset()
    logger.getkvs().clear()
    yield
    logger.reset()
    logger.set_level(logger.INFO)


def read(folder, name):
    with open(os.path.join(str(folder), name)) as file:
        return file.read()


def test_without_configuration_tables_go_to_the_standard_output(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logger.logkv('loss', 0.123456)
    logger.record_tabular('steps', 12345)
    logger.dumpkvs()
    assert capsys.readouterr().out == ('-----------------\n'
                                       '| loss  | 0.123 |\n'
                                       '| steps | 12345 |\n'
                                       '-----------------\n')
    logger.dump_tabular()
    assert capsys.readouterr().out == ''
    assert logger.get_dir() is None and os.listdir(str(tmp_path)) == []


def test_only_the_first_worker_prints(capsys, monkeypatch):
    monkeypatch.setattr(mpi, 'is_root', lambda: False)
    logger.logkv('loss', 1)
    logger.dumpkvs()
    logger.info('hello')
    assert capsys.readouterr().out == ''


def test_importing_prints_nothing_and_makes_no_file(tmp_path):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = dict(os.environ, PYTHONPATH=root, TF_CPP_MIN_LOG_LEVEL='3', TMPDIR=str(tmp_path))
    result = subprocess.run([sys.executable, '-c', 'from stable_baselines.common import log_formats, log_readers; '
                             'import stable_baselines.logger'], cwd=str(tmp_path), env=environment,
                            capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout == '' and os.listdir(str(tmp_path)) == []


def test_means_and_several_values():
    logger.logkvs({'a': 1, 'b': 2})
    for value in (1.0, 2.0, 6.0):
        logger.logkv_mean('mean', value)
    logger.logkv_mean('none', None)
    assert logger.getkvs() == {'a': 1, 'b': 2, 'mean': 3.0, 'none': None}
    logger.dumpkvs()
    assert logger.getkvs() == {}
    logger.logkv_mean('mean', 5.0)
    assert logger.getkvs() == {'mean': 5.0}


def test_a_mean_after_none_begins_anew():
    for value in (1, None, 5, 7):
        logger.logkv_mean('mean', value)
    logger.logkv_mean('other', 1)
    logger.logkv('other', None)
    logger.logkv_mean('other', 3)
    assert logger.getkvs() == {'mean': 6.0, 'other': 3}


def test_line_breaks_stay_out_of_tables(capsys):
    logger.logkv('weights\nof a layer', np.eye(2))
    logger.logkv('text', 'one\r\ntwo\tthree\n')
    logger.dumpkvs()
    assert capsys.readouterr().out == ('------------------------------------------\n'
                                       '| text               | one two three     |\n'
                                       '| weights of a layer | [[1. 0.] [0. 1.]] |\n'
                                       '------------------------------------------\n')


def test_levels(capsys):
    logger.debug('debugging')
    logger.info('telling', 1)
    logger.warn('warning')
    assert capsys.readouterr().out == 'telling 1\nwarning\n'
    logger.set_level(logger.ERROR)
    assert logger.get_level() == logger.ERROR
    logger.warn('warning')
    logger.error('failing')
    logger.log('own level', level=logger.DEBUG)
    assert capsys.readouterr().out == 'failing\n'
    logger.set_level(logger.DISABLED)
    logger.error('failing')
    logger.logkv('key', 1)
    logger.dumpkvs()
    assert capsys.readouterr().out == '' and logger.getkvs() == {}


def test_configure_writes_into_a_folder(capsys, tmp_path):
    folder = str(tmp_path / 'new' / 'logs')
    logger.configure(folder)
    assert logger.get_dir() == folder and capsys.readouterr().out == 'Logging to {}\n'.format(folder)
    logger.logkvs({'a': 1.5, 'name': 'x'})
    logger.dumpkvs()
    logger.info('done')
    table = '--------------\n| a    | 1.5 |\n| name | x   |\n--------------\n'
    assert capsys.readouterr().out == table + 'done\n'
    assert read(folder, 'log.txt') == 'Logging to {}\n'.format(folder) + table + 'done\n'
    assert read(folder, 'progress.csv') == 'a,name\n1.5,x\n'
    assert sorted(os.listdir(folder)) == ['log.txt', 'progress.csv']
    logger.reset()
    assert logger.get_dir() is None


def test_configure_obeys_the_environment(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv('OPENAI_LOGDIR', str(tmp_path / 'there'))
    monkeypatch.setenv('OPENAI_LOG_FORMAT', 'json,csv')
    logger.configure()
    assert sorted(os.listdir(str(tmp_path / 'there'))) == ['progress.csv', 'progress.json']
    assert capsys.readouterr().out == ''


def test_configure_without_a_folder_makes_a_new_temporary_one(tmp_path, monkeypatch):
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    logger.configure(format_strs=['json'])
    first = logger.get_dir()
    assert os.path.dirname(first) == str(tmp_path) and os.path.basename(first).startswith('openai-')
    logger.configure(format_strs=['json'])
    assert logger.get_dir() != first


def test_other_workers_have_files_of_their_own(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(mpi, 'rank', lambda: 2)
    logger.configure(str(tmp_path))
    assert os.listdir(str(tmp_path)) == ['log-rank002.txt']
    monkeypatch.setenv('OPENAI_LOG_FORMAT_MPI', 'csv,json')
    logger.configure(str(tmp_path))
    assert sorted(os.listdir(str(tmp_path))) == ['log-rank002.txt', 'progress-rank002.csv', 'progress-rank002.json']
    assert capsys.readouterr().out == ''


def test_other_workers_leave_out_screen_and_tensorboard(capsys, tmp_path, monkeypatch):
    forms = ['stdout', 'log', 'csv', 'json', 'tensorboard']
    monkeypatch.setattr(mpi, 'rank', lambda: 1)
    logger.configure(str(tmp_path), forms)
    logger.warn('careful')
    logger.logkv('loss', 1)
    logger.dumpkvs()
    assert capsys.readouterr().out == ''
    assert sorted(os.listdir(str(tmp_path))) == ['log-rank001.txt', 'progress-rank001.csv', 'progress-rank001.json']
    assert 'careful' in read(tmp_path, 'log-rank001.txt')
    with pytest.raises(ValueError, match="'xml' is unknown"):
        logger.make_logger(str(tmp_path), ['stdout', 'xml'])
    monkeypatch.setenv('OPENAI_LOG_FORMAT_MPI', 'stdout,tensorboard')  # what was asked of them by name
    logger.configure(str(tmp_path / 'asked'))
    assert os.listdir(str(tmp_path / 'asked')) == ['tb-rank001'] and 'Logging to' in capsys.readouterr().out


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'xml' is unknown.*'tensorboard'"):
        logger.configure(str(tmp_path), ['xml'])


def test_scoped_configuration(tmp_path):
    before = logger.Logger.CURRENT
    with logger.ScopedConfigure(str(tmp_path), ['json']):
        assert logger.get_dir() == str(tmp_path)
        logger.logkv('inside', 1)
        logger.dumpkvs()
    assert logger.Logger.CURRENT is before
    assert read(tmp_path, 'progress.json') == '{"inside": 1}\n'


def test_a_scope_knows_its_folder_before_it_begins(tmp_path):
    scope = logger.ScopedConfigure(str(tmp_path / 'one'), ['json'])
    assert scope.dir == str(tmp_path / 'one')
    scope.dir = str(tmp_path / 'two')
    with scope:
        assert logger.get_dir() == str(tmp_path / 'two')


def test_values_can_be_added_up():
    logger.Logger.CURRENT.name2val['sum'] += 2
    logger.Logger.CURRENT.name2val['sum'] += 0.5
    assert logger.getkvs()['sum'] == 2.5
    logger.logkv_mean('sum', 4.0)
    logger.logkv_mean('sum', 6.0)
    assert logger.getkvs()['sum'] == 5.0


def test_time_spent_is_added_up(monkeypatch):
    times = iter([1.0, 3.0, 10.0, 10.5, 20.0, 21.0])
    monkeypatch.setattr(logger.time, 'time', lambda: next(times))

    @logger.profile('thinking')
    def think(fast, deep=False):
        """About something."""
        return fast, deep

    assert think(1, deep=True) == (1, True) and think.__doc__ == 'About something.'
    with logger.ProfileKV('thinking'):
        pass
    with pytest.raises(KeyError), logger.ProfileKV('failing'):
        raise KeyError
    assert dict(logger.getkvs()) == {'wait_thinking': 2.5, 'wait_failing': 1.0}


def test_tables_are_aligned_and_short():
    out = io.StringIO()
    HumanOutputFormat(out).writekvs({'b' * 50: 1, 'a': 'x' * 60, 'large': 123456.789, 'huge': 1.5e9, 'tiny': 1e-7,
                                     'numpy': np.float32(0.5), 'array': np.array(2.0), 'flag': True, 'nan': np.nan})
    lines = out.getvalue().splitlines()
    assert len({len(line) for line in lines}) == 1 and len(lines[0]) <= 88
    cells = [[cell.strip() for cell in line.split('|')[1:3]] for line in lines[1:-1]]
    assert cells == [['a', 'x' * 37 + '...'], ['array', '2'], ['b' * 37 + '...', '1'], ['flag', 'True'],
                     ['huge', '1.5e+09'], ['large', '123457'], ['nan', 'nan'], ['numpy', '0.5'], ['tiny', '1e-07']]


def test_a_table_goes_into_a_file_or_an_open_file_and_nothing_else(tmp_path):
    path = str(tmp_path / 'table.txt')
    table = HumanOutputFormat(path)
    table.writeseq(['two', 'words'])
    table.close()
    assert read(tmp_path, 'table.txt') == 'two words\n' and table.file.closed
    out = io.StringIO()
    HumanOutputFormat(out).close()
    assert not out.closed
    with pytest.raises(TypeError, match='filename_or_file=3'):
        HumanOutputFormat(3)


def test_csv_gains_columns(tmp_path):
    path = str(tmp_path / 'progress.csv')
    table = CSVOutputFormat(path)
    table.writekvs({'a': 1, 'b, c': 'say "hi"'})
    table.writekvs({'a': 2, 'new': np.float32(0.5)})
    table.writekvs({'new': None, 'b, c': 3})
    assert read(tmp_path, 'progress.csv') == 'a,"b, c",new\n1,"say ""hi""",\n2,,0.5\n,3,\n'
    table.close()
    assert os.listdir(str(tmp_path)) == ['progress.csv']


def test_json_lines_are_valid_json(tmp_path):
    path = str(tmp_path / 'progress.json')
    writer = JSONOutputFormat(path)
    writer.writekvs({'a': np.float32(0.5), 'b': np.int64(3), 'c': np.nan, 'd': np.array([1.0, np.inf]), 'e': 'x',
                     'f': None})
    writer.close()
    row = json.loads(read(tmp_path, 'progress.json'), parse_constant=pytest.fail)
    assert row == {'a': 0.5, 'b': 3, 'c': None, 'd': [1.0, None], 'e': 'x', 'f': None}


def test_tensorboard_form(tmp_path):
    logger.configure(str(tmp_path), ['tensorboard'])
    for loss in (0.5, 0.25):
        logger.logkvs({'loss': loss, 'name': 'not a number'})
        logger.dumpkvs()
    logger.reset()
    folder = os.path.join(str(tmp_path), 'tb')
    event_file, = os.listdir(folder)
    found = [(event.step, value.tag, value.simple_value)
             for event in tf.train.summary_iterator(os.path.join(folder, event_file)) for value in event.summary.value]
    assert found == [(1, 'loss', 0.5), (2, 'loss', 0.25)]


def test_json_of_numbers_inside_of_others(tmp_path):
    logger.configure(str(tmp_path), ['json'])
    logger.logkvs({'tuple': (np.float32(1), 2, np.nan), 'dict': {'a': np.int64(3), np.int64(4): {'b': np.ones(2)}},
                   'list': [(np.bool_(True), None), {'c': np.float32('inf')}], 'other': {'d': np.float32, 'e': {1}}})
    logger.dumpkvs()
    assert json.loads(read(tmp_path, 'progress.json')) == {
        'tuple': [1.0, 2, None], 'dict': {'a': 3, '4': {'b': [1.0, 1.0]}}, 'list': [[True, None], {'c': None}],
        'other': {'d': str(np.float32), 'e': '{1}'}}


def test_tensorboard_form_takes_the_environment_steps_that_a_row_holds(tmp_path):
    logger.configure(str(tmp_path), ['tensorboard'])
    for row in ({'loss': 1.0, 'TimestepsSoFar': 1024}, {'loss': 2.0, 'total timesteps': 2000}):
        logger.logkvs(row)
        logger.dumpkvs()
    logger.reset()
    event_file, = (tmp_path / 'tb').iterdir()
    found = [event.step for event in tf.train.summary_iterator(str(event_file)) if event.summary.value]
    assert found == [1024, 2000]


def test_a_logger_offers_what_the_module_does(tmp_path, capsys):
    own = logger.make_logger(str(tmp_path), ['csv', 'log'])
    own.logkvs({'a': 1})
    own.record_tabular('b', 2)
    assert own.getkvs() == {'a': 1, 'b': 2}
    own.dump_tabular()
    own.set_level(logger.WARN)
    assert own.get_level() == logger.WARN
    for write in (own.debug, own.info, own.warn, own.error):
        write(write.__name__)
    own.close()
    assert read(tmp_path, 'progress.csv') == 'a,b\n1,2\n'
    assert read(tmp_path, 'log.txt').endswith('|\n---------\nwarn\nerror\n')
    assert capsys.readouterr().out == '' and logger.getkvs() == {} and logger.get_dir() is None


def test_logs_can_be_read_back(tmp_path):
    pytest.importorskip('pandas')
    logger.configure(str(tmp_path), ['csv', 'json', 'tensorboard'])
    for row in ({'a': 1.5}, {'a': 2.5, 'b': 4}):
        logger.logkvs(row)
        logger.dumpkvs()
    logger.reset()
    event_folder = str(tmp_path / 'tb')
    event_file = os.path.join(event_folder, os.listdir(event_folder)[0])
    for table in (logger.read_csv(str(tmp_path / 'progress.csv')), logger.read_json(str(tmp_path / 'progress.json')),
                  logger.read_tb(event_folder), logger.read_tb(event_file)):
        assert table['a'].tolist() == [1.5, 2.5]
        np.testing.assert_array_equal(table['b'], [np.nan, 4])
    assert logger.read_tb(event_folder).index.tolist() == [1, 2]
    with pytest.raises(FileNotFoundError, match='events'):
        logger.read_tb(str(tmp_path / 'nowhere'))


@pytest.mark.parametrize('reader', [logger.read_csv, logger.read_json, logger.read_tb])
def test_without_pandas_reading_says_what_is_missing(reader, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pandas', None)
    with pytest.raises(ImportError, match=reader.__name__ + r'\(\) needs pandas.*pip install pandas'):
        reader('anything')


def test_summary_values():
    assert logger.valid_float_value(np.float32(1)) and logger.valid_float_value('1.5')
    assert not logger.valid_float_value('x') and not logger.valid_float_value(None)
    value = logger.summary_val('loss', 2)
    assert (value.tag, value.simple_value) == ('loss', 2.0)


@pytest.mark.parametrize('cls, method', [(logger.KVWriter, 'writekvs'), (logger.SeqWriter, 'writeseq')])
def test_writers_that_define_nothing_say_so(cls, method):
    with pytest.raises(TypeError, match=method):
        getattr(cls(), method)([])
