"""Files that both workers ask for are written once."""
import re

import pytest

from tests.mpi.launch import start_workers

pytestmark = pytest.mark.mpi


def test_files_of_all_workers_are_written_by_the_first(tmp_path):
    done = start_workers('tests.mpi.files_worker', str(tmp_path))
    output, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, errors[-3000:]
    written = {rank: names.split() for rank, names in re.findall(r'written (\d) (.*)', output)}
    assert written['0'] == ['early.npz', 'expert.npz', 'first.zip', 'first.zip', 'model.zip', 'own0.zip']
    assert written['1'] == ['own1.zip']  # nobody else has written it
    digests = re.findall(r'digest \d (\w+)', output)
    assert len(digests) == 4 and len(set(digests)) == 2  # of two files, the same for both
    assert output.count('Recorded 4 episodes') == 1 and output.count('Recorded 1 episodes') == 1
