"""Environments, VecEnvs and wrappers that misbehave: who did what, and when, is said before anything is learned."""
import gc

import gym
import numpy as np
import pytest
from gym import spaces

from stable_baselines import SAC, TRPO
from stable_baselines.common.vec_env import (
    DummyVecEnv,
    SubprocVecEnv,
    VecCheckNan,
    VecEnvWrapper,
    VecMonitor,
    VecNormalize,
)
from tests.environments import RandomEnv
from tests.fakes import CheckedEnv

BOX = spaces.Box(-1.0, 1.0, (3,), np.float32)
ACTIONS = {TRPO: spaces.Discrete(2), SAC: spaces.Box(-1.0, 1.0, (1,), np.float32)}
SMALL = {TRPO: dict(timesteps_per_batch=32, cg_iters=2, policy_kwargs=dict(net_arch=[4]), seed=0),
         SAC: dict(learning_starts=20, batch_size=4, buffer_size=100, policy_kwargs=dict(layers=[4]), seed=0)}
both = pytest.mark.parametrize('algorithm', [TRPO, SAC])


class BadEnd(RandomEnv):
    """The last observation of each episode is none."""

    def step(self, action):
        observation, reward, done, info = super().step(action)
        return np.full(3, np.nan, np.float32) if done else observation, reward, done, info


def envs(env_class, algorithm, *lengths, **options):
    return DummyVecEnv([lambda length=length: env_class(BOX, ACTIONS[algorithm], episode_length=length, **options)
                        for length in lengths])


def parameters_after_failure(model, match):
    before = {name: value.copy() for name, value in model.get_parameters().items()}
    with pytest.raises(ValueError, match=match):
        model.learn(1000)
    return before, model.get_parameters()


@both
def test_an_episode_that_ends_in_nan_teaches_nothing(algorithm):
    model = algorithm('MlpPolicy', envs(BadEnd, algorithm, 50, 7, time_limit=True), **SMALL[algorithm])
    before, after = parameters_after_failure(model, 'last observation .*nan.* of environment 1 in step 7 ')
    assert all(np.array_equal(value, before[name]) for name, value in after.items())


@pytest.mark.parametrize('wrapper', [VecNormalize, lambda venv: VecCheckNan(venv, raise_exception=True)])
def test_wrappers_see_the_ends_of_episodes(wrapper):
    venv = wrapper(envs(BadEnd, TRPO, 50, 3))
    venv.reset()
    venv.step([0, 0])
    venv.step([0, 0])
    with pytest.raises(ValueError, match='last observation .*nan.* of environment 1 in step 3 since reset'):
        venv.step([0, 0])


def test_nan_after_the_last_step_of_a_batch_teaches_nothing():
    model = TRPO('MlpPolicy', envs(BadEnd, TRPO, 1000), **SMALL[TRPO])
    env = model._vec_env.envs[0]
    steps = []

    def step(action, original=env.step):
        steps.append(action)
        observation, *rest = original(action)
        return (np.full(3, np.nan) if len(steps) == 32 else observation, *rest)
    env.step = step
    before, after = parameters_after_failure(model, 'environment 0 gave the observation .*nan.* in step 32 of a batch')
    assert all(np.array_equal(value, before[name]) for name, value in after.items())


@pytest.mark.parametrize('kind', ['observation', 'reward'])
def test_observations_and_rewards_count_steps_alike(kind):
    class Bad(RandomEnv):
        def step(self, action):
            observation, reward, done, info = super().step(action)
            if self.n_steps == 13:
                observation, reward = {'observation': (observation * np.nan, reward),
                                       'reward': (observation, np.nan)}[kind]
            return observation, reward, done, info
    model = TRPO('MlpPolicy', envs(Bad, TRPO, 100), **SMALL[TRPO])
    with pytest.raises(ValueError, match='the {} .*nan.* in step 13 of a batch'.format(kind)):
        model.learn(32)


# ---------------------------------------------------------------- infos of the environment's own

class OneInfo(gym.Env):
    """Keeps one dictionary for ever; a time limit and a terminal state end its episodes by turns."""

    observation_space, action_space = BOX, ACTIONS[TRPO]

    def __init__(self, new_api):
        self.info, self.new_api, self.steps = {}, new_api, 0

    def reset(self, **_options):
        return (np.zeros(3), {}) if self.new_api else np.zeros(3)

    def step(self, action):
        self.steps += 1
        limit, end = self.steps % 4 == 2, self.steps % 4 == 0
        if self.new_api:
            return np.full(3, self.steps / 100), 1.0, end, limit, self.info
        if limit:
            self.info['TimeLimit.truncated'] = True
        return np.full(3, self.steps / 100), 1.0, limit or end, self.info


@pytest.mark.parametrize('new_api', [False, True])
@pytest.mark.parametrize('wrapper', [lambda venv: venv, VecMonitor])
def test_an_end_leaves_nothing_in_the_next_episode(new_api, wrapper):
    venv = wrapper(DummyVecEnv([lambda: OneInfo(new_api)]))
    venv.reset()
    infos = [venv.step([0])[3][0] for _ in range(8)]
    assert [bool(info.get('TimeLimit.truncated', False)) for info in infos[1::2]] == [True, False, True, False]
    np.testing.assert_allclose([info['terminal_observation'][0] for info in infos[1::2]], [0.02, 0.04, 0.06, 0.08])
    assert not any('terminal_observation' in info or 'episode' in info for info in infos[::2])


# ---------------------------------------------------------------- wrong results of environments

@pytest.mark.parametrize('result, words', [
    (None, r'step\(\) of Wrong gave None, but \(observation, reward, done, info\)'),
    ((0.0, 1.0, False), r'step\(\) of Wrong gave \(0.0, 1.0, False\)'),
    ((np.zeros(3), [1.0], False, {}), r'environment 1: step\(\) gave the reward \[1.0\], but a number is needed'),
    ((np.zeros(3), 'much', False, {}), "environment 1: .*the reward 'much'"),
    (([[0.0], [1.0, 2.0]], 1.0, False, {}), r'environment 1: step\(\) gave an observation of '),
    ((np.zeros(3), 1.0, True, None), r'environment 1: step\(\) gave the info None, but a dictionary is needed'),
])
def test_wrong_results_of_a_step(result, words):
    class Wrong(RandomEnv):
        def step(self, action):
            return result
    right, wrong = RandomEnv(BOX, ACTIONS[TRPO]), Wrong(BOX, ACTIONS[TRPO])
    venv = DummyVecEnv([lambda: right, lambda: wrong])
    venv.reset()
    with pytest.raises(ValueError, match=words):
        venv.step([0, 0])


@pytest.mark.parametrize('observation', [None, np.zeros(4), [[0.0], [1.0, 2.0]], 'abc', ['a', 'b', 'c']])
def test_a_wrong_observation_of_a_reset_blames_the_reset(observation):
    class Wrong(RandomEnv):
        def reset(self, **_options):
            started, self.started = getattr(self, 'started', False), True
            return observation if started else super().reset()
    env = Wrong(BOX, ACTIONS[TRPO], episode_length=1)
    venv = DummyVecEnv([lambda: env])
    venv.reset()
    with pytest.raises((ValueError, TypeError), match=r'environment 0: reset\(\) gave an observation of '):
        venv.step([0])


@both
def test_last_observations_take_the_shape_of_their_space(algorithm):
    class Row(RandomEnv):
        def step(self, action):
            observation, *rest = super().step(action)
            return (observation[None], *rest)
    model = algorithm('MlpPolicy', envs(Row, algorithm, 5, 6, time_limit=True), **SMALL[algorithm])
    assert model.learn(64).num_timesteps == 64


# ---------------------------------------------------------------- VecEnvs and wrappers of users

class WithoutLast(VecEnvWrapper):
    """Keeps no last observations, and its results are of the types that the class says."""

    as_rewards = as_dones = staticmethod(lambda values: values)

    def reset(self):
        return self.venv.reset()

    def step_wait(self):
        observations, rewards, dones, infos = self.venv.step_wait()
        for info in infos:
            info.pop('terminal_observation', None)
        return observations, self.as_rewards(rewards), self.as_dones(dones), infos


@both
def test_vec_envs_without_last_observations(algorithm):
    model = algorithm('MlpPolicy', WithoutLast(envs(RandomEnv, algorithm, 5, 6, time_limit=True)), **SMALL[algorithm])
    assert model.learn(64).num_timesteps == 64


@both
@pytest.mark.parametrize('name, convert, words', [
    ('rewards', lambda values: values[:, None], r'rewards of shape \(2, 1\), but \(2,\) is needed'),
    ('dones', lambda values: values[:, None], r'dones of shape \(2, 1\)'),
])
def test_wrong_results_of_a_vec_env(algorithm, name, convert, words):
    venv = WithoutLast(envs(RandomEnv, algorithm, 50, 60))
    setattr(venv, 'as_' + name, convert)
    model = algorithm('MlpPolicy', venv, **SMALL[algorithm])
    with pytest.raises(ValueError, match=r'env: step\(\) of WithoutLast gave ' + words):
        model.learn(64)


@pytest.mark.parametrize('wrapper', [lambda venv: venv, VecNormalize])
def test_ends_may_be_numbers(wrapper):
    venv = WithoutLast(envs(RandomEnv, TRPO, 5, 6))
    venv.as_dones = lambda dones: dones.astype(np.float32)
    assert TRPO('MlpPolicy', wrapper(venv), **SMALL[TRPO]).learn(64).num_timesteps == 64


@both
def test_a_wrapper_that_forgets_last_observations_is_named(algorithm):
    class Halves(VecEnvWrapper):
        def __init__(self, venv):
            super().__init__(venv, observation_space=spaces.Box(-1.0, 1.0, (2,), np.float32))

        def reset(self):
            return self.venv.reset()[:, :2]

        def step_wait(self):
            observations, *rest = self.venv.step_wait()
            return (observations[:, :2], *rest)
    model = algorithm('MlpPolicy', Halves(envs(RandomEnv, algorithm, 5, 6, time_limit=True)), **SMALL[algorithm])
    with pytest.raises(ValueError, match=r"terminal_observation'\] of environment 0 has shape \(3,\), but observations "
                                         r'have \(2,\).* the outermost one is Halves'):
        model.learn(64)


# ---------------------------------------------------------------- building

def refuse():
    raise ValueError('no licence\nfor this simulator')


def test_an_environment_that_cannot_be_built_says_why():
    for env_fns in ([refuse] * 3, [refuse, CheckedEnv], [CheckedEnv, refuse]):
        with pytest.raises(RuntimeError, match='environment [0-2] raised ValueError: no licence in its') as caught:
            SubprocVecEnv(env_fns, 'fork')
        assert 'for this simulator' in str(caught.value) and 'Traceback' in str(caught.value)


def test_a_forked_process_leaves_the_models_of_its_parent_alone():
    model = TRPO('MlpPolicy', envs(RandomEnv, TRPO, 5), **SMALL[TRPO]).learn(32)
    gc.disable()
    try:
        del model  # garbage that nobody has cleared away yet

        def build():
            gc.collect()
            return CheckedEnv()
        venv = SubprocVecEnv([build] * 2, 'fork')
        venv.reset()
        assert venv.step([0, 0])[0].shape == (2, 2)
        venv.close()
    finally:
        gc.enable()


@pytest.mark.parametrize('env_fns', [None, 3, 'CartPole-v1', (env for env in [CheckedEnv])])
@pytest.mark.parametrize('kind', [DummyVecEnv, SubprocVecEnv])
def test_anything_but_a_list_of_functions_is_refused(kind, env_fns):
    with pytest.raises(TypeError, match='env_fns must be a list of functions that build environments, found '):
        kind(env_fns)


def test_spaces_that_differ_in_one_bound_are_told_apart():
    other = spaces.Box(np.float32([-1, -1, -1]), np.float32([1, 0.5, 1]))
    with pytest.raises(ValueError, match=r'environments 0 and 1 .*\[1.0, 1.0, 1.0\] and .*\[1.0, 0.5, 1.0\]'):
        DummyVecEnv([lambda: RandomEnv(BOX, ACTIONS[TRPO]), lambda: RandomEnv(other, ACTIONS[TRPO])])
