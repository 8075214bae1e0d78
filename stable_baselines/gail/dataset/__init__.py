"""
Demonstrations: load them, give them out in batches, record them from an expert or a human, convert them.

The names below are found on first use, so that ``python -m stable_baselines.gail.dataset FILE`` starts at once.
"""
from importlib import import_module
from typing import Any, List

_HOME_OF = {'DataLoader': 'dataset', 'ExpertDataset': 'dataset', 'from_imitation': 'formats.imitation_format',
            'generate_expert_traj': 'record_expert', 'read_demonstrations': 'formats.registry',
            'record_human': 'human.record_human', 'to_imitation': 'formats.imitation_format',
            'write_demonstrations': 'formats.registry'}

__all__ = ['DataLoader', 'ExpertDataset', 'from_imitation', 'generate_expert_traj', 'read_demonstrations',
           'record_human', 'to_imitation', 'write_demonstrations']


def __getattr__(name: str) -> Any:
    if name in ('dataset', 'record_expert'):  # stable-baselines' modules, which were always loaded there
        return import_module('{}.{}'.format(__name__, name))
    if name not in _HOME_OF:
        raise AttributeError('module {!r} has no attribute {!r}'.format(__name__, name))
    return getattr(import_module('{}.{}'.format(__name__, _HOME_OF[name])), name)


def __dir__() -> List[str]:
    return sorted(set(globals()) | set(__all__))
