"""What callbacks find in ``locals`` of a step: the table is in the documentation, on the page of callbacks."""
from typing import Any, Dict

__all__ = ['with_single_names']


def with_single_names(batch: Dict[str, Any]) -> Dict[str, Any]:
    """
    stable-baselines' TRPO and GAIL know one environment only; what they call ``observation`` is that after the step.

    :param batch: ``obs``, ``new_obs``, ``actions``, ``clipped_actions``, ``rewards``, ``dones`` and ``infos`` of one
        step, each with a row an environment
    :return: the same, and the names of single values: the values where there is one environment, else all of them
    """
    observation, action, executed = batch['new_obs'], batch['actions'], batch['clipped_actions']
    reward, done, info = batch['rewards'], batch['dones'], batch['infos']
    if len(info) == 1:  # spelled out, since this is done in every step
        observation, action, executed = observation[0], action[0], executed[0]
        reward, done, info = reward[0], done[0], info[0]
    return dict(batch, observation=observation, action=action, clipped_action=executed, reward=reward,
                true_reward=reward, done=done, info=info)
