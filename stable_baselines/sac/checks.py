"""Are SAC's settings usable?"""
from typing import Any

import numpy as np

from stable_baselines.common.schedules import get_schedule_fn
from stable_baselines.sac.temperature import read_ent_coef

_WHOLE_NUMBERS = (('buffer_size', 1), ('learning_starts', 0), ('train_freq', 1), ('batch_size', 1),
                  ('gradient_steps', 1), ('target_update_interval', 1))
_SHARES = ('gamma', 'tau', 'random_exploration')


def check_settings(model: Any) -> None:
    """
    :param model: a SAC model
    :raises ValueError: naming the first setting that is out of range
    :raises TypeError: when ``learning_rate`` or ``action_noise`` is of a wrong kind
    """
    for name, least in _WHOLE_NUMBERS:
        value = getattr(model, name)
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError('{}={!r}: expected a whole number, {} or more'.format(name, value, least))
    for name in _SHARES:
        value = getattr(model, name)
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value <= 1:
            raise ValueError('{}={!r}: expected a number from 0 to 1'.format(name, value))
    if model.batch_size > model.buffer_size:
        raise ValueError('batch_size={} is larger than buffer_size={}: a batch could never be drawn. Choose a larger '
                         'buffer or a smaller batch.'.format(model.batch_size, model.buffer_size))
    _check_learning_rate(model.learning_rate)
    read_ent_coef(model.ent_coef)
    if model.action_noise is not None and not callable(model.action_noise):
        raise TypeError('action_noise={!r}: expected None or a noise that is called for its next value, such as '
                        'NormalActionNoise'.format(model.action_noise))


def _check_learning_rate(learning_rate: Any) -> None:
    get_schedule_fn(learning_rate, 'learning_rate')
    if not callable(learning_rate) and not (np.isfinite(learning_rate) and learning_rate >= 0):
        raise ValueError('learning_rate={!r}: expected a number, 0 or more, or a function of the part of training '
                         'still ahead'.format(learning_rate))
