"""Two workers under mpirun stay equal, and do together what one does on the joined batch."""
import os

import numpy as np
import pytest

from tests.mpi import recurrent_worker, worker
from tests.mpi.launch import start_workers

pytestmark = pytest.mark.mpi

@pytest.fixture(scope='module')
def run(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp('workers'))
    done = start_workers('tests.mpi.worker', folder)
    assert done.returncode == 0, done.stderr.decode()[-5000:]
    results = []
    for rank in range(2):
        with np.load(os.path.join(folder, 'worker{}.npz'.format(rank))) as file:
            results.append({name: file[name] for name in file.files})
    return results, done.stdout.decode()


@pytest.fixture(scope='module')
def workers(run):
    return run[0]


def part(found, prefix):
    return {name[len(prefix):]: value for name, value in found.items() if name.startswith(prefix)}


def assert_equal(workers, prefix):
    first, second = part(workers[0], prefix), part(workers[1], prefix)
    assert first
    assert set(first) == set(second)
    for name in first:
        assert np.array_equal(first[name], second[name]), name


def test_vocabulary(workers):
    for found in workers:
        assert found['size'] == 2
        assert found['total'].tolist() == [3.0, 20.0]
        assert found['mean'].tolist() == [1.5, 10.0]
        assert found['broadcast'].tolist() == [5.0, 5.0]
        assert found['numbers'].tolist() == [1.0, 3.0, 1.5]
        assert found['numbers'].shape == (3,)
        assert np.array_equal(found['sliced'], 2.0 * np.arange(12.0).reshape(3, 4).T[::2])
        assert found['gathered'].tolist() == ['worker0', 'worker1']


def test_moments_of_unequal_shares(workers):
    data = np.concatenate([found['moments_data'] for found in workers])
    for found in workers:
        assert np.allclose(found['moments_mean'], data.mean(axis=0))
        assert np.allclose(found['only_mean'], data.mean(axis=0))
        assert np.allclose(found['moments_std'], data.std(axis=0))
        assert found['moments_count'] == 8


def test_adam_notices_and_mends_differences(workers):
    for found in workers:
        assert found['adam_noticed']
        assert np.allclose(found['adam_after'], -0.1)  # from worker 0's zeros


def test_weights_are_worker_0_s(workers):
    for prefix in ('judge/', 'begin/'):
        assert_equal(workers, prefix)


def test_after_twenty_iterations_and_pretraining_the_workers_are_equal(workers):
    assert_equal(workers, 'end/')
    begin, end = part(workers[0], 'begin/'), part(workers[0], 'end/')
    for name in ('model/pi/w:0', 'model/vf/w:0', 'adversary/fully_connected/weights:0', 'adversary/obfilter/count:0'):
        assert not np.array_equal(begin[name], end[name]), name
    assert all(np.isfinite(value).all() for value in end.values())


def test_the_workers_saw_different_things(workers):
    assert [int(found['own_steps']) for found in workers] == [1920, 1920]
    assert [int(found['num_timesteps']) for found in workers] == [3840, 3840]
    assert not np.array_equal(workers[0]['own_actions'], workers[1]['own_actions'])


def test_each_worker_has_its_share_of_the_demonstrations(workers):
    assert [found['share_lengths'].tolist() for found in workers] == [[3, 5], [12, 10]]
    assert sorted(np.concatenate([found['share_actions'] for found in workers])) == list(range(30))
    assert_equal(workers, 'shares/')


def test_only_worker_0_prints(run):
    results, out = run
    assert out.count('TimestepsSoFar') == 20


@pytest.mark.parametrize('kind', sorted(worker.ACTIONS))
def test_an_update_is_that_of_the_joined_batch(workers, kind):
    results = [part(found, kind + '/') for found in workers]
    assert_equal(results, 'before/')
    assert_equal(results, 'after/')
    alone, found = worker.make_trpo(kind), results[0]
    alone.load_parameters(part(found, 'before/'))
    expected = worker.update(alone, worker.joined_batch(kind))
    assert np.allclose(found['gradient'], expected['gradient'], atol=1e-4 * np.abs(expected['gradient']).max())
    assert np.allclose(found['direction'], expected['direction'], atol=1e-3 * np.abs(expected['direction']).max())
    for name in ('curvature', 'meankl', 'gain'):
        assert found[name] == pytest.approx(expected[name], rel=1e-3), name
    assert found['step_size'] == expected['step_size'] == 1.0
    for name, value in part(expected, 'after/').items():
        assert np.abs(found['after/' + name] - value).max() < 1e-5, name


def test_a_discriminator_step_is_that_of_the_joined_batch(workers):
    assert_equal(workers, 'discriminator/')
    alone = worker.make_gail(seed=2)
    alone.load_parameters(part(workers[0], 'judge/'))
    expected = worker.discriminate(alone, worker.joined_batch())
    assert np.allclose(workers[0]['losses'], expected['losses'], rtol=1e-4)
    for name, value in part(expected, 'discriminator/').items():
        assert np.allclose(workers[0]['discriminator/' + name], value, rtol=1e-4, atol=2e-5), name


# ---------------------------------------------------------------- policies with memory

@pytest.fixture(scope='module')
def recurrent(workers):
    return [part(found, 'recurrent/') for found in workers]


def test_an_update_of_sequences_is_that_of_the_joined_batch(recurrent):
    assert_equal(recurrent, 'before/')
    assert_equal(recurrent, 'after/')
    alone = recurrent_worker.make_trpo()
    alone.load_parameters(part(recurrent[0], 'before/'))
    expected = recurrent_worker.update(alone, recurrent_worker.joined_batch())
    found = recurrent[0]
    assert np.allclose(found['gradient'], expected['gradient'], atol=1e-4 * np.abs(expected['gradient']).max())
    assert np.allclose(found['direction'], expected['direction'], atol=2e-2 * np.abs(expected['direction']).max())
    for name in ('curvature', 'meankl'):
        assert found[name] == pytest.approx(expected[name], rel=2e-2), name
    assert found['step_size'] == expected['step_size'] > 0.0


def test_workers_with_memory_stay_equal(recurrent):
    """Through GAIL, whose discriminator has memory, too, and through pretraining on unequal numbers of batches."""
    for prefix in ('begin/', 'learned/', 'end/'):
        assert_equal(recurrent, prefix)
    begin, learned, end = [part(recurrent[0], prefix) for prefix in ('begin/', 'learned/', 'end/')]
    for name in ('model/lstm1/wh:0', 'model/pi/w:0', 'model/vf/w:0', 'adversary/lstm/wh:0',
                 'adversary/logit/weights:0'):
        assert not np.array_equal(begin[name], learned[name]), name
    changed = {name for name in end if not np.array_equal(learned[name], end[name])}
    assert changed == {'model/shared_fc0/w:0', 'model/shared_fc0/b:0', 'model/lstm1/wx:0', 'model/lstm1/wh:0',
                       'model/lstm1/b:0', 'model/pi/w:0', 'model/pi/b:0'}
    assert all(np.isfinite(value).all() for value in end.values())
    assert recurrent[0]['n_batches'] < recurrent[1]['n_batches']
    assert not np.array_equal(recurrent[0]['own_actions'], recurrent[1]['own_actions'])


def test_filters_agree_on_all_that_was_seen(workers):
    assert_equal(workers, 'filtered/')
    found = part(workers[0], 'filtered/observation_filter/')
    rows = np.concatenate([worker['filter_saw'] for worker in workers]).astype(np.float64)
    assert len(rows) == 320 == found['count:0']
    assert np.allclose(found['mean:0'], rows.mean(axis=0), rtol=1e-9)
    assert np.allclose(found['variance:0'], rows.var(axis=0), rtol=1e-9)


def test_statistics_of_normalized_environments_are_those_of_all_workers(workers):
    assert_equal(workers, 'normalized/')
    found = part(workers[0], 'normalized/')
    counted = np.concatenate([worker['shown'] for worker in workers])
    assert len(counted) == 320 and found['obs_count'] == pytest.approx(320.0001)
    assert np.allclose(found['obs_mean'], counted.mean(axis=0), atol=1e-5)
    assert np.allclose(found['obs_var'], counted.var(axis=0), rtol=1e-5)
