"""The parent's end of a process that steps one environment."""
import contextlib
import gc
import os
import selectors
import signal
import sys
from multiprocessing import process as multiprocessing_process
from multiprocessing.reduction import ForkingPickler
from typing import Any, Callable, Iterator, List, Sequence

from stable_baselines.common import mpi
from stable_baselines.common.vec_env.cloudpickle_wrapper import CloudpickleWrapper
from stable_baselines.common.vec_env.interrupts import without_interrupt
from stable_baselines.common.vec_env.worker_process import work

__all__ = ['EnvironmentRaised', 'WorkerHandle', 'WorkerLost', 'start_workers']

_EXIT_SECONDS = 1.0  # for a process whose pipe is closed already
_LOOK_SECONDS = 1.0  # after which processes themselves are asked whether they live


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
        self._unanswered, self._is_torn = 0, False
        # Deaths are watched beside the pipe: where other processes have inherited it, its end does not show them.
        self._selector = getattr(selectors, 'PollSelector', selectors.DefaultSelector)()
        for watched in (remote, *self._numbers):
            self._selector.register(watched, selectors.EVENT_READ)

    def send(self, command: str, *arguments: Any) -> None:
        """
        Ask for something.

        :param command: name of a function of ``worker_process._COMMANDS``
        :param arguments: its arguments, without the environment
        :raises WorkerLost: when the process has ended
        """
        self._require_whole_messages()
        # bytes: Python 3.12 crashes when an exception outlives the view that dumps() gives
        message = bytes(ForkingPickler.dumps((command, arguments)))
        try:
            without_interrupt(self._transfer, 1, self.remote.send_bytes, message)
        except ConnectionError:
            self._raise_lost(self.index)

    def receive(self) -> Any:
        """
        Wait for the answer to the oldest request that has none yet.

        :return: what the command returned
        :raises EnvironmentRaised: when the environment raised, with the worker's traceback
        :raises WorkerLost: when a process ended, with its exit code
        """
        self._require_whole_messages()
        self._wait_for_answer()
        try:
            message = without_interrupt(self._transfer, -1, self.remote.recv_bytes)
        except (EOFError, ConnectionError):
            self._raise_lost(self.index)
        succeeded, answer = ForkingPickler.loads(message)
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

    def _transfer(self, more_unanswered: int, function: Callable, *arguments: Any) -> Any:
        self._is_torn = True
        result = function(*arguments)
        self._unanswered += more_unanswered
        self._is_torn = False
        return result

    def _require_whole_messages(self) -> None:
        if self._is_torn:  # by an exception that a signal's handler raised
            raise WorkerLost('a message from or to the worker process of environment {} (pid {}) was interrupted half '
                             'way. Close this SubprocVecEnv and make a new one.'.format(self.index, self.process.pid))

    def _wait_for_answer(self) -> None:
        while True:
            ready = [key.fileobj for key, _ in self._selector.select(_LOOK_SECONDS)]
            # what an environment has forked may keep open all that would show the end of its process
            dead = [self._numbers[one] for one in ready if one is not self.remote] or [
                number for number, process in enumerate(self._processes) if not ready and not process.is_alive()]
            if self.remote in ready or self.remote.poll(0):
                return
            if dead:
                self._raise_lost(dead[0])

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
            process = context.Process(target=work, daemon=True, name='environment-{}'.format(index),
                                      args=(own, [end for end in inherited if end is not own], index, mpi.rank(),
                                            CloudpickleWrapper(env_fn)))
            with mpi.helpers_started(), _garbage_left_alone(), _script_without_file():
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
    session of TensorFlow. It begins with its garbage collector off, and ``work`` lets what is there be.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextlib.contextmanager
def _script_without_file() -> Iterator[None]:
    """
    Workers import the script that starts them, and end where its file is not there: it may have come from the standard
    input. Nothing of it is missed, since functions and classes of a script are sent whole.
    """
    script = vars(sys.modules['__main__'])
    path = script.get('__file__')
    if path is None or os.path.exists(os.path.join(multiprocessing_process.ORIGINAL_DIR, path)):
        yield
        return
    del script['__file__']
    try:
        yield
    finally:
        script['__file__'] = path


def _start(process: Any, index: int) -> None:
    try:
        process.start()
    except (TypeError, AttributeError, ValueError) as error:
        raise TypeError('env_fns[{}] cannot be sent to a process: {}. Let the function build the environment itself, '
                        'instead of bringing along what lives in this process.'.format(index, error)) from error
