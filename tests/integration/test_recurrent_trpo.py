"""TRPO with policies that have memory: what segments hold, what is learned from, files."""
import json
import zipfile

import numpy as np
import pytest

from stable_baselines import TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.policies import RecurrentActorCriticPolicy
from stable_baselines.common.rollout import SegmentCollector
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import linear
from stable_baselines.common.tf_util import batch_to_seq, seq_to_batch
from stable_baselines.common.vec_env import DummyVecEnv, VecEnvWrapper
from stable_baselines.trpo_mpi.sequences import arranged
from tests.environments import RandomEnv

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
BOX = spaces.Box(-1.0, 1.0, (2,), np.float32)
N_ENVS, N_STEPS, LENGTH = 3, 24, 8
MLP = dict(policy_kwargs=dict(n_lstm=4, net_arch=[5, 'lstm', dict(pi=[3])]))


class Average(RecurrentActorCriticPolicy):
    """Another kind of memory: an average that fades."""

    scope_of_values = 'vf'

    def __init__(self, sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=False, **_kwargs):
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, state_shape=(3,), reuse=reuse)
        with tf.variable_scope('model', reuse=reuse):
            kept = tf.sigmoid(tf.get_variable('kept', [3], initializer=tf.zeros_initializer()))
            starts = batch_to_seq(tf.reshape(self.dones_ph, [-1, 1]), n_env, n_steps)
            average, averages = self.states_ph, []
            for row, start in zip(batch_to_seq(self.processed_obs, n_env, n_steps), starts):
                average = kept * average * (1.0 - start) + (1.0 - kept) * row
                averages.append(average)
            latent = seq_to_batch(averages)
            self._value_fn = linear(latent, self.scope_of_values, 1)
            self._proba_distribution, self._policy, self.q_value = \
                self.pdtype.proba_distribution_from_latent(latent, latent)
        self.snew = average
        self._setup_init()


class Recorder(VecEnvWrapper):
    """Keeps what ``step`` returned."""

    def __init__(self, venv):
        super().__init__(venv)
        self.infos = []

    def reset(self):
        return self.venv.reset()

    def step_wait(self):
        results = self.venv.step_wait()
        self.infos.append(results[3])
        return results


def environments(action_space=DISCRETE, n_envs=N_ENVS):
    """Episodes of different lengths, the first of which a time limit ends, and some that outlast a segment."""
    return Recorder(DummyVecEnv([
        lambda length=length: RandomEnv(VECTOR, action_space, episode_length=length, time_limit=length == 5)
        for length in (5, 7, 31)[:n_envs]]))


def make(policy='MlpLstmPolicy', env=None, **options):
    env = environments() if env is None else env
    return TRPO(policy, env, **dict(dict(MLP, timesteps_per_batch=N_STEPS * N_ENVS, sequence_length=LENGTH, cg_iters=2,
                                         seed=0), **options))


def far_from_constant(model):
    """So that memory matters."""
    random = np.random.RandomState(3)
    model.load_parameters({name: random.normal(scale=0.7, size=np.shape(value))
                           for name, value in model.get_parameters().items()})
    return model


@pytest.fixture(scope='module', params=[('MlpLstmPolicy', DISCRETE, MLP), ('MlpLnLstmPolicy', BOX, MLP),
                                        (Average, DISCRETE, {})], ids=['lstm', 'layer_norm', 'average'])
def case(request):
    """A model, two segments, one after the other, and what the environments said meanwhile."""
    policy, action_space, options = request.param
    model = far_from_constant(make(policy, environments(action_space), **dict(dict(policy_kwargs={}), **options)))
    collector = SegmentCollector(model.env, model.actor, model.trpo_graph.values, N_STEPS, np.random.RandomState(0))
    segments = [collector.collect(model._reward_source()) for _ in range(2)]
    return model, segments, model.env.infos[:2 * N_STEPS], collector


@pytest.fixture(scope='module')
def model():
    """For tests that leave nothing behind but other parameters."""
    return make()


def joined(segments, name):
    return np.concatenate([getattr(segment, name) for segment in segments])


def step_by_step(model, segments, tensors):
    """Values of tensors of the acting policy along both segments, [steps, envs, ...] each."""
    policy, found = model.policy_pi, []
    state = np.zeros((N_ENVS,) + policy.state_shape)
    for observations, starts in zip(joined(segments, 'observations'), joined(segments, 'episode_starts')):
        *values, state = model.sess.run(list(tensors) + [policy.snew],
                                        dict(zip(policy.input_phs, [observations, state, starts])))
        found.append(values + [state])
    return [np.array(values) for values in zip(*found)]


# ---------------------------------------------------------------- segments

def test_states_are_those_before_each_step_from_segment_to_segment(case):
    model, segments, _, _ = case
    values, states = step_by_step(model, segments, [model.policy_pi.value_flat])
    found = joined(segments, 'states')
    assert not found[0].any()
    assert np.allclose(found[1:], states[:-1], atol=1e-5)
    assert np.allclose(joined(segments, 'values'), values, atol=1e-5)
    without_memory = model.policy_pi.value(segments[1].observations[:, 0])
    assert np.abs(segments[1].values[:, 0] - without_memory).max() > 0.01


def test_actions_are_drawn_with_memory(case):
    """The noise is known, so the actions are those of the parameters that memory leads to."""
    model, segments, _, _ = case
    pdtype, random = model.policy_pi.pdtype, np.random.RandomState(0)
    noise = np.concatenate([pdtype.draw_noise(random, (N_STEPS, N_ENVS)) for _ in range(2)])
    *parameters, _ = step_by_step(model, segments, pdtype.acting_tensors(model.policy_pi.proba_distribution))
    actions = [pdtype.numpy_action([part[step] for part in parameters] if len(parameters) > 1 else
                                   [parameters[0][step]], noise[step]) for step in range(2 * N_STEPS)]
    assert np.allclose(joined(segments, 'actions'), actions, atol=1e-5)


def test_predict_goes_through_an_episode_as_acting_did(case):
    model, segments, _, _ = case
    observations, actions = [joined(segments, name)[:, 1] for name in ('observations', 'actions')]
    starts, state = joined(segments, 'episode_starts')[:, 1], None
    states, values = joined(segments, 'states')[:, 1], joined(segments, 'values')[:, 1]
    for step in range(14):  # two episodes
        mask = [starts[step]]
        logp = model.action_probability(observations[step], state, mask, actions=actions[step], logp=True)
        at_once = model.action_probability(observations[step:step + 1], states[step:step + 1], mask,
                                           actions=actions[step:step + 1], logp=True)
        assert np.allclose(logp, at_once[0], atol=1e-5)
        assert np.allclose(model.policy_pi.value(observations[step:step + 1], state, mask), values[step], atol=1e-5)
        _, state = model.predict(observations[step], state, mask)
        assert np.allclose(state[0], states[step + 1], atol=1e-5)


def test_what_follows_a_step(case):
    """After a time limit: the value of the last observation, with the memory after the step. After other ends: 0."""
    model, segments, infos, collector = case
    values, ends = joined(segments, 'values'), joined(segments, 'ends')
    found, states = joined(segments, 'next_values'), joined(segments, 'states')
    assert np.allclose(found[:-1][~ends[:-1]], values[1:][~ends[:-1]], atol=1e-5)
    last = model.policy_pi.value(collector.observations, collector.states, collector.episode_starts)
    assert np.allclose(found[-1][~ends[-1]], last[~ends[-1]], atol=1e-5)
    assert not found[:, 1:][ends[:, 1:]].any()
    cut = np.flatnonzero(ends[:, 0])
    assert cut.tolist() == list(range(4, 48, 5))
    for step in cut:
        observation = infos[step][0]['terminal_observation'][None]
        # The memory after the step is what comes before the next one, which starts an episode and so forgets it.
        value = model.policy_pi.value(observation, states[step + 1, :1], [False])
        assert np.allclose(found[step, 0], value, atol=1e-5)
        assert abs(value - model.policy_pi.value(observation)) > 1e-4


# ---------------------------------------------------------------- learning

def test_the_learning_policy_is_the_one_that_acted(case):
    """Key to everything else: the distributions along sequences are those that the actions were drawn from."""
    model, segments, _, _ = case
    flat, _ = step_by_step(model, segments, [model.policy_pi.proba_distribution.flatparam()])
    values, _ = step_by_step(model, segments, [model.policy_pi.value_flat])
    graph = model.trpo_graph
    for number, segment in enumerate(segments):
        *inputs, actions, advantages, expected, expected_values = arranged(
            segment, [segment.rewards.astype(np.float32)] + [array[N_STEPS * number:N_STEPS * (number + 1)]
                                                             for array in (flat, values)], LENGTH)
        start = graph.natural_gradient(*inputs, actions, advantages)
        assert np.allclose(start.old_flat.reshape(expected.shape), expected, atol=1e-5)
        losses = graph.losses(*inputs, actions, advantages, start.old_flat)
        assert abs(losses.meankl) < 1e-6
        assert np.allclose(losses, start.losses, atol=1e-5)
        policy = graph.learning_policy
        found = policy.value(*[array.reshape((-1,) + array.shape[2:]) if array is not inputs[1] else array
                               for array in inputs])
        assert np.allclose(found, expected_values.reshape(-1), atol=1e-5)


def test_a_step_stays_in_the_trust_region_and_improves(case):
    model, segments, _, _ = case
    before = model.get_parameters()
    figures = model._update_policy(segments[1])
    after = model.get_parameters()
    model.load_parameters(before)
    assert figures['step_size'] > 0.0
    assert 0.001 < figures['meankl'] <= 1.5 * model.max_kl
    assert figures['optimgain'] > 0.0
    for name, value in before.items():
        if name.startswith('model/'):
            assert np.array_equal(value, after['oldpi/' + name]), name
            assert '/q/' in name or not np.array_equal(value, after[name]), name  # nothing here uses Q values


def test_batches_that_sequences_do_not_divide_grow():
    model = make(timesteps_per_batch=50)  # 17 steps of each environment: three sequences of 6
    model.learn(1)
    assert model.num_timesteps == 54
    assert [env.n_steps for env in model.env.envs] == [18] * 3


def test_same_seed_same_bits():
    found = [make(cg_iters=1).learn(1).get_parameters() for _ in range(2)]
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])


def test_a_callback_may_stop_in_the_middle(model):
    taken = []
    model.learn(500, callback=lambda locals_, globals_: taken.append(1) or len(taken) < 10)
    assert len(taken) == 10
    model.learn(1)


class Careless(VecEnvWrapper):
    """Returns lists, as some environments do."""

    def reset(self):
        return self.venv.reset()

    def step_wait(self):
        observations, rewards, dones, infos = self.venv.step_wait()
        return observations, rewards.tolist(), dones.tolist(), infos


def test_environments_may_be_careless_about_types(model):
    model.set_env(Careless(environments()))
    model.learn(1)
    model.set_env(environments())


# ---------------------------------------------------------------- files

def test_save_and_load(model, tmp_path):
    model.learn(1)
    model.save(str(tmp_path / 'model'))
    loaded = TRPO.load(str(tmp_path / 'model'), max_kl=0.02)
    assert (loaded.sequence_length, loaded.policy_kwargs, loaded.max_kl) == (LENGTH, model.policy_kwargs, 0.02)
    random = np.random.RandomState(0)
    inputs = [random.normal(size=(5, 3)), random.normal(size=(5, 8)), random.randint(2, size=5)]
    for mine, theirs in zip(loaded.predict(*inputs, deterministic=True), model.predict(*inputs, deterministic=True)):
        assert np.array_equal(mine, theirs)
    assert np.array_equal(loaded.action_probability(*inputs), model.action_probability(*inputs))
    loaded.set_env(environments(n_envs=2))
    loaded.learn(1)
    assert loaded.num_timesteps == 80  # 36 steps of each of two environments, rounded up to sequences of 8


def test_files_of_earlier_versions_have_no_sequence_length(model, tmp_path):
    model.save(str(tmp_path / 'model'))
    with zipfile.ZipFile(str(tmp_path / 'model.zip')) as new, zipfile.ZipFile(str(tmp_path / 'old.zip'), 'w') as old:
        for name in new.namelist():
            content = new.read(name)
            if name == 'data':
                data = json.loads(content.decode())
                del data['sequence_length']
                content = json.dumps(data).encode()
            old.writestr(name, content)
    assert TRPO.load(str(tmp_path / 'old')).sequence_length == 64


def test_the_fit_of_values_leaves_the_policy_alone():
    """Memory and all that the policy's actions depend on."""
    model = make()
    before = model.get_parameters()
    observations = np.random.RandomState(0).uniform(-1.0, 1.0, (N_STEPS, LENGTH, 3)).astype(np.float32)
    model.trpo_graph.value_step(observations, np.zeros((N_STEPS, 8)), np.zeros((N_STEPS, LENGTH)),
                                np.ones((N_STEPS, LENGTH)), 0.1)
    changed = {name for name, value in model.get_parameters().items() if not np.array_equal(before[name], value)}
    assert changed == {'model/vf/w:0', 'model/vf/b:0'}


def test_values_named_otherwise_are_fitted_like_those_of_other_policies():
    class Renamed(Average):
        scope_of_values = 'worth'

    model = make(Renamed, policy_kwargs={})
    before = model.get_parameters()
    model.learn(24)
    assert not np.array_equal(model.get_parameters()['model/worth/w:0'], before['model/worth/w:0'])
