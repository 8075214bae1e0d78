"""What a training needs besides parameters to go on as if nothing had happened: optimizers' moments, generators."""
from typing import Any, Dict, Mapping, Sequence

import numpy as np

from stable_baselines.common.parameters import as_shaped_now, assign_values
from stable_baselines.common.tf1 import tf

__all__ = ['read_training_state', 'write_training_state']

State = Dict[str, np.ndarray]
_KEYS = 624  # of the Mersenne Twister
_GENERATOR = 'generator/'


def read_training_state(sess: tf.Session, variables: Sequence[tf.Variable], generators: Mapping[str, Any]) -> State:
    """
    :param sess: where the variables live
    :param variables: of optimizers
    :param generators: by name; numpy.random.RandomState, or the module numpy.random for the global one
    :return: arrays by name
    """
    state = {variable.name: np.array(value) for variable, value in zip(variables, sess.run(list(variables)))}
    for name, generator in generators.items():
        _, keys, *rest = generator.get_state()
        state[_GENERATOR + name + '/keys'] = np.array(keys, np.uint32)
        state[_GENERATOR + name + '/place'] = np.array(rest, np.float64)
    return state


def write_training_state(sess: tf.Session, variables: Sequence[tf.Variable], generators: Mapping[str, Any],
                         state: Mapping[str, np.ndarray]) -> None:
    """
    Put back what ``read_training_state`` gave; all of it, or nothing when something does not fit.

    :param sess: where the variables live
    :param variables: of optimizers
    :param generators: by name
    :param state: arrays by name; those of other names are left alone, and so is what has none
    :raises ValueError: when an array has another shape than what it is for
    """
    values, states = [], {}
    for variable in variables:
        if variable.name in state:
            shape = tuple(variable.shape.as_list())
            value = as_shaped_now(state[variable.name], shape)
            if value.shape != shape or value.dtype.kind != 'f':
                raise ValueError('{!r} has shape {} and type {}, {} is needed'.format(
                    variable.name, value.shape, value.dtype, variable.shape))
            values.append((variable, value))
    for name in generators:
        if _GENERATOR + name + '/keys' in state:
            states[name] = _generator_state(name, state)
    assign_values(sess, values)
    for name, found in states.items():
        generators[name].set_state(found)


def _generator_state(name: str, state: Mapping[str, np.ndarray]) -> Any:
    keys, place = [np.asarray(state.get(_GENERATOR + name + part, [])) for part in ('/keys', '/place')]
    good = keys.shape == (_KEYS,) and keys.dtype == np.uint32 and place.shape == (3,) and place.dtype.kind == 'f'
    if not good or not np.isfinite(place).all() or not 0 <= place[0] <= _KEYS or place[1] not in (0, 1):
        raise ValueError('the state of the generator {!r} is none'.format(name))
    return 'MT19937', keys, int(place[0]), int(place[1]), float(place[2])
