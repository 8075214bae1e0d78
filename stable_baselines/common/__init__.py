"""What the algorithms share. The names below are found on first use, so that no module loads all others."""
from importlib import import_module
from typing import Any

_HOMES = {
    'base_class': ('ActorCriticRLModel', 'BaseRLModel', 'OffPolicyRLModel', 'SetVerbosity', 'TensorboardWriter'),
    'cmd_util': ('make_vec_env',),
    'console_util': ('colorize', 'fmt_item', 'fmt_row'),
    'dataset': ('Dataset',),
    'math_util': ('discount', 'discount_with_boundaries', 'explained_variance', 'explained_variance_2d',
                  'flatten_arrays', 'unflatten_vector'),
    'misc_util': ('boolean_flag', 'set_global_seeds', 'zipsame'),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError('module {!r} has no attribute {!r}'.format(__name__, name))
    return getattr(import_module('{}.{}'.format(__name__, _HOME_OF[name])), name)
