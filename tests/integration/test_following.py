"""What follows a training run: callbacks and their locals, stops in the middle, progress bars, runners."""
import io
import sys

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common import progress
from stable_baselines.common.callbacks import BaseCallback, ProgressBarCallback
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.rollout import SegmentCollector
from stable_baselines.common.runners import traj_segment_generator
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import generate_expert_traj
from tests.environments import RandomEnv, random_demonstrations

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
BOX = spaces.Box(-2.0, 2.0, (2,), np.float32)
SMALL = dict(seed=0, policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]))


def venv(n_envs, action_space):
    return DummyVecEnv([lambda: RandomEnv(VECTOR, action_space) for _ in range(n_envs)])


def make(kind, n_envs=1, **options):
    if kind == 'sac':
        return SAC('MlpPolicy', venv(n_envs, BOX), seed=0, policy_kwargs=dict(layers=[8]), n_cpu_tf_sess=1,
                   batch_size=8, **dict(dict(learning_starts=24), **options))
    if kind == 'trpo':
        return TRPO('MlpPolicy', venv(n_envs, BOX), timesteps_per_batch=32, **dict(SMALL, **options))
    return GAIL('MlpPolicy', venv(n_envs, DISCRETE), random_demonstrations(VECTOR, DISCRETE), timesteps_per_batch=32,
                hidden_size_adversary=8, **dict(SMALL, **options))


KINDS = ('trpo', 'gail', 'sac')
COMMON = {'self', 'obs', 'new_obs', 'actions', 'clipped_actions', 'rewards', 'dones', 'infos', 'action', 'reward',
          'done', 'info', 'total_timesteps', 'callback', 'log_interval', 'tb_log_name', 'reset_num_timesteps',
          'episode_returns', 'episode_lengths'}
OWN = {'observation', 'clipped_action', 'true_reward', 'rewbuffer', 'lenbuffer', 'true_rewbuffer'}
FURTHER = dict(trpo=OWN, gail=OWN, sac={'unscaled_action', 'n_updates', 'episode_rewards', 'replay_wrapper'})


class Watcher(BaseCallback):
    """Keeps the locals of each step, and stops when told to."""

    def __init__(self, stop_at=None):
        super().__init__()
        self.stop_at, self.seen, self.steps = stop_at, [], []

    def _on_step(self):
        self.seen.append(dict(self.locals))
        self.steps.append((self.num_timesteps, self.n_calls))
        return self.num_timesteps != self.stop_at


@pytest.mark.parametrize('n_envs', [1, 8])
@pytest.mark.parametrize('kind', KINDS)
def test_each_step_is_seen_once_under_the_documented_names(kind, n_envs):
    model, watcher = make(kind, n_envs), Watcher()
    model.learn(64, callback=watcher)
    assert watcher.steps == [(n_envs * call, call) for call in range(1, 64 // n_envs + 1)]
    given = np.stack([env.actions for env in model.get_env().envs], axis=1)
    assert len(given) == len(watcher.seen)
    for number, step in enumerate(watcher.seen):
        assert COMMON | FURTHER[kind] <= set(step)
        assert step['self'] is model and step['total_timesteps'] == 64
        assert len(step['infos']) == len(step['rewards']) == len(step['dones']) == len(step['actions']) == n_envs
        np.testing.assert_allclose(step['clipped_actions'], given[number], rtol=1e-6)
        np.testing.assert_allclose(step['rewards'], [np.sum(action) for action in given[number]], rtol=1e-5)
        assert np.shape(step['obs'])[-1] == np.shape(step['new_obs'])[-1] == 3
        if n_envs == 1:
            assert np.ndim(step['reward']) == np.ndim(step['done']) == 0 and isinstance(step['info'], dict)
            assert np.shape(step['action']) == np.shape(given[number][0])
    episodes = model.n_envs * (64 // n_envs // 7)
    assert len(watcher.locals['episode_returns']) == episodes and set(watcher.locals['episode_lengths']) == {7}
    rewards = np.stack([step['rewards'] for step in watcher.seen])
    assert watcher.locals['episode_returns'][0] == pytest.approx(rewards[:7, 0].sum(), rel=1e-4)


def test_the_names_of_the_original_have_its_meaning():
    model, watcher = make('trpo'), Watcher()
    model.learn(32, callback=watcher)
    for step in watcher.seen:
        assert np.array_equal(step['observation'], step['new_obs'][0]) and step['true_reward'] == step['rewards'][0]
        assert np.array_equal(step['clipped_action'], np.clip(step['action'], -2, 2))
    model, watcher = make('sac'), Watcher()
    model.learn(40, callback=watcher)
    for step in watcher.seen:
        assert np.allclose(step['unscaled_action'], 2 * step['action']) and step['obs'].shape == (3,)
    totals = [np.sum([step['reward'] for step in watcher.seen[:7]])]
    assert watcher.seen[7]['episode_rewards'] == pytest.approx(totals + [0.0])
    assert watcher.seen[9]['episode_rewards'][-1] == pytest.approx(sum(step['reward'] for step in watcher.seen[7:9]))
    assert watcher.seen[-1]['n_updates'] > 0


@pytest.mark.parametrize('n_envs', [1, 8])
@pytest.mark.parametrize('kind', KINDS)
def test_after_a_stop_in_the_middle_a_model_is_whole(kind, n_envs, tmp_path):
    model = make(kind, n_envs)
    model.learn(1000, callback=Watcher(stop_at=40))
    assert model.num_timesteps == 40
    assert sum(len(env.actions) for env in model.get_env().envs) == 40
    assert all(np.isfinite(value).all() for value in model.get_parameters().values())
    if kind == 'sac':
        assert len(model.replay_buffer) == 40
    model.save(str(tmp_path / 'model'))
    loaded = type(model).load(str(tmp_path / 'model'), env=venv(n_envs, DISCRETE if kind == 'gail' else BOX))
    observations = np.linspace(-1, 1, 30).reshape(10, 3).astype(np.float32)
    assert np.array_equal(model.predict(observations, deterministic=True)[0],
                          loaded.predict(observations, deterministic=True)[0])
    if kind == 'gail':
        loaded.expert_dataset = model.expert_dataset
    for learner in (model, loaded):
        watcher = Watcher()
        learner.learn(32, callback=watcher, reset_num_timesteps=False)
        assert learner.num_timesteps == 72 and watcher.steps[0] == (40 + n_envs, 1)
        assert all(np.isfinite(value).all() for value in learner.get_parameters().values())


@pytest.mark.parametrize('n_envs', [1, 8])
def test_sac_stops_at_once_while_it_acts_at_random(n_envs):
    model = make('sac', n_envs, learning_starts=1000)
    model.learn(2000, callback=lambda locals_, globals_: locals_['self'].num_timesteps < 16)
    assert model.num_timesteps == len(model.replay_buffer) == 16


# ---------------------------------------------------------------- progress bars

@pytest.fixture
def drawn(monkeypatch):
    """What goes to a standard error that is no terminal, drawn without delay."""
    stream = io.StringIO()
    monkeypatch.setattr(progress, 'SECONDS_BETWEEN_LINES', 0.0)
    monkeypatch.setattr(progress, 'sys', type('FakeSys', (), {'stderr': stream}))
    return stream


@pytest.mark.parametrize('kind', KINDS)
def test_learning_draws_a_bar_when_asked(kind, drawn):
    model = make(kind)
    assert model.learn(32) is model
    model.learn(32, progress_bar='auto')
    assert drawn.getvalue() == ''
    model.learn(64, progress_bar=True)
    text = drawn.getvalue()
    assert '{}:   0%'.format(kind.upper()) in text and '64/64' in text and 'step/s' in text
    actions = model.get_env().envs[0].actions[-64:]
    last = [float(np.sum(action)) for action in actions][56:63]  # of the ninth episode, the latest
    assert 'return {:.3g}'.format(sum(last))[:10] in text
    assert not progress.some_bar_is_drawn()
    with pytest.raises(ValueError, match="progress_bar='yes'"):
        model.learn(32, progress_bar='yes')


@pytest.mark.parametrize('callback, listens', [(None, False), (ProgressBarCallback(), False), (Watcher(), True)])
def test_a_bar_alone_keeps_the_fast_path(callback, listens, drawn, monkeypatch):
    on_steps, collect = [], SegmentCollector.collect

    def spy(self, reward_source, on_step=None):
        on_steps.append(on_step)
        return collect(self, reward_source, on_step)
    monkeypatch.setattr(SegmentCollector, 'collect', spy)
    make('trpo').learn(32, callback=callback, progress_bar=True)
    assert [on_step is not None for on_step in on_steps] == [listens]


def test_a_failure_leaves_no_bar_behind(drawn):
    model = make('trpo')

    def fail(locals_, globals_):
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        model.learn(32, callback=fail, progress_bar=True)
    assert not progress.some_bar_is_drawn()


def test_pretrain_and_recording_draw_bars_when_asked(drawn, capsys):
    model = make('gail', verbose=1)
    model.pretrain(model.expert_dataset, n_epochs=3)
    generate_expert_traj(model, None, n_episodes=2)
    assert drawn.getvalue() == ''
    model.pretrain(model.expert_dataset, n_epochs=3, progress_bar=True)
    assert 'behaviour cloning: 100%' in drawn.getvalue() and '3/3' in drawn.getvalue() and 'loss' in drawn.getvalue()
    generate_expert_traj(model, None, n_episodes=2, progress_bar=True)
    assert 'Recording: 100%' in drawn.getvalue() and '2/2' in drawn.getvalue()
    with pytest.raises(ValueError, match='progress_bar=3'):
        generate_expert_traj(model, None, n_episodes=2, progress_bar=3)


# ---------------------------------------------------------------- runners

@pytest.mark.parametrize('kind, n_envs', [('trpo', 1), ('trpo', 8), ('gail', 2)])
def test_a_runner_collects_what_the_model_learns_from(kind, n_envs):
    model, watcher = make(kind, n_envs), Watcher()
    assert model.runner is model.runner and model.runner.n_envs == n_envs
    first, second = model.runner.run(), model.runner.run(watcher)
    steps = 32 // n_envs
    assert model.runner.batch_ob_shape == (32, 3) and model.runner.n_steps == steps
    for part in (first, second):
        assert part['observations'].shape == (steps, n_envs, 3) and part['continue_training']
        columns = ('rewards', 'true_rewards', 'vpred', 'nextvpred', 'dones', 'episode_starts')
        assert {part[name].shape for name in columns} == {(steps, n_envs)} and part['total_timestep'] == 32
        assert len(part['ep_rets']) == len(part['ep_lens']) == len(part['ep_true_rets']) == part['dones'].sum()
    given = np.stack([env.actions for env in model.get_env().envs], axis=1)[:steps]
    np.testing.assert_allclose(first['true_rewards'], given.reshape(steps, n_envs, -1).sum(axis=-1), rtol=1e-5)
    assert (kind == 'gail') is not np.array_equal(first['rewards'], first['true_rewards'])
    assert np.array_equal(second['episode_starts'][0], first['dones'][-1])  # it goes on where it ended
    assert len(watcher.seen) == steps and model.num_timesteps == 64
    stopped = model.runner.run(lambda locals_, globals_: False)
    assert stopped == dict(continue_training=False, total_timestep=n_envs) and not model.runner.continue_training
    earlier = model.runner
    model.set_env(venv(n_envs, DISCRETE if kind == 'gail' else BOX))
    assert model.runner is not earlier


def test_a_runner_needs_an_environment(tmp_path):
    make('trpo').save(str(tmp_path / 'model'))
    with pytest.raises(ValueError, match=r'env: TRPO has no environment to step. Call set_env'):
        TRPO.load(str(tmp_path / 'model')).runner.run()


@pytest.mark.parametrize('gail', [False, True])
def test_segments_without_a_model(gail):
    model, env = make('gail'), RandomEnv(VECTOR, DISCRETE)
    watcher = Watcher()
    watcher.init_callback(model)
    generator = traj_segment_generator(model.policy_pi, env, 16, model.reward_giver, gail, watcher)
    first, second = next(generator), next(generator)
    assert first['observations'].shape == (16, 3) and first['actions'].shape == (16,)
    assert first['true_rewards'].tolist() == [float(action) for action in env.actions[:16]]
    assert first['dones'].tolist() == [(step + 1) % 7 == 0 for step in range(16)]
    assert first['episode_starts'].tolist() == [step % 7 == 0 for step in range(16)]
    assert first['ep_lens'] == [7, 7] and first['ep_true_rets'][1] == first['true_rewards'][7:14].sum()
    assert np.array_equal(first['rewards'], first['true_rewards']) is not gail
    assert np.allclose(first['vpred'], model.policy_pi.value(first['observations']).reshape(-1), atol=1e-6)
    assert first['nextvpred'] == pytest.approx(float(second['vpred'][0]), abs=1e-6)
    assert len(watcher.seen) == 32 and watcher.seen[0]['true_reward'] == first['true_rewards'][0]
    watcher.stop_at = watcher.num_timesteps
    last = next(generator)
    assert not last['continue_training'] and last['total_timestep'] == len(last['rewards']) == 1
    assert list(generator) == []


def test_bad_arguments_of_the_generator():
    model = make('trpo')
    with pytest.raises(ValueError, match='env: a VecEnv of 2 environments found, one'):
        traj_segment_generator(model.policy_pi, venv(2, BOX), 8)
    with pytest.raises(ValueError, match='gail=True: needs reward_giver'):
        traj_segment_generator(model.policy_pi, venv(1, BOX), 8, gail=True)
    with pytest.raises(ValueError, match='horizon=0'):
        traj_segment_generator(model.policy_pi, venv(1, BOX), 0)


def test_a_file_of_standard_error_may_be_closed(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, 'stderr', closed)
    assert make('trpo').learn(32, progress_bar='auto').num_timesteps == 32
