"""Environments stepped at the same time, each in a process of its own."""
import multiprocessing
import time
from typing import Any, Callable, List, Optional, Sequence

import numpy as np

from stable_baselines.common.vec_env.base_vec_env import (
    AlreadySteppingError,
    Indices,
    NotSteppingError,
    StepResult,
    VecEnv,
)
from stable_baselines.common.vec_env.env_checks import actions_of_envs, check_env_fns, common_spaces
from stable_baselines.common.vec_env.worker_handle import EnvironmentRaised, WorkerHandle, start_workers

_CLOSE_SECONDS = 2.0  # for all environments' close() together
_TERMINATE_SECONDS = 1.0


class SubprocVecEnv(VecEnv):
    """
    Steps its environments at the same time, each in a process of its own. Worth it where a step takes longer than the
    communication, about a tenth of a millisecond; ``DummyVecEnv`` is faster below.

    A process that ends without being told to, and an environment that raises, raise here: see ``step_wait``. The
    processes end with this object, with ``close()``, and with the process that made them.

    :param env_fns: functions without arguments, each building one environment (of gym or gymnasium); sent to the
        processes by cloudpickle, so lambdas are fine
    :param start_method: 'forkserver' (the default where there is one) and 'spawn' start clean processes, which is safe
        together with TensorFlow and threads, but a script must create them under ``if __name__ == '__main__':``.
        'fork' copies this process, which is faster and needs no such line, but may hang once threads run
    :raises TypeError: when ``env_fns`` holds anything but functions that can be sent to a process
    :raises ValueError: when it is empty, the start method is unknown, or environments differ in their spaces
    :raises RuntimeError: when an environment cannot be built; holds the traceback
    """

    def __init__(self, env_fns: Sequence[Callable[[], Any]], start_method: Optional[str] = None) -> None:
        check_env_fns(env_fns, 'SubprocVecEnv')
        self.closed = self.waiting = False
        self._results: Optional[List[Any]] = None
        self._workers: List[WorkerHandle] = start_workers(_context(start_method), env_fns)
        self.processes = [worker.process for worker in self._workers]
        self.remotes = [worker.remote for worker in self._workers]
        try:
            answers = self._ask_all('spaces')
            observation_space, action_space = common_spaces([answer[:2] for answer in answers])
        except BaseException:
            self.close()
            raise
        super().__init__(len(env_fns), observation_space, action_space)
        self.metadata = answers[0][2] or self.metadata

    def step_async(self, actions: Sequence[Any]) -> None:
        """
        Hand every environment its action.

        :param actions: one action an environment, in their order
        :raises AlreadySteppingError: when a step is under way
        :raises RuntimeError: when a process has ended
        """
        if self.waiting:
            raise AlreadySteppingError()
        actions = actions_of_envs(actions, self.num_envs)
        self._require_open()
        for worker in self._workers:
            worker.drop_answers()
        for worker, action in zip(self._workers, actions):
            worker.send('step', action)
        self.waiting, self._results = True, None

    def step_wait(self) -> StepResult:
        """
        Fetch the step that ``step_async`` began.

        :return: as ``VecEnv.step_wait``
        :raises NotSteppingError: when no step is under way
        :raises RuntimeError: when an environment raised (names it, with the traceback of its process), or when a
            process ended (names it, with its exit code)
        """
        if not self.waiting:
            raise NotSteppingError()
        try:
            results = self._fetch_step()
        finally:
            self.waiting, self._results = False, None
        observations, rewards, dones, infos = zip(*results)
        return self._batch(observations), np.array(rewards, np.float32), np.array(dones, np.bool_), list(infos)

    def reset(self) -> np.ndarray:
        self.waiting, self._results = False, None
        return self._batch(self._ask_all('reset'))

    def seed(self, seed: Optional[int] = None) -> List[Any]:
        return self._ask_each([('seed', None if seed is None else seed + index) for index in range(self.num_envs)])

    def get_images(self) -> List[np.ndarray]:
        return self._ask_all('image')

    def get_attr(self, attr_name: str, indices: Indices = None) -> List[Any]:
        return self._ask_all('get_attr', attr_name, indices=indices)

    def time_limits(self) -> List[Optional[int]]:
        return self._ask_all('time_limit')

    def set_attr(self, attr_name: str, value: Any, indices: Indices = None) -> None:
        self._ask_all('set_attr', attr_name, value, indices=indices)

    def env_method(self, method_name: str, *method_args, indices: Indices = None, **method_kwargs) -> List[Any]:
        return self._ask_all('env_method', method_name, method_args, method_kwargs, indices=indices)

    def close(self) -> None:
        """
        Close the environments and end their processes, by force those that do not end within seconds. Calling it again
        does nothing.
        """
        if self.closed:
            return
        self.closed, self.waiting = True, False
        for worker in self._workers:
            worker.hang_up()
        processes = [worker.process for worker in self._workers]
        for end, patience in ((lambda process: None, _CLOSE_SECONDS), (_terminate, _TERMINATE_SECONDS),
                              (_kill, _TERMINATE_SECONDS)):
            for process in processes:
                end(process)
            deadline = time.monotonic() + patience
            for process in processes:
                process.join(max(deadline - time.monotonic(), 0.0))

    def _require_open(self) -> None:
        if self.closed:
            raise RuntimeError('this SubprocVecEnv is closed: its processes have ended. Make a new one.')

    def _batch(self, observations: Sequence[Any]) -> np.ndarray:
        batch = np.empty((self.num_envs,) + tuple(self.observation_space.shape or ()), self.observation_space.dtype)
        for index, observation in enumerate(observations):
            batch[index] = observation
        return batch

    def _fetch_step(self) -> List[Any]:
        if self._results is None:
            self._results = _receive_all(self._workers)
        return self._results

    def _ask_all(self, command: str, *arguments: Any, indices: Indices = None) -> List[Any]:
        self._require_open()
        chosen = self._workers if indices is None else [self._workers[index] for index in self._get_indices(indices)]
        return self._ask([(worker, (command,) + arguments) for worker in chosen])

    def _ask_each(self, requests: Sequence[Sequence[Any]]) -> List[Any]:
        self._require_open()
        return self._ask(list(zip(self._workers, requests)))

    def _ask(self, requests: Sequence[Any]) -> List[Any]:
        if self.waiting:
            self._fetch_step()  # its answers come first; step_wait() shall find them
        for worker in self._workers:
            worker.drop_answers()
        for worker, request in requests:
            worker.send(*request)
        return _receive_all([worker for worker, _ in requests])


def _context(start_method: Optional[str]) -> Any:
    known = multiprocessing.get_all_start_methods()
    if start_method is None:
        start_method = 'forkserver' if 'forkserver' in known else 'spawn'
    if start_method not in known:
        raise ValueError('start_method={!r} is unknown here; use one of {}.'.format(
            start_method, ', '.join(map(repr, known))))
    return multiprocessing.get_context(start_method)


def _receive_all(workers: Sequence[WorkerHandle]) -> List[Any]:
    """
    :param workers: each of which was asked something
    :return: their answers
    :raises WorkerLost: at once when a process ended
    :raises EnvironmentRaised: when an environment did, after all have answered
    """
    answers, failure = [], None
    for worker in workers:
        try:
            answers.append(worker.receive())
        except EnvironmentRaised as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return answers


def _terminate(process: Any) -> None:
    if process.is_alive():
        process.terminate()


def _kill(process: Any) -> None:
    if process.is_alive():
        process.kill()
