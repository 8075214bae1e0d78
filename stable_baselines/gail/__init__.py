"""
Generative adversarial imitation learning and its demonstrations.

The names below are found on first use: what only looks at a file of demonstrations would otherwise load TensorFlow.
"""
from importlib import import_module
from typing import Any, List

_OF_DATASET = ('DataLoader', 'ExpertDataset', 'from_imitation', 'generate_expert_traj', 'read_demonstrations',
               'record_human', 'to_imitation', 'write_demonstrations')

__all__ = ['GAIL', 'DataLoader', 'ExpertDataset', 'from_imitation', 'generate_expert_traj', 'read_demonstrations',
           'record_human', 'to_imitation', 'write_demonstrations']


def __getattr__(name: str) -> Any:
    if name == 'GAIL':
        return import_module('stable_baselines.gail.model').GAIL
    if name in _OF_DATASET:
        return getattr(import_module('stable_baselines.gail.dataset'), name)
    if name in ('adversary', 'dataset', 'model'):  # stable-baselines' modules, which were always loaded there
        return import_module('stable_baselines.gail.' + name)
    raise AttributeError('module {!r} has no attribute {!r}'.format(__name__, name))


def __dir__() -> List[str]:
    return sorted(set(globals()) | set(__all__))
