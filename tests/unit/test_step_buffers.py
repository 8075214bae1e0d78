"""Subclasses of DummyVecEnv that step in their own way, as those of stable-baselines' do."""
import copy

import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.vec_env import DummyVecEnv, SubprocVecEnv
from tests.environments import RandomEnv
from tests.fakes import CheckedEnv


class GoingOn(DummyVecEnv):
    """Does not reset what has ended, nor step the second environment."""

    def step_wait(self):
        _, self.buf_rews[0], self.buf_dones[0], self.buf_infos[0] = self.envs[0].step(self.actions[0])
        self._save_obs(0, [7.0, 8.0])
        return self._obs_from_buf(), np.copy(self.buf_rews), np.copy(self.buf_dones), self.buf_infos.copy()


def test_a_subclass_finds_the_buffers():
    venv = GoingOn([lambda: CheckedEnv(2), lambda: CheckedEnv(2)])
    venv.reset()
    venv.envs[1].episode = 4
    venv.reset()  # what it does not save stays as reset gave it
    observations, rewards, dones, infos = venv.step([1, 2])
    assert observations.tolist() == [[7, 8], [5, 0]] and observations.dtype == np.float32
    assert rewards.tolist() == [1, 0] and dones.tolist() == [False, False] and len(infos) == 2
    assert venv.step([1, 2])[2].tolist() == [True, False] and venv.envs[0].needs_reset
    assert venv.keys == [None] and venv.buf_obs[None] is not observations


def test_a_subclass_that_adds_to_the_usual_step_finds_its_results():
    class Adding(DummyVecEnv):
        def step_wait(self):
            result = super().step_wait()
            assert np.array_equal(self.buf_obs[None], result[0]) and np.array_equal(self._obs_from_buf(), result[0])
            return (result[0], self.buf_rews * 2, self.buf_dones, self.buf_infos)

    venv = Adding([lambda: CheckedEnv(1)])
    venv.reset()
    _, rewards, dones, infos = venv.step([0])
    assert rewards.tolist() == [2] and dones.tolist() == [True] and 'terminal_observation' in infos[0]


def test_nothing_is_made_that_is_not_asked_for():
    venv = DummyVecEnv([CheckedEnv])
    venv.reset(), venv.step([0])
    assert not any(name.startswith('buf_') for name in venv.__dict__)
    assert venv.buf_rews.shape == (1,) and venv.buf_rews is venv.buf_rews
    assert copy.deepcopy(venv).buf_infos == [{}]
    with pytest.raises(AttributeError, match="'DummyVecEnv' object has no attribute 'no_such_thing'"):
        venv.no_such_thing()


@pytest.mark.parametrize('kind', [DummyVecEnv, lambda env_fns: SubprocVecEnv(env_fns, 'fork')])
def test_the_last_observation_of_a_discrete_space_is_an_int(kind):
    venv = kind([lambda: RandomEnv(spaces.Discrete(3), spaces.Discrete(2), episode_length=1)])
    try:
        venv.reset()
        last = venv.step([0])[3][0]['terminal_observation']
        assert type(last) is int and {last: 'a key'}
    finally:
        venv.close()
