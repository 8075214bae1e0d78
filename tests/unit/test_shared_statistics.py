"""Statistics of several workers become those of all that any of them saw."""
import numpy as np
import pytest

from stable_baselines.common import mpi
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.running_mean_std import RunningMeanStd
from stable_baselines.common.shared_statistics import SharedStatistics
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from tests.environments import RandomEnv


def make_env():
    return VecNormalize(DummyVecEnv([lambda: RandomEnv(spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2))]))


@pytest.fixture
def another(monkeypatch):
    """A second worker, which always says what stands in the list, for lack of MPI."""
    says = []
    monkeypatch.setattr(mpi, 'size', lambda: 2)
    monkeypatch.setattr(mpi, 'gather_objects', lambda item: [item, says[0]])
    return says


@pytest.mark.parametrize('offset', [0.0, 1e6])
def test_both_count_everything_once(another, offset):
    mine = np.random.RandomState(0).normal(offset, 2.0, (3, 50, 3))
    theirs = np.random.RandomState(1).normal(offset + 3.0, 1.0, (3, 20, 3))
    env, expected = make_env(), RunningMeanStd(shape=(3,))
    another[:] = [None]
    shared = SharedStatistics(env)
    for my_rows, their_rows in zip(mine, theirs):
        for rows in (my_rows[:30], my_rows[30:]):
            env.obs_rms.update(rows)
        mean, var = their_rows.mean(axis=0), their_rows.var(axis=0)
        another[:] = [[(mean, var, 20), (np.zeros(()), np.zeros(()), 0)]]
        shared.combine()
        for rows in (my_rows, their_rows):
            expected.update(rows)
        np.testing.assert_allclose(env.obs_rms.mean, expected.mean, rtol=1e-12)
        np.testing.assert_allclose(env.obs_rms.var, expected.var, rtol=1e-6)
        assert env.obs_rms.count == pytest.approx(expected.count)
    assert env.ret_rms.count == pytest.approx(1e-4)  # nothing was added


def test_nothing_new_changes_nothing(another):
    env = make_env()
    env.obs_rms.update(np.ones((5, 3)))
    another[:] = [None]
    shared = SharedStatistics(env)
    mean, var = env.obs_rms.mean.copy(), env.obs_rms.var.copy()
    another[:] = [[(np.zeros(3), np.zeros(3), 0), (np.zeros(()), np.zeros(()), 0)]]
    shared.combine()
    assert np.array_equal(env.obs_rms.mean, mean) and np.array_equal(env.obs_rms.var, var)


def test_frozen_statistics_and_other_environments_are_left_alone(another):
    another[:] = ['nothing that could be merged']
    frozen = make_env()
    frozen.training = False
    for env in (frozen, frozen.venv, None):
        SharedStatistics(env).combine()
    assert frozen.obs_rms.count == 1e-4


def test_one_worker_asks_nobody(monkeypatch):
    monkeypatch.setattr(mpi, 'gather_objects', lambda item: pytest.fail('asked'))
    env = make_env()
    shared = SharedStatistics(env)
    env.obs_rms.update(np.ones((5, 3)))
    shared.combine()
    assert env.obs_rms.count == 5.0001
