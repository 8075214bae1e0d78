"""What get_env(), env and training_env answer, and where that can be put again."""
import copy
import warnings

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common import base_class
from stable_baselines.common.callbacks import BaseCallback, EvalCallback
from stable_baselines.common.evaluation import evaluate_policy, random_return
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.runners import traj_segment_generator
from stable_baselines.common.vec_env import (
    DummyVecEnv,
    UnbatchedVecEnv,
    VecEnv,
    VecEnvWrapper,
    VecFrameStack,
    VecNormalize,
    sync_envs_normalization,
    unwrap_vec_normalize,
)
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from tests.fakes import CheckedEnv, CheckedNewApiEnv

SMALL = dict(timesteps_per_batch=16, policy_kwargs=dict(net_arch=[4]), seed=0)


def vec_env(n_envs=1, kind=CheckedEnv, **options):
    return DummyVecEnv([lambda: kind(**options) for _ in range(n_envs)])


def trpo(env, **options):
    return TRPO('MlpPolicy', env, **dict(SMALL, **options))


@pytest.mark.parametrize('make', [lambda: 'CartPole-v1', vec_env, lambda: vec_env(kind=CheckedNewApiEnv)])
def test_one_environment_is_stepped_without_a_batch_and_resets_itself(make):
    model = trpo(make())
    env = model.get_env()
    assert env is model.env and isinstance(env, UnbatchedVecEnv) and isinstance(env, VecEnvWrapper)
    assert env.num_envs == 1 and base_class._UnvecWrapper is UnbatchedVecEnv
    observation, ends = env.reset(), 0
    for _ in range(300):
        assert isinstance(observation, np.ndarray) and observation.shape == env.observation_space.shape
        action, _ = model.predict(observation)
        assert np.ndim(action) == 0
        observation, reward, done, info = env.step(action)
        assert type(reward) is float and type(done) is bool and isinstance(info, dict)
        if done:
            assert info['terminal_observation'].shape == observation.shape
        ends += done
    assert ends > 3
    env.close()


def test_it_reaches_the_environment_inside():
    env = trpo(vec_env()).get_env()
    assert env.get_attr('episode_length') == [5] and len(env.envs) == 1
    env.set_attr('episode_length', 3)
    assert env.env_method('seed', 4) == [[4]] and env.seed(2) == [[2]]
    assert env.envs[0].episode_length == 3
    assert isinstance(env.unwrapped, DummyVecEnv)
    env.reset()
    env.render()
    env.close()
    assert env.envs[0].drawn == 1 and env.envs[0].closed
    with pytest.raises(ValueError, match='VecEnv of 2 environments'):
        UnbatchedVecEnv(vec_env(2))
    assert not hasattr(env, 'no_such_thing')


def test_attributes_are_set_where_they_are_read():
    normalizer = VecNormalize(vec_env())
    env = trpo(normalizer).get_env()
    env.training, env.remark = False, 'new'
    assert normalizer.training is False and env.training is False
    assert env.remark == 'new' and not hasattr(normalizer, 'remark')
    plain = trpo(vec_env()).get_env()
    copied = copy.deepcopy(plain)
    copied.metadata, copied.actions = {}, [2]
    assert copied.venv is not plain.venv and copied.venv.actions == [2] and plain.venv.actions is None


def test_plain_environments_and_several_are_answered_as_they_are():
    plain, several = CheckedEnv(), vec_env(2)
    assert trpo(plain).get_env() is plain
    model = trpo(several)
    assert model.get_env() is several
    model.set_env(plain)
    assert model.env is plain


@pytest.mark.parametrize('algorithm', [TRPO, GAIL, SAC])
def test_all_algorithms_also_after_set_env_and_load(algorithm, tmp_path):
    box = dict(action_space=spaces.Box(-1.0, 1.0, (1,), np.float32))
    options = {SAC: dict(learning_starts=2, batch_size=2), TRPO: SMALL, GAIL: SMALL}[algorithm]
    model = algorithm('MlpPolicy', vec_env(**box), **options)
    other = vec_env(**box)
    model.set_env(other)
    assert isinstance(model.get_env(), UnbatchedVecEnv) and model.get_env().venv is other
    model.save(str(tmp_path / 'model'))
    loaded = algorithm.load(str(tmp_path / 'model'), env=model.get_env())
    assert loaded.get_env() is model.get_env() and loaded.n_envs == 1
    if algorithm is not GAIL:
        loaded.learn(32)
        assert loaded.num_timesteps == 32


def test_it_can_be_given_wherever_an_environment_can():
    model = trpo(vec_env())
    env = model.get_env()
    assert evaluate_policy(model, env, n_eval_episodes=3) == (5.0, 0.0)
    assert random_return(env, 2) == 5.0
    model.set_env(env)
    assert model.get_env() is env
    other = trpo(env).learn(16)
    assert other.num_timesteps == 16
    assert DummyVecEnv([lambda: env]).reset().shape == (1, 2)
    assert VecFrameStack(env, 2).reset().shape == (1, 4)
    segments = traj_segment_generator(model.policy_pi, env, 8)
    assert next(segments)['observations'].shape == (8, 2)
    for recorded in (generate_expert_traj(model, n_episodes=2), generate_expert_traj(model, env=env, n_episodes=2),
                     generate_expert_traj(lambda observation: 1, env=env, n_episodes=2)):
        assert recorded['obs'].shape == (10, 2)
    dataset = ExpertDataset(traj_data=recorded, verbose=0)
    model.pretrain(dataset, n_epochs=1)
    GAIL('MlpPolicy', env, dataset, **SMALL).learn(16)


class Seeing(BaseCallback):
    def _on_training_start(self):
        self.found = unwrap_vec_normalize(self.training_env)

    def _on_step(self):
        return True


def test_normalizers_are_found_in_it():
    normalizer = VecNormalize(vec_env())
    model, seeing = trpo(normalizer), Seeing()
    evaluation = VecNormalize(vec_env(), norm_reward=False)
    checked = EvalCallback(evaluation, n_eval_episodes=1, eval_freq=8, verbose=0)
    model.learn(16, callback=[seeing, checked])
    assert seeing.training_env is model.get_env() and seeing.found is normalizer
    assert model.get_vec_normalize_env() is normalizer
    assert checked.last_mean_reward == 5.0 and evaluation.obs_rms.count > 1
    target = VecNormalize(vec_env(), norm_reward=False)
    sync_envs_normalization(model.get_env(), target)
    assert np.array_equal(target.obs_rms.mean, normalizer.obs_rms.mean)
    normalizer.training = False
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        evaluate_policy(model, model.get_env(), n_eval_episodes=1)


def test_wrappers_of_users_inside_it_work():
    class Doubled(VecEnvWrapper):
        def reset(self):
            return self.venv.reset() * 2

        def step_wait(self):
            observations, rewards, dones, infos = self.venv.step_wait()
            return observations * 2, rewards, dones, infos

    env = trpo(Doubled(vec_env())).get_env()
    assert isinstance(env, VecEnv) and env.reset().tolist() == [0.0, 0.0]
    assert env.step(1)[0].tolist() == [0.0, 2.0]
