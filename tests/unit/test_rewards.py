"""Forms of the imitation reward: values, sign, range, and what they are the best answer to."""
import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.gail.rewards import FAIRL_LARGEST_LOGIT, REWARD_FORMS
from tests.environments import RandomEnv, random_demonstrations

LOGITS = np.concatenate([np.linspace(-90.0, 90.0, 41), [-3.0, -1.0, 0.0, 1.0, 3.0]]).astype(np.float32)
VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)


def evaluate(reward_type, logits=LOGITS):
    with tf.Graph().as_default(), make_session(1) as sess:
        return sess.run(REWARD_FORMS[reward_type].function(tf.constant(logits)))


def formula(reward_type, logits):
    log_d, log_other = -np.logaddexp(0.0, -logits), -np.logaddexp(0.0, logits)
    limited = np.minimum(logits, FAIRL_LARGEST_LOGIT)
    return {'gail': -log_other, 'log_d': log_d, 'airl': log_d - log_other,
            'fairl': -limited * np.exp(limited)}[reward_type]


@pytest.mark.parametrize('reward_type', sorted(REWARD_FORMS))
def test_values_and_sign(reward_type):
    found = evaluate(reward_type)
    np.testing.assert_allclose(found, formula(reward_type, LOGITS.astype(np.float64)), rtol=2e-6, atol=2e-6)
    signs = {1: (found >= 0).all(), -1: (found <= 0).all(), 0: (found > 0).any() and (found < 0).any()}
    assert signs[REWARD_FORMS[reward_type].sign]
    assert np.isfinite(found).all()


def test_range_of_fairl():
    found = evaluate('fairl', np.linspace(-10.0, 50.0, 2001).astype(np.float32))
    assert abs(found.max() - np.exp(-1.0)) < 1e-5 and abs(found.min() + 5.0 * np.exp(5.0)) < 1e-2


@pytest.mark.parametrize('reward_type', ['airl', 'fairl'])
def test_expectations_are_divergences(reward_type):
    """With the best discriminator, logit = log(expert / policy), over a few states."""
    expert, policy = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6])
    reward = evaluate(reward_type, np.log(expert / policy).astype(np.float32))
    divergence = {'airl': np.sum(policy * np.log(policy / expert)), 'fairl': np.sum(expert * np.log(expert / policy))}
    assert np.sum(policy * reward) == pytest.approx(-divergence[reward_type], abs=1e-6)


@pytest.mark.parametrize('reward_type', sorted(REWARD_FORMS))
def test_the_model_is_paid_in_it(reward_type):
    dataset = random_demonstrations(VECTOR, BOX, seed=3)
    model = GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), dataset, reward_type=reward_type, timesteps_per_batch=32, seed=0)
    model.learn(96)
    observations, actions = np.ones((5, 3)), np.zeros((5, 2))
    judge = model.reward_giver
    with model.graph.as_default():
        logits = model.sess.run(judge.build_graph(judge.generator_obs_ph, judge.generator_acs_ph, reuse=True),
                                {judge.generator_obs_ph: observations, judge.generator_acs_ph: actions})
    np.testing.assert_allclose(judge.get_reward(observations, actions), formula(reward_type, logits.astype(np.float64)),
                               rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('value', ['GAIL', 'wgan', None, 1])
def test_unknown_forms_are_refused_with_a_list(value):
    with pytest.raises(ValueError, match="reward_type=.*'gail', 'log_d', 'airl', 'fairl'"):
        GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), reward_type=value)


def test_the_environments_reward_is_mixed_in():
    dataset = random_demonstrations(VECTOR, BOX, seed=3)
    models = [GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), dataset, env_reward_weight=weight, seed=0)
              for weight in (0.0, 2.0)]
    observations, actions, rewards = np.ones((5, 3)), np.zeros((5, 2)), np.arange(5.0)
    pure, mixed = (model._reward_source()(observations, actions, rewards, np.zeros(5, bool)) for model in models)
    np.testing.assert_allclose(mixed, pure + 2.0 * rewards, rtol=1e-6)
    with pytest.raises(ValueError, match='env_reward_weight=-1'):
        GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), env_reward_weight=-1)
