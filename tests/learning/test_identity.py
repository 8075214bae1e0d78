"""The action that repeats the observation is rewarded: TRPO must find it, on every kind of action, in seconds."""
import numpy as np
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.identity_env import (
    IdentityEnv,
    IdentityEnvBox,
    IdentityEnvMultiBinary,
    IdentityEnvMultiDiscrete,
)
from stable_baselines.gail import ExpertDataset

NETWORK = dict(policy_kwargs=dict(net_arch=[16]), seed=0)


@pytest.mark.parametrize('make, random_return', [
    (lambda: IdentityEnv(5), 20.0),
    (lambda: IdentityEnvMultiBinary(2), 25.0),
    (lambda: IdentityEnvMultiDiscrete(3), 11.0),
], ids=['Discrete', 'MultiBinary', 'MultiDiscrete'])
def test_choices(make, random_return):
    """100 steps an episode, 1 for each right one."""
    env = make()
    model = TRPO('MlpPolicy', env, gamma=0.0, lam=0.0, timesteps_per_batch=512, max_kl=0.1, **NETWORK)
    assert evaluate_policy(model, env, n_eval_episodes=5, deterministic=False)[0] < random_return + 15.0
    model.learn(512 * 15)
    assert evaluate_policy(model, env, n_eval_episodes=5)[0] > 98.0


def distance(model):
    observations = np.linspace(-1.0, 1.0, 41, dtype=np.float32)[:, None]
    return np.abs(model.predict(observations, deterministic=True)[0] - observations).mean()


def test_numbers():
    """
    Only what is within 0.3 of the observation is rewarded. Inside of that nothing pulls to the middle, and batches of
    512 steps leave some seeds 0.19 away.
    """
    model = TRPO('MlpPolicy', IdentityEnvBox(eps=0.3), gamma=0.0, lam=0.0, timesteps_per_batch=1024, max_kl=0.1,
                 **NETWORK)
    before = distance(model)
    model.learn(1024 * 30)
    assert before > 0.4
    assert distance(model) < 0.15
    assert evaluate_policy(model, model.get_env(), n_eval_episodes=5)[0] > 95.0


KINDS = [lambda: IdentityEnv(4), lambda: IdentityEnvMultiBinary(3), lambda: IdentityEnvMultiDiscrete(3),
         lambda: IdentityEnvBox(eps=0.3)]
each_kind = pytest.mark.parametrize('make', KINDS, ids=['Discrete', 'MultiBinary', 'MultiDiscrete', 'Box'])


def demonstrations(env, rows=600):
    """Of an expert who is always right."""
    env.action_space.seed(1)
    observations = np.array([env.action_space.sample() for _ in range(rows)])
    return ExpertDataset(traj_data=dict(
        obs=observations, actions=observations.reshape(rows, -1), episode_starts=np.arange(rows) % 100 == 0,
        episode_returns=np.full(rows // 100, 100.0)), verbose=0)


@each_kind
def test_an_expert_is_imitated(make):
    """GAIL sees no reward but the discriminator's. All of 100 steps are right at best; by chance 9 to 28 are."""
    env = make()
    model = GAIL('MlpPolicy', env, demonstrations(env), gamma=0.0, lam=0.0, timesteps_per_batch=512, max_kl=0.05,
                 d_stepsize=1e-2, g_step=1, d_step=4, **NETWORK)
    model.learn(512 * 30)
    assert evaluate_policy(model, env, n_eval_episodes=5)[0] > 95.0


@each_kind
def test_an_expert_is_cloned(make):
    env = make()
    model = TRPO('MlpPolicy', env, **NETWORK)
    model.pretrain(demonstrations(env), n_epochs=100, learning_rate=1e-2)
    assert evaluate_policy(model, env, n_eval_episodes=5)[0] > 95.0
