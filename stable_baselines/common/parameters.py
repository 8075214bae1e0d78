"""Reads and writes a model's variables by name, all or none."""
from collections import OrderedDict
from typing import Any, Dict, Iterable, List, Sequence, Tuple

import numpy as np

from stable_baselines.common.tf1 import tf


class ParameterStore:
    """
    The variables that make up a model.

    :param sess: where they live
    :param variables: the variables, in the order in which files list them
    :param optional: names of those that older files lack
    """

    def __init__(self, sess: tf.Session, variables: Sequence[tf.Variable], optional: Sequence[str] = ()):
        self._sess = sess
        self._variables = OrderedDict((variable.name, variable) for variable in variables)
        self._optional = set(optional)

    def read(self) -> 'OrderedDict[str, np.ndarray]':
        """
        :return: name -> value
        """
        values = self._sess.run(list(self._variables.values()))
        return OrderedDict((name, np.array(value)) for name, value in zip(self._variables, values))

    def write(self, values: Any, exact_match: bool = True) -> List[str]:
        """
        Assign values. Nothing is assigned unless all of them fit.

        :param values: name -> value, or values in the order of ``read``
        :param exact_match: every variable must have a value
        :return: names of the variables that got none
        :raises RuntimeError: for a name that is unknown or missing
        :raises ValueError: for a value of another shape, or that is no number or holds NaN
        """
        named = self._named(values)
        missing = [name for name in self._variables if name not in named]
        if exact_match and not set(missing) <= self._optional:
            raise RuntimeError('parameters: no value for {}. Pass all of them, or exact_match=False to leave these as '
                               'they are.'.format(_some([name for name in missing if name not in self._optional])))
        assign_values(self._sess, [(self._variables[name], self._fitting(name, value))
                                   for name, value in named.items()])
        return missing

    def _named(self, values: Any) -> Dict[str, Any]:
        if isinstance(values, dict):
            unknown = [name for name in values if name not in self._variables]
            if unknown:
                raise RuntimeError('parameters: {} not known to this model, whose parameters are {}'.format(
                    _some(unknown), _some(self._variables)))
            return values
        if not isinstance(values, (list, tuple)) or len(values) != len(self._variables):
            raise ValueError('parameters: a dictionary by name, or a list of all {} values expected, {} found'.format(
                len(self._variables), 'a list of {}'.format(len(values)) if isinstance(values, (list, tuple))
                else type(values).__name__))
        return dict(zip(self._variables, values))

    def _fitting(self, name: str, value: Any) -> np.ndarray:
        expected = tuple(int(size) for size in self._variables[name].shape)
        array = as_shaped_now(np.asarray(value), expected)
        if array.shape != expected or array.dtype.kind not in 'biuf':
            raise ValueError('parameters: {} has shape {} here, a value of shape {} and type {} was given'.format(
                name, expected, array.shape, array.dtype))
        n_bad = int(np.isnan(array).sum()) if array.dtype.kind == 'f' else 0
        if n_bad:
            raise ValueError('parameters: {} of {} numbers of {} are NaN, and a model with them can judge nothing. '
                             'Training had diverged when they were read; use earlier ones.'.format(
                                 n_bad, array.size, name))
        return array


def as_shaped_now(array: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """
    The biases of convolutions are of shape [1, n, 1, 1], as in stable-baselines; older files of this library hold them
    as [1, 1, 1, n].

    :param array: what a file holds
    :param shape: of the variable
    :return: the array, in that shape where it is such a bias
    """
    if array.ndim == 4 and array.shape[:3] == (1, 1, 1) and tuple(shape) == (1, array.shape[3], 1, 1):
        return array.reshape(shape)
    return array


def assign_values(sess: tf.Session, values: Sequence[Tuple[tf.Variable, np.ndarray]]) -> None:
    """
    Without operations made for it: an initializer that is fed assigns what it is fed.

    :param sess: where the variables live
    :param values: variables, each with an array that fits
    """
    steps = [(variable.initializer, {variable.initializer.inputs[1].name: value}) for variable, value in values]
    feed = {name: value for _, feeds in steps for name, value in feeds.items()}
    if len(feed) == len(steps):
        steps = [([initializer for initializer, _ in steps], feed)]
    # else variables of the user's own begin with one tensor
    for initializers, feeds in steps:
        sess.run(initializers, feeds)


def _some(names: Iterable[Any], most: int = 8) -> str:
    names = list(map(str, names))
    more = ' and {} more'.format(len(names) - most) if len(names) > most else ''
    return ', '.join(names[:most]) + more
