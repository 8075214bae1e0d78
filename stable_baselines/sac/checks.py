"""Are SAC's settings usable?"""
from typing import Any

from stable_baselines.common.checks import check_number, check_whole
from stable_baselines.common.schedules import check_rate, get_schedule_fn
from stable_baselines.sac.temperature import read_ent_coef


def check_settings(model: Any) -> None:
    """
    :param model: a SAC model
    :raises ValueError: naming the first setting that is out of range
    :raises TypeError: when ``learning_rate`` or ``action_noise`` is of a wrong kind
    """
    check_whole('learning_starts', model.learning_starts, 0)
    for name in ('buffer_size', 'batch_size', 'train_freq', 'gradient_steps', 'target_update_interval'):
        check_whole(name, getattr(model, name), 1)
    for name in ('gamma', 'tau', 'random_exploration'):
        check_number(name, getattr(model, name), 0.0, 1.0)
    if model.batch_size > model.buffer_size:
        raise ValueError('batch_size={} is larger than buffer_size={}: a batch could never be drawn. Choose a larger '
                         'buffer or a smaller batch.'.format(model.batch_size, model.buffer_size))
    get_schedule_fn(model.learning_rate, 'learning_rate')  # its error, when it is nothing of the kind
    check_rate('learning_rate', model.learning_rate)
    read_ent_coef(model.ent_coef)
    if model.random_start not in (None, True, False):
        raise ValueError('random_start={!r}: expected True, False or None'.format(model.random_start))
    if model.action_noise is not None and not callable(model.action_noise):
        raise TypeError('action_noise={!r}: expected None or a noise that is called for its next value, such as '
                        'NormalActionNoise'.format(model.action_noise))
