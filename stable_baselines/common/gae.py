"""Generalized advantage estimation (Schulman et al. 2015, arXiv:1506.02438)."""
from typing import Any, Dict, Tuple

import numpy as np


def advantages_and_returns(rewards: np.ndarray, values: np.ndarray, next_values: np.ndarray, ends: np.ndarray,
                           gamma: float, lam: float) -> Tuple[np.ndarray, np.ndarray]:
    """
    Advantages by equation 16 and TD(lambda) returns, one column an environment.

    :param rewards: shape [T, n_env]
    :param values: V(s_t), shape [T, n_env]
    :param next_values: what follows step t: V(s_{t+1}), 0 after a terminal state, V of the last observation where a
        time limit cut the episode; shape [T, n_env]
    :param ends: whether an episode ended with step t, for either reason; shape [T, n_env]
    :param gamma: discount
    :param lam: weight of longer looks ahead
    :return: advantages and returns, float32, shape [T, n_env] each
    """
    deltas = rewards.astype(np.float64) + gamma * next_values - values
    decays = gamma * lam * (1.0 - ends.astype(np.float64))
    advantages = np.empty(deltas.shape, dtype=np.float32)
    for column in range(deltas.shape[1]):
        advantage, backwards = 0.0, []
        # Python floats: indexing NumPy arrays one number at a time would cost ten times as much
        for delta, decay in zip(deltas[::-1, column].tolist(), decays[::-1, column].tolist()):
            advantage = delta + decay * advantage
            backwards.append(advantage)
        advantages[:, column] = backwards[::-1]
    return advantages, advantages + values.astype(np.float32)


def add_vtarg_and_adv(seg: Dict[str, Any], gamma: float, lam: float) -> None:
    """
    Add 'adv' and 'tdlamret' to a segment in stable-baselines' form.

    :param seg: 'rewards' [T], 'vpred' [T], 'episode_starts' [T], 'nextvpred' (value of the state after the last step, 0
        where it is terminal); gains 'adv' [T] and 'tdlamret' [T]
    :param gamma: discount
    :param lam: weight of longer looks ahead
    """
    values = np.asarray(seg['vpred'], dtype=np.float64)[:, None]
    ends = np.append(seg['episode_starts'], False)[1:].astype(bool)[:, None]
    next_values = np.append(values[1:], [[float(seg['nextvpred'])]], axis=0) * ~ends
    rewards = np.asarray(seg['rewards'], dtype=np.float64)[:, None]
    advantages, returns = advantages_and_returns(rewards, values, next_values, ends, gamma, lam)
    seg['adv'], seg['tdlamret'] = advantages[:, 0], returns[:, 0]
