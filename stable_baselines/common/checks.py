"""Checks of arguments: one clear message each, before anything is built."""
import math
import operator
from typing import Any, List

import numpy as np

__all__ = ['check_whole', 'check_number', 'check_flag', 'check_layers', 'layer_sizes', 'check_options',
           'check_demonstrations']


def check_whole(name: str, value: Any, least: int) -> None:
    """
    :param name: the argument
    :param value: what was given for it
    :param least: the lowest number allowed
    :raises ValueError: unless it is a whole number, and at least that
    """
    try:
        good = not isinstance(value, (bool, np.bool_)) and operator.index(value) >= least
    except TypeError:
        good = False
    if not good:
        raise ValueError('{}={!r}: expected a whole number, {} or more'.format(name, value, least))


def check_number(name: str, value: Any, least: float = -math.inf, most: float = math.inf, above: bool = False) -> None:
    """
    :param name: the argument
    :param value: what was given for it
    :param least: the lowest number allowed
    :param most: the highest number allowed
    :param above: whether the lowest number itself is not allowed
    :raises ValueError: unless it is a finite number within these bounds
    """
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if is_number and math.isfinite(value) and least <= value <= most and not (above and value == least):
        return
    raise ValueError('{}={!r}: expected {}'.format(name, value, _expected(least, most, above)))


def _expected(least: float, most: float, above: bool) -> str:
    if least == -math.inf:
        return 'a finite number'
    if most == math.inf:
        return 'a number above {:g}'.format(least) if above else 'a number, {:g} or more'.format(least)
    return 'a number {} {:g} {} {:g}'.format('above' if above else 'from', least, 'and up to' if above else 'to', most)


def check_flag(name: str, value: Any) -> None:
    """
    :param name: the argument
    :param value: what was given for it
    :raises ValueError: unless it is True or False; text such as 'False' would count as True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError('{}={!r}: expected True or False'.format(name, value))


def check_layers(name: str, value: Any) -> None:
    """
    :param name: the argument
    :param value: what was given for it
    :raises ValueError: unless it is None or a list or tuple of whole numbers from 1
    """
    if value is None:
        return
    try:
        if not isinstance(value, (list, tuple)):
            raise ValueError('{} found'.format(type(value).__name__))
        for size in value:
            check_whole('size of a layer', size, 1)
    except ValueError as error:
        raise ValueError('{}={!r}: {}. Give a list of the sizes of the hidden layers, such as [100, 100], [] for none, '
                         'or None for the default.'.format(name, value, error)) from None


def layer_sizes(name: str, value: Any) -> List[int]:
    """
    :param name: the argument
    :param value: what was given for it
    :return: the sizes of layers
    :raises ValueError: unless it is a sequence of whole numbers from 1
    """
    try:
        sizes = list(value)
        for size in sizes:
            check_whole('size of a layer', size, 1)
    except (TypeError, ValueError) as error:
        raise ValueError('{}={!r}: {}. Give a list of the sizes of layers, such as [64, 64].'.format(
            name, value, error)) from None
    return [int(size) for size in sizes]


def check_options(name: str, value: Any) -> None:
    """
    :param name: the argument
    :param value: what was given for it
    :raises ValueError: unless it is a dictionary with strings as keys
    """
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValueError('{}={!r}: expected a dictionary of options by name, such as dict(net_arch=[64, 64])'.format(
            name, value))


def check_demonstrations(name: str, dataset: Any, needs_actions: bool = True, advice: str = '') -> None:
    """
    :param name: the argument
    :param dataset: what was given for it
    :param needs_actions: whether observations alone will not do
    :param advice: what else to do without actions
    :raises TypeError: unless it gives batches of demonstrations
    :raises ValueError: when it has no actions and needs them
    """
    if not all(hasattr(dataset, method) for method in ('validate', 'init_dataloader', 'get_next_batch')):
        raise TypeError('{}={!r}: an ExpertDataset expected, {} found. Make one of a file by '
                        'ExpertDataset(expert_path=...).'.format(name, dataset, type(dataset).__name__))
    if needs_actions and not getattr(dataset, 'has_actions', True):
        raise ValueError("{}: it holds observations without actions (no key 'actions'), and these are needed here. "
                         'Record them{}.'.format(name, advice))
