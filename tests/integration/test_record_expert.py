"""Recording an expert: the right episodes, as they were, whatever the environment is wrapped in."""
import os

import gym
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common import gym_api
from stable_baselines.common.vec_env import DummyVecEnv, VecEnvWrapper
from stable_baselines.gail.dataset import (
    ExpertDataset,
    episode_collector,
    generate_expert_traj,
    read_demonstrations,
    write_demonstrations,
)
from tests.fakes import CheckedEnv, CheckedNewApiEnv, ScriptedModel


def make_venv(*lengths, **kwargs):
    return DummyVecEnv([lambda length=length: CheckedEnv(episode_length=length, **kwargs) for length in lengths])


def episodes_of(data):
    """Rows of ``obs``, one item an episode."""
    return np.split(data['obs'], np.flatnonzero(data['episode_starts'])[1:])


class NormalizingWrapper(VecEnvWrapper):
    """What VecNormalize looks like from outside: changed observations and rewards, the originals on request."""

    def __init__(self, venv):
        super().__init__(venv)
        self.training = True
        self.training_seen = set()

    def reset(self):
        self._observations = self.venv.reset()
        return self._observations * 0 - 5

    def step_wait(self):
        self.training_seen.add(self.training)
        self._observations, self._rewards, dones, infos = self.venv.step_wait()
        return self._observations * 0 - 5, self._rewards * 0 - 5, dones, infos

    def get_original_obs(self):
        return self._observations.copy()

    def get_original_reward(self):
        return self._rewards.copy()


@pytest.mark.parametrize('env_class', [CheckedEnv, CheckedNewApiEnv])
@pytest.mark.parametrize('time_limit', [False, True])
def test_function_is_recorded_from_a_plain_environment(env_class, time_limit):
    env = env_class(episode_length=3, reward=2.0, time_limit=time_limit)
    seen = []

    def expert(observation):
        seen.append(np.array(observation))
        observation[:] = -9  # what an expert does to its input must not reach the recording
        return int(seen[-1][1]) % 3

    data = generate_expert_traj(expert, env=env, n_episodes=2)
    assert sorted(data) == ['actions', 'episode_returns', 'episode_starts', 'obs', 'rewards']
    np.testing.assert_array_equal(data['obs'], [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]])
    np.testing.assert_array_equal(data['obs'], seen)
    np.testing.assert_array_equal(data['actions'], [[0], [1], [2]] * 2)
    np.testing.assert_array_equal(data['episode_starts'], [True, False, False] * 2)
    np.testing.assert_array_equal(data['rewards'], [2.0] * 6)
    np.testing.assert_array_equal(data['episode_returns'], [6.0, 6.0])
    assert [data[key].dtype.kind for key in ('obs', 'actions', 'rewards', 'episode_starts')] == ['f', 'i', 'f', 'b']
    assert not env.closed
    gym_api.reset(env)  # still usable


@pytest.mark.parametrize('name', [5, b'expert', ['expert']])
def test_what_is_no_name_of_a_file_is_refused_by_the_argument(name):
    env = CheckedEnv()
    with pytest.raises(ValueError, match='save_path=.*: the name of a file is needed'):
        generate_expert_traj(lambda observation: 1, name, env, n_episodes=1)
    assert not env.actions
    data = generate_expert_traj(lambda observation: 1, None, env, n_episodes=1)
    for call in (ExpertDataset(traj_data=data, verbose=0).save, lambda path: write_demonstrations(path, data),
                 read_demonstrations):
        with pytest.raises(ValueError, match='path=.*: the name of a file is needed'):
            call(name)


@pytest.mark.parametrize('name', ['g.csv', 'U.NPZ'])
def test_a_recording_is_found_under_the_name_given(tmp_path, name):
    data = generate_expert_traj(lambda observation: 1, tmp_path / name, CheckedEnv(), n_episodes=1)
    dataset = ExpertDataset(tmp_path / name, verbose=0)
    np.testing.assert_array_equal(dataset.observations, data['obs'])
    dataset.save(tmp_path / name)
    assert len(os.listdir(str(tmp_path))) == 1


def test_file_holds_what_was_returned(tmp_path):
    data = generate_expert_traj(lambda observation: 1, str(tmp_path / 'new' / 'expert'), CheckedEnv(), n_episodes=3)
    assert os.listdir(str(tmp_path / 'new')) == ['expert.npz']
    with np.load(str(tmp_path / 'new' / 'expert.npz')) as file:
        assert sorted(file.files) == sorted(data)
        for key in data:
            np.testing.assert_array_equal(file[key], data[key])
    dataset = ExpertDataset(tmp_path / 'new' / 'expert', verbose=0)
    assert dataset.num_traj == 3
    assert dataset.digest() == ExpertDataset(traj_data=data, verbose=0).digest()
    dataset.validate(CheckedEnv())


def test_every_environment_gives_its_share_of_whole_episodes():
    """The short one could give them all in the time of the long one's first."""
    data = generate_expert_traj(lambda observations: [0] * len(observations), env=make_venv(2, 5, 30), n_episodes=7)
    assert [len(episode) for episode in episodes_of(data)] == [2, 5, 30, 2, 5, 30, 2]
    assert data['episode_returns'].tolist() == [2, 5, 30, 2, 5, 30, 2]
    for episode in episodes_of(data):
        np.testing.assert_array_equal(episode[:, 1], np.arange(len(episode)))  # no row of another episode
        assert len(set(episode[:, 0])) == 1


def test_fewer_episodes_than_environments():
    data = generate_expert_traj(lambda observations: [0] * len(observations), env=make_venv(2, 5, 30), n_episodes=2)
    assert [len(episode) for episode in episodes_of(data)] == [2, 5]


def test_model_gets_state_mask_and_determinism_back():
    model = ScriptedModel(env=make_venv(2, 3))
    generate_expert_traj(model, n_episodes=4)
    assert [state.tolist() for state in model.states] == [[1, 1], [2, 2], [1, 3], [2, 1], [1, 2], [2, 3]]
    assert set(model.deterministic) == {True}
    stochastic = ScriptedModel(env=make_venv(2))
    generate_expert_traj(stochastic, n_episodes=1, deterministic=False)
    assert set(stochastic.deterministic) == {False}


def test_model_is_trained_first_when_asked():
    class Learner(ScriptedModel):
        def learn(self, total_timesteps):
            assert not self.states
            self.learned = total_timesteps

    model = Learner()
    generate_expert_traj(model, env=CheckedEnv(), n_timesteps=100, n_episodes=1)
    assert model.learned == 100


def test_given_environment_comes_before_the_models_own():
    other = CheckedEnv(episode_length=2)
    own = CheckedEnv()
    generate_expert_traj(ScriptedModel(env=own), env=other, n_episodes=1)
    assert other.episode >= 0 and own.episode == -1


def test_single_environment_model_view_is_unwrapped():
    class _UnvecWrapper(VecEnvWrapper):  # the name models use for it
        def reset(self):
            return self.venv.reset()[0]

        def step_wait(self):
            raise AssertionError('not to be stepped')

    data = generate_expert_traj(ScriptedModel(env=_UnvecWrapper(make_venv(3))), n_episodes=1)
    assert data['obs'].shape == (3, 2)


@pytest.mark.parametrize('as_function', [False, True])
def test_raw_observations_and_rewards_are_recorded_under_normalization(as_function):
    seen = []

    class Watcher(ScriptedModel):
        def predict(self, observation, **kwargs):
            seen.append(observation[0].tolist())
            return super().predict(observation, **kwargs)

    venv = NormalizingWrapper(make_venv(3, reward=2.0))

    def function(observation):
        seen.append(observation[0].tolist())
        return [0]

    data = generate_expert_traj(function if as_function else Watcher(), env=venv, n_episodes=1)
    np.testing.assert_array_equal(data['obs'], [[0, 0], [0, 1], [0, 2]])
    np.testing.assert_array_equal(data['rewards'], [2, 2, 2])
    assert seen == (data['obs'].tolist() if as_function else [[-5, -5]] * 3)
    assert venv.training_seen == {False} and venv.training  # statistics were frozen, and are no longer


def test_normalization_below_a_reshaping_wrapper_is_refused():
    class Doubling(VecEnvWrapper):
        def __init__(self, venv):
            super().__init__(venv, spaces.Box(-1000, 1000, (4,), dtype=np.float32))

        def reset(self):
            return np.tile(self.venv.reset(), 2)

        def step_wait(self):
            observations, rewards, dones, infos = self.venv.step_wait()
            return np.tile(observations, 2), rewards, dones, infos

    inner = NormalizingWrapper(make_venv(3))
    with pytest.raises(ValueError, match=r'shape \(2,\), those after all wrappers \(4,\); put VecNormalize around'):
        generate_expert_traj(lambda observation: 0, env=Doubling(inner), n_episodes=1)
    assert inner.training


@pytest.mark.parametrize('space, answer, stored', [
    (spaces.Discrete(3), 2, [2]),
    (spaces.Discrete(3), np.array([1]), [1]),
    (spaces.Box(-1, 1, (2,), dtype=np.float32), [0.5, -7], [0.5, -1]),
    (spaces.Box(-1, 1, (1,), dtype=np.float32), 0.25, [0.25]),
    (spaces.Box(-1, 1, (2, 1), dtype=np.float32), [[0.5], [3]], [[0.5], [1]]),
    (spaces.MultiDiscrete([3, 4]), [2, 3], [2, 3]),
    (spaces.MultiBinary(3), (1, 0, 1), [1, 0, 1]),
])
def test_actions_of_every_kind_are_stored_as_the_environment_got_them(space, answer, stored):
    env = CheckedEnv(episode_length=2, action_space=space)
    data = generate_expert_traj(lambda observation: answer, env=env, n_episodes=1)
    np.testing.assert_array_equal(data['actions'], [stored, stored])
    np.testing.assert_array_equal(np.reshape(env.actions[0], -1), np.reshape(stored, -1))
    ExpertDataset(traj_data=data, verbose=0).validate(env)


@pytest.mark.parametrize('space, answer', [
    (spaces.Discrete(3), 3), (spaces.Discrete(3), -1), (spaces.Discrete(3), 0.5), (spaces.Discrete(3), [0, 1]),
    (spaces.Discrete(3), None), (spaces.Discrete(3), 'left'), (spaces.MultiDiscrete([3, 4]), [2, 4]),
    (spaces.MultiBinary(2), [0, 2]), (spaces.Box(-1, 1, (2,), dtype=np.float32), [0, np.nan]),
    (spaces.Box(-1, 1, (2,), dtype=np.float32), [0, 0, 0]), (spaces.Box(-1, 1, (2,), dtype=np.float32), 0.5),
])
def test_actions_that_do_not_exist_are_refused(space, answer):
    env = CheckedEnv(action_space=space)
    with pytest.raises(ValueError, match='The expert answered .*action space ' + type(space).__name__):
        generate_expert_traj(lambda observation: answer, env=env, n_episodes=1)
    assert not env.actions and not env.closed


BOX = spaces.Box(-1, 1, (2,), dtype=np.float32)


@pytest.mark.parametrize('n_envs', [1, 3])
def test_a_function_gets_the_batch_of_a_vec_env(n_envs):
    seen = []

    def expert(observations):
        seen.append(observations.copy())
        observations[:] = -9
        return (seen[-1][:, 1] + np.arange(n_envs)) % 3

    data = generate_expert_traj(expert, None, make_venv(*[3] * n_envs), n_episodes=2 * n_envs)
    assert len(seen) == 6 and {rows.shape for rows in seen} == {(n_envs, 2)}
    steps = np.tile(np.arange(3), 2 * n_envs)
    np.testing.assert_array_equal(data['obs'][:, 1], steps)
    np.testing.assert_array_equal(data['actions'][:, 0],
                                  (steps + np.tile(np.repeat(np.arange(n_envs), 3), 2)) % 3)


@pytest.mark.parametrize('n_envs, space, answer', [
    (2, spaces.Discrete(3), [0, 1]), (2, spaces.Discrete(3), [[0], [1]]), (2, spaces.Discrete(3), np.array([0.0, 1.0])),
    (2, BOX, [[0.5, 0.5], [1, 1]]), (2, spaces.Box(-1, 1, (1,), dtype=np.float32), [0.5, 0.25]),
    (2, spaces.MultiDiscrete([3, 4]), [(0, 1), (2, 3)]), (1, spaces.Discrete(3), 2), (1, spaces.Discrete(3), [2]),
    (1, spaces.Discrete(3), np.array(2)), (1, BOX, [0.5, 0.25]), (1, BOX, [[0.5, 0.25]]),
    (1, spaces.Box(-1, 1, (1,), dtype=np.float32), 0.5), (1, spaces.MultiBinary(3), [0, 1, 1]),
])
def test_a_function_answers_a_vec_env_with_an_action_for_each(n_envs, space, answer):
    data = generate_expert_traj(lambda observations: answer, None, make_venv(*[1] * n_envs, action_space=space),
                                n_episodes=n_envs)
    np.testing.assert_array_equal(data['actions'], np.reshape(answer, data['actions'].shape))


@pytest.mark.parametrize('n_envs, space, answer, needed', [
    (2, spaces.Discrete(3), 0, r'shape \(\), .* each of 2 environments .*shape \(2,\) .* Discrete'),
    (2, spaces.Discrete(3), [0], r'shape \(1,\), .*shape \(2,\)'),
    (3, spaces.Discrete(3), [0, 1], r'shape \(2,\), .*shape \(3,\)'),
    (1, spaces.Discrete(3), [0, 1], r'shape \(2,\), .* each of 1 environment .*shape \(1,\)'),
    (2, BOX, [0.5, 0.5], r'shape \(2,\), .*shape \(2, 2\) .* Box'),
    (3, BOX, np.zeros((2, 3)), r'shape \(2, 3\), .*shape \(3, 2\)'),
    (2, spaces.Discrete(3), None, r'shape \(\), .*shape \(2,\)'),
    (2, spaces.Discrete(3), ['left', 'right'], r"\['left', 'right'\], .*shape \(2,\)"),
])
def test_another_number_of_actions_than_of_environments_is_refused(n_envs, space, answer, needed):
    venv = make_venv(*[3] * n_envs, action_space=space)
    with pytest.raises(ValueError, match='(?s)The expert .* answered .*' + needed + '.*all environments at once'):
        generate_expert_traj(lambda observations: answer, None, venv, n_episodes=1)
    assert not venv.envs[0].actions


@pytest.mark.parametrize('expert', [lambda observation: int(observation[1] > 1),
                                    lambda observation: [first + second for first, second in [observation]]])
def test_a_function_of_one_observation_that_gets_a_batch_is_told_so(expert):
    with pytest.raises(ValueError, match=r'The expert .* failed with .*shape \(1, 2\)\. Let it answer with'):
        generate_expert_traj(expert, None, make_venv(3), n_episodes=1)


def test_errors_of_an_expert_in_later_steps_are_its_own():
    def expert(observations):
        if observations[0, 1] == 2:
            raise IndexError('its own')
        return [0]

    with pytest.raises(IndexError, match='^its own$'):
        generate_expert_traj(expert, None, make_venv(3), n_episodes=1)


class DiscreteObservations(gym.Env):
    observation_space = spaces.Discrete(5)
    action_space = spaces.Discrete(2)

    def reset(self):
        self.place = 0
        return self.place

    def step(self, action):
        self.place += action
        return self.place, 1.0, self.place == 4, {}


def test_discrete_observations_are_stored_as_a_column():
    data = generate_expert_traj(lambda observation: 1, env=DiscreteObservations(), n_episodes=1)
    np.testing.assert_array_equal(data['obs'], [[0], [1], [2], [3]])
    ExpertDataset(traj_data=data, verbose=0).validate(DiscreteObservations())


def test_last_line_reports_the_recording(capsys):
    generate_expert_traj(lambda observations: [0] * len(observations), env=make_venv(2, 4), n_episodes=2)
    assert capsys.readouterr().out == 'Recorded 2 episodes, 6 steps, return 3.00 +/- 1.00\n'


def test_interruption_keeps_the_finished_episodes(tmp_path, capsys):
    calls = []

    def expert(observation):
        calls.append(0)
        if len(calls) == 13:  # in the third episode
            raise KeyboardInterrupt
        return 0

    data = generate_expert_traj(expert, tmp_path / 'expert', CheckedEnv(episode_length=5), n_episodes=10)
    assert data['episode_returns'].tolist() == [5, 5] and len(data['obs']) == 10
    assert 'Interrupted: 8 episodes are missing' in capsys.readouterr().out
    assert ExpertDataset(tmp_path / 'expert', verbose=0).num_traj == 2


def test_interruption_before_the_first_end_stays_an_interruption(tmp_path):
    def expert(observation):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_expert_traj(expert, tmp_path / 'expert', CheckedEnv(), n_episodes=10)
    assert os.listdir(str(tmp_path)) == []


def test_failing_environment_leaves_the_old_file(tmp_path):
    generate_expert_traj(lambda observation: 0, tmp_path / 'expert', CheckedEnv(), n_episodes=1)

    def failing(observation):
        raise RuntimeError('sensor lost')

    with pytest.raises(RuntimeError, match='sensor lost'):
        generate_expert_traj(failing, tmp_path / 'expert', CheckedEnv(), n_episodes=2)
    assert os.listdir(str(tmp_path)) == ['expert.npz']
    assert ExpertDataset(tmp_path / 'expert', verbose=0).num_traj == 1


@pytest.mark.parametrize('arguments, error, message', [
    ({'n_episodes': 0}, ValueError, 'n_episodes=0'),
    ({'n_episodes': 2.5}, ValueError, 'n_episodes=2.5'),
    ({'n_timesteps': -1}, ValueError, 'n_timesteps=-1'),
    ({'n_timesteps': 'many'}, ValueError, "n_timesteps='many'"),
    ({'n_timesteps': 10}, ValueError, r'n_timesteps=10: .* has no learn\(\)'),
    ({'env': None}, ValueError, 'env=None: there is no environment'),
    ({'env': 'CartPole-v1'}, TypeError, "env='CartPole-v1' is not an environment"),
    ({'model': 3}, TypeError, r'model=3 is neither a model .* nor a function'),
    ({'model': ScriptedModel(), 'env': None}, ValueError, 'env=None: there is no environment'),
])
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        generate_expert_traj(**dict({'model': lambda observation: 0, 'env': CheckedEnv()}, **arguments))


def test_unsupported_spaces_are_named():
    env = CheckedEnv()
    env.action_space = spaces.Tuple([spaces.Discrete(2)])
    with pytest.raises(ValueError, match='action space Tuple cannot be recorded'):
        generate_expert_traj(lambda observation: (0,), env=env)


def test_progress_is_shown_only_on_a_terminal(monkeypatch, capsys):
    generate_expert_traj(lambda observation: 0, env=CheckedEnv(), n_episodes=2)
    assert capsys.readouterr().err == ''


def test_cartpole_controller_is_recorded_with_the_installed_gym():
    env = gym_api.make('CartPole-v1')
    data = generate_expert_traj(lambda observation: int(observation[2] + observation[3] > 0), env=env, n_episodes=3)
    dataset = ExpertDataset(traj_data=data, verbose=0)
    dataset.validate(env)
    assert dataset.avg_ret > 150 and dataset.episode_lengths.tolist() == data['episode_returns'].tolist()
    env.close()


def test_collector_says_how_many_episodes_are_new():
    collector = episode_collector.EpisodeCollector(3, make_venv(1, 1), None)
    rows = (np.zeros((2, 2)), np.zeros(2, int), np.zeros(2))
    counts = [collector.add(*rows, dones=np.array(dones)) for dones in ([False, False], [True, True], [True, True])]
    assert counts == [0, 2, 1] and collector.missing == 0
