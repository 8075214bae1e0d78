"""What becomes of scripts whose workers do not all do the same."""
import re

import pytest

from tests.mpi.launch import start_workers

pytestmark = pytest.mark.mpi


def test_workers_that_do_not_always_do_the_same(tmp_path):
    done = start_workers('tests.mpi.unlike_worker', str(tmp_path))
    output, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, errors[-3000:]
    actions = re.findall(r'actions [01] (\w+)', output)
    assert len(actions) == len(set(actions)) == 2  # though NumPy was seeded alike in both
    recorded = re.findall(r'recorded [01] (\w+)', output)
    assert len(recorded) == 2 and len(set(recorded)) == 1  # not what the first one had recorded for itself before
    learned = re.findall(r'learned [01] (\d+ \w+)', output)
    assert len(learned) == 2 and len(set(learned)) == 1  # as the first one's model did, which only it had loaded
    assert learned[0].startswith('704 ')
    assert sorted(re.findall(r'process ([01] \S+)', output)) == ['0 0', '1 0']
