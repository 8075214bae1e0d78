"""What ends one worker ends all, soon and with a word of why."""
import re
import time

import pytest

from tests.mpi.launch import start_workers

pytestmark = pytest.mark.mpi


def run(case):
    done = start_workers('tests.mpi.faulty_worker', case)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize('case, parts', [
    ('exception', ['ZeroDivisionError: on purpose', 'Traceback', 'in fail']),
    ('refused_data', ['ValueError', 'observation', 'Traceback']),
])
def test_an_exception_ends_all(case, parts):
    status, output, errors = run(case)
    assert status != 0
    [moment] = re.findall(r'raised at ([0-9.]+)', output)
    assert time.time() - float(moment) < 10.0
    for part in parts + ['Worker 1 of 2 failed and ends all:']:
        assert part in errors, errors[-3000:]


def test_a_callback_of_one_worker_stops_all():
    status, output, errors = run('stop')
    assert status == 0, errors[-3000:]
    steps = dict(re.findall(r'steps (\d) (\d+)', output))
    assert steps == {'0': '64', '1': '40'}  # the other finishes its batch of 32 first
