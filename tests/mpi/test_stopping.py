"""A callback of one worker ends training on all of them, at once."""
import os

import numpy as np
import pytest

from stable_baselines import TRPO
from tests.mpi.launch import start_workers
from tests.mpi.stopping_worker import BATCH, STOP_AFTER

pytestmark = pytest.mark.mpi


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp('stopping'))
    done = start_workers('tests.mpi.stopping_worker', folder)
    assert done.returncode == 0, done.stderr.decode()[-5000:]
    results = []
    for rank in range(2):
        with np.load(os.path.join(folder, 'stopped{}.npz'.format(rank))) as file:
            results.append({name: file[name] for name in file.files})
    return results, done.stderr.decode(), done.stdout.decode(), folder


@pytest.mark.parametrize('who', [0, 1])
@pytest.mark.parametrize('others_listen', ['+', '-'])
def test_all_stop_in_the_middle_of_the_segment(run, who, others_listen):
    name = '{}{}'.format(who, others_listen)
    counts = [found[name].tolist() for found in run[0]]
    assert counts[who][:2] == [STOP_AFTER, STOP_AFTER]
    steps, heard, _ = counts[1 - who]
    assert 0 < steps < BATCH and heard == (steps if others_listen == '+' else -1)
    assert counts[0][2] == counts[1][2] == STOP_AFTER + steps  # what was made indeed


@pytest.mark.parametrize('name', ['0+', '0-', '1+', '1-'])
def test_they_go_on_as_equals(run, name):
    first, second = run[0]
    keys = [key for key in first if key.startswith(name + '/')]
    assert len(keys) > 5
    for key in keys:
        assert np.array_equal(first[key], second[key]), key
    assert first[name + '/after'] == first[name][2] + 256


def test_only_the_first_worker_draws(run):
    assert run[1].count(' 0/1000000 [00:00<?') == 4  # one for each training


def test_an_evaluation_is_the_first_worker_s_and_ends_training_of_all(run):
    (first, second), _, output, folder = run
    assert output.count('Evaluation after') == output.count('Training ends: the best mean reward') == 1
    with np.load(os.path.join(folder, 'evaluations.npz')) as file:
        assert file['results'].shape == (1, 2)
    assert first['evaluation/n_calls'] == 100
    best = TRPO.load(os.path.join(folder, 'best_model')).get_parameters()  # of the whole batch before
    for name, value in best.items():
        assert all(np.array_equal(value, found['evaluation/' + name]) for found in (first, second)), name
