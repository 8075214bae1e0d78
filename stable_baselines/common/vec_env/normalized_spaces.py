"""Which observations running statistics are for, and what space they are in once normalized."""
from typing import Any

import numpy as np

from stable_baselines.common.gym_api import space_name, spaces

__all__ = ['counted_when_off', 'normalized_space']


def normalized_space(space: Any, norm_obs: bool, clip_obs: float) -> Any:
    """
    :param space: of the observations
    :param norm_obs: whether they are normalized
    :param clip_obs: largest absolute value afterwards
    :return: the space that they are declared to have afterwards: that of floats stays as it was, as in
        stable-baselines, whose models were saved with it
    :raises ValueError: when they are no numbers to scale
    """
    if not norm_obs:
        return space
    if not isinstance(space, spaces.Box) or (space.dtype == np.uint8 and len(space.shape) == 3):
        raise ValueError('norm_obs=True: observations {} cannot be normalized{}. Use norm_obs=False.'.format(
            space_name(space), '; policies scale images themselves' if isinstance(space, spaces.Box)
            else ', only those of a Box can'))
    if space.dtype.kind == 'f':
        return space
    return spaces.Box(-clip_obs, clip_obs, space.shape, dtype=np.float32)


def counted_when_off(space: Any) -> bool:
    """
    :param space: of the observations
    :return: whether they are counted although they are not normalized, so that this can be switched on later: vectors
        of numbers. To count images would take longer than the environment's step
    """
    return isinstance(space, spaces.Box) and len(space.shape) == 1
