"""Do demonstrations fit the spaces of an environment, and what to do with actions outside of their bounds?"""
from typing import Any

import numpy as np

from stable_baselines.common.gym_api import space_name

__all__ = ['OUT_OF_BOUNDS', 'check_fit', 'checked_rule', 'inside_bounds']

OUT_OF_BOUNDS = ('allow', 'clip', 'refuse')


def check_fit(rows: np.ndarray, space: Any, kind: str, source: str) -> None:
    """
    :param rows: shape [N, ...], numbers
    :param space: of gym or gymnasium: Box, Discrete, MultiDiscrete or MultiBinary
    :param kind: 'observation' or 'action', for messages
    :param source: where the rows come from, for messages
    :raises ValueError: when the rows have another shape, or hold other values than a discrete space or a Box of whole
        numbers has
    """
    shape = _row_shape(space)
    if shape is None:
        raise ValueError("The environment's {} space {} cannot be imitated; Box, Discrete, MultiDiscrete and "
                         'MultiBinary can.'.format(kind, space_name(space)))
    found = rows.shape[1:]
    discrete = type(space).__name__ == 'Discrete'
    if found != shape and not (discrete and found == (1,)):
        raise ValueError("{}: {}s have shape {} but the environment's {} space is {}, with shape {}; demonstrations of "
                         'such an environment are needed.'.format(source, kind, found, kind, space_name(space), shape))
    if type(space).__name__ == 'Box':
        _check_type(rows, space, kind, source)
    else:
        _check_categories(rows.reshape(len(rows), -1), space, kind, source)


def _row_shape(space: Any) -> Any:
    """
    :param space: of gym or gymnasium
    :return: shape of one of its elements, None for a kind that is not supported
    """
    name = type(space).__name__
    if name == 'Discrete':
        return ()
    return tuple(space.shape) if name in ('Box', 'MultiDiscrete', 'MultiBinary') else None


def _check_type(rows: np.ndarray, space: Any, kind: str, source: str) -> None:
    """
    Images as floats from 0 to 1 would become black in a space of whole numbers, and nobody would notice.

    :param rows: shape [N, ...]
    :param space: a Box
    :param kind: 'observation' or 'action', for messages
    :param source: for messages
    :raises ValueError: when the space's type is one of whole numbers, and the rows hold others or larger ones
    """
    if space.dtype.kind not in 'iu' or rows.dtype == space.dtype:
        return
    limits = np.iinfo(space.dtype)
    wrong = (rows < limits.min) | (rows > limits.max)
    if rows.dtype.kind == 'f':
        wrong |= rows != np.floor(rows)
    if wrong.any():
        raise ValueError("{}: {} {} in row {} does not fit the environment's {} space {}, which needs whole numbers "
                         'from {} to {}. Do not scale images: networks do that themselves.'.format(
                             source, kind, rows[wrong][0], np.argwhere(wrong)[0][0], kind, space_name(space),
                             limits.min, limits.max))


def _check_categories(rows: np.ndarray, space: Any, kind: str, source: str) -> None:
    """
    :param rows: shape [N, K]
    :param space: Discrete, MultiDiscrete or MultiBinary
    :param kind: 'observation' or 'action', for messages
    :param source: for messages
    :raises ValueError: names the first row that holds something else than the space's whole numbers
    """
    first = getattr(space, 'start', 0)
    sizes = {'Discrete': lambda: space.n, 'MultiDiscrete': lambda: np.ravel(space.nvec), 'MultiBinary': lambda: 2}
    size = sizes[type(space).__name__]()
    wrong = np.argwhere((rows < first) | (rows >= first + size) | (rows != np.floor(rows)))
    if len(wrong):
        row, column = wrong[0]
        last = np.broadcast_to(first + size - 1, rows.shape[1])[column]
        raise ValueError("{}: {} {} in row {} does not fit the environment's {} space {}, which needs whole numbers "
                         'from {} to {} there.'.format(source, kind, rows[row, column], row, kind, space_name(space),
                                                       first, last))


def checked_rule(out_of_bounds: Any) -> str:
    """
    :param out_of_bounds: as given by the caller
    :return: the same
    :raises ValueError: unless it is one of the rules
    """
    if out_of_bounds not in OUT_OF_BOUNDS:
        raise ValueError('out_of_bounds={!r} is unknown; use one of {}.'.format(
            out_of_bounds, ', '.join(map(repr, OUT_OF_BOUNDS))))
    return out_of_bounds


def inside_bounds(actions: np.ndarray, space: Any, rule: str, source: str) -> np.ndarray:
    """
    Apply a rule to actions outside the bounds of a Box. What is rounded to the bound in the space's own type is inside.

    :param actions: shape [N, ...], which ``check_fit`` has let pass
    :param space: the action space
    :param rule: 'allow', 'clip' or 'refuse'
    :param source: where the actions come from, for messages
    :return: the same array where nothing changes, otherwise clipped actions
    :raises ValueError: for 'refuse'; names the first such action and how many there are
    """
    if rule == 'allow' or type(space).__name__ != 'Box':
        return actions
    rounded = actions.astype(space.dtype)
    outside = (rounded < space.low) | (rounded > space.high)
    if not outside.any():
        return actions
    if rule == 'refuse':
        place = tuple(np.argwhere(outside)[0])
        count = int(outside.reshape(len(outside), -1).any(axis=1).sum())
        raise ValueError("{}: action {} in row {}, element {}, is outside of the environment's action space {}, which "
                         "goes from {} to {} there; {} of {} rows are outside. Use out_of_bounds='clip' to clip them, "
                         "or 'allow'.".format(source, actions[place], place[0], list(map(int, place[1:])),
                                              space_name(space), space.low[place[1:]], space.high[place[1:]], count,
                                              len(outside)))
    # A type that holds the bounds exactly: a bound of float32 rounded to float16 could be outside again.
    wide = np.result_type(actions.dtype, space.dtype)
    return np.where(outside, np.clip(rounded, space.low, space.high).astype(wide), actions.astype(wide))
