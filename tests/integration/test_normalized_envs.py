"""Models in several environments, in processes, and under VecNormalize: who sees what, under which statistics."""
import copy
import warnings

import numpy as np
import pytest
from gym import spaces

from stable_baselines import GAIL, TRPO
from stable_baselines.common.callbacks import EvalCallback
from stable_baselines.common.rollout import SegmentCollector
from stable_baselines.common.vec_env import (
    DummyVecEnv,
    SubprocVecEnv,
    VecCheckNan,
    VecEnvWrapper,
    VecFrameStack,
    VecNormalize,
    VecVideoRecorder,
)
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from stable_baselines.gail.discriminator_step import DiscriminatorStep
from tests.environments import Shifted, Turned, random_demonstrations, shifted
from tests.fakes import CheckedEnv
from tests.unit.test_rollout import CountingActor, true_reward, value_function

VECTOR, BOX = Shifted().observation_space, Shifted().action_space
NETWORK = dict(policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]))
SMALL = dict(NETWORK, cg_iters=2, seed=0)


def vec_env(*lengths, kind=DummyVecEnv, **options):
    return kind([lambda length=length: Shifted(length, **options) for length in lengths or (5, 7)])


def normalized(*lengths, **options):
    return VecNormalize(vec_env(*lengths), **options)


@pytest.fixture(scope='module')
def dataset():
    found = random_demonstrations(VECTOR, BOX, seed=3)
    return ExpertDataset(traj_data=dict(obs=shifted(found.observations), actions=found.actions,
                                        rewards=np.ones(len(found.actions)), episode_returns=found.returns,
                                        episode_starts=found.trajectories.episode_starts), verbose=0, seed=0)


@pytest.fixture(scope='module')
def trpo():
    """For tests that bring an environment of their own and do not care for parameters."""
    return TRPO('MlpPolicy', vec_env(), timesteps_per_batch=16, **SMALL)


def placed(model, env, **settings):
    """The same model in another environment."""
    model.set_env(env)
    for name, value in dict(dict(verbose=0, timesteps_per_batch=16), **settings).items():
        setattr(model, name, value)
    return model


def assert_same_parameters(one, two):
    one, two = one.get_parameters(), two.get_parameters()
    assert all(np.array_equal(one[name], two[name]) for name in one)


# ---------------------------------------------------------------- segments

def test_time_limits_are_followed_by_the_value_of_the_normalized_last_observation():
    venv = VecNormalize(DummyVecEnv([lambda: CheckedEnv(episode_length=3, time_limit=True)]), training=False)
    venv.obs_rms.mean, venv.obs_rms.var = np.array([0.5, 1.0]), np.array([4.0, 0.25])
    segment = SegmentCollector(venv, CountingActor(), value_function, 4, np.random.RandomState(0)).collect(true_reward)
    raw = np.array([[0, 1], [0, 2], [0, 3], [1, 1]])
    np.testing.assert_allclose(segment.next_values[:, 0], value_function((raw - [0.5, 1.0]) / [2.0, 0.5]), rtol=1e-5)


@pytest.mark.parametrize('renormalize', [False, True])
def test_what_is_judged_is_normalized_by_the_statistics_at_the_end(renormalize):
    venv, seen = VecNormalize(DummyVecEnv([lambda: CheckedEnv(3), lambda: CheckedEnv(4)])), []

    def source(observations, actions, rewards, starts):
        seen.append((observations.copy(), rewards.copy()))
        return rewards

    collector = SegmentCollector(venv, CountingActor(), value_function, 6, np.random.RandomState(0), renormalize)
    for number in range(2):
        segment = collector.collect(source)
        plain = SegmentCollector(DummyVecEnv([lambda: CheckedEnv(3), lambda: CheckedEnv(4)]), CountingActor(),
                                 value_function, 6, np.random.RandomState(0))
        raw = [plain.collect(true_reward).observations for _ in range(number + 1)][-1]
        expected = venv.normalize_obs(raw) if renormalize else segment.observations
        np.testing.assert_array_equal(segment.judged, expected)
        np.testing.assert_array_equal(seen[number][0], expected.reshape(-1, 2))
        assert not np.allclose(segment.observations, venv.normalize_obs(raw))
        assert (segment.true_rewards == 1).all() and not np.isclose(seen[number][1], 1).all()
    assert set(collector.statistics.true_returns) == {3.0, 4.0}  # as the environment gave them
    assert not set(collector.statistics.returns) & {3.0, 4.0}


# ---------------------------------------------------------------- models in many environments

def test_processes_give_the_same_bits():
    apart, together = (
        VecFrameStack(VecNormalize(VecCheckNan(vec_env(3, 5, 7, kind=kind, time_limit=True), raise_exception=True)), 2)
        for kind in (lambda env_fns: SubprocVecEnv(env_fns, 'forkserver'), DummyVecEnv))
    try:
        models = [TRPO('MlpPolicy', env, timesteps_per_batch=30, **SMALL).learn(60) for env in (apart, together)]
        assert models[0].num_timesteps == 60
        assert_same_parameters(*models)
    finally:
        apart.close()


def test_rounding_of_the_batch_is_told(trpo):
    model = placed(trpo, vec_env(5, 6, 7))
    with pytest.warns(UserWarning, match=r'timesteps_per_batch=16 is rounded up to 18, so that each of 3 environment'):
        model.learn(40)
    assert model.num_timesteps == 54
    model.timesteps_per_batch = 18
    with warnings.catch_warnings():
        warnings.filterwarnings('error', 'timesteps_per_batch')
        model.learn(1)


def test_a_policy_with_memory_in_another_number_of_environments(tmp_path):
    small = dict(timesteps_per_batch=16, sequence_length=8, cg_iters=1, seed=0,
                 policy_kwargs=dict(n_lstm=4, layers=[4]))
    model = TRPO('MlpLstmPolicy', vec_env(5, 7), **small).learn(16)
    model.save(str(tmp_path / 'model'))
    loaded = TRPO.load(str(tmp_path / 'model'), env=vec_env(5, 6, 7))
    assert_same_parameters(model, loaded)
    assert loaded.learn(1).num_timesteps == 18  # three environments, six steps of each
    model.set_env(vec_env(4, 5, 6, 7))
    assert model.learn(1).num_timesteps == 32  # four environments, whole sequences of eight steps
    actions, state = model.predict(np.zeros((4, 3)))
    assert actions.shape == (4, 2) and len(state) == 4
    model.set_env(Shifted())
    assert model.learn(1).num_timesteps == 16


def test_all_wrappers_together(tmp_path, dataset, monkeypatch):
    monkeypatch.setattr('stable_baselines.common.vec_env.vec_video_recorder.find_encoder', lambda: 'none')
    venv = VecVideoRecorder(VecNormalize(VecCheckNan(vec_env(4, 5, 6))), str(tmp_path), lambda step: False)
    model = GAIL('MlpPolicy', venv, dataset, timesteps_per_batch=30, hidden_size_adversary=8, **SMALL).learn(60)
    assert model.get_vec_normalize_env() is venv.venv


# ---------------------------------------------------------------- demonstrations

@pytest.fixture
def discriminator_steps(monkeypatch):
    """What each discriminator step was given."""
    seen, plain = [], DiscriminatorStep.__call__
    monkeypatch.setattr(DiscriminatorStep, '__call__',
                        lambda self, *batch: seen.append([np.array(part) for part in batch]) or plain(self, *batch))
    return seen


def rows_in(rows, table):
    """Whether all rows are among those of a table."""
    distances = np.abs(rows[:, None] - table[None]).max(axis=2).min(axis=1)
    return (distances < 1e-5).all()


class Watching(VecNormalize):
    """Keeps all that it was given."""

    raw_rows = ()

    def step_wait(self):
        self.raw_rows = list(self.raw_rows) + list(self.get_original_obs())
        return super().step_wait()


@pytest.mark.parametrize('policy, options', [('MlpPolicy', NETWORK),
                                             ('MlpLstmPolicy', dict(policy_kwargs=dict(n_lstm=4, layers=[4])))])
def test_the_discriminator_sees_both_sides_under_the_same_statistics(dataset, discriminator_steps, policy, options):
    venv = Watching(vec_env())
    model = GAIL(policy, venv, dataset, timesteps_per_batch=16, cg_iters=1, g_step=2, hidden_size_adversary=8, seed=0,
                 **options)
    model.learn(96)
    assert len(discriminator_steps) == 3
    # Between the last collection and the update nothing is counted any more: the statistics are those of now.
    observations, expert_observations = discriminator_steps[-1][0], discriminator_steps[-1][2]
    assert rows_in(observations, venv.normalize_obs(np.array(venv.raw_rows[-16:])))
    assert rows_in(expert_observations, venv.normalize_obs(dataset.observations))
    first = discriminator_steps[0]
    assert not rows_in(first[2], venv.normalize_obs(dataset.observations))  # which have changed since the first update


def test_imitation_rewards_know_nothing_of_normalized_ones(dataset):
    results = []
    for norm_reward in (False, True):
        model = GAIL('MlpPolicy', normalized(norm_reward=norm_reward), dataset, timesteps_per_batch=16,
                     hidden_size_adversary=8, **SMALL)
        dataset.seed(0)
        results.append(model.learn(96))
    assert_same_parameters(*results)


class Doubled(VecEnvWrapper):
    """Each observation twice, side by side."""

    def __init__(self, venv):
        low, high = venv.observation_space.low, venv.observation_space.high
        super().__init__(venv, spaces.Box(np.tile(low, 2), np.tile(high, 2), dtype=np.float32))

    def reset(self):
        return np.tile(self.venv.reset(), 2)

    def step_wait(self):
        observations, *rest = self.venv.step_wait()
        return (np.tile(observations, 2), *rest)


def test_statistics_below_another_shape_are_refused(dataset):
    model = GAIL('MlpPolicy', Doubled(normalized()), dataset, timesteps_per_batch=16, hidden_size_adversary=8, **SMALL)
    for learn in (lambda: model.learn(16), lambda: model.pretrain(dataset, n_epochs=1)):
        with pytest.raises(ValueError, match=r'learning from demonstrations .* from \(3,\) to \(6,\). Put Vec'):
            learn()


# ---------------------------------------------------------------- a stack of frames around VecNormalize

@pytest.fixture(scope='module')
def stacked_dataset():
    """Recorded under a VecNormalize, by one that sees raw frames."""
    data = generate_expert_traj(lambda observations: observations[:, -2:] * 0, None, n_episodes=3,
                                env=VecFrameStack(normalized(6, 9), 2))
    assert data['obs'].dtype == np.float32 and data['obs'].shape[1:] == (6,) and data['obs'][:, 3].min() > 15
    starts = data['episode_starts']
    assert not data['obs'][starts, :3].any() and not np.signbit(data['obs'][starts, :3]).any()
    np.testing.assert_array_equal(data['obs'][1:, :3][~starts[1:]], data['obs'][:-1, 3:][~starts[1:]])
    return ExpertDataset(traj_data=data, verbose=0, seed=0)


def by_hand(normalizer, rows, starts):
    """Rows of two raw frames as such an environment shows them: the frame before an episode stays blank."""
    frames = normalizer.normalize_obs(rows.reshape(-1, 2, 3))
    frames[np.asarray(starts, bool), 0] = 0.0
    return frames.reshape(-1, 6)


@pytest.mark.parametrize('policy, options', [('MlpPolicy', dict(NETWORK, generator_replay=64)),
                                             ('MlpLstmPolicy', dict(policy_kwargs=dict(n_lstm=4, layers=[4])))])
def test_the_discriminator_sees_stacked_frames_under_the_same_statistics(stacked_dataset, discriminator_steps, policy,
                                                                         options):
    venv = Watching(vec_env())
    model = GAIL(policy, VecFrameStack(venv, 2), stacked_dataset, timesteps_per_batch=16, cg_iters=1, g_step=2,
                 hidden_size_adversary=8, seed=0, **options)
    model.learn(96)
    observations, expert_observations = discriminator_steps[-1][0], discriminator_steps[-1][2]
    raw = np.array(venv.raw_rows).reshape(-1, 2, 3)  # [steps, environments, ...]
    pairs = np.concatenate([np.concatenate([raw[:-1], raw[1:]], axis=2).reshape(-1, 6),
                            np.concatenate([raw * 0, raw], axis=2).reshape(-1, 6)])
    blank = np.arange(len(pairs)) >= len(pairs) - len(raw) * 2
    assert rows_in(observations, by_hand(venv, pairs, blank))
    assert (observations[:, :3] == 0).all(axis=1).any()
    starts = stacked_dataset.trajectories.episode_starts
    assert rows_in(expert_observations, by_hand(venv, stacked_dataset.observations, starts))


def test_cloning_and_statistics_of_stacked_frames(trpo, stacked_dataset):
    inner, starts = normalized(), stacked_dataset.trajectories.episode_starts
    model = TRPO('MlpPolicy', VecFrameStack(inner, 2), **SMALL)
    start, found = model.get_parameters(), []
    model.pretrain(stacked_dataset, n_epochs=2)
    np.testing.assert_allclose(inner.obs_rms.mean, stacked_dataset.observations[:, 3:].mean(axis=0), rtol=1e-4)
    plain = ExpertDataset(traj_data=dict(
        obs=by_hand(inner, stacked_dataset.observations, starts), actions=stacked_dataset.actions,
        episode_returns=stacked_dataset.returns, episode_starts=starts), verbose=0, seed=0)
    for env, demonstrations in ((model.env, stacked_dataset), (VecFrameStack(vec_env(), 2), plain)):
        placed(model, env).load_parameters(start)
        demonstrations.seed(0)
        found.append(model.pretrain(demonstrations, n_epochs=2).get_parameters())
    assert all(np.array_equal(found[0][name], found[1][name]) for name in start)


def test_zeros_that_may_be_blanks_or_not_are_refused():
    data = generate_expert_traj(lambda observation: 0, None, n_episodes=2,
                                env=VecFrameStack(DummyVecEnv([CheckedEnv]), 2))  # begins at 0
    venv = VecFrameStack(VecNormalize(DummyVecEnv([CheckedEnv])), 2)
    model, before = TRPO('MlpPolicy', venv, **SMALL), venv.obs_rms.count
    with pytest.raises(ValueError, match=r'dataset: row 0 holds .* nothing but zeros, .* VecNormalize\(Vec'):
        model.pretrain(ExpertDataset(traj_data=data, verbose=0), n_epochs=1)
    assert venv.obs_rms.count == before


def test_observations_changed_after_normalization_are_refused(dataset):
    model = GAIL('MlpPolicy', Turned(normalized()), dataset, timesteps_per_batch=16, hidden_size_adversary=8, **SMALL)
    before = model.get_parameters()
    with pytest.raises(ValueError, match=r'env: the reward needs .* VecNormalize gives .* arrives \(environment \d\)'):
        model.learn(16)
    assert all(np.array_equal(array, before[name]) for name, array in model.get_parameters().items())
    for env in (VecNormalize(Turned(vec_env())), VecCheckNan(normalized()), Turned(normalized(norm_obs=False))):
        placed(model, env).learn(16)


def test_cloning_under_the_statistics_of_the_environment(trpo, dataset):
    venv = normalized()
    venv.reset()
    for _ in range(50):
        venv.step(np.zeros((2, 2), np.float32))
    before = copy.deepcopy(venv.obs_rms)
    by_hand = ExpertDataset(traj_data=dict(
        obs=venv.normalize_obs(dataset.observations), actions=dataset.actions, episode_returns=dataset.returns,
        episode_starts=dataset.trajectories.episode_starts), verbose=0, seed=0)
    dataset.seed(0)
    start, found = trpo.get_parameters(), []
    for env, demonstrations in ((venv, dataset), (vec_env(), by_hand)):
        placed(trpo, env).load_parameters(start)
        found.append(trpo.pretrain(demonstrations, n_epochs=3, learning_rate=1e-3).get_parameters())
    assert all(np.array_equal(found[0][name], found[1][name]) for name in start)
    assert any(not np.array_equal(found[0][name], start[name]) for name in start)
    assert venv.obs_rms.count == before.count


def test_empty_statistics_begin_with_the_demonstrations(trpo, dataset, capsys):
    venv = normalized()
    model = placed(trpo, venv, verbose=1)
    for _ in range(2):  # the second time there is something already
        model.pretrain(dataset, n_epochs=1)
        np.testing.assert_allclose(venv.obs_rms.mean, dataset.observations.mean(axis=0), rtol=1e-4)
        assert 0 < venv.obs_rms.count - len(dataset.observations) < 1
    assert capsys.readouterr().out.count('begin with the demonstrations') == 1
    frozen = normalized(training=False)
    placed(trpo, frozen).pretrain(dataset, n_epochs=1)
    assert frozen.obs_rms.count < 1


def test_cloning_with_memory_uses_the_statistics_too(dataset):
    venv = normalized()
    model = TRPO('MlpLstmPolicy', venv, cg_iters=1, seed=0, policy_kwargs=dict(n_lstm=4, layers=[4]))
    seen, plain = [], venv.normalize_obs
    venv.normalize_obs = lambda observations: seen.append(observations) or plain(observations)
    model.pretrain(dataset, n_epochs=1)
    assert rows_in(np.concatenate(seen), dataset.observations)


def test_recordings_are_raw_and_leave_the_statistics_alone():
    venv = VecNormalize(DummyVecEnv([lambda: CheckedEnv(3, reward=2.0)]))
    venv.reset()
    venv.step([0])
    before = venv.obs_rms.count
    model = TRPO('MlpPolicy', venv, **SMALL)
    data = generate_expert_traj(model, None, n_episodes=2)
    assert data['obs'].tolist() == [[1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]]
    assert data['rewards'].tolist() == [2.0] * 6
    assert venv.obs_rms.count == before and venv.training
    stacked = VecFrameStack(VecNormalize(venv.venv, norm_obs=False), 2)
    data = generate_expert_traj(lambda observation: 0, None, env=stacked, n_episodes=1)
    assert data['obs'].shape == (3, 4) and data['rewards'].tolist() == [2.0] * 3  # only the rewards were normalized


# ---------------------------------------------------------------- evaluation

def test_evaluation_uses_the_statistics_of_training_and_leaves_them(trpo):
    venv, eval_env = normalized(), normalized(4, norm_reward=False)
    model, counts = placed(trpo, venv), []
    plain = eval_env.step_wait

    def watched():
        result = plain()
        counts.append((venv.obs_rms.count, eval_env.obs_rms.count))
        return result

    eval_env.step_wait = watched
    callback = EvalCallback(eval_env, n_eval_episodes=2, eval_freq=5, verbose=0)
    model.learn(32, callback)
    assert len(counts) == 3 * 2 * 4 and len(set(counts)) == 3  # three evaluations, each under one statistics
    assert all(one == other for one, other in counts)
    assert eval_env.training


def test_evaluation_of_another_kind_is_refused_before_training(trpo):
    for venv, eval_env in ((normalized(), Shifted()), (vec_env(), normalized())):
        model = placed(trpo, venv)
        with pytest.raises(ValueError, match='eval_env: . VecNormalize found'):
            model.learn(16, EvalCallback(eval_env, verbose=0))
        assert model.num_timesteps == 0
