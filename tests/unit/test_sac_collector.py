"""One transition at a time: ends of episodes, scaling, VecNormalize."""
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.vec_env import DummyVecEnv, VecEnvWrapper, VecNormalize
from stable_baselines.sac.collector import TransitionCollector
from tests.fakes import CheckedEnv
from tests.unit.test_rollout import Reusing

SPACE = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([1.0, 5.0], np.float32))


def collect(n_steps, venv=None, **options):
    venv = venv or DummyVecEnv([lambda: CheckedEnv(action_space=SPACE, **options)])
    collector = TransitionCollector(venv)
    return venv, collector, [collector.step(np.zeros((1, 2), np.float32))[0] for _ in range(n_steps)]


def test_each_transition_begins_where_the_one_before_ended():
    _, collector, transitions = collect(4, episode_length=10)
    assert [list(transition.observation) for transition in transitions] == [[0, 0], [0, 1], [0, 2], [0, 3]]
    assert [list(transition.next_observation) for transition in transitions] == [[0, 1], [0, 2], [0, 3], [0, 4]]
    assert collector.observations.tolist() == [[0, 4]]


def test_the_last_observation_of_an_episode_follows_its_last_step():
    _, _, transitions = collect(4, episode_length=2)
    assert [bool(transition.done) for transition in transitions] == [False, True, False, True]
    assert list(transitions[1].next_observation) == [0, 2]
    assert list(transitions[2].observation) == [1, 0]


def test_the_environment_gets_actions_in_its_own_units():
    venv, _, transitions = collect(1)
    np.testing.assert_allclose(venv.envs[0].actions, [[-0.5, 2.5]])
    np.testing.assert_allclose(transitions[0].action, [0, 0])


def test_transitions_are_kept_as_they_were_before_normalization():
    wrapper = VecNormalize(DummyVecEnv([lambda: CheckedEnv(action_space=SPACE, episode_length=2)]), training=False)
    wrapper.obs_rms.mean[:], wrapper.obs_rms.var[:], wrapper.ret_rms.var = 0.0, 4.0, 16.0
    _, collector, transitions = collect(3, wrapper)
    assert [list(transition.observation) for transition in transitions] == [[0, 0], [0, 1], [1, 0]]
    assert [list(transition.next_observation) for transition in transitions] == [[0, 1], [0, 2], [1, 1]]
    assert [transition.reward for transition in transitions] == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(collector.observations, [[0.5, 0.5]], atol=1e-6)  # what the policy acts on is normalized


def test_a_wrapper_that_uses_its_arrays_again():
    _, _, transitions = collect(4, Reusing(DummyVecEnv([lambda: CheckedEnv(10, action_space=SPACE)])))
    assert [list(transition.observation) for transition in transitions] == [[0, 0], [0, 1], [0, 2], [0, 3]]
    assert [list(transition.next_observation) for transition in transitions] == [[0, 1], [0, 2], [0, 3], [0, 4]]


def test_ends_that_the_normalizer_does_not_hear_of():
    class Limit(VecEnvWrapper):
        def reset(self):
            return self.venv.reset()

        def step_wait(self):
            observations, rewards, dones, infos = self.venv.step_wait()
            infos[0]['terminal_observation'] = observations[0]
            return self.venv.reset(), rewards, ~dones, infos
    with pytest.raises(ValueError, match='env: a wrapper around VecNormalize ended an episode of environment 0'):
        collect(1, Limit(VecNormalize(DummyVecEnv([lambda: CheckedEnv(action_space=SPACE)]))))


def test_rewards_of_a_wrapper_around_the_normalizer_count_where_it_leaves_them():
    class Bonus(VecEnvWrapper):
        def reset(self):
            return self.venv.reset()

        def step_wait(self):
            observations, rewards, dones, infos = self.venv.step_wait()
            return observations, rewards + 100.0, dones, infos
    normalizer = VecNormalize(DummyVecEnv([lambda: CheckedEnv(action_space=SPACE)]), norm_reward=False)
    _, _, transitions = collect(2, Bonus(normalizer))
    assert [transition.reward for transition in transitions] == [101.0, 101.0]
