"""What ends one worker ends all, soon and with a word of why."""
import os
import re
import signal
import time

import pytest

from tests.mpi.launch import start_workers, worker_process

pytestmark = pytest.mark.mpi


def run(*case):
    done = start_workers('tests.mpi.faulty_worker', *case)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize('case, parts', [
    ('exception', ['ZeroDivisionError: on purpose', 'Traceback', 'in fail']),
    ('refused_data', ['ValueError', 'observation', 'Traceback']),
    ('own_mpi', ['ValueError', "'no policy'", 'Traceback']),
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
    assert steps['1'] == '40'
    assert 32 < int(steps['0']) < 64  # the other hears of it before it has finished its second batch of 32


@pytest.mark.parametrize('case, left, gone', [('exit_one', 0, 1), ('learn_less', 1, 0), ('leave_at_once', 0, 1)])
def test_nobody_waits_for_a_worker_that_has_ended(case, left, gone):
    status, output, errors = run(case)
    assert status != 0
    [moment] = re.findall(r'ended at ([0-9.]+)', output)
    assert time.time() - float(moment) < 10.0
    assert 'Worker {} of 2 waits for worker {}, which has ended'.format(left, gone) in errors, errors[-3000:]


def test_workers_that_do_different_things_are_told_so():
    status, _, errors = run('other_calls')
    assert status != 0
    assert 'the workers call TRPO.learn(), TRPO.pretrain(), in the order of their ranks' in errors, errors[-3000:]


def test_nobody_waits_for_a_worker_that_has_caught_an_exception():
    status, output, errors = run('caught')
    assert status != 0
    assert sorted(re.findall('told of ([01])', output)) == ['0', '0', '1', '1']
    [moment] = re.findall(r'ended at ([0-9.]+)', output)
    assert time.time() - float(moment) < 10.0
    assert 'waits for worker 1, which has left by an exception (ValueError: a bad trial)' in errors, errors[-3000:]


@pytest.mark.parametrize('case, error', [
    ('caught_interrupt interrupt', 'KeyboardInterrupt'),
    ('caught_interrupt exit', 'SystemExit: 3'),
    ('caught_in_setup own', 'ValueError: gamma'),
    ('caught_in_setup library', 'ValueError: gamma'),
])
def test_nor_for_one_that_has_caught_something_else_or_elsewhere(case, error):
    status, output, errors = run(*case.split())
    assert status != 0
    [moment] = re.findall(r'ended at ([0-9.]+)', output)
    assert time.time() - float(moment) < 10.0
    assert 'waits for worker 1, which has left by an exception (' + error in errors, errors[-3000:]
    assert output.count('made again') == (2 if 'setup' in case else 0)


@pytest.mark.parametrize('case, name, call, values', [
    ('other_settings timesteps_per_batch', 'timesteps_per_batch', 'learn', '32, 64'),
    ('other_settings max_kl', 'max_kl', 'learn', '0.01, 0.02'),
    ('other_settings total_timesteps', 'total_timesteps', 'learn', '64, 128'),
    ('other_wrappers', 'VecNormalize', 'learn', 'True, False'),
    ('other_cloning', 'learning_rate', 'pretrain', '1.0, 2.0'),
    ('other_shapes', 'model/pi/w:0', 'setup_model', '(64, 2), (64, 3)'),
])
def test_workers_that_differ_are_told_in_what(case, name, call, values):
    status, _, errors = run(*case.split())
    assert status != 0
    found = '{}: TRPO.{}() needs the same of all workers, found {},'.format(name, call, values)
    assert found in errors, errors[-3000:]


def test_cloning_that_ruins_the_policy_for_one_of_them_is_refused_by_all():
    status, output, errors = run('broken_cloning')
    assert status == 0, errors[-3000:]
    assert output.count('pretrain: the last step made the loss or a parameter infinite') == 2
    assert output.count('finished') == 2


def test_a_worker_may_load_a_model_for_itself():
    status, output, errors = run('alone')
    assert status == 0, errors[-3000:]
    assert 'alone True' in output


def test_a_script_may_close_mpi():
    status, output, errors = run('close_mpi')
    assert status == 0, errors[-3000:]
    assert output.count('finished') == 2


@pytest.mark.parametrize('number, whom', [
    (signal.SIGINT, 'mpirun'),  # Ctrl-C
    (signal.SIGINT, 'one worker'),
    (signal.SIGKILL, 'one worker'),  # as when there is no memory left
])
def test_a_signal_ends_all(number, whom):
    with worker_process('tests.mpi.faulty_worker', 'endless', start_new_session=True) as process:
        workers = [int(process.stdout.readline().split()[1]) for _ in range(2)]
        os.kill(process.pid if whom == 'mpirun' else workers[1], number)
        began = time.time()
        status = process.wait(60.0)
        assert time.time() - began < 10.0 and status != 0
    deadline = time.time() + 5.0
    while any(map(is_alive, workers)) and time.time() < deadline:
        time.sleep(0.1)
    assert not any(map(is_alive, workers))


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open('/proc/{}/stat'.format(pid)) as file:
        return file.read().rsplit(')', 1)[1].split()[0] != 'Z'  # dead, though nobody has asked for it yet
