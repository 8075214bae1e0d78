"""Are TRPO's settings usable?"""
from typing import Any

from stable_baselines.common.checks import check_number, check_whole
from stable_baselines.common.observation_filter import check_filter
from stable_baselines.common.schedules import check_rate


def check_settings(model: Any) -> None:
    """
    :param model: a TRPO model
    :raises ValueError: naming the first setting that is out of range
    """
    for name, least in (('timesteps_per_batch', 1), ('cg_iters', 1), ('vf_iters', 0), ('sequence_length', 1)):
        check_whole(name, getattr(model, name), least)
    for name in ('gamma', 'lam'):
        check_number(name, getattr(model, name), 0.0, 1.0)
    for name in ('cg_damping', 'vf_stepsize'):
        check_number(name, getattr(model, name), 0.0)
    check_rate('max_kl', model.max_kl, above=True)
    check_number('entcoeff', model.entcoeff)
    check_filter('observation_normalization', model.observation_normalization, model.observation_filters,
                 model.observation_space)
