"""VecNormalize: statistics, what is normalized by them, files."""
import copy
import json
import pickle

import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.running_mean_std import RunningMeanStd
from stable_baselines.common.vec_env import (
    DummyVecEnv,
    SubprocVecEnv,
    VecCheckNan,
    VecFrameStack,
    VecNormalize,
    sync_envs_normalization,
    unwrap_vec_normalize,
)
from tests.environments import RandomEnv
from tests.fakes import CheckedEnv, CheckedNewApiEnv


def make(*lengths, env_class=CheckedEnv, env_options=None, **options):
    return VecNormalize(DummyVecEnv([lambda length=length: env_class(episode_length=length, **(env_options or {}))
                                     for length in lengths or (3, 4)]), **options)


def after_steps(count=20, *lengths, **options):
    venv = make(*lengths, **options)
    venv.reset()
    for _ in range(count):
        venv.step([0] * venv.num_envs)
    return venv


def assert_equal_statistics(one, other):
    for name in ('obs_rms', 'ret_rms'):
        for part in ('mean', 'var', 'count'):
            np.testing.assert_array_equal(getattr(getattr(one, name), part), getattr(getattr(other, name), part))


def test_statistics_are_those_of_everything_seen():
    venv, plain = make(3, 4, gamma=0.9), DummyVecEnv([lambda: CheckedEnv(3), lambda: CheckedEnv(4)])
    venv.reset(), plain.reset()
    observations, returns, running = [], [[0.0, 0.0]], np.zeros(2)
    for _ in range(10):
        found, rewards, dones, _ = venv.step([0, 0])
        raw, raw_rewards, _, _ = plain.step([0, 0])
        observations.append(raw)
        running = running * 0.9 + raw_rewards
        returns.append(running.copy())
        running[dones] = 0.0
        np.testing.assert_array_equal(venv.get_original_obs(), raw)
        np.testing.assert_array_equal(venv.get_original_reward(), raw_rewards)
        np.testing.assert_array_equal(venv.normalize_obs(raw), found)
        np.testing.assert_array_equal(venv.normalize_reward(raw_rewards), rewards)
        assert found.dtype == rewards.dtype == np.float32
    rows = np.concatenate(observations)
    np.testing.assert_allclose(venv.obs_rms.mean, rows.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(venv.obs_rms.var, rows.var(axis=0), rtol=1e-3)
    np.testing.assert_allclose(venv.ret_rms.var, np.var(returns), rtol=1e-3)
    np.testing.assert_allclose(found, np.clip((raw - rows.mean(axis=0)) / rows.std(axis=0), -10, 10), rtol=1e-3)


def test_the_last_observation_of_an_episode_is_normalized_like_its_neighbours():
    for stack in (lambda venv: venv, VecCheckNan):
        venv = stack(make(3))
        venv.reset()
        for _ in range(3):
            _, _, dones, infos = venv.step([0])
        assert dones[0]
        np.testing.assert_array_equal(infos[0]['original_terminal_observation'], [0, 3])
        np.testing.assert_array_equal(infos[0]['terminal_observation'], venv.normalize_obs(np.array([0, 3])))
        np.testing.assert_array_equal(venv.get_original_obs(), [[1, 0]])
    raw = make(1, norm_obs=False)
    raw.reset()
    np.testing.assert_array_equal(raw.step([0])[3][0]['terminal_observation'], [0, 1])


def test_without_training_nothing_is_counted():
    venv = after_steps()
    before = copy.deepcopy((venv.obs_rms, venv.ret_rms))
    venv.training = False
    venv.reset()
    venv.step([0, 0])
    venv.normalize_obs(np.ones((5, 2))), venv.normalize_reward(np.ones(5))
    assert [one.count for one in before] == [venv.obs_rms.count, venv.ret_rms.count]


def test_clipping_and_its_undoing():
    venv = after_steps(clip_obs=0.5, clip_reward=0.1)
    found, rewards, _, _ = venv.step([0, 0])
    assert np.abs(found).max() == 0.5 and np.abs(rewards).max() == np.float32(0.1)
    wide = after_steps(clip_obs=np.inf)
    raw, raw_reward = np.array([3.0, 1.0], np.float32), np.array([1.0, 2.0], np.float32)
    np.testing.assert_allclose(wide.unnormalize_obs(wide.normalize_obs(raw)), raw, rtol=1e-5)
    np.testing.assert_allclose(wide.unnormalize_reward(wide.normalize_reward(raw_reward)), raw_reward, rtol=1e-5)


def test_switched_off_parts_pass_unchanged():
    venv, raw = make(norm_obs=False, norm_reward=False), np.array([[7.0, 8.0]])
    venv.reset()
    found, rewards, _, _ = venv.step([0, 0])
    assert found.tolist() == [[0, 1], [0, 1]] and rewards.tolist() == [1, 1]
    for function in (venv.normalize_obs, venv.unnormalize_obs, venv.normalize_reward, venv.unnormalize_reward):
        assert function(raw) is raw
    assert make(env_options=dict(observation_dtype=np.uint8), norm_obs=False).observation_space.dtype == np.uint8


def test_switched_off_parts_are_counted_all_the_same(tmp_path):
    both, none = after_steps(), after_steps(norm_obs=False, norm_reward=False)
    assert_equal_statistics(both, none)
    np.testing.assert_array_equal(none.ret, both.ret)
    none.save(str(tmp_path / 'statistics'))
    loaded = VecNormalize.load(str(tmp_path / 'statistics'), make().venv)
    assert_equal_statistics(loaded, pickle.loads(pickle.dumps(none)))
    none.norm_obs = none.norm_reward = True
    for expected, found in zip(both.step([0, 0])[:3], none.step([0, 0])[:3]):
        np.testing.assert_array_equal(found, expected)
    assert after_steps(norm_obs=False, norm_reward=False, training=False).ret_rms.count == 1e-4


def test_whole_numbers_become_floats_when_switched_on_later():
    venv = after_steps(norm_obs=False, env_options=dict(observation_dtype=np.int32))
    assert venv.step([0, 0])[0].dtype == np.int32
    venv.norm_obs = True
    found = venv.step([0, 0])[0]
    assert found.dtype == np.float32 and (found != np.round(found)).any()


def test_images_that_are_not_normalized_are_not_counted():
    images = VecNormalize(DummyVecEnv([lambda: RandomEnv(spaces.Box(0, 255, (8, 8, 3), np.uint8), spaces.Discrete(2))]),
                          norm_obs=False)
    images.reset(), images.step([0])
    assert images.obs_rms.count == 1e-4 and images.ret_rms.count > 1


@pytest.mark.parametrize('kind, value', [('observation', np.nan), ('reward', np.inf)])
def test_bad_numbers_of_a_part_that_is_off_are_left_out(kind, value):
    venv = VecNormalize(DummyVecEnv([lambda: SpoiltEnv(kind, value)]), norm_obs=False, norm_reward=False)
    venv.reset()
    for _ in range(7):
        venv.step([0])
    assert np.isfinite(venv.obs_rms.mean).all() and np.isfinite(venv.ret_rms.var) and np.isfinite(venv.ret).all()
    assert venv.obs_rms.count > 5 and venv.ret_rms.count > 5


def test_nothing_is_kept_before_the_first_reset():
    assert make().old_obs is None and make().get_original_obs().shape == (0,)


def test_the_declared_space():
    venv = make()
    assert venv.observation_space == venv.venv.observation_space  # of floats: as models were saved with it
    whole = make(env_options=dict(observation_dtype=np.int64), clip_obs=5.0)
    assert whole.observation_space == spaces.Box(-5.0, 5.0, (2,), dtype=np.float32)
    assert whole.reset().dtype == np.float32


@pytest.mark.parametrize('space, message', [
    (spaces.Discrete(3), r'Discrete\(3\) cannot be normalized, only those of a Box can. Use norm_obs=False'),
    (spaces.Box(0, 255, (8, 8, 3), np.uint8), 'policies scale images themselves. Use norm_obs=False')])
def test_observations_that_are_not_for_scaling(space, message):
    env = CheckedEnv()
    env.observation_space = space
    venv = DummyVecEnv([lambda: env])
    with pytest.raises(ValueError, match=message):
        VecNormalize(venv)
    assert VecNormalize(venv, norm_obs=False).observation_space == space


@pytest.mark.parametrize('options, message', [
    (dict(clip_obs=0), 'clip_obs=0'), (dict(clip_reward=-1.0), 'clip_reward=-1.0'), (dict(gamma=1.5), 'gamma=1.5'),
    (dict(epsilon=0.0), 'epsilon=0.0'), (dict(epsilon='small'), "epsilon='small'")])
def test_numbers_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


class SpoiltEnv(CheckedEnv):
    """Gives something that is no number in its third step."""

    def __init__(self, kind, value, **options):
        super().__init__(**options)
        self.kind, self.value = kind, value

    def step(self, action):
        observation, reward, done, info = super().step(action)
        if self.step_in_episode == 3:
            observation = observation * self.value if self.kind == 'observation' else observation
            reward = self.value if self.kind == 'reward' else reward
        return observation, reward, done, info


@pytest.mark.parametrize('kind, value', [('observation', np.nan), ('reward', np.inf)])
def test_numbers_that_would_spoil_the_statistics_are_named(kind, value):
    venv = VecNormalize(DummyVecEnv([CheckedEnv, lambda: SpoiltEnv(kind, value)]))
    venv.reset()
    venv.step([0, 0]), venv.step([0, 0])
    before = copy.deepcopy(venv.obs_rms.mean)
    with pytest.raises(ValueError, match='the {} .*(nan|inf).* of environment 1 in step 3 since reset'.format(kind)):
        venv.step([0, 0])
    assert np.isfinite(venv.obs_rms.mean).all() and np.isfinite(venv.ret_rms.var)
    if kind == 'observation':
        np.testing.assert_array_equal(venv.obs_rms.mean, before)


# ---------------------------------------------------------------- finding and copying

def test_finding_it_among_wrappers():
    inner = make()
    assert unwrap_vec_normalize(inner.venv) is None and unwrap_vec_normalize(None) is None
    assert unwrap_vec_normalize(inner) is inner
    assert unwrap_vec_normalize(VecFrameStack(VecCheckNan(inner), 2)) is inner


def test_a_second_one_is_refused():
    with pytest.raises(ValueError, match='there is a VecNormalize around it already'):
        VecNormalize(VecFrameStack(make(), 2), norm_obs=False)


def test_evaluation_gets_the_statistics_of_training():
    train, evaluation = VecCheckNan(after_steps()), VecCheckNan(make(training=False))
    raw, rewards = np.array([[1.0, 2.0]]), np.array([0.5])
    assert not np.allclose(train.normalize_obs(raw), evaluation.normalize_obs(raw))
    sync_envs_normalization(train, evaluation)
    assert_equal_statistics(train, evaluation)
    np.testing.assert_array_equal(train.normalize_obs(raw), evaluation.normalize_obs(raw))
    np.testing.assert_array_equal(train.normalize_reward(rewards), evaluation.normalize_reward(rewards))
    count = train.obs_rms.count
    evaluation.obs_rms.update(raw)
    assert train.obs_rms.count == count  # a copy
    sync_envs_normalization(train.unwrapped, evaluation.unwrapped)  # nothing to do
    for pair in ((train, evaluation.unwrapped), (train.unwrapped, evaluation)):
        with pytest.raises(ValueError, match='eval_env: . VecNormalize found around it'):
            sync_envs_normalization(*pair)
    with pytest.raises(ValueError, match='has norm_obs=False, that of training norm_obs=True'):
        sync_envs_normalization(train, make(norm_obs=False))


# ---------------------------------------------------------------- files

def test_files_keep_everything(tmp_path):
    venv = after_steps(clip_obs=5.0, clip_reward=np.inf, gamma=0.9, epsilon=1e-6, norm_reward=False)
    path = str(tmp_path / 'folder' / 'vec_normalize.pkl')
    venv.save(path)
    assert [item.name for item in (tmp_path / 'folder').iterdir()] == ['vec_normalize.pkl']  # nothing beside it
    inner = DummyVecEnv([CheckedEnv] * 3)
    loaded = VecNormalize.load(path, inner)
    assert_equal_statistics(venv, loaded)
    for name in ('clip_obs', 'clip_reward', 'gamma', 'epsilon', 'training', 'norm_obs', 'norm_reward'):
        assert getattr(loaded, name) == getattr(venv, name)
        assert type(getattr(loaded, name)) is type(getattr(venv, name))
    assert loaded.venv is inner and loaded.num_envs == 3
    assert loaded.reset().shape == (3, 2)
    with np.load(path, allow_pickle=False) as arrays:
        assert sorted(arrays) == ['obs_count', 'obs_mean', 'obs_var', 'ret_count', 'ret_mean', 'ret_var', 'settings']


def test_pickles_of_stable_baselines_are_read(tmp_path, monkeypatch):
    venv = after_steps(gamma=0.8)
    attributes = dict(venv.__dict__, class_attributes={}, old_obs=np.zeros((2, 2)))
    for name in ('venv', '_step_number', 'ret', 'class_attributes'):
        attributes.pop(name)
    monkeypatch.setattr(VecNormalize, '__getstate__', lambda self: attributes)
    path = tmp_path / 'theirs.pkl'
    path.write_bytes(pickle.dumps(venv, protocol=pickle.HIGHEST_PROTOCOL))
    monkeypatch.undo()
    loaded = VecNormalize.load(str(path), DummyVecEnv([CheckedEnv]))
    assert_equal_statistics(venv, loaded)
    assert loaded.gamma == 0.8


def test_nothing_in_a_file_is_executed(tmp_path):
    marker = tmp_path / 'executed'

    class Trap:
        def __reduce__(self):
            return open, (str(marker), 'w')

    inner = DummyVecEnv([CheckedEnv])
    for content in (pickle.dumps(Trap()), pickle.dumps({'obs_rms': 1}), b'PK no archive', b'', pickle.dumps(
            RunningMeanStd(shape=(2,)))):
        path = tmp_path / 'file'
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match='file'):
            VecNormalize.load(str(path), inner)
    assert not marker.exists()
    with pytest.raises(FileNotFoundError):
        VecNormalize.load(str(tmp_path / 'absent'), inner)


@pytest.mark.parametrize('change', [
    dict(obs_var=np.array([-1.0, 1.0])), dict(obs_mean=np.zeros(3)), dict(ret_count=np.array(np.nan)),
    dict(ret_mean=np.zeros(7), ret_var=np.ones(7)), dict(settings=np.array('{}')),
    dict(settings=np.array('not json')), dict(obs_mean=np.array(['a', 'b']))])
def test_damaged_files_are_refused(tmp_path, change):
    path = str(tmp_path / 'damaged')
    make().save(path)
    with np.load(path) as arrays:
        arrays = dict(arrays, **change)
    with open(path, 'wb') as file:
        np.savez(file, **arrays)
    with pytest.raises(FileFormatError, match='damaged'):
        VecNormalize.load(path, DummyVecEnv([CheckedEnv]))


@pytest.mark.parametrize('settings', ['[' * 100000, '{"gamma": 1' + '0' * 400 + '}', dict(gamma=7.0), dict(gamma='nan'),
                                      dict(epsilon=-1.0), dict(clip_obs=-1.0), dict(clip_reward=0.0), dict(training=3),
                                      dict(gamma=10 ** 400), dict(epsilon=None)],
                         ids=lambda settings: str(settings)[:20])
def test_settings_out_of_range_are_refused(tmp_path, settings):
    path = str(tmp_path / 'damaged')
    make().save(path)
    with np.load(path) as arrays:
        arrays = dict(arrays)
    if isinstance(settings, dict):
        settings = json.dumps(dict(json.loads(str(arrays['settings'])), **settings))
    with open(path, 'wb') as file:
        np.savez(file, **dict(arrays, settings=np.array(settings)))
    with pytest.raises(FileFormatError, match='damaged'):
        VecNormalize.load(path, DummyVecEnv([CheckedEnv]))


def test_running_averages_as_files(tmp_path):
    venv, other = after_steps(), make()
    venv.save_running_average(str(tmp_path))
    other.load_running_average(str(tmp_path))
    assert_equal_statistics(venv, other)
    theirs = tmp_path / 'theirs'
    theirs.mkdir()
    for name in ('obs_rms', 'ret_rms'):
        (theirs / (name + '.pkl')).write_bytes(pickle.dumps(getattr(venv, name)))
    third = make()
    third.load_running_average(str(theirs))
    assert_equal_statistics(venv, third)
    (theirs / 'obs_rms.pkl').write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(FileFormatError, match='obs_rms'):
        third.load_running_average(str(theirs))
    with pytest.raises(FileNotFoundError):
        third.load_running_average(str(tmp_path / 'absent'))
    VecNormalize(VecFrameStack(make().venv, 2)).save_running_average(str(tmp_path))
    with pytest.raises(ValueError, match=r'obs_rms has shape \(4,\), expected \(2,\)'):
        third.load_running_average(str(tmp_path))


def test_pickling_leaves_the_environment_behind():
    venv = after_steps()
    for double in (pickle.loads(pickle.dumps(venv)), copy.deepcopy(venv)):
        assert double.venv is None and double.old_obs is None
        with pytest.raises(ValueError, match=r'have shape \(4,\), the statistics \(2,\)'):
            double.set_venv(VecFrameStack(make().venv, 2))
        double.set_venv(DummyVecEnv([CheckedNewApiEnv]))
        assert_equal_statistics(venv, double)
        assert double.reset().shape == (1, 2)
        with pytest.raises(ValueError, match='wraps an environment already'):
            double.set_venv(venv.venv)


def test_around_processes():
    apart = VecNormalize(SubprocVecEnv([lambda: CheckedEnv(3), lambda: CheckedEnv(4)], 'fork'))
    together = make(3, 4)
    try:
        np.testing.assert_array_equal(apart.reset(), together.reset())
        for _ in range(5):
            for one, other in zip(apart.step([0, 0])[:3], together.step([0, 0])[:3]):
                np.testing.assert_array_equal(one, other)
    finally:
        apart.close()
