"""Settings that are known to work: found by name, given to models, the same everywhere."""
import ast
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.gym_api import make, spaces
from stable_baselines.common.vec_env import DummyVecEnv, SubprocVecEnv, VecNormalize
from stable_baselines.gail import presets
from stable_baselines.gail.presets import PRESETS, find_preset, preset_of
from tests.environments import RandomEnv, random_demonstrations

ROOT = Path(__file__).resolve().parents[2]
VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)


@pytest.mark.parametrize('name, known', [
    ('Hopper-v2', 'Hopper'), ('Hopper-v4', 'Hopper'), ('CartPole-v1', 'CartPole-v1'), ('mujoco', 'mujoco'),
    ('ends-soon', 'ends-soon'), ('stays-alive', 'stays-alive'), ('somewhere/HalfCheetah-v5', 'HalfCheetah')])
def test_names(name, known):
    assert find_preset(name) == PRESETS[known] == preset_of(object(), name)


@pytest.mark.parametrize('name, nearest', [('CartPole-v7', 'CartPole-v'), ('Mountaincar-v0', 'MountainCar-v0'),
                                           ('hoper', 'Hopper'), ('acrobot', 'Acrobot-v1'), ('Mujoco', 'mujoco')])
def test_unknown_names_come_with_the_nearest(name, nearest):
    with pytest.raises(ValueError, match="preset='{}': .*the nearest: [^.]*'{}.*'ends-soon'".format(name, nearest)):
        find_preset(name)


@pytest.mark.parametrize('name', ['Qwx-v0', '', 3, None, ['Hopper']])
def test_what_is_like_none(name):
    with pytest.raises(ValueError, match="preset=.*Known: 'CartPole-v0'.*For a new task take a kind: 'mujoco'"):
        find_preset(name)


def test_environments_of_all_kinds():
    expected = PRESETS['CartPole-v1']
    env = make('CartPole-v1')
    workers = SubprocVecEnv([lambda: make('CartPole-v1')])
    try:
        for given in ('CartPole-v1', env, DummyVecEnv([lambda: env]), VecNormalize(DummyVecEnv([lambda: env])),
                      workers):
            assert preset_of(given) == expected
    finally:
        workers.close()
    assert preset_of(RandomEnv(VECTOR, BOX), 'mujoco') == PRESETS['mujoco']
    for given in (RandomEnv(VECTOR, BOX), DummyVecEnv([lambda: RandomEnv(VECTOR, BOX)]), SimpleNamespace(), None):
        with pytest.raises(ValueError, match="env: .* has no id to find its preset by.*preset='mujoco'"):
            preset_of(given)


@pytest.mark.parametrize('name', list(PRESETS))
def test_every_preset_makes_a_model_that_learns(name):
    dataset = random_demonstrations(VECTOR, BOX, seed=3)
    model = GAIL.from_preset(RandomEnv(VECTOR, BOX), dataset, name, seed=0, timesteps_per_batch=64,
                             policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]))
    settings = dict(PRESETS[name].settings, timesteps_per_batch=64)
    del settings['policy_kwargs']
    assert {key: getattr(model, key) for key in settings} == settings
    before = model.get_parameters()['model/pi_fc0/w:0']
    model.learn(128)
    assert not np.array_equal(model.get_parameters()['model/pi_fc0/w:0'], before)
    assert PRESETS[name].timesteps > 0 and PRESETS[name].subsample > 0 and PRESETS[name].description


@pytest.mark.parametrize('space', [spaces.Discrete(5), spaces.MultiBinary(4), spaces.MultiDiscrete([3, 4])])
def test_what_is_no_vector_is_not_standardized(space):
    env = RandomEnv(space, spaces.Discrete(2))
    model = GAIL.from_preset(env, random_demonstrations(space, env.action_space), 'ends-soon', seed=0,
                             timesteps_per_batch=64)
    assert model.observation_normalization is None and model.gamma == PRESETS['ends-soon'].settings['gamma']
    model.learn(128)
    with pytest.raises(ValueError, match='observation_normalization'):  # asked for by name it is no less wrong
        GAIL.from_preset(env, random_demonstrations(space, env.action_space), 'ends-soon',
                         observation_normalization='running')


def test_images_are_not_standardized():
    space = spaces.Box(0, 255, (36, 36, 1), np.uint8)
    env = RandomEnv(space, spaces.Discrete(2))
    model = GAIL.from_preset(env, random_demonstrations(space, env.action_space), 'stays-alive', 'CnnPolicy', seed=0,
                             timesteps_per_batch=32, policy_kwargs={}, vf_iters=1)
    assert model.learn(32).observation_normalization is None


@pytest.mark.parametrize('name, sign', [('ends-soon', 'log_d'), ('stays-alive', 'gail'), ('MountainCar-v0', 'log_d')])
def test_the_sign_is_that_of_the_task(name, sign):
    assert find_preset(name).settings['reward_type'] == sign


def test_changes_win_and_models_leave_the_table_alone():
    before = {name: repr(preset) for name, preset in PRESETS.items()}
    dataset = random_demonstrations(VECTOR, BOX, seed=3)
    model = GAIL.from_preset(RandomEnv(VECTOR, BOX), dataset, 'mujoco', gamma=0.5, reward_type='airl', verbose=0)
    assert (model.gamma, model.reward_type) == (0.5, 'airl')
    model.policy_kwargs['net_arch'].append('changed')
    found = find_preset('mujoco')
    found.settings.update(gamma=0.1)
    found.settings['policy_kwargs']['net_arch'].clear()
    preset_of('Hopper-v4').settings.clear()
    assert {name: repr(preset) for name, preset in PRESETS.items()} == before
    with pytest.raises(ValueError, match='gamma=1.5'):
        GAIL.from_preset(RandomEnv(VECTOR, BOX), dataset, 'mujoco', gamma=1.5)


def test_benchmarks_have_no_settings_of_their_own():
    """One source: programs of the paper's table name no hyperparameter that presets set."""
    names = {name for preset in PRESETS.values() for name in preset.settings} - {'policy_kwargs'}
    for program in ('paper_tasks.py', 'paper_run.py'):
        tree = ast.parse((ROOT / 'benchmarks' / program).read_text(encoding='utf-8'))
        used = {node.arg for call in ast.walk(tree) if isinstance(call, ast.Call)
                and getattr(call.func, 'attr', getattr(call.func, 'id', '')) in ('GAIL', 'from_preset', 'PaperTask')
                for node in call.keywords}
        assert not used & names, '{}: {}'.format(program, used & names)
    assert 'find_preset' in (ROOT / 'benchmarks' / 'paper_tasks.py').read_text(encoding='utf-8')
    assert presets.__all__ == ['PRESETS', 'Preset', 'find_preset', 'preset_of', 'suited']
