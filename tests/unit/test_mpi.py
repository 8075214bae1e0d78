"""The MPI vocabulary in a single process, and the moments built on it."""
import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from stable_baselines.common import mpi
from stable_baselines.common.mpi_moments import mpi_mean, mpi_moments
from stable_baselines.common.mpi_running_mean_std import RunningMeanStd
from stable_baselines.common.tf1 import tf

SPEAK = 'import logging; logging.basicConfig(level=logging.DEBUG)\n'


def test_alone():
    assert mpi.world() is None
    assert (mpi.rank(), mpi.size(), mpi.is_root()) == (0, 1, True)
    array = np.arange(3.0, dtype=np.float32)
    for function in (mpi.sum_over_workers, mpi.mean_over_workers, mpi.broadcast):
        assert np.array_equal(function(array), array)
        assert function(array).dtype == np.float32
    assert mpi.gather_objects('item') == ['item']
    assert mpi.any_worker(True) and not mpi.any_worker(False)
    assert 'mpi4py' not in sys.modules


@pytest.mark.parametrize('error', ['RuntimeError', 'SystemError'])
def test_a_launcher_without_mpi4py_means_alone(tmp_path, error):
    """As where mpirun starts a program in an environment without mpi4py, or with one that does not load."""
    (tmp_path / 'mpi4py').mkdir()
    (tmp_path / 'mpi4py' / '__init__.py').write_text(
        'raise {}("libmpi.so: cannot open shared object file")'.format(error))
    program = ('import os, sys; sys.path.insert(0, {!r}); os.environ["OMPI_COMM_WORLD_SIZE"] = "2"\n'
               'from stable_baselines.common import mpi; print(mpi.size(), mpi.rank())').format(str(tmp_path))
    done = subprocess.run([sys.executable, '-c', program], capture_output=True)
    assert done.stdout.split() == [b'1', b'0']
    assert b'libmpi' not in done.stderr
    done = subprocess.run([sys.executable, '-c', SPEAK + program], capture_output=True)
    assert done.stderr.count(b'working as one process: mpi4py cannot be used: libmpi.so: cannot open') == 1


@pytest.mark.parametrize('block, reason', [
    ('', b'no launcher such as mpirun'),
    ('import sys, importlib.util as util; found = util.find_spec\n'
     'util.find_spec = lambda name: None if name == "mpi4py" else found(name)\n', b'mpi4py is not installed'),
])
def test_one_line_says_why_there_is_one_worker(block, reason):
    if not block and importlib.util.find_spec('mpi4py') is None:  # not imported: see test_alone
        pytest.skip('mpi4py is not installed')
    program = block + SPEAK + 'from stable_baselines.common import mpi; mpi.world(); mpi.size()'
    done = subprocess.run([sys.executable, '-c', program], capture_output=True)
    [line] = [line for line in done.stderr.splitlines() if b'stable_baselines.common.mpi' in line]
    assert b'DEBUG' in line and b'working as one process: ' + reason in line


@pytest.mark.parametrize('axis', [0, 1])
@pytest.mark.parametrize('keepdims', [False, True])
def test_moments(axis, keepdims):
    array = np.random.RandomState(0).normal(3.0, 2.0, size=(5, 4, 2)).astype(np.float32)
    mean, std, count = mpi_moments(array, axis=axis, keepdims=keepdims)
    expected = np.float64(array)
    assert np.allclose(mean, expected.mean(axis=axis, keepdims=keepdims))
    assert np.allclose(std, expected.std(axis=axis, keepdims=keepdims))
    assert mean.shape == std.shape == expected.mean(axis=axis, keepdims=keepdims).shape
    assert count == array.shape[axis]
    only_mean, same_count = mpi_mean(array, axis=axis, keepdims=keepdims)
    assert np.allclose(only_mean, mean)
    assert same_count == count


def test_moments_of_large_close_numbers():
    array = np.float32(1e6) + np.arange(8, dtype=np.float32)
    assert mpi_moments(array)[1] == pytest.approx(np.arange(8).std())


def test_moments_of_nothing_are_refused():
    with pytest.raises(ValueError, match='no rows'):
        mpi_mean(np.zeros((0, 3)))


class TestRunningMeanStd:
    """Sums in graph variables."""

    @pytest.fixture
    def sess(self):
        with tf.Graph().as_default(), tf.Session() as session:
            yield session

    def test_mean_and_standard_deviation_of_all_batches(self, sess):
        with tf.variable_scope('filter'):
            running = RunningMeanStd(epsilon=1e-6, shape=(2,))
        sess.run(tf.global_variables_initializer())
        data = np.random.RandomState(0).normal([5.0, -3.0], [2.0, 0.5], size=(300, 2))
        for batch in np.split(data, [10, 100, 101]):
            running.update(batch, sess)
        mean, std = sess.run([running.mean, running.std])
        assert mean.dtype == std.dtype == np.float32
        assert np.allclose(mean, data.mean(axis=0), rtol=1e-5)
        assert np.allclose(std, data.std(axis=0), rtol=1e-5)
        assert [variable.name for variable in running.variables] == [
            'filter/runningsum:0', 'filter/runningsumsq:0', 'filter/count:0']

    def test_large_close_numbers(self, sess):
        """In single precision the squares would leave nothing of the difference."""
        running = RunningMeanStd(shape=(1,), epsilon=1e-9)
        sess.run(tf.global_variables_initializer())
        data = 1e4 + np.random.RandomState(0).normal(size=(500, 1))
        running.update(data, sess)
        assert sess.run(running.std)[0] == pytest.approx(data.std(), rel=1e-3)

    def test_before_any_data_it_changes_nothing(self, sess):
        running = RunningMeanStd(shape=(3,))
        sess.run(tf.global_variables_initializer())
        assert sess.run([running.mean, running.std])[0].tolist() == [0.0] * 3
        assert sess.run(running.std).tolist() == [1.0] * 3

    def test_spread_has_a_floor(self, sess):
        running = RunningMeanStd()
        sess.run(tf.global_variables_initializer())
        with sess.as_default():
            running.update(np.full(1000, 4.0))
        assert sess.run(running.std) == pytest.approx(0.1)


def test_helper_processes_do_not_look_launched(monkeypatch):
    names = ['OMPI_COMM_WORLD_RANK', 'OMPI_ALLOW_RUN_AS_ROOT', 'PMIX_NAMESPACE', 'PMI_RANK']
    for name in names:
        monkeypatch.setenv(name, '1')
    program = 'import os; print(*[name for name in {} if name in os.environ])'.format(names)
    with pytest.raises(KeyError), mpi.helpers_started():
        assert subprocess.check_output([sys.executable, '-c', program]).split() == [b'OMPI_ALLOW_RUN_AS_ROOT']
        raise KeyError('nothing is lost')
    assert os.environ['PMIX_NAMESPACE'] == '1'


def test_a_helper_bears_the_number_of_its_worker(monkeypatch):
    monkeypatch.setenv('PMIX_RANK', '2')
    monkeypatch.setattr(mpi, '_world', None)
    monkeypatch.setattr(mpi, '_rank_alone', 0)
    assert mpi.file_suffix() == ''
    mpi.be_helper(2)
    assert 'PMIX_RANK' not in os.environ
    assert (mpi.rank(), mpi.size(), mpi.is_root(), mpi.world()) == (2, 1, False, None)
    assert mpi.file_suffix() == '-rank002'
