"""The programs of the library in two workers: only the first one talks and writes."""
import os

import pytest

from stable_baselines import gail
from tests.mpi.launch import start_workers

pytestmark = pytest.mark.mpi
DEMONSTRATIONS = os.path.join(os.path.dirname(gail.__file__), 'dataset', 'expert_cartpole.npz')


def run(*arguments):
    """Exit status, lines of the standard output, and text of the standard error."""
    done = start_workers(*arguments)
    return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()


def test_training_is_scored_and_logged_once(tmp_path):
    log = tmp_path / 'log'
    status, printed, errors = run(
        'stable_baselines.gail', 'CartPole-v1', DEMONSTRATIONS, '--timesteps', '4000', '--episodes', '2', '--seed', '3',
        '--log', str(log), '--save', str(tmp_path / 'model'))
    assert status == 0, errors[-3000:]
    assert len([line for line in printed if line.startswith('Return of 2 episodes: ')]) == 1
    assert sorted(os.listdir(str(log))) == ['GAIL_1', 'progress.csv']
    assert len((log / 'progress.csv').read_text().splitlines()) == 3  # the header, and two batches of 2 * 1000
    assert (tmp_path / 'model.zip').exists()


@pytest.mark.parametrize('arguments, status, message', [
    (['stable_baselines.gail', 'CartPole-v1'], 2, 'required: DEMONSTRATIONS'),
    (['stable_baselines.gail', 'CartPole-v1', 'no_such_file.npz'], 1, 'No file of demonstrations'),
    (['stable_baselines.gail', 'CartPole-v1', DEMONSTRATIONS, '--timesteps', '-1'], 1, 'total_timesteps=-1'),
    (['stable_baselines.gail', 'CartPole-v1', DEMONSTRATIONS, '--timesteps', '1', '--save', DEMONSTRATIONS + '/model'],
     1, DEMONSTRATIONS),
    (['stable_baselines.gail.dataset'], 2, 'required: FILE'),
    (['stable_baselines.gail.dataset', 'no_such_file.npz'], 1, 'No file of demonstrations'),
    (['stable_baselines.gail.dataset', DEMONSTRATIONS, '--convert', DEMONSTRATIONS + '/out.csv'], 1, DEMONSTRATIONS)])
def test_what_cannot_be_used_is_said_once(arguments, status, message):
    found, _, errors = run(*arguments)
    assert found == status, errors[-3000:]
    assert len([line for line in errors.splitlines() if message in line]) == 1, errors


def test_a_dataset_is_shown_and_converted_once(tmp_path):
    target = str(tmp_path / 'out.csv')
    status, printed, errors = run('stable_baselines.gail.dataset', DEMONSTRATIONS, '--convert', target)
    assert status == 0, errors[-3000:]
    for line in (DEMONSTRATIONS, 'Written: ' + target):
        assert len([found for found in printed if found.startswith(line)]) == 1
    assert os.listdir(str(tmp_path)) == ['out.csv']


def test_help_is_printed_once():
    for program in ('stable_baselines.gail', 'stable_baselines.gail.dataset'):
        status, printed, _ = run(program, '--help')
        assert status == 0 and len([line for line in printed if line.startswith('usage: ')]) == 1
