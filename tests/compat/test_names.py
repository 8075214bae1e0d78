"""Names and attributes that scripts for stable-baselines look for where they are not at home."""
import importlib

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.vec_env import DummyVecEnv
from tests.environments import RandomEnv

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-1.0, 1.0, (2,), np.float32)


@pytest.mark.parametrize('module, names, home', [
    ('common.policies', ['conv', 'linear', 'conv_to_fc', 'lstm'], 'common.tf_layers'),
    ('common.policies', ['batch_to_seq', 'seq_to_batch'], 'common.tf_util'),
    ('common.policies', ['observation_input'], 'common.input'),
    ('common.policies', ['make_proba_dist_type'], 'common.distributions'),
    ('common.base_class', ['VecEnv'], 'common.vec_env'),
    ('common.base_class', ['BaseCallback'], 'common.callbacks'),
    ('common.base_class', ['set_global_seeds'], 'common.misc_util'),
    ('trpo_mpi.trpo_mpi', ['traj_segment_generator'], 'common.runners'),
    ('common.tf_layers', ['lnlstm'], 'common.lstm')])
def test_names_of_other_modules(module, names, home):
    module, home = [importlib.import_module('stable_baselines.' + name) for name in (module, home)]
    for name in names:
        assert getattr(module, name) is getattr(home, name)


def test_colours_of_terminals():
    from stable_baselines.common.console_util import COLOR_TO_NUM, colorize
    assert COLOR_TO_NUM['red'] == 31 and colorize('x', 'red') == '\x1b[31mx\x1b[0m'


def test_attributes_of_demonstrations():
    env = DummyVecEnv([lambda: RandomEnv(VECTOR, BOX)])
    trpo, gail = TRPO('MlpPolicy', env), GAIL('MlpPolicy', env, hidden_size_adversary=4)
    assert trpo.using_gail is False and trpo.reward_giver is None and trpo.expert_dataset is None
    assert gail.using_gail is True and gail.reward_giver.n_actions == 2 and gail.expert_dataset is None


@pytest.mark.parametrize('given, expected', [('auto', -2.0), (-0.5, -0.5)])
def test_the_target_entropy_becomes_a_number(given, expected, tmp_path):
    model = SAC('MlpPolicy', RandomEnv(VECTOR, BOX), target_entropy=given, policy_kwargs=dict(layers=[4]))
    assert model.target_entropy == expected and isinstance(model.target_entropy, float)
    model.save(str(tmp_path / 'model'))
    assert SAC.load(str(tmp_path / 'model')).target_entropy == expected
    assert SAC.load(str(tmp_path / 'model'), target_entropy='auto').target_entropy == -2.0


@pytest.mark.parametrize('algorithm', [TRPO, GAIL, SAC])
def test_a_missing_file_is_a_value_error_too(algorithm, tmp_path):
    for error in (ValueError, FileNotFoundError):
        with pytest.raises(error, match='nofile'):
            algorithm.load(str(tmp_path / 'nofile'))
