"""Environments that only a policy that learns nothing fails in."""
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.identity_env import (
    IdentityEnv,
    IdentityEnvBox,
    IdentityEnvMultiBinary,
    IdentityEnvMultiDiscrete,
)
from stable_baselines.common.vec_env import DummyVecEnv

every_kind = pytest.mark.parametrize('build', [
    lambda: IdentityEnv(5, ep_length=3), lambda: IdentityEnv(space=spaces.Discrete(4), ep_length=3),
    lambda: IdentityEnvBox(ep_length=3), lambda: IdentityEnvMultiDiscrete(4, ep_length=3),
    lambda: IdentityEnvMultiBinary(6, ep_length=3)])


@every_kind
def test_repeating_the_observation_is_right(build):
    env = build()
    observation = env.reset()
    assert env.observation_space is env.action_space and env.observation_space.contains(observation)
    dones = []
    for _ in range(3):
        observation, reward, done, info = env.step(observation)
        assert reward == 1.0 and info == {}
        dones.append(done)
    assert dones == [False, False, True] and env.num_resets == 1
    env.reset()
    assert env.num_resets == 2 and env.render() is None


@every_kind
def test_chance_fails(build):
    env = build()
    env.action_space.seed(0)
    rewards = []
    for _ in range(20):
        env.reset()
        rewards += [env.step(env.action_space.sample())[1] for _ in range(3)]
    assert np.mean(rewards) < 0.5


@every_kind
def test_seeds(build):
    def observations(seed):
        venv = DummyVecEnv([build, build])
        venv.seed(seed)
        return np.array([venv.reset()] + [venv.step([venv.action_space.sample()] * 2)[0] for _ in range(9)])

    np.testing.assert_array_equal(observations(1), observations(1))
    assert not np.array_equal(observations(1), observations(2))


def test_the_tolerance_of_the_continuous_kind():
    env = IdentityEnvBox(low=-2, high=2, eps=0.1)
    assert env.action_space.shape == (1,) and env.action_space.dtype == np.float32
    assert env.action_space.low[0] == -2 and env.ep_length == 100
    for distance, reward in ((0.09, 1), (-0.09, 1), (0.11, 0), (-0.11, 0)):
        assert env.step(env.state + distance)[1] == reward


def test_spaces():
    assert IdentityEnv().action_space == spaces.Discrete(1)
    assert IdentityEnv(3).action_space == spaces.Discrete(3)
    assert list(IdentityEnvMultiDiscrete(3).action_space.nvec) == [3, 3]
    assert IdentityEnvMultiBinary(3).action_space.n == 3
    with pytest.raises(ValueError, match='dim=2 and space=.* both given'):
        IdentityEnv(2, spaces.Discrete(2))
