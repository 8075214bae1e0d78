"""Workers whose environments run in processes of their own."""
import re
import time

import pytest

from stable_baselines.bench.monitor import load_results
from tests.mpi.launch import start_workers
from tests.mpi.test_faults import is_alive

pytestmark = pytest.mark.mpi


@pytest.mark.parametrize('start_method', ['forkserver', 'spawn', 'fork'])
def test_processes_of_environments_are_no_workers(start_method, tmp_path):
    done = start_workers('tests.mpi.subproc_worker', str(tmp_path), start_method)
    output, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, errors[-3000:]
    for rank in range(2):  # an environment's process works alone, but knows for whom
        assert 'places {0} [({0}, 1), ({0}, 1)] 256'.format(rank) in output
    names = ['0-rank001.monitor.csv', '0.monitor.csv', '1-rank001.monitor.csv', '1.monitor.csv']
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert 100 < load_results(str(tmp_path)).l.sum() <= 256  # the episodes of both


def test_an_environment_that_dies_ends_all():
    done = start_workers('tests.mpi.subproc_worker', 'killed')
    output, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode != 0
    [moment] = re.findall(r'killed at ([0-9.]+)', output)
    assert time.time() - float(moment) < 10.0
    assert 'Worker 1 of 2 failed and ends all:' in errors
    assert 'environment 1' in errors and 'was killed by SIGKILL (exit code -9)' in errors, errors[-3000:]
    processes = [int(number) for line in re.findall(r'processes ([0-9 ]+)', output) for number in line.split()]
    assert len(processes) == 4
    deadline = time.time() + 5.0
    while any(map(is_alive, processes)) and time.time() < deadline:
        time.sleep(0.1)
    assert not any(map(is_alive, processes))
