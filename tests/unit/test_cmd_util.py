"""Environments as scripts need them."""
import os

import gym
import numpy as np
import pytest

from stable_baselines.bench import Monitor
from stable_baselines.common.cmd_util import make_vec_env
from stable_baselines.common.vec_env import DummyVecEnv
from tests.fakes import CheckedEnv, CheckedNewApiEnv

both_dialects = pytest.mark.parametrize('env_class', [CheckedEnv, CheckedNewApiEnv])


@both_dialects
def test_environments_are_built_seeded_and_recorded(env_class, tmp_path):
    folder = str(tmp_path / 'deep' / 'logs')
    venv = make_vec_env(env_class, n_envs=2, seed=10, start_index=3, monitor_dir=folder,
                        env_kwargs={'episode_length': 1})
    assert type(venv) is DummyVecEnv and venv.num_envs == 2
    assert all(isinstance(env, Monitor) for env in venv.envs) and venv.get_attr('episode_length') == [1, 1]
    venv.reset()
    assert venv.get_attr('seeds') == [[13], [14]]
    venv.step([0, 0])
    venv.close()
    assert sorted(os.listdir(folder)) == ['3.monitor.csv', '4.monitor.csv']


def test_without_a_folder_or_seed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    venv = make_vec_env(CheckedEnv)
    venv.reset()
    assert venv.num_envs == 1 and venv.get_attr('seeds') == [[]] and os.listdir(str(tmp_path)) == []


def test_an_id_and_a_wrapper():
    class Shifted(gym.ObservationWrapper):
        def observation(self, observation):
            return observation + 100

    venv = make_vec_env('CartPole-v1', seed=0, wrapper_class=Shifted)
    first = venv.reset()
    assert first.min() > 90 and isinstance(venv.envs[0], Shifted) and isinstance(venv.envs[0].env, Monitor)
    np.testing.assert_array_equal(make_vec_env('CartPole-v1', seed=0, wrapper_class=Shifted).reset(), first)


def test_the_kind_of_vec_env():
    class Chatty(DummyVecEnv):
        def __init__(self, env_fns, word):
            super().__init__(env_fns)
            self.word = word

    venv = make_vec_env(CheckedEnv, vec_env_cls=Chatty, vec_env_kwargs={'word': 'hello'})
    assert venv.word == 'hello'


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match='n_envs=0'):
        make_vec_env('CartPole-v1', n_envs=0)
    with pytest.raises(ValueError, match='NoSuch-v0'):
        make_vec_env('NoSuch-v0')
