"""Stacked frames before and after a VecNormalize that stands inside the stack."""
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.vec_env import DummyVecEnv, VecCheckNan, VecEnvWrapper, VecFrameStack, VecNormalize
from stable_baselines.common.vec_env.frames import NormalizedFrames
from stable_baselines.common.vec_env.observation_normalizers import find_observation_normalizer
from tests.fakes import CheckedEnv


def counting_env(shape=(2,), dtype=np.float32, length=3):
    """Its first observation is nothing but zeros, a true one."""
    env = CheckedEnv(length)
    env.observation_space = spaces.Box(-100, 100, shape, dtype=dtype)
    env._observe = lambda: np.full(shape, env.step_in_episode, dtype)
    return env


def stack(n_stack=3, shape=(2,), dtype=np.float32, lengths=(3, 4), between=lambda venv: venv, **options):
    inner = VecNormalize(DummyVecEnv([lambda length=length: counting_env(shape, dtype, length) for length in lengths]),
                         **options)
    inner.obs_rms.mean[...], inner.obs_rms.var[...] = 1.5, 4.0
    return VecFrameStack(between(inner), n_stack)


@pytest.mark.parametrize('shape', [(1,), (2,), (2, 3), (2, 2, 2)])
@pytest.mark.parametrize('dtype', [np.float32, np.float64, np.int64])
def test_what_arrives_is_what_is_kept_normalized(shape, dtype):
    venv = stack(3, shape, dtype, training=False, between=lambda venv: VecCheckNan(venv, raise_exception=True))
    normalizer, seen = find_observation_normalizer(venv), venv.reset()
    assert isinstance(normalizer, NormalizedFrames) and normalizer.original_space.dtype == dtype
    assert normalizer.original_space.shape == seen.shape[1:] == shape[:-1] + (3 * shape[-1],)
    for _ in range(9):
        kept = normalizer.get_original_obs()
        np.testing.assert_array_equal(normalizer.normalize_obs(kept), seen)
        np.testing.assert_array_equal(normalizer.normalize_obs(kept[:, None])[:, 0], seen)
        np.testing.assert_array_equal(normalizer.normalize_obs(kept[0]), seen[0])
        seen, _, dones, infos = venv.step([0, 0])
        for done, info in zip(dones, infos):
            if done:
                np.testing.assert_array_equal(normalizer.normalize_obs(info['original_terminal_observation']),
                                              info['terminal_observation'])
    venv.reset()
    kept = normalizer.get_original_obs()  # blanks, and an observation that is all zeros, too
    assert not kept.any() and normalizer.normalize_obs(kept).any()


def test_what_is_kept_follows_the_statistics():
    venv = stack(2)
    venv.reset()
    venv.step([0, 0])
    normalizer = find_observation_normalizer(venv)
    kept = normalizer.get_original_obs()
    venv.venv.obs_rms.mean[...], venv.venv.obs_rms.var[...] = 3.0, 1.0
    np.testing.assert_allclose(normalizer.normalize_obs(kept), [[-3, -3, -2, -2]] * 2)
    venv.reset()
    np.testing.assert_allclose(normalizer.normalize_obs(normalizer.get_original_obs()), [[0, 0, -3, -3]] * 2)


def test_a_negative_zero_of_the_environment_is_no_blank():
    env = counting_env()
    env._observe = lambda: -np.zeros(2, np.float32)
    inner = VecNormalize(DummyVecEnv([lambda: env]), training=False)
    inner.obs_rms.mean[...] = 1.0
    venv = VecFrameStack(inner, 2)
    venv.reset()
    seen = venv.step([0])[0]
    normalizer = find_observation_normalizer(venv)
    np.testing.assert_allclose(seen, [[-1, -1, -1, -1]])
    np.testing.assert_array_equal(normalizer.normalize_obs(normalizer.get_original_obs()), seen)


@pytest.mark.parametrize('dtype', [np.float32, np.int64])
def test_blanks_of_demonstrations(dtype):
    normalizer = find_observation_normalizer(stack(3, dtype=dtype))
    rows = np.array([[0, 0, 0, 0, 5, 6], [0, 0, 5, 6, 0, 0], [5, 6, 0, 0, 7, 8], [0, 0, 0, 0, 0, 0],
                     [0, 0, 0, 0, 9, 9]], dtype)
    marked = normalizer.mark_blanks(rows)
    np.testing.assert_array_equal(marked, rows)
    assert marked.dtype.kind == 'f'
    assert np.signbit(marked[:, ::2]).tolist() == [[True, True, False], [True, False, False], [False] * 3,
                                                   [True, True, False], [True, True, False]]
    np.testing.assert_array_equal(normalizer.mark_blanks(rows[1]), marked[1])


def test_zeros_of_demonstrations_that_are_no_blanks():
    normalizer = find_observation_normalizer(stack(3))
    rows = np.float32([[0, 0, 0, 0, 5, 6], [0, 0, 5, 6, 7, 8], [5, 6, 7, 8, 9, 9], [0, 0, 0, 0, 1, 1],
                       [0, 0, 0, 0, 2, 2]])
    # in the last row, a step after the episode's first, the observation in the middle is a true one
    assert normalizer.ambiguous_row(rows, [True, False, False, True, False]) == 4
    assert normalizer.ambiguous_row(rows, [True, False, False, True, True]) == -1
    assert normalizer.ambiguous_row(rows[:3], [True, False, False]) == -1
    assert normalizer.ambiguous_row(rows[:3], [True, False, False], subsample=2) == 1  # the third step
    assert normalizer.ambiguous_row(np.float32([[0, 0, 0, 0, 0, 0]]), [True]) == 0  # the newest is never a blank


@pytest.mark.parametrize('inside, outside', [(3, 1), (1, 3), (2, 2), (1, 1)])
def test_a_stack_of_stacks(inside, outside):
    """The one around the VecNormalize knows; where frames are stacked once more, nobody does."""
    inner = stack(inside, training=False)
    venv = VecFrameStack(inner, outside)
    seen = venv.reset()
    for _ in range(7):
        normalizer = find_observation_normalizer(venv)
        assert normalizer is inner.normalized_frames()
        assert (normalizer.original_space.shape == venv.observation_space.shape) == (outside == 1)
        if outside == 1:
            np.testing.assert_array_equal(normalizer.normalize_obs(normalizer.get_original_obs()), seen)
        seen, _, dones, infos = venv.step([0, 0])
        for done, info in zip(dones, infos):
            if done:
                assert info['terminal_observation'].shape == venv.observation_space.shape
                assert info['original_terminal_observation'].shape[-1] == 2 * inside


def test_frames_on_both_sides_of_the_normalizer():
    inner = VecNormalize(VecFrameStack(DummyVecEnv([counting_env]), 2), training=False)
    inner.obs_rms.mean[...] = 1.5
    venv = VecFrameStack(inner, 3)
    seen, normalizer = venv.reset(), find_observation_normalizer(venv)
    assert normalizer.original_space.shape == seen.shape[1:] == (12,)
    for _ in range(7):
        np.testing.assert_array_equal(normalizer.normalize_obs(normalizer.get_original_obs()), seen)
        seen, _, dones, infos = venv.step([0])
        if dones[0]:
            assert infos[0]['original_terminal_observation'].tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3]


def test_last_observations_where_only_rewards_are_normalized():
    venv = VecFrameStack(VecNormalize(DummyVecEnv([counting_env]), norm_obs=False), 2)
    venv.reset()
    infos = [venv.step([0])[3] for _ in range(3)][-1]
    for key in ('terminal_observation', 'original_terminal_observation'):
        assert infos[0].get(key, np.array([2, 2, 3, 3])).tolist() == [2, 2, 3, 3]


def test_names_of_wrappers_are_the_users():
    class Own(VecEnvWrapper):
        observation_normalizer = normalized_frames = None

        def reset(self):
            return self.venv.reset()

        def step_wait(self):
            return self.venv.step_wait()
    venv = stack(2, between=Own, training=False)
    seen, normalizer = venv.reset(), find_observation_normalizer(Own(venv))
    np.testing.assert_array_equal(normalizer.normalize_obs(normalizer.get_original_obs()), seen)
    venv.stackedobs = seen + 1
    np.testing.assert_array_equal(venv.stackedobs, seen + 1)


def test_who_normalizes():
    venv = stack(2)
    inner = venv.venv
    assert find_observation_normalizer(venv).normalizer is inner
    assert find_observation_normalizer(venv) is find_observation_normalizer(VecCheckNan(venv))
    assert find_observation_normalizer(inner) is inner and inner.original_space is inner.venv.observation_space
    assert find_observation_normalizer(inner.venv) is None
    around = VecNormalize(VecFrameStack(DummyVecEnv([counting_env]), 2))
    assert find_observation_normalizer(around) is around
    inner.norm_obs = False
    assert find_observation_normalizer(venv) is None
