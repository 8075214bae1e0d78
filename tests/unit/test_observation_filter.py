"""Observations standardized by statistics that belong to the model."""
import numpy as np
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.observation_filter import ObservationFilter, filtered
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from stable_baselines.gail import ExpertDataset
from tests.environments import RandomEnv, Shifted, random_demonstrations, shifted

VECTOR, BOX = Shifted().observation_space, Shifted().action_space
SMALL = dict(cg_iters=2, seed=0, timesteps_per_batch=32, n_cpu_tf_sess=1)
ROWS = shifted(np.random.RandomState(3).uniform(-5.0, 5.0, (50, 3)))


@pytest.fixture(scope='module')
def dataset():
    found = random_demonstrations(VECTOR, BOX, seed=3)
    return ExpertDataset(traj_data=dict(obs=shifted(found.observations), actions=found.actions,
                                        rewards=np.ones(len(found.actions)), episode_returns=found.returns,
                                        episode_starts=found.trajectories.episode_starts), verbose=0, seed=0)


def statistics(model):
    mean, variance, count = model.sess.run(model.observation_filter.variables)
    return mean, variance, float(count)


def standardized(model, observations):
    mean, variance, _ = statistics(model)
    return ((observations - mean) / np.maximum(np.sqrt(variance), 1e-2)).astype(np.float32)


def assert_statistics_of(model, rows):
    mean, variance, count = statistics(model)
    assert count == len(rows)
    rows = np.asarray(rows, np.float64)
    np.testing.assert_allclose(mean, rows.mean(0), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(variance, rows.var(0), rtol=1e-9)


class Keeping(Shifted):
    """Notes what it shows."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def reset(self):
        self.shown.append(super().reset())
        return self.shown[-1]

    def step(self, action):
        observation, *rest = super().step(action)
        self.shown.append(observation)
        return (observation, *rest)


# ---------------------------------------------------------------- the statistics

@pytest.mark.parametrize('shape', [(3,), (2, 2), ()])
@pytest.mark.parametrize('offset', [0.0, 1e6])
def test_statistics_are_those_of_all_rows(shape, offset):
    random = np.random.RandomState(0)
    parts = [offset + random.normal(size=(n,) + shape) * 3.0 for n in (1, 7, 30)]
    with tf.Graph().as_default(), make_session(1) as sess:
        found = ObservationFilter(sess, spaces.Box(-np.inf, np.inf, shape, np.float32))
        sess.run(tf.global_variables_initializer())
        assert found.count == 0
        for part in parts:
            found.update(part)
        mean, variance, count = sess.run(found.variables)
        rows = np.concatenate(parts)
        assert count == 38
        np.testing.assert_allclose(mean, rows.mean(0), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(variance, rows.var(0), rtol=1e-7)


def test_what_hardly_varies_is_not_blown_up():
    with tf.Graph().as_default(), make_session(1) as sess:
        assert filtered('as it is') == 'as it is'  # without a filter in the graph
        found = ObservationFilter(sess, spaces.Box(-1.0, 1.0, (2,), np.float32))
        sess.run(tf.global_variables_initializer())
        some = np.float32([[0.5, 0.0], [0.5, 1.0]])
        np.testing.assert_array_equal(sess.run(filtered(tf.constant(some))), some)
        found.update(some)
        np.testing.assert_allclose(sess.run(filtered(tf.constant(some + np.float32([0.001, 0.0])))),
                                   [[0.1, -1.0], [0.1, 1.0]], rtol=1e-4)


@pytest.mark.parametrize('policy', ['MlpPolicy', 'MlpLstmPolicy'])
def test_running_statistics_are_of_all_that_was_seen(policy):
    env = Keeping()
    options = dict(policy_kwargs=dict(n_lstm=4), sequence_length=8) if 'Lstm' in policy else {}
    model = TRPO(policy, env, observation_normalization='running', **dict(SMALL, **options)).learn(96)
    seen = [shown for number, shown in enumerate(env.shown) if (number + 1) % 8]  # episodes of 7 steps, 8 observations
    assert_statistics_of(model, seen[:96])


def test_statistics_of_the_expert_stay(dataset):
    model = GAIL('MlpPolicy', Shifted(), dataset, observation_normalization='expert', **SMALL).learn(64)
    assert_statistics_of(model, dataset.observations)
    model.learn(64, reset_num_timesteps=False)
    assert_statistics_of(model, dataset.observations)


def test_under_a_normalizer_they_are_of_what_the_policy_sees(dataset):
    """Demonstrations are raw; the filter stands behind VecNormalize."""
    venv = VecNormalize(DummyVecEnv([Shifted]))
    model = GAIL('MlpPolicy', venv, dataset, observation_normalization='running', **SMALL)
    model.pretrain(dataset, n_epochs=1)
    np.testing.assert_allclose(statistics(model)[0], venv.normalize_obs(dataset.observations).mean(0), atol=1e-5)
    assert np.abs(statistics(model)[0]).max() < 0.1


# ---------------------------------------------------------------- what they do

def twins(policy='MlpPolicy', **options):
    """A model with a filter that has seen something, and one without, of the same weights."""
    with_filter = TRPO(policy, Shifted(), observation_normalization='running', **dict(SMALL, **options))
    without = TRPO(policy, Shifted(), **dict(SMALL, **options))
    without.load_parameters({name: value for name, value in with_filter.get_parameters().items()
                             if 'observation_filter' not in name})
    with_filter.observation_filter.update(ROWS)
    with_filter.actor.refresh()
    return with_filter, without


@pytest.mark.parametrize('policy, options', [('MlpPolicy', {}), ('MlpLstmPolicy', dict(policy_kwargs=dict(n_lstm=4)))])
def test_policy_and_value_function_see_standardized_observations_once(policy, options):
    model, plain = twins(policy, **options)
    observations = ROWS[:7]
    shown = standardized(model, observations)
    memory = () if policy == 'MlpPolicy' else (np.zeros((7, 8), np.float32), np.zeros(7, bool))
    for one, other in zip(model.policy_pi.proba_step(observations, *memory), plain.policy_pi.proba_step(shown,
                                                                                                        *memory)):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.trpo_graph.values(observations, *memory), plain.trpo_graph.values(shown, *memory),
                               rtol=1e-4, atol=1e-6)
    # the twin in NumPy, which acts
    assert not model.actor.asks_policy
    np.testing.assert_allclose(model.predict(observations, deterministic=True)[0],
                               plain.predict(shown, deterministic=True)[0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.predict(observations, deterministic=True)[0], np.clip(
        model.policy_pi.step(observations, *(memory or (None, None)), deterministic=True)[0], BOX.low, BOX.high),
        rtol=1e-4, atol=1e-6)


def test_an_unchanged_policy_is_no_divergence_away():
    model, _ = twins()
    actions = np.zeros((50, 2), np.float32)
    start = model.trpo_graph.natural_gradient(ROWS, actions, np.linspace(-1, 1, 50).astype(np.float32))
    old = model.old_policy
    feed = {model.policy_pi.obs_ph: ROWS, old.obs_ph: ROWS}
    divergence = model.sess.run(old_divergence(model), feed)
    np.testing.assert_array_equal(divergence, np.zeros(50))
    assert np.isfinite(start.gradient).all()


def old_divergence(model):
    with model.graph.as_default():
        return model.old_policy.proba_distribution.kl(model.policy_pi.proba_distribution)


def test_the_discriminator_keeps_its_own_statistics(dataset):
    model = GAIL('MlpPolicy', Shifted(), dataset, observation_normalization='running', **SMALL)
    before = model.reward_giver.get_reward(ROWS[:3], np.zeros((3, 2)))
    model.observation_filter.update(ROWS)
    np.testing.assert_array_equal(model.reward_giver.get_reward(ROWS[:3], np.zeros((3, 2))), before)


# ---------------------------------------------------------------- files

@pytest.mark.parametrize('kind', ['running', 'expert'])
def test_saved_and_loaded(tmp_path, dataset, kind):
    model = GAIL('MlpPolicy', Shifted(), dataset, observation_normalization=kind, **SMALL).learn(64)
    model.save(tmp_path / 'model')
    loaded = GAIL.load(tmp_path / 'model')
    assert loaded.observation_normalization == kind
    for one, other in zip(statistics(model), statistics(loaded)):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(model.predict(ROWS, deterministic=True)[0],
                                  loaded.predict(ROWS, deterministic=True)[0])
    fresh = GAIL('MlpPolicy', Shifted(), dataset, observation_normalization=kind, **dict(SMALL, seed=7))
    fresh.load_parameters(model.get_parameters())
    np.testing.assert_array_equal(model.predict(ROWS, deterministic=True)[0],
                                  fresh.predict(ROWS, deterministic=True)[0])
    GAIL.load(tmp_path / 'model', observation_normalization='running')
    with pytest.raises(ValueError, match="observation_normalization: None given, the saved model has '" + kind):
        GAIL.load(tmp_path / 'model', observation_normalization=None)


def test_a_model_without_takes_none(tmp_path, dataset):
    GAIL('MlpPolicy', Shifted(), dataset, **SMALL).save(tmp_path / 'model')
    with pytest.raises(ValueError, match="observation_normalization: 'running' given, the saved model has None"):
        GAIL.load(tmp_path / 'model', observation_normalization='running')
    model = GAIL('MlpPolicy', Shifted(), dataset, observation_normalization='running', **SMALL)
    with pytest.raises(RuntimeError, match='observation_filter'):
        model.load_parameters(GAIL.load(tmp_path / 'model').get_parameters())


# ---------------------------------------------------------------- cloning

def test_cloning_begins_the_statistics(dataset):
    model = GAIL('MlpPolicy', Shifted(), dataset, observation_normalization='running', **SMALL)
    model.pretrain(dataset, n_epochs=1)
    assert_statistics_of(model, dataset.observations)
    model.pretrain(dataset, n_epochs=1)  # not twice
    assert_statistics_of(model, dataset.observations)
    model.learn(64)
    assert statistics(model)[2] == len(dataset.observations) + 64


def test_cloning_that_fails_leaves_them(dataset, monkeypatch):
    model = GAIL('MlpPolicy', Shifted(), dataset, observation_normalization='expert', **SMALL)
    before = model.predict(ROWS, deterministic=True)[0]
    monkeypatch.setattr('stable_baselines.common.cloning_model.clone_behavior', lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.pretrain(dataset, n_epochs=1)
    assert statistics(model)[2] == 0
    np.testing.assert_array_equal(model.predict(ROWS, deterministic=True)[0], before)


# ---------------------------------------------------------------- what is refused

@pytest.mark.parametrize('space, kind', [(spaces.Discrete(4), 'Discrete'), (spaces.MultiBinary(3), 'MultiBinary'),
                                         (spaces.Box(0, 255, (36, 36, 1), np.uint8), 'Box')])
def test_what_is_no_box_of_numbers_is_refused(space, kind):
    policy = 'CnnPolicy' if kind == 'Box' else 'MlpPolicy'
    with pytest.raises(ValueError, match="observation_normalization='running': .*{}.*Leave it out".format(kind)):
        TRPO(policy, RandomEnv(space, BOX), observation_normalization='running')


def test_what_is_unknown_is_refused():
    for value in ('Running', True, 0, ['running']):
        with pytest.raises(ValueError, match="observation_normalization=.*None, 'running', 'expert'"):
            GAIL('MlpPolicy', Shifted(), observation_normalization=value)
    with pytest.raises(ValueError, match="observation_normalization='expert' is unknown.*None, 'running'"):
        TRPO('MlpPolicy', Shifted(), observation_normalization='expert')
