"""Segments: what is collected, who rewards, what follows ends, what is counted."""
import numpy as np
import pytest

from stable_baselines.common.episode_statistics import EpisodeStatistics
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.rollout import SegmentCollector
from stable_baselines.common.vec_env import DummyVecEnv, VecCheckNan, VecEnvWrapper
from tests.fakes import CheckedEnv

VALUE_OF = 10.0  # the value of an observation [episode, step] is 10 * episode + step


class CountingActor:
    """Acts by the noise it drew: 0, 1, 2, 0, 1, ... for the first environment, one more for the next."""

    def draw_noise(self, random_state, n_steps, n_envs):
        return (np.arange(n_steps)[:, None] + np.arange(n_envs)) % 3

    def initial_state(self, n_envs):
        return None

    def act(self, observations, noise, state, starts):
        return noise, None


def value_function(observations):
    return (VALUE_OF * observations[:, 0] + observations[:, 1]).astype(np.float32)


def make(n_envs=1, n_steps=8, actor=None, wrapper=lambda env: env, **kwargs):
    env = wrapper(DummyVecEnv([lambda: CheckedEnv(**kwargs) for _ in range(n_envs)]))
    return SegmentCollector(env, actor or CountingActor(), value_function, n_steps, np.random.RandomState(0))


def true_reward(observations, actions, rewards, starts):
    return rewards


def test_a_segment_holds_what_happened():
    segment = make(episode_length=5, n_steps=8).collect(true_reward)
    assert segment.observations[:, 0].tolist() == [[0, step] for step in range(5)] + [[1, step] for step in range(3)]
    assert segment.actions[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert segment.true_rewards[:, 0].tolist() == [1.0] * 8
    assert segment.episode_starts[:, 0].tolist() == [True] + [False] * 4 + [True] + [False] * 2
    assert segment.ends[:, 0].tolist() == [False] * 4 + [True] + [False] * 3
    assert segment.values[:, 0].tolist() == [0, 1, 2, 3, 4, 10, 11, 12]
    assert segment.next_values[:, 0].tolist() == [1, 2, 3, 4, 0, 11, 12, 13]  # nothing follows a terminal state


class Reusing(VecEnvWrapper):
    """Hands out the same arrays again and again."""

    results = None

    def reset(self):
        return self.venv.reset()

    def step_wait(self):
        *arrays, infos = self.venv.step_wait()
        self.results = self.results or arrays
        for own, array in zip(self.results, arrays):
            own[...] = array
        return (*self.results, infos)


@pytest.mark.parametrize('wrapper', [Reusing, lambda env: VecCheckNan(Reusing(env))])
def test_a_wrapper_that_uses_its_arrays_again(wrapper):
    usual, reused = (make(2, wrapper=wrapper, episode_length=3).collect(true_reward)
                     for wrapper in (lambda env: env, wrapper))
    for name in ('observations', 'rewards', 'ends', 'episode_starts', 'values', 'next_values'):
        np.testing.assert_array_equal(getattr(usual, name), getattr(reused, name))


def test_a_time_limit_is_followed_by_the_value_of_the_last_observation():
    segment = make(episode_length=5, time_limit=True).collect(true_reward)
    assert segment.next_values[:, 0].tolist() == [1, 2, 3, 4, 5, 11, 12, 13]


def test_an_end_with_the_last_step():
    terminal = make(episode_length=4, n_steps=4).collect(true_reward)
    assert terminal.next_values[:, 0].tolist() == [1, 2, 3, 0]
    cut = make(episode_length=4, n_steps=4, time_limit=True).collect(true_reward)
    assert cut.next_values[:, 0].tolist() == [1, 2, 3, 4]


def test_episodes_go_on_in_the_next_segment():
    collector = make(episode_length=5, n_steps=3)
    segments = [collector.collect(true_reward) for _ in range(3)]
    assert segments[1].episode_starts[:, 0].tolist() == [False, False, True]
    assert segments[1].ends[:, 0].tolist() == [False, True, False]
    assert segments[2].episode_starts[0, 0] == False  # noqa: E712
    assert segments[1].observations[:, 0].tolist() == [[0, 3], [0, 4], [1, 0]]
    assert segments[0].next_values[-1, 0] == 3


def test_environments_stand_side_by_side():
    segment = make(n_envs=3, n_steps=4).collect(true_reward)
    assert segment.observations.shape == (4, 3, 2)
    assert segment.actions.tolist() == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]
    for name in ('rewards', 'true_rewards', 'values', 'next_values', 'episode_starts', 'ends'):
        assert getattr(segment, name).shape == (4, 3), name


def test_the_reward_source_is_asked_once_with_executed_actions():
    calls = []

    class TooFar(CountingActor):
        def draw_noise(self, random_state, n_steps, n_envs):
            return np.full((n_steps, n_envs, 2), 9.0, np.float32) * np.float32([1.0, -1.0])

    def source(observations, actions, rewards, starts):
        calls.append((observations, actions, rewards, starts))
        return observations[:, 1] * 2.0

    space = spaces.Box(np.float32([-1.0, -1.0]), np.float32([0.5, 2.0]))
    segment = make(n_envs=2, n_steps=4, actor=TooFar(), action_space=space).collect(source)
    assert len(calls) == 1
    observations, actions, rewards, starts = calls[0]
    assert observations.shape == (8, 2)
    assert np.array_equal(actions, np.tile([0.5, -1.0], (8, 1)))  # as the environment executes them
    assert rewards.shape == (8,)
    assert np.array_equal(segment.actions[0, 0], [9.0, -9.0])  # as the policy chose them
    assert segment.rewards.tolist() == [[0, 0], [2, 2], [4, 4], [6, 6]]
    assert segment.true_rewards.tolist() == [[1, 1]] * 4


def test_listener_hears_each_step_and_can_stop():
    collector, heard = make(episode_length=5, n_steps=8), []

    def on_step(step):
        heard.append(step)
        return len(heard) < 6

    assert collector.collect(true_reward, on_step) is None
    assert len(heard) == 6
    assert [int(step['obs'][0, 1]) for step in heard] == [0, 1, 2, 3, 4, 0]
    assert [bool(step['dones'][0]) for step in heard] == [False] * 4 + [True, False]
    assert heard[4]['infos'][0]['terminal_observation'].tolist() == [0, 5]
    assert heard[4]['new_obs'][0].tolist() == [1, 0]
    assert set(heard[0]) == {'obs', 'actions', 'clipped_actions', 'rewards', 'dones', 'infos', 'new_obs'}


def test_what_a_listener_heard_is_not_overwritten():
    heard = []
    make(episode_length=5, n_steps=8).collect(true_reward, lambda step: heard.append(step) or True)
    assert [int(step['new_obs'][0, 1]) for step in heard] == [1, 2, 3, 4, 0, 1, 2, 3]


class WithoutLastObservation(VecEnvWrapper):
    """A vectorized environment that does not tell the last observation of an episode."""

    def reset(self):
        return self.venv.reset()

    def step_wait(self):
        observations, rewards, dones, infos = self.venv.step_wait()
        for info in infos:
            info.pop('terminal_observation', None)
        return observations, rewards, dones, infos


def test_without_the_last_observation_a_time_limit_is_an_end():
    segment = make(episode_length=5, time_limit=True, wrapper=WithoutLastObservation).collect(true_reward)
    assert segment.next_values[4, 0] == 0.0


class TestEpisodeStatistics:
    """Returns and lengths of episodes across segments and environments."""

    def test_episodes_are_followed_across_segments(self):
        statistics = EpisodeStatistics(2)
        ends = np.zeros((3, 2), bool)
        ends[1, 0] = True
        assert statistics.update(np.ones((3, 2)), np.full((3, 2), 2.0), ends) == 1
        assert list(statistics.lengths) == [2]
        ends = np.zeros((3, 2), bool)
        ends[0, 0] = ends[2, 1] = ends[2, 0] = True
        assert statistics.update(np.ones((3, 2)), np.full((3, 2), 2.0), ends) == 3
        assert sorted(statistics.lengths) == [2, 2, 2, 6]
        assert sorted(statistics.returns) == [2.0, 2.0, 2.0, 6.0]
        assert sorted(statistics.true_returns) == [4.0, 4.0, 4.0, 12.0]
        assert statistics.n_episodes == 4

    def test_only_the_latest_episodes_are_kept(self):
        statistics = EpisodeStatistics(1, window=3)
        statistics.update(np.arange(10.0)[:, None], np.arange(10.0)[:, None], np.ones((10, 1), bool))
        assert list(statistics.returns) == [7.0, 8.0, 9.0]
        assert statistics.n_episodes == 10

    @pytest.mark.parametrize('seed', range(3))
    def test_sums_are_those_of_a_plain_loop(self, seed):
        random = np.random.RandomState(seed)
        statistics, running, expected = EpisodeStatistics(3, window=1000), np.zeros(3), []
        for _ in range(4):
            rewards, ends = random.normal(size=(20, 3)), random.random_sample((20, 3)) < 0.2
            statistics.update(rewards, rewards, ends)
            for step in range(20):
                running += rewards[step]
                for column in np.flatnonzero(ends[step]):
                    expected.append(running[column])
                    running[column] = 0.0
        assert np.allclose(sorted(statistics.returns), sorted(expected))

    def test_episodes_are_handed_on_once_with_the_step_of_their_end(self):
        statistics = EpisodeStatistics(2)
        ends = np.zeros((4, 2), bool)
        ends[1, 0] = ends[3, 1] = True
        for _ in range(2):
            statistics.update(np.zeros((4, 2)), np.ones((4, 2)), ends)
        assert statistics.take_ended() == [(0.0, 2.0, 2, 2), (0.0, 4.0, 4, 4), (0.0, 4.0, 4, 6), (0.0, 4.0, 4, 8)]
        assert statistics.take_ended() == []
