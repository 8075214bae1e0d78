"""
Imitation learning and reinforcement learning: GAIL, TRPO and SAC behind stable-baselines' interface.

The names below are found on first use: a worker process of ``SubprocVecEnv`` that only steps an environment would
otherwise spend seconds, and half a gigabyte, on TensorFlow.
"""
from importlib import import_module
from typing import Any, List

from stable_baselines.version import __version__

_HOME_OF = {'GAIL': 'gail', 'SAC': 'sac', 'TRPO': 'trpo_mpi'}
_SUBMODULES = ('bench', 'common', 'gail', 'logger', 'results_plotter', 'sac', 'trpo_mpi')

__all__ = ['GAIL', 'SAC', 'TRPO', '__version__']


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module('stable_baselines.' + _HOME_OF[name]), name)
    if name in _SUBMODULES:
        return import_module('stable_baselines.' + name)
    raise AttributeError('module {!r} has no attribute {!r}'.format(__name__, name))


def __dir__() -> List[str]:
    return sorted(set(globals()) | set(_HOME_OF) | set(_SUBMODULES))
