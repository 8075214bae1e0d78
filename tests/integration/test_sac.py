"""SAC as a whole: learning, saving, cloning, acting, and what it says to bad input."""
import warnings

import gym
import numpy as np
import pytest
from gym import spaces

from stable_baselines import SAC, logger
from stable_baselines.common import mpi
from stable_baselines.common.buffers import ReplayBuffer
from stable_baselines.common.callbacks import BaseCallback
from stable_baselines.common.noise import NormalActionNoise, OrnsteinUhlenbeckActionNoise
from stable_baselines.common.tf1 import tf
from stable_baselines.common.vec_env import DummyVecEnv, VecCheckNan, VecFrameStack, VecNormalize
from stable_baselines.common.vec_env.observation_normalizers import find_observation_normalizer
from stable_baselines.gail import ExpertDataset
from stable_baselines.sac.policies import FeedForwardPolicy, SACPolicy
from tests.environments import Turned
from tests.fakes import CheckedEnv, CheckedNewApiEnv

LOPSIDED = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([1.0, 5.0], np.float32))
SMALL = dict(layers=[8])


def make_env(action_space=LOPSIDED, **options):
    return CheckedEnv(action_space=action_space, **options)


def make_model(env=None, policy='MlpPolicy', **options):
    options = dict(dict(policy_kwargs=SMALL, n_cpu_tf_sess=1, seed=0, learning_starts=8, batch_size=4), **options)
    return SAC(policy, make_env() if env is None else env, **options)


def assert_equal_parameters(one, two):
    assert list(one) == list(two)
    for name, value in one.items():
        np.testing.assert_array_equal(two[name], value, err_msg=name)


class Recorder(BaseCallback):
    """Keeps what it is told; stops at a step, if asked to."""

    def __init__(self, stop_at=None):
        super().__init__()
        self.stop_at, self.events, self.steps = stop_at, [], []

    def _on_training_start(self):
        self.events.append('start')

    def _on_rollout_start(self):
        self.events.append('rollout')

    def _on_step(self):
        self.events.append('step')
        self.steps.append(dict(self.locals))
        return self.num_timesteps != self.stop_at

    def _on_rollout_end(self):
        self.events.append('rollout end')

    def _on_training_end(self):
        self.events.append('end')


class CountingGraph:
    """Stands in for a model's graph and notes each training step."""

    def __init__(self, model):
        self.graph, self.calls = model.sac_graph, []
        model.sac_graph = self

    def __getattr__(self, name):
        return getattr(self.graph, name)

    def train(self, *batch):
        self.calls.append(('train', batch))
        return self.graph.train(*batch)

    def train_and_track(self, *batch):
        self.calls.append(('track', batch))
        return self.graph.train_and_track(*batch)

    @property
    def kinds(self):
        return [kind for kind, _ in self.calls]

    @property
    def learning_rates(self):
        return [batch[-1] for _, batch in self.calls]


# ------------------------------------------------------------------------------------------------ learning


class GuessEnv(gym.Env):
    """One step: the action should be half the observation."""

    observation_space = spaces.Box(-1.0, 1.0, (1,), dtype=np.float32)
    action_space = spaces.Box(-3.0, 3.0, (1,), dtype=np.float32)

    def __init__(self):
        self.random = np.random.RandomState(0)

    def seed(self, seed=None):
        self.random = np.random.RandomState(seed)

    def reset(self):
        self.target = self.random.uniform(-1, 1, 1).astype(np.float32)
        return self.target

    def step(self, action):
        return self.target, -float(np.square(action - 2.0 * self.target)[0]), True, {}


def test_learns_the_best_action():
    model = SAC('MlpPolicy', GuessEnv(), seed=0, n_cpu_tf_sess=1, learning_rate=3e-3, gamma=0.0,
                policy_kwargs=dict(layers=[32, 32]))
    observations = np.linspace(-0.9, 0.9, 19, dtype=np.float32)[:, None]
    before = np.mean(np.abs(model.predict(observations)[0] - 2.0 * observations))
    model.learn(1500)
    after = np.mean(np.abs(model.predict(observations)[0] - 2.0 * observations))
    assert before > 0.5 and after < 0.2


def test_same_seed_same_result():
    models = [make_model(seed=3, action_noise=NormalActionNoise(np.zeros(2), 0.1 * np.ones(2)),
                         random_exploration=0.2).learn(60) for _ in range(2)]
    assert_equal_parameters(models[0].get_parameters(), models[1].get_parameters())
    other = make_model(seed=4).learn(60)
    assert not np.array_equal(other.get_parameters()['model/pi/fc0/kernel:0'],
                              models[0].get_parameters()['model/pi/fc0/kernel:0'])


def test_actions_at_first_are_random_over_the_whole_space_and_not_learned_from():
    env = make_env()
    model = make_model(env, learning_starts=400)
    before = model.get_parameters()
    model.learn(399)
    actions = np.array(env.actions)
    assert_equal_parameters(before, model.get_parameters())
    np.testing.assert_allclose(actions.mean(axis=0), [-0.5, 2.5], atol=0.25)
    np.testing.assert_allclose(actions.std(axis=0), np.array([3.0, 5.0]) / np.sqrt(12), atol=0.2)


def test_actions_afterwards_are_the_policys():
    env = make_env()
    model = make_model(env, learning_starts=0, batch_size=200)  # never enough rows to train
    model.actor.act = lambda observations, random_state: np.full((1, 2), 0.5, np.float32)
    model.learn(20)
    np.testing.assert_allclose(env.actions, np.tile([0.25, 3.75], (20, 1)))


def test_random_exploration_is_a_share_of_all_steps():
    env = make_env()
    model = make_model(env, learning_starts=0, batch_size=2000, random_exploration=0.3)
    model.actor.act = lambda observations, random_state: np.full((1, 2), 0.5, np.float32)
    model.learn(1000)
    from_policy = np.all(np.isclose(env.actions, [0.25, 3.75]), axis=1)
    assert 0.63 < from_policy.mean() < 0.77


def test_action_noise_is_added_between_minus_one_and_one_then_clipped():
    env = make_env()
    noise = NormalActionNoise(np.array([0.25, 9.0]), np.zeros(2))
    model = make_model(env, learning_starts=0, batch_size=2000, action_noise=noise)
    model.actor.act = lambda observations, random_state: np.full((1, 2), 0.5, np.float32)
    model.learn(3)
    np.testing.assert_allclose(env.actions, np.tile([-2.0 + 1.75 * 1.5, 5.0], (3, 1)))
    np.testing.assert_allclose(model.replay_buffer.sample(1)[1], [[0.75, 1.0]])


def test_action_noise_begins_anew_with_each_episode():
    noise = OrnsteinUhlenbeckActionNoise(np.zeros(2), np.ones(2))
    resets = []
    noise.reset = lambda: resets.append(1)
    make_model(make_env(episode_length=5), action_noise=noise).learn(17)
    assert len(resets) == 3


def test_action_noise_of_another_size_is_refused():
    model = make_model(learning_starts=0, action_noise=NormalActionNoise(np.zeros(3), np.ones(3)))
    with pytest.raises(ValueError, match='action_noise: it has 3 components'):
        model.learn(1)


@pytest.mark.parametrize('train_freq, gradient_steps, expected', [(1, 1, 13), (4, 1, 4), (4, 3, 12), (100, 1, 0)])
def test_gradient_steps(train_freq, gradient_steps, expected):
    model = make_model(train_freq=train_freq, gradient_steps=gradient_steps)
    counting = CountingGraph(model)
    model.learn(20)  # from step 8 on
    assert len(counting.calls) == expected


def test_target_update_interval():
    model = make_model(target_update_interval=3)
    counting = CountingGraph(model)
    model.learn(20)
    steps = np.arange(7, 20)  # counted from 0
    assert counting.kinds == ['track' if step % 3 == 0 else 'train' for step in steps]
    model = make_model(target_update_interval=2, gradient_steps=4, train_freq=10)
    counting = CountingGraph(model)
    model.learn(20)
    assert counting.kinds == 2 * ['train', 'track', 'train', 'track']


def test_learning_rate_schedule_sees_what_is_still_ahead():
    model = make_model(learning_rate=lambda ahead: 1e-3 * ahead)
    counting = CountingGraph(model)
    model.learn(20)
    np.testing.assert_allclose(counting.learning_rates, 1e-3 * (1 - np.arange(7, 20) / 20.0))
    counting.calls.clear()
    model.learn(20, reset_num_timesteps=False)
    np.testing.assert_allclose(counting.learning_rates, 1e-3 * (1 - np.arange(20) / 20.0))


@pytest.mark.parametrize('wrong', ['fast', -1e-3, float('nan'), None])
def test_learning_rate_schedule_that_gives_no_rate(wrong):
    with pytest.raises(ValueError, match='learning_rate='):
        make_model(learning_rate=lambda ahead: wrong).learn(20)


def test_time_limits_are_not_kept_as_ends():
    for time_limit, expected in ((False, 1.0), (True, 0.0)):
        model = make_model(make_env(episode_length=4, time_limit=time_limit))
        model.learn(8)
        ends = [(row[3].tolist(), row[4]) for row in model.replay_buffer.storage if row[3][1] == 4]
        assert ends == [([0.0, 4.0], expected), ([1.0, 4.0], expected)]


def test_batches_are_what_was_collected():
    model = make_model(make_env(reward=2.5))
    counting = CountingGraph(model)
    model.learn(30)
    for _, (observations, actions, rewards, following, dones, noise, _) in counting.calls:
        assert observations.shape == (4, 2) and actions.shape == noise.shape == (4, 2)
        np.testing.assert_array_equal(following, observations + [0, 1])
        np.testing.assert_array_equal(rewards, 2.5)
        np.testing.assert_array_equal(dones, following[:, 1] == 5)
        assert np.all(np.abs(actions) <= 1)


def test_replay_wrapper_gets_the_buffer_and_is_used():
    class Wrapper:
        def __init__(self, buffer):
            self.buffer, self.added = buffer, 0

        def add(self, *transition):
            self.added += 1
            self.buffer.add(*transition)

        def __getattr__(self, name):
            return getattr(self.buffer, name)

    model = make_model()
    model.learn(20, replay_wrapper=Wrapper)
    assert isinstance(model.replay_buffer, Wrapper) and isinstance(model.replay_buffer.buffer, ReplayBuffer)
    assert model.replay_buffer.added == 20


def test_replay_wrapper_that_is_none():
    with pytest.raises(TypeError, match='replay_wrapper=3'):
        make_model().learn(20, replay_wrapper=3)


def test_continued_training_keeps_the_buffer_and_the_count():
    model = make_model()
    model.learn(20)
    model.learn(10, reset_num_timesteps=False)
    assert model.num_timesteps == 30 and len(model.replay_buffer) == 30
    model.learn(10)
    assert model.num_timesteps == 10 and len(model.replay_buffer) == 40


def test_n_steps_are_n_steps():
    env = make_env()
    assert make_model(env, train_freq=7).learn(20).num_timesteps == 20
    assert len(env.actions) == 20
    assert make_model(env).learn(0).num_timesteps == 0
    assert len(env.actions) == 20


# ------------------------------------------------------------------------------------------------ callbacks, logs


def test_callbacks_hear_of_everything():
    recorder = Recorder()
    make_model(train_freq=2).learn(5, recorder)
    assert recorder.events == ['start', 'rollout', 'step', 'step', 'rollout end', 'rollout', 'step', 'step',
                               'rollout end', 'rollout', 'step', 'rollout end', 'end']
    step = recorder.steps[4]
    assert {'self', 'obs', 'new_obs', 'action', 'actions', 'reward', 'rewards', 'done', 'dones', 'info',
            'infos'} <= set(step)
    assert step['obs'].tolist() == [0, 4] and step['new_obs'].tolist() == [0, 5] and step['done']
    assert step['infos'] == [step['info']] and step['rewards'].tolist() == [1.0] and step['actions'].shape == (1, 2)


def test_a_callback_stops_training_at_once():
    env = make_env()
    recorder = Recorder(stop_at=13)
    model = make_model(env)
    assert model.learn(100, recorder) is model
    assert len(env.actions) == model.num_timesteps == 13 and recorder.events[-1] == 'end'
    model.learn(100, lambda locals_, globals_: locals_['self'].num_timesteps < 5)
    assert model.num_timesteps == 5


class Table:
    """Collects what the logger dumps."""

    def __init__(self, monkeypatch):
        self.rows = []
        monkeypatch.setattr(logger, 'dumpkvs', self.dump)

    def dump(self):
        self.rows.append(dict(logger.getkvs()))
        logger.getkvs().clear()


def test_table(monkeypatch):
    table = Table(monkeypatch)
    make_model(make_env(episode_length=5, reward=2.0), verbose=1).learn(60, log_interval=4)
    assert [row['episodes'] for row in table.rows] == [4, 8, 12]
    row = table.rows[-1]
    assert row['mean 100 episode reward'] == 10.0 and row['total timesteps'] == 60 and row['current_lr'] == 3e-4
    assert row['n_updates'] == 52  # the last step's update comes after its report
    assert {'fps', 'time_elapsed', 'policy_loss', 'qf1_loss', 'qf2_loss', 'value_loss', 'entropy', 'ent_coef_loss',
            'ent_coef'} <= set(row)
    assert row['ent_coef'] > 0 and row['ent_coef'] != 1


def test_no_table_when_not_asked_for(monkeypatch):
    table = Table(monkeypatch)
    make_model(verbose=0).learn(30, log_interval=1)
    make_model(verbose=1).learn(30, log_interval=None)
    assert table.rows == []


def test_wrong_log_interval():
    with pytest.raises(ValueError, match='log_interval=0'):
        make_model().learn(10, log_interval=0)


def test_tensorboard(tmp_path):
    model = make_model(tensorboard_log=str(tmp_path), full_tensorboard_log=True)
    model.learn(20, tb_log_name='mine')
    events = [event for path in (tmp_path / 'mine_1').iterdir() for event in tf.train.summary_iterator(str(path))]
    values = [(event.step, value.tag, value) for event in events for value in event.summary.value]
    returns = [(step, value.simple_value) for step, tag, value in values if tag == 'episode_reward']
    assert returns == [(5, 5.0), (10, 5.0), (15, 5.0), (20, 5.0)]
    tags = {tag for _, tag, _ in values}
    assert {'episode_length', 'loss/policy_loss', 'loss/ent_coef', 'train/learning_rate',
            'parameters/model/pi/fc0/kernel_0'} <= tags


# ------------------------------------------------------------------------------------------------ environments


@pytest.mark.parametrize('observation_space', [
    spaces.Discrete(4), spaces.MultiDiscrete([3, 4]), spaces.MultiBinary(3),
    spaces.Box(-1.0, 1.0, (2, 3), dtype=np.float64), spaces.Box(0, 255, (36, 36, 3), dtype=np.uint8)])
def test_observation_spaces(observation_space):
    env = RandomObservations(observation_space)
    policy = 'CnnPolicy' if len(observation_space.shape or ()) == 3 else 'MlpPolicy'
    model = make_model(env, policy)
    model.learn(12)
    observation = env.reset()
    action, _ = model.predict(observation)
    assert LOPSIDED.contains(action)
    batch, _ = model.predict(np.stack([observation, observation]))
    np.testing.assert_allclose(batch, [action, action], rtol=1e-5, atol=1e-6)


class RandomObservations(CheckedEnv):
    """Any observation space."""

    def __init__(self, observation_space, action_space=LOPSIDED):
        super().__init__(action_space=action_space)
        self.observation_space = observation_space
        observation_space.seed(0)

    def _observe(self):
        return self.observation_space.sample()


def test_actions_of_two_dimensions():
    space = spaces.Box(-2.0, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32), dtype=np.float32)
    model = make_model(make_env(space))
    model.learn(20)
    observation = np.zeros(2, np.float32)
    action, _ = model.predict(observation)
    assert action.shape == (2, 3) and space.contains(action)
    assert model.predict(observation[None])[0].shape == (1, 2, 3)
    assert model.action_probability(observation, actions=action).shape == (1,)


def test_newer_gym_dialect_and_vec_env_of_one():
    env = CheckedNewApiEnv(action_space=LOPSIDED, time_limit=True)
    make_model(DummyVecEnv([lambda: env])).learn(12)
    assert len(env.actions) == 12


@pytest.mark.parametrize('train_freq, expected', [(1, 13), (4, 4), (3, 4)])
def test_several_environments_learn_as_often_a_step(train_freq, expected):
    venv = DummyVecEnv([lambda: make_env(episode_length=3), lambda: make_env(episode_length=4)])
    model, recorder = make_model(venv, train_freq=train_freq), Recorder()
    counting = CountingGraph(model)
    assert model.learn(19, recorder).num_timesteps == 20  # rounded up to as many in each
    assert len(counting.calls) == expected + (train_freq == 1)  # the step from 6 to 8 trains for both
    rows = model.replay_buffer.storage
    assert [row[0].tolist() for row in rows[:8]] == [[0, 0], [0, 0], [0, 1], [0, 1], [0, 2], [0, 2], [1, 0], [0, 3]]
    assert [row[3].tolist() for row in rows[:8]] == [[0, 1], [0, 1], [0, 2], [0, 2], [0, 3], [0, 3], [1, 1], [0, 4]]
    assert [row[4] for row in rows[:8]] == [0, 0, 0, 0, 1, 0, 0, 1]
    assert len(recorder.steps) == 10 and recorder.steps[0]['rewards'].tolist() == [1, 1]
    assert recorder.steps[0]['actions'].shape == (2, 2) and len(recorder.steps[0]['infos']) == 2
    assert [len(actions) for actions in venv.get_attr('actions')] == [10, 10]


def test_each_environment_has_noise_of_its_own():
    noise = OrnsteinUhlenbeckActionNoise(np.zeros(2), np.ones(2))
    venv = DummyVecEnv([lambda: make_env(episode_length=3), lambda: make_env(episode_length=50)])
    model = make_model(venv, action_noise=noise, learning_starts=0, random_exploration=0.5, batch_size=2000)
    model.actor.act = lambda observations, random_state: np.zeros((2, 2), np.float32)
    model.learn(12)
    actions = [row[1] for row in model.replay_buffer.storage]
    assert len(np.unique(actions, axis=0)) == 12


def test_normalized_observations_and_rewards_are_kept_raw():
    venv = VecNormalize(DummyVecEnv([lambda: make_env(episode_length=3), lambda: make_env(episode_length=4)]))
    model = make_model(VecCheckNan(venv), learning_starts=2)
    model.learn(20)
    assert model.get_vec_normalize_env() is venv
    rows = model.replay_buffer.storage
    assert [row[0].tolist() for row in rows[:8]] == [[0, 0], [0, 0], [0, 1], [0, 1], [0, 2], [0, 2], [1, 0], [0, 3]]
    assert [row[3].tolist() for row in rows[4:8]] == [[0, 3], [0, 3], [1, 1], [0, 4]]  # the last ones of episodes too
    assert {row[2] for row in rows} == {1.0}
    batch = model.replay_buffer.sample(64, env=venv)
    np.testing.assert_allclose(batch[2], venv.normalize_reward(np.ones(64, np.float32)))
    assert abs(batch[0].mean()) < 1.5 and batch[0].min() < 0


def test_the_replay_buffer_holds_stacked_frames_as_they_were_before_normalization():
    inner = VecNormalize(DummyVecEnv([make_env]))
    venv = VecFrameStack(inner, 2)
    model = make_model(venv, learning_starts=2)
    demonstrations = ExpertDataset(traj_data=dict(
        obs=np.float32([[0, 0, 7, 7], [7, 7, 8, 8], [8, 8, 9, 9]]), actions=np.zeros((3,) + venv.action_space.shape),
        rewards=np.ones(3), episode_starts=np.array([True, False, False]), episode_returns=np.array([3.0])), verbose=0)
    assert model.prefill_replay_buffer(demonstrations) == 2
    model.learn(12)
    rows = model.replay_buffer.storage
    assert [row[0].tolist() for row in rows[:5]] == [[0, 0, 7, 7], [7, 7, 8, 8], [0, 0, 0, 0], [0, 0, 0, 1],
                                                     [0, 1, 0, 2]]
    assert all(row[3].tolist() == [*row[0][2:], *row[3][2:]] for row in rows)  # the last ones of episodes, too
    inner.obs_rms.mean[...], inner.obs_rms.var[...] = 5.0, 1.0
    shown = find_observation_normalizer(venv).normalize_obs(np.array([row[0] for row in rows[:5]]))
    np.testing.assert_allclose(shown, [[0, 0, 2, 2], [2, 2, 3, 3], [0, 0, -5, -5], [-5, -5, -5, -4], [-5, -4, -5, -3]])


def test_statistics_that_do_not_fit_the_replay_buffer_are_refused():
    with pytest.raises(ValueError, match='replay buffer .* changes them again: VecNormalize gives .* around that wra'):
        venv = Turned(VecNormalize(DummyVecEnv([make_env])))
        venv.reset()  # the first observation is 0, the next one is not
        make_model(venv).learn(4)
    model = make_model(VecFrameStack(VecNormalize(DummyVecEnv([make_env]), norm_obs=False), 2))
    model.learn(12)  # only rewards are normalized: no matter where
    assert model.replay_buffer.sample(4, env=model.get_vec_normalize_env())[0].shape == (4, 4)
    VecNormalize(VecFrameStack(DummyVecEnv([make_env]), 2)).reset()


@pytest.mark.parametrize('kind', ['observation', 'reward'])
def test_environments_that_break_are_named(kind):
    broken = make_env()
    if kind == 'reward':
        broken.reward = np.nan
    else:
        broken._observe = lambda: np.full(2, np.inf if broken.step_in_episode else 0, np.float32)
    model = make_model(DummyVecEnv([make_env, lambda: broken]))
    with pytest.raises(ValueError, match='the {} .*(nan|inf).* of environment 1 in step 1 .*training'.format(kind)):
        model.learn(12)


def test_other_action_spaces_are_refused():
    with pytest.raises(ValueError, match=r'Discrete\(3\): SAC needs a Box'):
        SAC('MlpPolicy', CheckedEnv())
    with pytest.raises(ValueError, match='finite bounds'):
        SAC('MlpPolicy', make_env(spaces.Box(-np.inf, 1.0, (2,), dtype=np.float32)))
    with pytest.raises(ValueError, match='action space'):
        make_model().set_env(make_env(spaces.Box(-1.0, 1.0, (2,), dtype=np.float32)))


@pytest.mark.parametrize('options, error, message', [
    (dict(batch_size=65, buffer_size=64), ValueError, 'batch_size=65 is larger than buffer_size=64'),
    (dict(batch_size=0), ValueError, 'batch_size=0'), (dict(buffer_size=0.5), ValueError, 'buffer_size=0.5'),
    (dict(learning_starts=-1), ValueError, 'learning_starts=-1'), (dict(train_freq=0), ValueError, 'train_freq=0'),
    (dict(gradient_steps=True), ValueError, 'gradient_steps=True'),
    (dict(target_update_interval=0), ValueError, 'target_update_interval=0'),
    (dict(gamma=1.5), ValueError, 'gamma=1.5'), (dict(tau='0.1'), ValueError, "tau='0.1'"),
    (dict(random_exploration=-0.1), ValueError, 'random_exploration=-0.1'),
    (dict(ent_coef='auto_x'), ValueError, "ent_coef='auto_x'"),
    (dict(target_entropy='low'), ValueError, "target_entropy='low'"),
    (dict(learning_rate=-1e-3), ValueError, 'learning_rate=-0.001'),
    (dict(learning_rate='fast'), TypeError, "learning_rate='fast'"),
    (dict(action_noise=0.1), TypeError, 'action_noise=0.1'),
    (dict(policy='MlpLstmPolicy'), ValueError, 'CnnPolicy, LnCnnPolicy, LnMlpPolicy, MlpPolicy'),
    (dict(policy_kwargs=dict(net_arch=[8])), TypeError, 'net_arch'),
    (dict(policy='CnnPolicy'), ValueError, 'images expected')])
def test_wrong_settings(options, error, message):
    with pytest.raises(error, match=message):
        make_model(**options)


def test_without_an_environment():
    with pytest.raises(ValueError, match='env=None'):
        SAC('MlpPolicy', None)


def test_several_processes_are_refused(monkeypatch):
    model = make_model()
    monkeypatch.setattr(mpi, 'size', lambda: 2)
    with pytest.raises(RuntimeError, match='single process, 2 were started'):
        model.learn(10)


# ------------------------------------------------------------------------------------------------ files


def test_save_and_load(tmp_path):
    noise = NormalActionNoise(np.zeros(2), 0.1 * np.ones(2))
    model = make_model(ent_coef='auto_0.5', action_noise=noise, gamma=0.9, learning_rate=1e-3, train_freq=2).learn(20)
    model.save(tmp_path / 'model')
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        loaded = SAC.load(tmp_path / 'model')
    assert_equal_parameters(model.get_parameters(), loaded.get_parameters())
    observations = np.random.RandomState(0).normal(size=(5, 2)).astype(np.float32)
    np.testing.assert_array_equal(loaded.predict(observations)[0], model.predict(observations)[0])
    for name in SAC.hyperparameters:
        if name != 'action_noise':
            assert getattr(loaded, name) == getattr(model, name), name
    assert repr(loaded.action_noise) == repr(noise)
    loaded.set_env(make_env())
    assert loaded.learn(10, reset_num_timesteps=False).num_timesteps == 30


def test_load_changes_settings_and_goes_on_with_the_target(tmp_path):
    model = make_model(ent_coef=0.1).learn(20)
    model.save(tmp_path / 'model')
    loaded = SAC.load(tmp_path / 'model', env=make_env(), batch_size=7, learning_rate=1e-5)
    assert loaded.batch_size == 7 and loaded.learning_rate == 1e-5
    values, targets = (loaded.get_parameters()[scope + '/values_fn/vf/fc0/kernel:0'] for scope in ('model', 'target'))
    assert not np.array_equal(values, targets)
    with pytest.raises(ValueError, match='batch_size=7 is larger than buffer_size=5'):
        SAC.load(tmp_path / 'model', batch_size=7, buffer_size=5)
    with pytest.raises(TypeError, match='lam'):
        SAC.load(tmp_path / 'model', lam=0.9)


def test_load_parameters_changes_the_actions():
    model, other = make_model(seed=0), make_model(seed=1)
    observation = np.ones(2, np.float32)
    assert not np.array_equal(model.predict(observation)[0], other.predict(observation)[0])
    other.load_parameters(model.get_parameters())
    np.testing.assert_array_equal(model.predict(observation)[0], other.predict(observation)[0])


# ------------------------------------------------------------------------------------------------ cloning


def demonstrations(action):
    observations = np.random.RandomState(0).normal(size=(64, 2)).astype(np.float32)
    actions = np.tile(np.asarray(action, np.float32), (64, 1))
    return ExpertDataset(traj_data=dict(obs=observations, actions=actions, rewards=np.zeros(64, np.float32),
                                        episode_returns=np.zeros(1), episode_starts=np.arange(64) == 0),
                         batch_size=16, verbose=0)


def test_pretraining_fits_the_actor_and_nothing_else():
    model = make_model()
    before = model.get_parameters()
    model.pretrain(demonstrations([0.4, 1.0]), n_epochs=150, learning_rate=1e-2)
    after = model.get_parameters()
    np.testing.assert_allclose(model.predict(np.zeros((1, 2)))[0], [[0.4, 1.0]], atol=0.15)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {name for name in before if name.startswith('model/pi/') and '/dense_1/' not in name}


def test_pretraining_survives_actions_beyond_the_bounds():
    model = make_model()
    model.pretrain(demonstrations([9.0, -9.0]), n_epochs=100, learning_rate=1e-2)
    np.testing.assert_allclose(model.predict(np.zeros(2))[0], [1.0, 0.0], atol=0.3)


# ------------------------------------------------------------------------------------------------ acting


def test_predict():
    model = make_model()
    observation = np.ones(2, np.float32)
    action, state = model.predict(observation)
    assert state is None and action.shape == (2,) and action.dtype == np.float32
    np.testing.assert_array_equal(model.predict(observation)[0], action)
    sampled = [tuple(model.predict(observation, deterministic=False)[0]) for _ in range(20)]
    assert len(set(sampled)) == 20 and all(LOPSIDED.contains(np.array(each, np.float32)) for each in sampled)
    with pytest.raises(ValueError, match='shape'):
        model.predict(np.ones(3))


def test_predicted_actions_agree_with_the_graph():
    model = make_model().learn(30)
    observations = np.random.RandomState(0).normal(size=(6, 2)).astype(np.float32)
    rows = model.policy_tf.step(observations, deterministic=True)
    np.testing.assert_allclose(model.predict(observations)[0], model.scaling.to_env(rows), rtol=1e-5, atol=1e-6)


def test_action_probability():
    model = make_model()
    observations = np.random.RandomState(0).normal(size=(6, 2)).astype(np.float32)
    mean, std = model.action_probability(observations)
    assert mean.shape == std.shape == (6, 2) and np.all(std > 0)
    np.testing.assert_allclose(model.scaling.to_env(np.tanh(mean)), model.predict(observations)[0], rtol=1e-5)
    single = model.action_probability(observations[0])
    np.testing.assert_allclose(single, [mean[0], std[0]], rtol=1e-5)
    actions, _ = model.predict(observations, deterministic=False)
    densities = model.action_probability(observations, actions=actions)
    assert densities.shape == (6, 1)
    np.testing.assert_allclose(model.action_probability(observations, actions=actions, logp=True), np.log(densities),
                               rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.action_probability(observations[0], actions=actions[0]), densities[0], rtol=1e-4)


def test_density_integrates_to_one_over_the_action_space():
    model = make_model()
    firsts, seconds = np.meshgrid(-2.0 + 3.0 * (np.arange(300) + 0.5) / 300, 5.0 * (np.arange(300) + 0.5) / 300)
    actions = np.stack([firsts.ravel(), seconds.ravel()], axis=1)
    densities = model.action_probability(np.zeros((len(actions), 2), np.float32), actions=actions)
    np.testing.assert_allclose(densities.sum() * (3.0 / 300) * (5.0 / 300), 1.0, atol=0.02)


def test_wrong_arguments_of_action_probability():
    model = make_model()
    with pytest.raises(ValueError, match='logp=True'):
        model.action_probability(np.zeros(2), logp=True)
    with pytest.raises(ValueError, match='actions: 2 found for 3 observations'):
        model.action_probability(np.zeros((3, 2)), actions=np.zeros((2, 2)))
    with pytest.raises(ValueError, match='actions: shape'):
        model.action_probability(np.zeros(2), actions=np.zeros(3))


# ------------------------------------------------------------------------------------------------ own policies


def plain_layer(rows, name, size):
    kernel = tf.get_variable(name + '_w', [int(rows.shape[1]), size])
    return tf.matmul(rows, kernel)


class OwnPolicy(SACPolicy):
    """Defines the two methods and keeps nothing."""

    def make_actor(self, obs=None, reuse=False, scope='pi'):
        obs = self.processed_obs if obs is None else obs
        with tf.variable_scope(scope, reuse=reuse):
            mean = plain_layer(obs, 'mean', 2)
        noise = tf.random_normal(tf.shape(mean))
        return tf.tanh(mean), tf.tanh(mean + noise), -0.5 * tf.reduce_sum(tf.square(noise), axis=1, keepdims=True)

    def make_critics(self, obs=None, action=None, reuse=False, scope='values_fn', create_vf=True, create_qf=True):
        obs = self.processed_obs if obs is None else obs
        qf1, qf2, value = None, None, None
        with tf.variable_scope(scope, reuse=reuse):
            if create_vf:
                value = plain_layer(obs, 'vf', 1)
            if create_qf:
                both = tf.concat([obs, action], axis=1)
                qf1, qf2 = plain_layer(both, 'qf1', 1), plain_layer(both, 'qf2', 1)
        return qf1, qf2, value


def test_policy_that_only_defines_the_two_methods(tmp_path):
    models = [make_model(policy=OwnPolicy, policy_kwargs=None, seed=5) for _ in range(2)]
    before = models[0].get_parameters()
    assert list(before) == ['model/pi/mean_w:0', 'model/values_fn/vf_w:0', 'model/values_fn/qf1_w:0',
                            'model/values_fn/qf2_w:0', 'model/log_ent_coef:0', 'target/values_fn/vf_w:0']
    for model in models:
        model.learn(30)
    after = models[0].get_parameters()
    assert all(not np.array_equal(before[name], after[name]) for name in before)
    assert_equal_parameters(after, models[1].get_parameters())
    observations = np.ones((3, 2), np.float32)
    expected = models[0].scaling.to_env(np.tanh(observations @ after['model/pi/mean_w:0']))
    np.testing.assert_allclose(models[0].predict(observations)[0], expected, rtol=1e-4, atol=1e-5)
    assert models[0].predict(observations[0], deterministic=False)[0].shape == (2,)
    with pytest.raises(ValueError, match='act_mu and std'):
        models[0].action_probability(observations)
    models[0].pretrain(demonstrations([0.4, 1.0]), n_epochs=1)


class CautiousPolicy(FeedForwardPolicy):
    """Halves the actions of the usual actor."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, layers=[8], feature_extraction='mlp', **kwargs)

    def make_actor(self, obs=None, reuse=False, scope='pi'):
        deterministic, random, logp = super().make_actor(obs, reuse, scope)
        return 0.5 * deterministic, 0.5 * random, logp


def test_policy_that_changes_what_the_usual_actor_returns():
    model = make_model(policy=CautiousPolicy, policy_kwargs=None).learn(20)
    observations = np.ones((1, 2), np.float32)
    mean, _ = model.action_probability(observations)
    np.testing.assert_allclose(model.predict(observations)[0], model.scaling.to_env(0.5 * np.tanh(mean)), rtol=1e-4)
