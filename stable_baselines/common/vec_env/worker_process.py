"""A process that steps one environment, and the parent's end of it.

This module is imported by every worker: it must not bring TensorFlow with it.
"""
import contextlib
import gc
import os
import select
import selectors
import signal
import threading
import time
import traceback
from typing import Any, Callable, Iterator, List, Sequence, Tuple

from stable_baselines.common import mpi
from stable_baselines.common.vec_env.base_vec_env import CloudpickleWrapper
from stable_baselines.common.vec_env.dummy_vec_env import DummyVecEnv

__all__ = ['EnvironmentRaised', 'WorkerHandle', 'WorkerLost', 'start_workers']

_EXIT_SECONDS = 1.0  # for a process whose pipe is closed already
_LEAVE_SECONDS = 2.0  # for an environment's close(), when nobody holds the other end of the pipe any more


class WorkerLost(RuntimeError):
    """A worker process ended without being told to."""


class EnvironmentRaised(RuntimeError):
    """An environment raised an exception in its worker process, which goes on."""


class WorkerHandle:
    """
    The parent's end of a worker: sends requests, waits for answers, and notices when there will be none.

    :param index: number of the environment
    :param processes: those of all environments: a death is noticed while another's answer is awaited
    :param remote: the parent's end of the pipe
    """

    def __init__(self, index: int, processes: Sequence[Any], remote: Any) -> None:
        self.index, self.process, self.remote = index, processes[index], remote
        self._numbers = {process.sentinel: number for number, process in enumerate(processes)}
        self._processes = processes
        self._unanswered = 0
        # Deaths are watched beside the pipe: where other processes have inherited it, its end does not show them.
        self._selector = getattr(selectors, 'PollSelector', selectors.DefaultSelector)()
        for watched in (remote, *self._numbers):
            self._selector.register(watched, selectors.EVENT_READ)

    def send(self, command: str, *arguments: Any) -> None:
        """
        Ask for something.

        :param command: name of a function of ``_COMMANDS``
        :param arguments: its arguments, without the environment
        :raises WorkerLost: when the process has ended
        """
        try:
            self.remote.send((command, arguments))
        except ConnectionError:
            self._raise_lost(self.index)
        self._unanswered += 1

    def receive(self) -> Any:
        """
        Wait for the answer to the oldest request that has none yet.

        :return: what the command returned
        :raises EnvironmentRaised: when the environment raised, with the worker's traceback
        :raises WorkerLost: when a process ended, with its exit code
        """
        self._wait_for_answer()
        try:
            succeeded, answer = self.remote.recv()
        except (EOFError, ConnectionError):
            self._raise_lost(self.index)
        self._unanswered -= 1
        if not succeeded:
            summary, trace = answer
            raise EnvironmentRaised('environment {} raised {} in its worker process (pid {}):\n\n{}'.format(
                self.index, summary, self.process.pid, trace))
        return answer

    def drop_answers(self) -> None:
        """Wait for answers that nobody fetched, and forget them."""
        while self._unanswered:
            with contextlib.suppress(EnvironmentRaised):
                self.receive()

    def _wait_for_answer(self) -> None:
        ready = [key.fileobj for key, _ in self._selector.select()]
        if self.remote not in ready and not self.remote.poll(0):
            self._raise_lost(self._numbers[ready[0]])

    def _raise_lost(self, index: int) -> None:
        process = self._processes[index]
        process.join(_EXIT_SECONDS)
        raise WorkerLost('the worker process of environment {} (pid {}) {}. Its environment is lost: close this '
                         'SubprocVecEnv and make a new one.{}'.format(
                             index, process.pid, _describe_end(process.exitcode), _hint(process.exitcode)))

    def hang_up(self) -> None:
        """Tell the process to end, without waiting for it."""
        if self._unanswered == 0:  # otherwise the pipe may be full, and sending would block
            with contextlib.suppress(OSError):
                self.remote.send(('close', ()))
        self._selector.close()
        self.remote.close()


def _describe_end(code: Any) -> str:
    if code is None:
        return 'has closed its pipe'
    if code >= 0:
        return 'ended with exit code {}'.format(code)
    try:
        return 'was killed by {} (exit code {})'.format(signal.Signals(-code).name, code)
    except ValueError:
        return 'ended with exit code {}'.format(code)


def _hint(code: Any) -> str:
    if code == 1:
        return (" If it could not even start: with start_method 'forkserver' or 'spawn' a script must create it under "
                "if __name__ == '__main__':, since workers import the script.")
    if code == -signal.SIGKILL:
        return ' Unless somebody killed it, the machine may have run out of memory.'
    return ''


def start_workers(context: Any, env_fns: Sequence[Callable[[], Any]]) -> List[WorkerHandle]:
    """
    Start a process for each environment.

    :param context: of multiprocessing, for a start method
    :param env_fns: functions that build the environments
    :return: the workers
    :raises TypeError: when a function cannot be sent to a process; names it
    """
    pipes = [context.Pipe(duplex=True) for _ in env_fns]
    # Forked workers inherit the ends of all pipes. Kept open there, they would hide the end of the parent.
    inherited = [end for pipe in pipes for end in pipe] if context.get_start_method() == 'fork' else []
    processes: List[Any] = []
    try:
        for index, (env_fn, (_, own)) in enumerate(zip(env_fns, pipes)):
            process = context.Process(target=_work, daemon=True, name='environment-{}'.format(index),
                                      args=(own, [end for end in inherited if end is not own], index, mpi.rank(),
                                            CloudpickleWrapper(env_fn)))
            with mpi.helpers_started(), _garbage_left_alone():
                _start(process, index)
            processes.append(process)
    except BaseException:
        for process in processes:
            process.terminate()
        for pipe in pipes:
            pipe[0].close()
        raise
    finally:
        for _, own in pipes:
            own.close()
    return [WorkerHandle(index, processes, pipe[0]) for index, pipe in enumerate(pipes)]


@contextlib.contextmanager
def _garbage_left_alone() -> Iterator[None]:
    """
    A forked process inherits what its parent has not cleared away yet, and would hang, or abort, when it cleared away a
    session of TensorFlow.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _start(process: Any, index: int) -> None:
    try:
        process.start()
    except (TypeError, AttributeError, ValueError) as error:
        raise TypeError('env_fns[{}] cannot be sent to a process: {}. Let the function build the environment itself, '
                        'instead of bringing along what lives in this process.'.format(index, error)) from error


# ---------------------------------------------------------------- in the worker

def _work(remote: Any, inherited: Sequence[Any], index: int, rank: int, env_fn: CloudpickleWrapper) -> None:
    """
    Serve requests until told to stop, or until nobody is left to make any.

    :param remote: the worker's end of the pipe
    :param inherited: ends of pipes that are none of its business
    :param index: number of the environment
    :param rank: the MPI worker that the process belongs to
    :param env_fn: builds the environment
    """
    mpi.be_helper(rank)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent decides what it means
    for end in inherited:
        end.close()
    if hasattr(select, 'poll'):
        threading.Thread(target=_leave_with_parent, args=(remote.fileno(),), daemon=True).start()
    with contextlib.suppress(EOFError, ConnectionError):  # the parent has gone
        try:
            venv = DummyVecEnv([env_fn.var])
        except Exception as error:
            remote.recv()
            remote.send(_failure(error))
            remote.recv()  # to end now would look like dying while others are still at work
            return
        venv.first_number = index
        try:
            while True:
                command, arguments = remote.recv()
                if command == 'close':
                    break
                _answer(remote, venv, command, arguments)
        finally:
            venv.close()


def _leave_with_parent(pipe: int) -> None:
    """
    End the process when the parent has gone, even if the environment is in the middle of a long step.

    :param pipe: the worker's end of it
    """
    parent = select.poll()
    parent.register(pipe, 0)  # nothing but the end of the other side
    parent.poll()
    time.sleep(_LEAVE_SECONDS)
    os._exit(1)


def _answer(remote: Any, venv: DummyVecEnv, command: str, arguments: Tuple) -> None:
    try:
        answer = (True, _COMMANDS[command](venv, *arguments))
    except Exception as error:
        answer = _failure(error)
    try:
        remote.send(answer)
    except ConnectionError:
        raise
    except Exception as error:  # an answer that cannot be pickled
        remote.send(_failure(error))


def _failure(error: Exception) -> Tuple[bool, Tuple[str, str]]:
    """
    :param error: an exception
    :return: an answer that holds it in a line, and with its traceback
    """
    text = traceback.format_exception_only(type(error), error)[-1].strip()
    return False, (text.splitlines()[0] if text else repr(error), traceback.format_exc())


def _step(venv: DummyVecEnv, action: Any) -> Tuple[Any, float, bool, dict]:
    observations, rewards, dones, infos = venv.step([action])
    return observations[0], float(rewards[0]), bool(dones[0]), infos[0]


def _env_method(venv: DummyVecEnv, name: str, args: Tuple, kwargs: dict) -> Any:
    return venv.env_method(name, *args, **kwargs)[0]


_COMMANDS = {
    'spaces': lambda venv: (venv.observation_space, venv.action_space, getattr(venv, 'metadata', None)),
    'step': _step,
    'reset': lambda venv: venv.reset()[0],
    'seed': lambda venv, seed: venv.seed(seed)[0],
    'image': lambda venv: venv.get_images()[0],
    'time_limit': lambda venv: venv.time_limits()[0],
    'get_attr': lambda venv, name: venv.get_attr(name)[0],
    'set_attr': lambda venv, name, value: venv.set_attr(name, value),
    'env_method': _env_method,
}
