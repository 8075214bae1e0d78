"""Environments and spaces of gymnasium, where it is installed."""
import numpy as np
import pytest

from stable_baselines.common import gym_api
from stable_baselines.common.gym_api import spaces

gymnasium = pytest.importorskip('gymnasium')


def test_environments():
    env = gymnasium.make('CartPole-v1')
    assert gym_api.is_env(env)
    first = gym_api.reset(env, gym_api.seed(env, 3))
    assert np.array_equal(first, gym_api.reset(env, gym_api.seed(env, 3)))
    assert len(gym_api.step(env, 0)) == 4


@pytest.mark.parametrize('make', [
    lambda kinds: kinds.Discrete(3), lambda kinds: kinds.MultiDiscrete([2, 3]), lambda kinds: kinds.MultiBinary(4),
    lambda kinds: kinds.MultiBinary([2, 3]), lambda kinds: kinds.Box(-1.0, 2.0, (3,), np.float32),
    lambda kinds: kinds.Box(np.array([0, 1]), np.array([5, 6]), dtype=np.int64)])
def test_spaces(make):
    translated = gym_api.as_gym_space(make(gymnasium.spaces))
    assert isinstance(translated, spaces.Space)
    assert translated == make(spaces)
    assert translated.dtype == make(spaces).dtype


def test_unknown_spaces_pass_through():
    space = gymnasium.spaces.Text(3)
    assert gym_api.as_gym_space(space) is space


def test_a_model_learns_in_it():
    from stable_baselines import TRPO
    model = TRPO('MlpPolicy', gymnasium.make('Pendulum-v1'), timesteps_per_batch=32, cg_iters=1,
                 policy_kwargs=dict(net_arch=[4]))
    model.learn(32)
    assert isinstance(model.observation_space, spaces.Box)
    assert model.predict(np.zeros(3))[0].shape == (1,)
