"""Both dialects of gym, and gymnasium, through one door."""
import warnings

import numpy as np
import pytest

from stable_baselines.common import gym_api
from stable_baselines.common.gym_api import spaces
from tests.fakes import CheckedEnv, CheckedNewApiEnv


@pytest.mark.parametrize('kind', [CheckedEnv, CheckedNewApiEnv])
def test_both_dialects_step_alike(kind):
    env = kind(episode_length=2, time_limit=True)
    observation = gym_api.reset(env, gym_api.seed(env, 3))
    assert observation.tolist() == [0, 0]
    assert env.seeds == [3]
    observation, reward, done, info = gym_api.step(env, 1)
    assert (observation.tolist(), reward, done) == ([0, 1], 1.0, False)
    assert not info.get('TimeLimit.truncated', False)
    _, _, done, info = gym_api.step(env, 1)
    assert done is True
    assert info['TimeLimit.truncated'] is True


@pytest.mark.parametrize('kind', [CheckedEnv, CheckedNewApiEnv])
def test_an_end_that_is_no_time_limit(kind):
    env = kind(episode_length=1)
    gym_api.reset(env)
    _, _, done, info = gym_api.step(env, 1)
    assert done is True
    assert not info.get('TimeLimit.truncated', False)


class EndsBothWays(CheckedNewApiEnv):
    """Terminated and truncated by the same step."""

    def step(self, action):
        observation, reward, _, _, info = super().step(action)
        return observation, reward, True, True, info


def test_a_terminal_state_at_the_time_limit_is_terminal():
    env = EndsBothWays()
    gym_api.reset(env)
    _, _, done, info = gym_api.step(env, 1)
    assert done
    assert info['TimeLimit.truncated'] is False


def test_making_environments():
    env = gym_api.make('CartPole-v1')
    assert gym_api.is_env(env)
    assert not gym_api.is_env('CartPole-v1')
    assert not gym_api.is_env(None)
    with pytest.raises(ValueError, match="env='NoSuchEnv-v0' cannot be built by gym"):
        gym_api.make('NoSuchEnv-v0')
    with pytest.raises(ValueError, match="env='not an id at all'"):
        gym_api.make('not an id at all')


def test_seeds_repeat_episodes():
    first, second, other = [], [], []
    for seed, seen in ((5, first), (5, second), (6, other)):
        env = gym_api.make('CartPole-v1')
        seen.append(gym_api.reset(env, gym_api.seed(env, seed)))
        seen.append(gym_api.step(env, 0)[0])
        seen.append(env.action_space.sample())
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(first, second))
    assert not np.array_equal(first[0], other[0])


class Seedless:
    """As scripts for gym before 0.26 have them, but without the ``seed`` that gym's own class had."""

    action_space = spaces.Discrete(2)

    def reset(self):
        return np.zeros(2)


class Wrapping(Seedless):
    """A wrapper of that time, around an environment of today."""

    def __init__(self, env):
        self.env = env

    def reset(self):
        return gym_api.reset(self.env)


def test_an_environment_without_a_way_to_seed_it_is_told_of():
    env = Seedless()
    with pytest.warns(UserWarning, match='Seedless cannot be seeded.*Give it one of the two'):
        assert gym_api.seed(env, 3) is None
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert gym_api.seed(env, None) is None  # none was asked for


def test_a_seed_passes_wrappers_that_do_not_take_it():
    class Random(CheckedNewApiEnv):
        def reset(self, *, seed=None, options=None):
            if seed is not None:
                self.random_state = np.random.RandomState(seed)
            super().reset(seed=seed, options=options)
            return self.random_state.uniform(size=2), {}
    first, second, other = [Wrapping(Random()) for _ in range(3)]
    assert [gym_api.seed(env, seed) for env, seed in ((first, 5), (second, 5), (other, 6))] == [None] * 3
    observations = [gym_api.reset(env) for env in (first, second, other)]
    assert np.array_equal(observations[0], observations[1]) and not np.array_equal(observations[0], observations[2])
    assert gym_api.seed(Random(), 5) == 5  # handed to its reset(), which takes it


def test_rendering():
    env = CheckedEnv()
    gym_api.reset(env)
    assert gym_api.render(env, 'rgb_array').shape == (4, 6, 3)
    assert gym_api.render(env) is None
    assert env.drawn == 2
    assert set(gym_api.render_kwargs('rgb_array')) <= {'render_mode'}


def test_gym_0_25_gives_all_pictures_since_the_last_one():
    pictures = [np.full((4, 6, 3), value, np.uint8) for value in (1, 2)]

    class Collecting(CheckedEnv):
        render_mode = 'rgb_array'

        def render(self):
            return pictures
    env = Collecting()
    assert gym_api.render(env, 'rgb_array') is pictures[1] and gym_api.picture(env) is pictures[1]
    env.render_mode = 'rgb_array_list'  # asked for as a list
    assert gym_api.render(env) is pictures


@pytest.mark.parametrize('one, other, expected', [
    (spaces.Discrete(2), spaces.Discrete(2), True),
    (spaces.Discrete(2), spaces.Discrete(3), False),
    (spaces.Discrete(2), spaces.MultiBinary(2), False),
    (spaces.MultiDiscrete([2, 3]), spaces.MultiDiscrete([2, 3]), True),
    (spaces.MultiDiscrete([2, 3]), spaces.MultiDiscrete([3, 2]), False),
    (spaces.MultiBinary(2), spaces.MultiBinary(2), True),
    (spaces.MultiBinary(2), spaces.MultiBinary(3), False),
    (spaces.Box(-1.0, 1.0, (2,), np.float32), spaces.Box(-1.0, 1.0, (2,), np.float64), True),
    (spaces.Box(-1.0, 1.0, (2,), np.float32), spaces.Box(-1.0, 2.0, (2,), np.float32), False),
    (spaces.Box(-1.0, 1.0, (2,), np.float32), spaces.Box(-1.0, 1.0, (2, 1), np.float32), False),
    (spaces.Box(0, 255, (2,), np.uint8), spaces.Box(0.0, 255.0, (2,), np.float32), False),
    (spaces.Box(-np.inf, np.inf, (2,), np.float32), spaces.Box(-np.inf, np.inf, (2,), np.float32), True),
])
def test_equal_spaces(one, other, expected):
    assert gym_api.same_space(one, other) is expected
    assert gym_api.same_space(other, one) is expected


@pytest.mark.parametrize('space, name', [
    (spaces.Discrete(2), 'Discrete(2)'), (spaces.MultiBinary(3), 'MultiBinary(3)'),
    (spaces.MultiDiscrete([2, 3]), 'MultiDiscrete([2, 3])'),
    (spaces.Box(0.0, 1.0, (2, 3), np.float32), 'Box(2, 3) float32'),
    (spaces.Tuple([]), 'Tuple'), (None, 'NoneType')])
def test_short_names(space, name):
    assert gym_api.space_name(space) == name
