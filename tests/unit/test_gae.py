"""Generalized advantage estimation against its definition."""
import numpy as np
import pytest

from stable_baselines.common.gae import add_vtarg_and_adv, advantages_and_returns
from stable_baselines.trpo_mpi import utils


def by_definition(rewards, values, next_values, ends, gamma, lam):
    """Equation 16 as a sum for every step, one environment."""
    advantages = np.zeros(len(rewards))
    for start in range(len(rewards)):
        for step in range(start, len(rewards)):
            delta = rewards[step] + gamma * next_values[step] - values[step]
            advantages[start] += (gamma * lam) ** (step - start) * delta
            if ends[step]:
                break
    return advantages


def segment(seed, steps=30, n_envs=3):
    random = np.random.RandomState(seed)
    rewards, values, next_values = (random.normal(size=(steps, n_envs)).astype(np.float32) for _ in range(3))
    return rewards, values, next_values, random.random_sample((steps, n_envs)) < 0.2


@pytest.mark.parametrize('gamma, lam', [(0.99, 0.95), (1.0, 1.0), (0.9, 0.0), (0.0, 0.5)])
def test_definition(gamma, lam):
    rewards, values, next_values, ends = segment(seed=0)
    advantages, returns = advantages_and_returns(rewards, values, next_values, ends, gamma, lam)
    assert advantages.dtype == returns.dtype == np.float32
    for column in range(3):
        columns = [array[:, column] for array in (rewards, values, next_values, ends)]
        assert np.allclose(advantages[:, column], by_definition(*columns, gamma=gamma, lam=lam), rtol=1e-5, atol=1e-6)
    assert np.allclose(returns, advantages + values)


def test_with_lambda_one_returns_are_discounted_sums():
    rewards, values = np.ones((4, 1)), np.zeros((4, 1))
    next_values, ends = np.array([[0.0], [0.0], [0.0], [8.0]]), np.zeros((4, 1), bool)
    _, returns = advantages_and_returns(rewards, values, next_values, ends, gamma=0.5, lam=1.0)
    assert np.allclose(returns[:, 0], [1 + 0.5 + 0.25 + 0.125 + 0.5, 1 + 0.5 + 0.25 + 1.0, 1 + 0.5 + 2.0, 1 + 4.0])


def test_a_time_limit_is_no_end_of_rewards_but_of_the_sum():
    rewards, values = np.ones((2, 1)), np.zeros((2, 1))
    ends = np.array([[True], [True]])
    cut = advantages_and_returns(rewards, values, np.array([[10.0], [0.0]]), ends, gamma=0.9, lam=0.9)[0]
    assert np.allclose(cut[:, 0], [1.0 + 9.0, 1.0])


def test_form_of_stable_baselines():
    rewards, values, _, ends = (array[:, 0] for array in segment(seed=1))
    starts = np.append(True, ends[:-1])
    ends[-1] = False  # in this form the last step says by nextvpred whether it was terminal
    following = np.append(values[1:], 0.7) * ~ends
    seg = dict(rewards=rewards, vpred=values, episode_starts=starts, nextvpred=0.7)
    add_vtarg_and_adv(seg, gamma=0.9, lam=0.8)
    expected = by_definition(rewards, values, following, ends, gamma=0.9, lam=0.8)
    assert seg['adv'].shape == seg['tdlamret'].shape == (30,)
    assert np.allclose(seg['adv'], expected, rtol=1e-5, atol=1e-6)
    assert np.allclose(seg['tdlamret'], expected + values, rtol=1e-5, atol=1e-6)
    assert utils.add_vtarg_and_adv is add_vtarg_and_adv
