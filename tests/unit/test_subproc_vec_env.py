"""Environments in processes of their own: the same as in one process, and never a hang when something dies."""
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.cmd_util import make_vec_env
from stable_baselines.common.vec_env import (
    AlreadySteppingError,
    DummyVecEnv,
    NotSteppingError,
    SubprocVecEnv,
    VecEnv,
)
from tests.fakes import CheckedEnv, CheckedNewApiEnv

PROMPT = 5.0  # seconds within which faults must be known


class Moody(CheckedEnv):
    """Fails, sleeps or ends its process on request."""

    def __init__(self, mood=None):
        super().__init__()
        self.mood = mood
        if mood == 'unbuilt':
            raise ValueError('no mood for being built')

    def step(self, action):
        if self.mood == 'fails':
            raise KeyError('out of order')
        if self.mood == 'sleeps':
            time.sleep(60)
        if self.mood == 'exits':
            os._exit(7)
        if self.mood == 'ends of file':
            raise EOFError('of the environment itself')
        return super().step(action)

    @property
    def knows_tensorflow(self):
        return 'tensorflow' in sys.modules

    @property
    def not_for_sending(self):
        return lambda: None


def make(*lengths, start_method='fork', env_class=CheckedEnv):
    return SubprocVecEnv([lambda length=length: env_class(episode_length=length) for length in lengths], start_method)


def moody(*moods, start_method='fork'):
    return SubprocVecEnv([lambda mood=mood: Moody(mood) for mood in moods], start_method)


@pytest.fixture
def closing():
    """Closes what a test registers, and sees that nothing is left."""
    opened = []
    yield lambda venv: opened.append(venv) or venv
    for venv in opened:
        started = time.monotonic()
        venv.close()
        venv.close()  # twice does no harm
        assert time.monotonic() - started < PROMPT
        assert not any(process.is_alive() for process in venv.processes)


def alive(pid):
    try:
        with open('/proc/{}/stat'.format(pid)) as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


@pytest.mark.parametrize('start_method, env_class', [
    ('fork', CheckedNewApiEnv), ('forkserver', CheckedEnv), ('spawn', CheckedNewApiEnv)])
def test_it_does_what_a_dummy_vec_env_does(closing, start_method, env_class):
    apart = closing(make(2, 3, start_method=start_method, env_class=env_class))
    together = DummyVecEnv([lambda length=length: env_class(episode_length=length) for length in (2, 3)])
    assert isinstance(apart, VecEnv) and apart.num_envs == 2
    assert apart.observation_space == together.observation_space and apart.action_space == together.action_space
    assert apart.seed(5) == together.seed(5) == [[5], [6]]
    np.testing.assert_array_equal(apart.reset(), together.reset())
    for number in range(4):
        found, expected = apart.step([0, number % 3]), together.step([0, number % 3])
        for one, other in zip(found[:3], expected[:3]):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
        for one, other in zip(found[3], expected[3]):
            assert sorted(one) == sorted(other)
            np.testing.assert_array_equal(one.get('terminal_observation', 0), other.get('terminal_observation', 0))
    assert apart.get_attr('seeds') == together.get_attr('seeds')
    assert apart.metadata == together.metadata


def test_attributes_methods_and_pictures(closing):
    venv = closing(make(2, 3, 4))
    venv.reset()
    assert venv.get_attr('episode_length') == [2, 3, 4]
    assert venv.get_attr('episode_length', indices=[2, 0, 0]) == [4, 2, 2]
    venv.set_attr('reward', 9.0, indices=1)
    assert venv.env_method('seed', 4, indices=-1) == [[4]]
    assert venv.step([0, 0, 0])[1].tolist() == [1.0, 9.0, 1.0]
    assert [image.shape for image in venv.get_images()] == [(4, 6, 3)] * 3
    assert venv.render(mode='rgb_array').shape == (8, 12, 3)


def test_a_step_under_way(closing):
    venv = closing(make(5))
    venv.reset()
    with pytest.raises(NotSteppingError):
        venv.step_wait()
    venv.step_async([0])
    with pytest.raises(AlreadySteppingError):
        venv.step_async([0])
    assert venv.get_attr('step_in_episode') == [1]  # asked meanwhile, without losing the step
    assert venv.step_wait()[0].tolist() == [[0, 1]]
    venv.step_async([0])
    assert venv.reset().tolist() == [[1, 0]]  # drops the step
    with pytest.raises(NotSteppingError):
        venv.step_wait()
    assert venv.step([0])[0].tolist() == [[1, 1]]


@pytest.mark.parametrize('start_method', ['fork', 'forkserver'])
def test_a_killed_worker_is_named_with_its_exit_code(closing, start_method):
    venv = closing(make(9, 9, 9, start_method=start_method))
    venv.reset()
    os.kill(venv.processes[1].pid, signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(RuntimeError, match=r'environment 1 \(pid \d+\) was killed by SIGKILL \(exit code -9\)'):
        venv.step([0, 0, 0])
    assert time.monotonic() - started < PROMPT
    with pytest.raises(RuntimeError, match='environment 1 .* make a new one'):
        venv.reset()


def test_a_death_is_noticed_while_another_environment_is_slow(closing):
    venv = closing(moody('sleeps', 'exits'))
    venv.reset()
    started = time.monotonic()
    with pytest.raises(RuntimeError, match=r'environment 1 .* ended with exit code 7'):
        venv.step([0, 0])
    assert time.monotonic() - started < PROMPT


def test_a_death_is_noticed_where_others_hold_the_pipe_open(closing):
    venv = closing(make(9))
    venv.reset()
    other = closing(make(9))  # forked: has a copy of the first one's pipe
    os.kill(venv.processes[0].pid, signal.SIGTERM)
    with pytest.raises(RuntimeError, match='environment 0 .* SIGTERM'):
        venv.step([0])
    other.reset()


class Forking(Moody):
    """Has a process of its own, which holds what it has inherited."""

    def __init__(self):
        super().__init__('sleeps')
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)


@pytest.mark.parametrize('start_method', ['fork', 'spawn'])
def test_a_death_is_noticed_where_an_environment_has_a_process_of_its_own(closing, start_method):
    venv = closing(SubprocVecEnv([Forking, Forking], start_method))
    venv.reset()
    venv.step_async([0, 0])
    started = time.monotonic()
    venv.processes[0].kill()
    with pytest.raises(RuntimeError, match=r'environment 0 .* was killed by SIGKILL \(exit code -9\)'):
        venv.step_wait()
    assert time.monotonic() - started < PROMPT


def interrupting(worker, monkeypatch, raise_):
    """The worker's next message is interrupted."""
    transfer = worker._transfer

    def interrupted(more_unanswered, function, *arguments):
        monkeypatch.undo()

        def torn(*parts):
            raise_()
            return function(*parts)
        return transfer(more_unanswered, torn, *arguments)
    monkeypatch.setattr(worker, '_transfer', interrupted)


def ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def ctrl_c_raises():
    """Shells let programs in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize('when', ['asked', 'answered'])
@pytest.mark.usefixtures('ctrl_c_raises')
def test_ctrl_c_leaves_whole_messages(closing, monkeypatch, when):
    """What comes next is answered, and not by what was asked before."""
    venv = closing(make(5, 5))
    for number in range(2):
        venv.reset()
        venv.step([0, 1])
        if when == 'asked':
            interrupting(venv._workers[number], monkeypatch, ctrl_c)
        else:
            venv.step_async([0, 1])
            interrupting(venv._workers[number], monkeypatch, ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            venv.step([0, 1]) if when == 'asked' else venv.step_wait()
        venv.reset()
        np.testing.assert_array_equal(venv.step([2, 1])[0], [[1 + 2 * number, 1]] * 2)


def test_a_message_that_was_torn_is_told_of(closing, monkeypatch):
    def alarm():
        raise TimeoutError('a handler of the script')
    venv = closing(make(5, 5))
    venv.reset()
    interrupting(venv._workers[1], monkeypatch, alarm)
    with pytest.raises(TimeoutError):
        venv.step([0, 1])
    for call in (venv.reset, lambda: venv.step([0, 1])):
        with pytest.raises(RuntimeError, match='environment 1 .* was interrupted half way. Close'):
            call()


def test_an_exception_arrives_with_its_traceback(closing):
    venv = closing(moody(None, 'fails', None))
    venv.reset()
    with pytest.raises(RuntimeError, match="environment 1 raised KeyError: 'out of order'") as caught:
        venv.step([0, 0, 0])
    assert 'Traceback' in str(caught.value) and 'in step' in str(caught.value)
    venv.set_attr('mood', None)
    venv.reset()  # goes on
    assert venv.step([0, 0, 0])[0].shape == (3, 2)
    venv.set_attr('mood', 'ends of file', indices=0)
    with pytest.raises(RuntimeError, match='environment 0 raised EOFError: of the environment itself'):
        venv.step([0, 0, 0])
    with pytest.raises(RuntimeError, match='environment 0 raised AttributeError.*missing'):
        venv.get_attr('missing')
    with pytest.raises(RuntimeError, match='environment 0 raised .*(pickle|lambda)'):
        venv.get_attr('not_for_sending')
    assert venv.get_attr('mood') == ['ends of file', None, None]


def test_closing_does_not_wait_for_a_long_step():
    venv = moody('sleeps', None)
    venv.reset()
    venv.step_async([0, 0])
    started = time.monotonic()
    venv.close()
    assert time.monotonic() - started < PROMPT
    assert not any(process.is_alive() for process in venv.processes)
    for use in (venv.reset, lambda: venv.step([0, 0]), lambda: venv.get_attr('mood')):
        with pytest.raises(RuntimeError, match='closed'):
            use()


def test_closing_closes_the_environments(tmp_path):
    class Leaving(CheckedEnv):
        def close(self):
            (tmp_path / 'closed').write_text('yes')

    SubprocVecEnv([Leaving], 'fork').close()
    assert (tmp_path / 'closed').exists()


def test_an_environment_that_cannot_be_built():
    with pytest.raises(RuntimeError, match='environment 1 raised ValueError: no mood for being built'):
        moody(None, 'unbuilt')


def test_different_spaces_are_refused():
    with pytest.raises(ValueError, match=r'environments 0 and 1 .* action spaces: Discrete\(3\) and Discrete\(2\)'):
        SubprocVecEnv([CheckedEnv, lambda: CheckedEnv(action_space=spaces.Discrete(2))], 'fork')


@pytest.mark.parametrize('env_fns, options, error, message', [
    ([], {}, ValueError, 'empty'), (CheckedEnv, {}, TypeError, r'SubprocVecEnv\(\[lambda: env\]\)'),
    ([CheckedEnv], dict(start_method='thread'), ValueError, "start_method='thread' .* 'spawn'")])
def test_bad_arguments(env_fns, options, error, message):
    with pytest.raises(error, match=message):
        SubprocVecEnv(env_fns, **options)


def test_a_function_that_cannot_be_sent_is_named():
    with open(os.devnull) as file:
        unsendable = iter([file, (row for row in 'generator')])
        with pytest.raises(TypeError, match=r'env_fns\[1\] cannot be sent to a process'):
            SubprocVecEnv([CheckedEnv, lambda: unsendable and CheckedEnv()], 'spawn')


@pytest.mark.parametrize('actions', [[0], [0, 1, 2], 0])
def test_a_wrong_number_of_actions(closing, actions):
    venv = closing(make(5, 5))
    venv.reset()
    with pytest.raises(ValueError, match='each of the 2 environments'):
        venv.step(actions)
    venv.step([0, 0])


def test_workers_do_without_tensorflow(closing):
    assert closing(moody(None, start_method='spawn')).get_attr('knows_tensorflow') == [False]


def test_make_vec_env_builds_them_recorded_and_seeded(closing, tmp_path):
    venv = closing(make_vec_env(lambda: CheckedEnv(2, reward=3.0), n_envs=2, seed=4, monitor_dir=str(tmp_path),
                                vec_env_cls=SubprocVecEnv, vec_env_kwargs=dict(start_method='forkserver')))
    assert venv.get_attr('seeds') == [[4], [5]]
    venv.reset()
    venv.step([0, 0])
    assert [info['episode']['r'] for info in venv.step([0, 0])[3]] == [6.0, 6.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ['0.monitor.csv', '1.monitor.csv']


PARENT = '''
import os, signal, sys
from stable_baselines.common.vec_env import SubprocVecEnv
from tests.fakes import CheckedEnv
from tests.unit.test_subproc_vec_env import Moody

if __name__ == '__main__':
    busy = sys.argv[2] == 'busy and killed'
    venv = SubprocVecEnv([CheckedEnv, lambda: Moody('sleeps' if busy else None)], sys.argv[1])
    venv.reset()
    print(*[process.pid for process in venv.processes], flush=True)
    if busy:
        venv.step_async([0, 0])
    if 'killed' in sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
'''


@pytest.mark.parametrize('start_method, end', [('fork', 'killed'), ('forkserver', 'killed'), ('fork', 'ends'),
                                               ('fork', 'busy and killed'), ('forkserver', 'busy and killed')])
def test_no_process_outlives_its_parent(tmp_path, start_method, end):
    script = tmp_path / 'parent.py'
    script.write_text(PARENT)
    done = subprocess.run([sys.executable, str(script), start_method, end], stdout=subprocess.PIPE, timeout=60,
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    pids = [int(text) for text in done.stdout.split()]
    assert len(pids) == 2
    deadline = time.monotonic() + PROMPT
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_script_without_a_guard_is_told_so(tmp_path):
    script = tmp_path / 'unguarded.py'
    script.write_text(PARENT.replace("if __name__ == '__main__':", 'if True:'))
    done = subprocess.run([sys.executable, str(script), 'spawn', 'ends'], stderr=subprocess.PIPE, timeout=60,
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    assert done.returncode != 0
    assert b"under if __name__ == '__main__':, since workers import the script" in done.stderr


SCRIPT = """
import sys
import gym
from stable_baselines.common.vec_env import SubprocVecEnv
from tests.fakes import CheckedEnv

class Own(CheckedEnv):
    pass

if __name__ == '__main__':
    venv = SubprocVecEnv([Own, lambda: Own(2)], sys.argv[1])
    print(venv.reset().shape, __file__)
    venv.close()
"""


@pytest.mark.parametrize('start_method', ['fork', 'forkserver', 'spawn'])
def test_a_script_from_standard_input(start_method):
    done = subprocess.run([sys.executable, '-', start_method], input=SCRIPT.encode(), stdout=subprocess.PIPE,
                          timeout=60, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    assert done.returncode == 0 and done.stdout.split(b'\n')[0].startswith(b'(2, 2) ')
