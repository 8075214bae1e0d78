"""A process that steps one environment.

This module is imported by every worker: it must not bring TensorFlow with it.
"""
import contextlib
import gc
import os
import select
import signal
import threading
import time
import traceback
from typing import Any, Sequence, Tuple

from stable_baselines.common import mpi
from stable_baselines.common.vec_env.cloudpickle_wrapper import CloudpickleWrapper
from stable_baselines.common.vec_env.dummy_vec_env import DummyVecEnv

__all__ = ['work']

_LEAVE_SECONDS = 2.0  # for an environment's close(), when nobody holds the other end of the pipe any more


def work(remote: Any, inherited: Sequence[Any], index: int, rank: int, env_fn: CloudpickleWrapper) -> None:
    """
    Serve requests until told to stop, or until nobody is left to make any.

    :param remote: the worker's end of the pipe
    :param inherited: ends of pipes that are none of its business
    :param index: number of the environment
    :param rank: the MPI worker that the process belongs to
    :param env_fn: builds the environment
    """
    gc.freeze()  # what a fork has inherited is its parent's to clear away
    gc.enable()
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
