"""What callbacks find in ``locals`` of a step: the table is in the documentation, on the page of callbacks."""
from typing import Any, Dict

__all__ = ['with_single_names']

# Of a single environment, the name there of what has a row for each environment here. stable-baselines' TRPO and GAIL
# know one environment only, and call these values so; its ``observation`` is that after the step.
_SINGLE_NAMES = (('observation', 'new_obs'), ('action', 'actions'), ('clipped_action', 'clipped_actions'),
                 ('reward', 'rewards'), ('true_reward', 'rewards'), ('done', 'dones'), ('info', 'infos'))


def with_single_names(batch: Dict[str, Any]) -> Dict[str, Any]:
    """
    :param batch: ``obs``, ``new_obs``, ``actions``, ``clipped_actions``, ``rewards``, ``dones`` and ``infos`` of one
        step, each with a row an environment
    :return: the same, and the names of single values: the values where there is one environment, else all of them
    """
    if len(batch['dones']) == 1:
        single = {name: batch[source][0] for name, source in _SINGLE_NAMES}
    else:
        single = {name: batch[source] for name, source in _SINGLE_NAMES}
    single.update(batch)
    return single
