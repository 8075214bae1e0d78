"""Observations and environments as users hand them in."""
import numpy as np
import pytest

from stable_baselines.common.environments import as_batch, as_vec_env, check_fits, resolve_env
from stable_baselines.common.gym_api import gym, spaces
from stable_baselines.common.vec_env import DummyVecEnv
from tests.environments import RandomEnv

VECTOR = spaces.Box(-1.0, 1.0, (2,), np.float32)
IMAGE = spaces.Box(0, 255, (4, 5, 3), np.uint8)


@pytest.mark.parametrize('values, space, expected, is_batch', [
    ([1, 2], VECTOR, [[1.0, 2.0]], False),
    ([[1, 2], [3, 4]], VECTOR, [[1.0, 2.0], [3.0, 4.0]], True),
    (np.zeros((0, 2)), VECTOR, np.zeros((0, 2)), True),
    (0.5, spaces.Box(-1.0, 1.0, (), np.float32), [0.5], False),
    ([0.5], spaces.Box(-1.0, 1.0, (), np.float32), [0.5], True),
    (2, spaces.Discrete(3), [2], False),
    (np.int64(2), spaces.Discrete(3), [2], False),
    ([2, 1], spaces.Discrete(3), [2, 1], True),
    ([[2], [1]], spaces.Discrete(3), [2, 1], True),
    ([1.0, 2.0], spaces.MultiDiscrete([2, 3]), [[1, 2]], False),
    ([True, False], spaces.MultiBinary(2), [[1, 0]], False),
    ([[255.0, 0.0]], spaces.Box(0, 255, (2,), np.uint8), [[255, 0]], True),
])
def test_one_or_many(values, space, expected, is_batch):
    batch, found = as_batch(values, space)
    assert found is is_batch
    assert batch.dtype == space.dtype
    assert np.array_equal(batch, expected)


@pytest.mark.parametrize('values, space, parts', [
    (np.zeros(3), VECTOR, ['shape (3,) found', 'Box(2,) float32', '(2,) for one', '(n, 2)']),
    (np.zeros((1, 1, 2)), VECTOR, ['shape (1, 1, 2) found']),
    (None, VECTOR, ['numbers expected', 'NoneType']),
    ('text', VECTOR, ['numbers expected', 'str']),
    ([[1], [1, 2]], VECTOR, ['numbers expected', 'different lengths']),
    ((np.zeros(2), {}), VECTOR, ['pair', 'obs, info = env.reset()']),
    (3, spaces.Discrete(3), ['[3]', 'outside', 'Discrete(3)']),
    (-1, spaces.Discrete(3), ['[-1]', 'outside']),
    (0.5, spaces.Discrete(3), ['whole numbers', '[0.5]']),
    ([0, 3], spaces.MultiDiscrete([2, 3]), ['[0, 3]', 'outside', 'MultiDiscrete([2, 3])']),
    ([0, 2], spaces.MultiBinary(2), ['outside', 'MultiBinary(2)']),
    ([0.5, 1.0], spaces.Box(0, 255, (2,), np.uint8), ['whole numbers', 'uint8']),
    ([256, 1], spaces.Box(0, 255, (2,), np.uint8), ['[256, 1]', 'outside']),
    (np.arange(300)[:, None], spaces.Box(0, 255, (1,), np.uint8), ['[256, 257, 258, 259, 260] is outside']),
    ([np.nan, 1.0], VECTOR, ['finite numbers expected', 'Box(2,) float32', '[nan] found']),
    ([[0.0, 1.0], [np.inf, 1e300]], VECTOR, ['finite', '[inf, 1e+300] found']),
    (np.nan, spaces.Discrete(3), ['whole numbers', '[nan]', 'float64']),
    (np.nan, spaces.Box(0, 5, (), np.int64), ['whole numbers', '[nan]', 'Box() int64']),
    (np.full(IMAGE.shape, 0.5), IMAGE, ['whole numbers', 'Box(4, 5, 3) uint8', '0.5', 'from 0 to 255']),
    (np.full(IMAGE.shape, 1.5), IMAGE, ['whole numbers', '1.5']),
    (np.zeros((3, 4, 5)), IMAGE, ['shape (3, 4, 5) found', '(4, 5, 3) for one', 'np.moveaxis(images, -3, -1)']),
    (np.zeros((7, 3, 4, 5)), IMAGE, ['shape (7, 3, 4, 5) found', 'np.moveaxis(images, -3, -1)']),
])
def test_wrong_observations_are_refused_by_name(values, space, parts):
    with pytest.raises(ValueError) as caught:
        as_batch(values, space)
    assert str(caught.value).startswith('observation: ')
    for part in parts:
        assert part in str(caught.value)


def test_messages_can_be_about_actions():
    with pytest.raises(ValueError, match=r'^actions: shape \(3,\) found'):
        as_batch(np.zeros(3), VECTOR, 'actions')


def test_environments_come_by_id_as_they_are_or_vectorized():
    assert resolve_env('CartPole-v1').observation_space.shape == (4,)
    env = RandomEnv(VECTOR, spaces.Discrete(2))
    assert resolve_env(env) is env
    vec_env = as_vec_env(env)
    assert isinstance(vec_env, DummyVecEnv)
    assert vec_env.num_envs == 1
    assert resolve_env(vec_env) is vec_env
    assert as_vec_env(vec_env) is vec_env


def test_what_is_no_environment_is_refused():
    with pytest.raises(ValueError, match="env='NoSuchEnv-v3'.*gym {}".format(gym.__version__)):
        resolve_env('NoSuchEnv-v3')
    for wrong in (None, 3, RandomEnv, object()):
        with pytest.raises(TypeError, match='env=.*expected an environment id.*{}'.format(type(wrong).__name__)):
            resolve_env(wrong)


def test_spaces_that_differ_are_named():
    env = RandomEnv(VECTOR, spaces.Discrete(2))
    check_fits('the model', env, VECTOR, spaces.Discrete(2))
    with pytest.raises(ValueError) as caught:
        check_fits('the model', env, spaces.Box(-2.0, 1.0, (2,), np.float32), spaces.Discrete(2))
    assert 'observation space Box(2,) float32 from -1 to 1' in str(caught.value)
    assert 'from -2 to 1 of the model' in str(caught.value)
    with pytest.raises(ValueError, match=r'action space Discrete\(2\) is not the action space Discrete\(3\)'):
        check_fits('the model', env, VECTOR, spaces.Discrete(3))
