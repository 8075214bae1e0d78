"""Keeps the faults of a model's file apart from those of a program: one kind of exception, which names the file."""
import contextlib
import random
from typing import Any, Dict, Iterator, Type

import numpy as np

from stable_baselines.common.checks import check_number, check_whole
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.space_description import is_space
from stable_baselines.common.tf1 import tf

__all__ = ['FORMAT_VERSION', 'blaming', 'check_description', 'check_version', 'generators_back_on_failure']

FORMAT_VERSION = 1
# What damaged values lead to where a graph is built of them, or an array is put in its place.
_FAULTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RuntimeError,
           MemoryError, tf.errors.OpError)
_MOST = 500  # characters of a message about what is in a file


@contextlib.contextmanager
def blaming(source: Any, what: str, error_type: Type[ValueError] = FileFormatError) -> Iterator[None]:
    """
    :param source: the file whose content is used within the context
    :param what: what is wrong with it when that fails
    :param error_type: what to raise
    :return: context manager
    :raises ValueError: of that type, in place of any exception that damaged values lead to
    """
    try:
        yield
    except _FAULTS as error:
        raise error_type('{}: {}. {}'.format(source, what, _reason(error))) from error


def _reason(error: Exception) -> str:
    text = str(error)
    if not text or not isinstance(error, (ValueError, RuntimeError)):
        text = '{}: {}'.format(type(error).__name__, text)
    return text if len(text) <= _MOST else text[:_MOST] + '...'


@contextlib.contextmanager
def generators_back_on_failure() -> Iterator[None]:
    """
    Building a model seeds the generators that programs share. When it fails in the end, they are as they were.

    :return: context manager
    """
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        yield
    except BaseException:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
        raise


def check_version(source: Any, data: Dict[str, Any]) -> None:
    """
    :param source: the file
    :param data: what it holds
    :raises FileFormatError: when it is of a format to come
    """
    version = data.get('format_version', FORMAT_VERSION)  # stable-baselines notes none
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise FileFormatError('{}: it has format {}, and this library reads formats up to {}. It was written by '
                              'version {}: install that one, or a newer one.'.format(
                                  source, repr(version)[:100], FORMAT_VERSION,
                                  str(data.get('library_version', 'unknown'))[:100]))


def check_description(source: Any, data: Dict[str, Any], algorithm: str) -> None:
    """
    :param source: the file
    :param data: what it holds
    :param algorithm: name of the model's class
    :raises FileFormatError: when that is no such model, or what describes it is none
    """
    check_version(source, data)
    saved = data.get('algorithm', algorithm)
    if saved != algorithm:
        raise FileFormatError('{0}: holds a {1} model; load it with {1}.load'.format(source, str(saved)[:100]))
    if 'policy' not in data:
        raise FileFormatError("{}: holds no {} model: it names no 'policy'.".format(source, algorithm))
    with blaming(source, 'no model can be made of it'):
        check_number('num_timesteps', data.get('num_timesteps', 0), 0)
        if not isinstance(data.get('verbose', 0), (bool, np.bool_)):
            check_number('verbose', data.get('verbose', 0))
        if data.get('n_envs') is not None:
            check_whole('n_envs', data['n_envs'], 1)
        for name in ('observation_space', 'action_space'):
            space = data.get(name)
            if space is not None and not is_space(space) and not isinstance(space, spaces.Space):
                raise ValueError('{}={!r}: expected a space of gym'.format(name, space))
