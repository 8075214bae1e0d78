"""What generate_expert_traj promises, beyond what stands in test_record_expert: memory, agreement, interruptions."""
import functools
import io
import sys

import numpy as np
import pytest

from stable_baselines import TRPO
from stable_baselines.common import gym_api
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.vec_env import DummyVecEnv, SubprocVecEnv, VecNormalize
from stable_baselines.gail.dataset import ExpertDataset, generate_expert_traj
from tests.environments import RandomEnv, Shifted
from tests.fakes import CheckedEnv, ScriptedModel


def make_venv(*lengths, **options):
    return DummyVecEnv([lambda length=length: CheckedEnv(episode_length=length, **options) for length in lengths])


# ---------------------------------------------------------------- functions with a memory

def test_a_function_with_a_state_has_one_for_each_environment_and_episode():
    def counting(observation, state):
        step = 0 if state is None else state
        assert step == observation[1]  # the environment counts as well
        return step % 3, step + 1

    data = generate_expert_traj(counting, env=make_venv(2, 5, 7), n_episodes=6)
    steps = np.concatenate([np.arange(length) for length in (2, 5, 7, 2, 5, 7)])
    np.testing.assert_array_equal(data['actions'][:, 0], steps % 3)


class Controller:
    """An expert with a state as a method, with more arguments, and in a partial function."""

    def __call__(self, observation, state=None, gain=1):
        return 0, gain

    def act(self, observation, memory):
        return 0, 1


@pytest.mark.parametrize('function', [Controller(), Controller().act, functools.partial(Controller().act),
                                      lambda observation, state=None: (0, 1)])
def test_every_kind_of_function_with_a_state_is_understood(function):
    data = generate_expert_traj(function, env=CheckedEnv(episode_length=2), n_episodes=2)
    assert data['actions'].tolist() == [[0]] * 4


@pytest.mark.parametrize('function', [lambda state: 1, lambda observation, gain=2.0: int(gain),
                                      lambda observation, *rest: 1, lambda observation, **options: 1, len])
def test_functions_of_an_observation_alone_get_nothing_else(function):
    data = generate_expert_traj(function, env=CheckedEnv(episode_length=2), n_episodes=1)
    assert len(set(data['actions'][:, 0])) == 1


@pytest.mark.parametrize('answer', [1, (1,), [1, 2], (1, 2, 3), None])
def test_a_state_that_is_not_returned_is_missed(answer):
    with pytest.raises(ValueError, match=r'takes a state, so it must answer with a tuple \(action, next state\); it '):
        generate_expert_traj(lambda observation, state: answer, env=CheckedEnv(), n_episodes=1)


# ---------------------------------------------------------------- agreement with evaluation

@pytest.fixture(scope='module')
def model():
    return TRPO('MlpPolicy', 'CartPole-v1', seed=0, policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]))


def cartpoles(count, seed):
    venv = DummyVecEnv([lambda: gym_api.make('CartPole-v1')] * count)
    venv.seed(seed)
    return venv


@pytest.mark.parametrize('n_envs', [1, 3])
def test_a_recorded_expert_is_as_good_as_evaluation_says(model, n_envs):
    data = generate_expert_traj(model, env=cartpoles(n_envs, 5), n_episodes=12)
    returns, lengths = evaluate_policy(model, cartpoles(n_envs, 5), 12, return_episode_rewards=True)
    assert sorted(data['episode_returns']) == sorted(returns)  # same seeds: the same episodes
    dataset = ExpertDataset(traj_data=data, verbose=0)
    assert sorted(dataset.episode_lengths) == sorted(lengths) and len(set(lengths)) > 1
    assert dataset.avg_ret == pytest.approx(np.mean(returns))


def test_a_random_experts_mean_return_is_within_noise_of_evaluation(model):
    data = generate_expert_traj(model, env=cartpoles(2, 1), n_episodes=60, deterministic=False)
    mean, std = evaluate_policy(model, cartpoles(2, 2), 60, deterministic=False)
    assert abs(data['episode_returns'].mean() - mean) < 4 * std * np.sqrt(2 / 60)


def test_the_order_of_recording_does_not_favour_short_episodes():
    """Episodes of 2 and of 30 steps by turns: any that ends first would be a short one."""
    data = generate_expert_traj(lambda observations: [0, 0], env=make_venv(2, 30), n_episodes=10)
    assert data['episode_returns'].mean() == 16.0


# ---------------------------------------------------------------- the environment afterwards

def test_processes_are_recorded_and_stay_usable(tmp_path):
    venv = SubprocVecEnv([lambda: CheckedEnv(episode_length=3), lambda: CheckedEnv(episode_length=5)])
    try:
        data = generate_expert_traj(lambda observations: [1, 1], tmp_path / 'expert', venv, n_episodes=4)
        assert data['episode_returns'].tolist() == [3, 5, 3, 5]
        calls = []

        def impatient(observation):
            calls.append(0)
            if len(calls) == 5:
                raise KeyboardInterrupt
            return [1, 1]

        assert generate_expert_traj(impatient, None, venv, n_episodes=4)['episode_returns'].tolist() == [3]
        assert venv.reset().shape == (2, 2)
        assert venv.step([0, 0])[1].tolist() == [1, 1]
    finally:
        venv.close()


@pytest.mark.parametrize('stage', ['step', 'reset'])
def test_interruption_inside_the_environment(stage, tmp_path):
    class Impatient(CheckedEnv):
        def step(self, action):
            if stage == 'step' and len(self.actions) == 8:
                raise KeyboardInterrupt
            return super().step(action)

        def reset(self):
            if stage == 'reset' and len(self.actions) >= 6:
                raise KeyboardInterrupt
            return super().reset()

    data = generate_expert_traj(lambda observation: 0, tmp_path / 'expert', Impatient(episode_length=3), n_episodes=9)
    # An interruption in the reset that follows an episode takes that episode along: its last step never came back.
    assert len(data['episode_returns']) == (2 if stage == 'step' else 1)
    assert ExpertDataset(tmp_path / 'expert', verbose=0).num_traj == len(data['episode_returns'])


def test_a_model_recorded_in_its_own_environment_goes_on_learning():
    venv = VecNormalize(DummyVecEnv([lambda: Shifted(5), lambda: Shifted(7)]))
    model = TRPO('MlpPolicy', venv, timesteps_per_batch=32, cg_iters=2, seed=0,
                 policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])])).learn(32)
    count, mean = venv.obs_rms.count, venv.obs_rms.mean.copy()
    data = generate_expert_traj(model, n_episodes=4)
    assert data['obs'].mean(axis=0)[0] > 10  # raw: shifted by 20
    assert venv.obs_rms.count == count and np.array_equal(venv.obs_rms.mean, mean) and venv.training
    model.learn(32, reset_num_timesteps=False)
    assert model.num_timesteps == 64 and venv.obs_rms.count > count


# ---------------------------------------------------------------- on the screen

class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_progress(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, 'stderr', terminal)
    generate_expert_traj(lambda observations: [0, 0], env=make_venv(2, 3), n_episodes=5)
    assert 'Recording' in terminal.getvalue() and '5/5' in terminal.getvalue()


@pytest.mark.parametrize('deterministic', [True, False])
def test_a_model_acts_as_asked_and_by_default_deterministically(deterministic):
    model = ScriptedModel()
    generate_expert_traj(model, env=CheckedEnv(), n_episodes=1, **{} if deterministic else {'deterministic': False})
    assert set(model.deterministic) == {deterministic}


def test_an_unwritable_place_is_known_before_the_first_step(tmp_path):
    (tmp_path / 'file').write_text('in the way')
    env = RandomEnv(Shifted().observation_space, Shifted().action_space)
    with pytest.raises(OSError):
        generate_expert_traj(lambda observation: 1 / 0, tmp_path / 'file' / 'expert', env, n_episodes=1)
    assert env.n_steps == 0


# ---------------------------------------------------------------- bad numbers

@pytest.mark.parametrize('kind, message', [
    ('observation', r'the observation \[nan, 3.0\] of environment 1 in step 3 since reset\(\) is not finite'),
    ('reward', r'the reward nan of environment 1 in step 3'),
])
def test_bad_numbers_are_named_and_nothing_is_written(kind, message, tmp_path):
    class Bad(CheckedEnv):
        def step(self, action):
            observation, reward, done, info = super().step(action)
            if self.step_in_episode == 3:
                if kind == 'reward':
                    return observation, np.nan, done, info
                observation[0] = np.nan
            return observation, reward, done, info
    path = tmp_path / 'expert.npz'
    with pytest.raises(ValueError, match=message):
        generate_expert_traj(lambda observations: [1, 1], path, DummyVecEnv([
            lambda: CheckedEnv(episode_length=9), lambda: Bad(episode_length=9)]), n_episodes=4)
    assert not path.exists()
