"""How well a policy does."""
import contextlib
import warnings

import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.evaluation import evaluate_policy, random_return
from stable_baselines.common.vec_env import DummyVecEnv, VecEnvWrapper, VecNormalize
from tests.fakes import CheckedEnv, CheckedNewApiEnv, ScriptedModel

both_dialects = pytest.mark.parametrize('env_class', [CheckedEnv, CheckedNewApiEnv])


class GrowingRewardEnv(CheckedEnv):
    """The n-th episode (from 0) yields n each step."""

    def step(self, action):
        observation, _, done, info = super().step(action)
        return observation, float(self.episode), done, info


@both_dialects
def test_plain_environment(env_class):
    env = env_class(episode_length=3, reward=0.1)
    model = ScriptedModel(action=2)
    mean, std = evaluate_policy(model, env, n_eval_episodes=4)
    assert mean == pytest.approx(0.3) and std == pytest.approx(0, abs=1e-12)
    assert len(env.actions) == 12 and set(map(int, env.actions)) == {2}
    assert [int(state) for state in model.states] == [1, 2, 3] * 4  # it forgets between episodes
    assert set(model.deterministic) == {True} and not env.closed and env.drawn == 0


def test_spread_and_single_numbers():
    mean, std = evaluate_policy(ScriptedModel(), GrowingRewardEnv(episode_length=2), n_eval_episodes=3)
    assert mean == pytest.approx(2) and std == pytest.approx(np.std([0, 2, 4]))
    returns, lengths = evaluate_policy(ScriptedModel(), GrowingRewardEnv(episode_length=2), n_eval_episodes=3,
                                       return_episode_rewards=True)
    assert returns == [0.0, 2.0, 4.0] and lengths == [2, 2, 2]


@both_dialects
def test_vec_env_of_one_equals_the_plain_environment(env_class):
    model = ScriptedModel()
    venv = DummyVecEnv([lambda: env_class(episode_length=3)])
    assert evaluate_policy(model, venv, n_eval_episodes=2, deterministic=False, return_episode_rewards=True) == (
        [3.0, 3.0], [3, 3])
    assert set(model.deterministic) == {False}
    assert [state.tolist() for state in model.states] == [[1], [2], [3]] * 2


@pytest.mark.parametrize('episodes, expected', [(1, [10]), (2, [2, 10]), (5, [2, 2, 10, 10, 10])])
def test_every_environment_gives_its_share(episodes, expected):
    venv = DummyVecEnv([lambda: CheckedEnv(episode_length=2), lambda: CheckedEnv(episode_length=10)])
    returns, lengths = evaluate_policy(ScriptedModel(), venv, n_eval_episodes=episodes, return_episode_rewards=True)
    assert sorted(lengths) == expected and sorted(returns) == expected


def test_the_state_of_each_environment_is_forgotten_at_its_own_end():
    model = ScriptedModel()
    evaluate_policy(model, DummyVecEnv([lambda: CheckedEnv(episode_length=2), lambda: CheckedEnv(episode_length=3)]),
                    n_eval_episodes=2)
    assert [state.tolist() for state in model.states] == [[1, 1], [2, 2], [1, 3]]


def test_continuous_actions():
    space = spaces.Box(-1, 1, (2,), dtype=np.float32)
    action = np.array([0.5, -0.5], np.float32)
    for wrap in (lambda env: env, lambda env: DummyVecEnv([lambda: env])):
        env = CheckedEnv(action_space=space)
        evaluate_policy(ScriptedModel(action=action), wrap(env), n_eval_episodes=1)
        np.testing.assert_array_equal(env.actions[0], action)


def test_rewards_are_taken_as_the_given_environment_returns_them():
    class Double(VecEnvWrapper):
        def reset(self):
            return self.venv.reset()

        def step_wait(self):
            observations, rewards, dones, infos = self.venv.step_wait()
            return observations, rewards * 2, dones, infos

    venv = Double(DummyVecEnv([lambda: CheckedEnv(episode_length=3)]))
    assert evaluate_policy(ScriptedModel(), venv, n_eval_episodes=1)[0] == 6


@pytest.mark.parametrize('wrap', [lambda env: env, lambda env: DummyVecEnv([lambda: env])])
def test_callback_and_rendering(wrap):
    env = CheckedEnv(episode_length=3)
    seen = []

    def callback(locals_, globals_):
        assert {'reward', 'done', 'obs', 'action', 'episode_rewards', 'episode_lengths'} <= set(locals_)
        assert globals_['evaluate_policy'] is evaluate_policy
        seen.append(float(np.sum(locals_['reward'])))

    evaluate_policy(ScriptedModel(), wrap(env), n_eval_episodes=2, callback=callback, render=True)
    assert seen == [1.0] * 6 and env.drawn == 6


@pytest.mark.parametrize('wrap', [lambda env: env, lambda env: DummyVecEnv([lambda: env])])
def test_a_callback_follows_the_episode_under_way(wrap):
    seen = []
    evaluate_policy(ScriptedModel(), wrap(CheckedEnv(episode_length=3, reward=2.0)), n_eval_episodes=2,
                    callback=lambda locals_, _: seen.append((locals_['episode_reward'], locals_['episode_length'])))
    assert seen == [(2.0, 1), (4.0, 2), (6.0, 3)] * 2
    assert {type(number) for pair in seen for number in pair} == {float, int}


def test_a_callback_follows_several_episodes_under_way():
    venv = DummyVecEnv([lambda: CheckedEnv(episode_length=2), lambda: CheckedEnv(episode_length=3)])
    seen = []
    evaluate_policy(ScriptedModel(), venv, n_eval_episodes=2,
                    callback=lambda locals_, _: seen.append((locals_['episode_reward'], locals_['episode_length'])))
    for numbers in zip(*seen):
        np.testing.assert_array_equal(numbers, [[1, 1], [2, 2], [1, 3]])


@pytest.mark.parametrize('reward', [1.0, np.nan])
def test_a_return_below_the_threshold_is_an_error(reward):
    env = CheckedEnv(episode_length=3, reward=reward)
    told = pytest.warns(UserWarning, match='nan') if np.isnan(reward) else contextlib.nullcontext()
    with pytest.raises(AssertionError, match=r'below reward_threshold=3\.5'), told:
        evaluate_policy(ScriptedModel(), env, n_eval_episodes=1, reward_threshold=3.5)


def test_a_return_at_the_threshold_is_enough():
    assert evaluate_policy(ScriptedModel(), CheckedEnv(episode_length=3), reward_threshold=3.0)[0] == 3


@pytest.mark.parametrize('arguments, error, parts', [
    (dict(env=None), TypeError, ['env=None', 'gym.make', 'NoneType found']),
    (dict(env='CartPole-v1'), TypeError, ["env='CartPole-v1'", 'gym.make', 'str found']),
    (dict(env=CheckedEnv), TypeError, ['env=', 'gym.make']),
    (dict(model=None), TypeError, ['model=None', 'predict()']),
    (dict(callback=5), TypeError, ['callback=5', 'function']),
    (dict(n_eval_episodes=0), ValueError, ['n_eval_episodes=0', '1 or more']),
    (dict(n_eval_episodes='3'), ValueError, ["n_eval_episodes='3'", 'whole number'])])
def test_bad_arguments(arguments, error, parts):
    env = CheckedEnv(episode_length=3)
    with pytest.raises(error) as caught:
        evaluate_policy(**dict(dict(model=ScriptedModel(), env=env), **arguments))
    assert all(part in str(caught.value) for part in parts), caught.value
    assert env.drawn == 0


class NanAtStep(CheckedEnv):
    """Gives NaN once."""

    def __init__(self, step, kind, **options):
        super().__init__(**options)
        self.at, self.kind = step, kind

    def reset(self):
        return self._spoilt(super().reset(), 'observation')

    def step(self, action):
        observation, reward, done, info = super().step(action)
        return self._spoilt(observation, 'observation'), self._spoilt(reward, 'reward'), done, info

    def _spoilt(self, value, kind):
        return value * np.float32('nan') if kind == self.kind and self.at == self.step_in_episode else value


@pytest.mark.parametrize('step, kind', [(0, 'observation'), (2, 'observation'), (2, 'reward')])
@pytest.mark.parametrize('index', [None, 0, 1])
def test_who_gave_nan_is_named_once(step, kind, index):
    env = NanAtStep(step, kind, episode_length=4)
    if index is not None:
        env = DummyVecEnv([lambda: CheckedEnv(episode_length=5)] * index + [lambda env=env: env]
                          + [lambda: CheckedEnv(episode_length=5)] * (1 - index))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        returns, lengths = evaluate_policy(ScriptedModel(), env, n_eval_episodes=4, return_episode_rewards=True)
    assert len(caught) == 1 and len(lengths) == 4 and caught[0].filename == __file__
    assert 'of environment {} in step {} of the evaluation'.format(index or 0, step) in str(caught[0].message)
    assert str(caught[0].message).startswith('env: the ' + kind) and np.isnan(returns).any() == (kind == 'reward')


@pytest.mark.parametrize('episodes', [0, -1])
def test_no_episodes_are_refused(episodes):
    with pytest.raises(ValueError, match='n_eval_episodes={}'.format(episodes)):
        evaluate_policy(ScriptedModel(), CheckedEnv(), n_eval_episodes=episodes)


def test_raw_observations_are_warned_of_where_the_model_knows_normalized_ones():
    def make_env():
        return DummyVecEnv([lambda: CheckedEnv(episode_length=2)])
    model = ScriptedModel()
    model.get_vec_normalize_env = lambda: VecNormalize(make_env())
    for raw in (CheckedEnv(episode_length=2), make_env()):
        with pytest.warns(UserWarning, match='gives them raw. Wrap it in VecNormalize'):
            evaluate_policy(model, raw, n_eval_episodes=1)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        evaluate_policy(model, VecNormalize(make_env(), training=False), n_eval_episodes=1)
        model.get_vec_normalize_env = lambda: VecNormalize(make_env(), norm_obs=False)
        evaluate_policy(model, make_env(), n_eval_episodes=1)


class PaidActions(CheckedEnv):
    """The reward is the action."""

    def step(self, action):
        observation, _, done, info = super().step(action)
        return observation, float(action), done, info


@pytest.mark.parametrize('wrap', [lambda env: env, lambda env: DummyVecEnv([lambda: env])])
def test_the_level_of_random_actions(wrap):
    env = PaidActions(episode_length=50)
    level = random_return(wrap(env), n_episodes=40, seed=3)
    assert level == pytest.approx(50.0, abs=2.0) and not env.closed  # of actions 0, 1 and 2
    assert env.seeds == [3] and len(env.actions) == 2000
    assert np.bincount(np.ravel(env.actions)) == pytest.approx([667, 667, 667], abs=80)
    again = PaidActions(episode_length=50)
    assert random_return(wrap(again), n_episodes=40, seed=3) == level and again.actions == env.actions
    assert random_return(wrap(PaidActions(episode_length=50)), n_episodes=40, seed=4) != level


def test_random_levels_of_both_dialects_and_of_names():
    assert random_return(CheckedNewApiEnv(episode_length=3), n_episodes=2) == 3
    box = spaces.Box(-1, 1, (2,), dtype=np.float32)
    assert random_return(DummyVecEnv([lambda: CheckedEnv(action_space=box)] * 3), n_episodes=3, seed=None) == 5
    assert 15 < random_return('CartPole-v1', n_episodes=30) < 35


@pytest.mark.parametrize('env, options, error, message', [
    (3, {}, TypeError, 'env=3: an environment of gym'), (CheckedEnv(), dict(n_episodes=0), ValueError, 'n_episodes=0'),
    (CheckedEnv(), dict(seed=-1), ValueError, 'seed=-1')])
def test_bad_arguments_of_random_levels(env, options, error, message):
    with pytest.raises(error, match=message):
        random_return(env, **options)


@pytest.mark.parametrize('vectorized', [False, True])
def test_a_callback_finds_the_names_of_stable_baselines(vectorized):
    env, seen = CheckedEnv(episode_length=2), []

    def note(locals_, globals_):
        assert np.array_equal(locals_['new_obs'], locals_['obs'])
        seen.append(locals_['i'])

    evaluate_policy(ScriptedModel(), DummyVecEnv([lambda: env]) if vectorized else env, 3, callback=note)
    assert seen == [0, 0, 1, 1, 2, 2]
