"""TRPO computes what stable-baselines 2.10.2 computed."""
import numpy as np
import pytest

from stable_baselines import TRPO
from stable_baselines.common.flat_vectors import flat_gradient
from stable_baselines.common.gae import add_vtarg_and_adv, advantages_and_returns
from stable_baselines.common.gym_api import gym, spaces
from stable_baselines.common.tf1 import tf
from stable_baselines.trpo_mpi.losses import value_loss
from stable_baselines.trpo_mpi.trust_region import full_step, line_search, policy_step
from tests.exact_fisher import ExactPolicy, conjugate_gradient

GRADIENT, FORWARD = 1e-4, 1e-5  # relative to the largest element


def relative(found, expected):
    found, expected = np.float64(found), np.float64(expected)
    assert found.shape == expected.shape
    return np.abs(found - expected).max() / np.abs(expected).max()


class OfSpaces(gym.Env):
    """An environment of which only the spaces are used."""

    def __init__(self, observation_space, action_space):
        self.observation_space, self.action_space = observation_space, action_space


class Reference:
    """A recording and a model with its weights."""

    def __init__(self, path, env, **kwargs):
        with np.load(str(path)) as file:
            self.data = {name: file[name] for name in file.files}
        self.model = TRPO('MlpPolicy', env, n_cpu_tf_sess=1, max_kl=float(self['max_kl']),
                          cg_iters=int(self['cg_iters']), cg_damping=float(self['cg_damping']),
                          entcoeff=float(self['entcoeff']), **kwargs)
        self.graph = self.model.trpo_graph
        self.batch = self['obs'], self['actions'], self['advantages']

    def __getitem__(self, name):
        return self.data[name]

    def part(self, prefix):
        return {name[len(prefix):]: value for name, value in self.data.items() if name.startswith(prefix)}

    def restore(self):
        self.model.load_parameters(self.part('init/'))

    def flat(self, prefix):
        values = self.part(prefix)
        return np.concatenate([values[variable.name].ravel() for variable in self.graph.policy_variables])

    def exact_direction(self):
        fisher = ExactPolicy(self.part('init/'), self['obs'][::5]).fisher()
        fisher += float(self['cg_damping']) * np.eye(len(fisher))
        return conjugate_gradient(fisher, np.float64(self['grad']), int(self['cg_iters']))


@pytest.fixture(scope='module', params=['categorical', 'gaussian'])
def reference(request, data_path):
    if request.param == 'categorical':
        env = OfSpaces(spaces.Box(-5.0, 5.0, (4,), np.float32), spaces.Discrete(2))
        return Reference(data_path / 'trpo_categorical.npz', env)
    env = OfSpaces(spaces.Box(-10.0, 10.0, (3,), np.float32),
                   spaces.Box(np.float32([-1.0, 0.0]), np.float32([0.5, 2.0])))
    return Reference(data_path / 'trpo_gaussian.npz', env, policy_kwargs=dict(net_arch=[dict(pi=[16, 12], vf=[16])]))


@pytest.fixture
def restored(reference):
    reference.restore()
    return reference


def test_parameters_have_the_same_names_in_the_same_order(restored):
    assert list(restored.model.get_parameters()) == list(restored.part('init/'))


def test_gradient_and_losses_before_the_step(restored):
    start = restored.graph.natural_gradient(*restored.batch)
    assert list(start.losses._fields) == restored['loss_names'].tolist()
    assert np.allclose(start.losses, restored['losses_before'], rtol=FORWARD, atol=1e-6)
    assert relative(start.gradient, restored['grad']) < GRADIENT


def test_fisher_vector_product(restored):
    product = restored.graph.fisher_vector_product(restored['obs'][::5], restored['fvp_in'])
    assert relative(product, restored['fvp_out']) < GRADIENT


def test_fisher_matrix_is_the_exact_one(restored):
    fisher = ExactPolicy(restored.part('init/'), restored['obs'][::5]).fisher()
    exact = fisher @ np.float64(restored['fvp_in']) + float(restored['cg_damping']) * restored['fvp_in']
    assert relative(restored['fvp_out'], exact) < 1e-5  # the test's own arithmetic is right
    assert relative(restored.graph.fisher_vector_product(restored['obs'][::5], restored['fvp_in']), exact) < 1e-5


def test_search_direction_is_nearer_to_the_exact_one_than_the_recorded(restored):
    """Rounding of float32 inner products turns the tenth iterate, so the recorded one is no better than this."""
    exact = restored.exact_direction()
    found = restored.graph.natural_gradient(*restored.batch).direction
    recorded_error = np.linalg.norm(restored['step_direction'] - exact)
    assert np.linalg.norm(found - exact) < recorded_error
    assert np.linalg.norm(found - restored['step_direction']) < 1.5 * recorded_error


def test_step_length_of_the_recorded_direction(restored):
    direction = restored['step_direction']
    product = restored.graph.fisher_vector_product(restored['obs'][::5], direction)
    step = full_step(direction, 0.5 * direction.dot(product), float(restored['max_kl']))
    assert relative(step, restored['full_step']) < GRADIENT


def test_curvature_belongs_to_the_direction(restored):
    start = restored.graph.natural_gradient(*restored.batch)
    product = restored.graph.fisher_vector_product(restored['obs'][::5], start.direction)
    assert start.curvature == pytest.approx(0.5 * start.direction.dot(product), rel=1e-4)


def test_line_search_along_the_recorded_step(restored):
    graph, seen = restored.graph, []
    start = graph.natural_gradient(*restored.batch)  # makes the old policy equal to the new one

    def evaluate(parameters):
        graph.set_parameters(parameters)
        seen.append(graph.losses(*restored.batch, start.old_flat))
        return seen[-1].optimgain, seen[-1].meankl

    found = line_search(evaluate, graph.get_parameters(), restored['full_step'], start.losses.optimgain,
                        float(restored['max_kl']))
    assert found.step_size == float(restored['accepted_stepsize'])
    assert np.allclose(seen[-1], restored['losses_after'], rtol=FORWARD, atol=1e-6)
    assert relative(graph.get_parameters(), restored.flat('after_policy_step/')) < GRADIENT


def test_whole_policy_step_goes_where_the_recorded_went(restored):
    start = restored.graph.natural_gradient(*restored.batch)
    policy_step(restored.model.trpo_graph, start, restored.batch, restored.model.max_kl)
    before = restored.flat('init/')
    step, recorded = restored.graph.get_parameters() - before, restored.flat('after_policy_step/') - before
    assert np.linalg.norm(step - recorded) < 0.01 * np.linalg.norm(recorded)
    after = restored.graph.losses(*restored.batch, start.old_flat)
    assert np.allclose(after, restored['losses_after'], rtol=5e-3)


def value_gradient(restored, observations, returns):
    policy, variables = restored.graph.policy, restored.graph.value_variables
    with restored.model.graph.as_default():
        gradient = flat_gradient(value_loss(policy.value_flat, tf.constant(returns)), variables)
    return restored.model.sess.run(gradient, {policy.obs_ph: observations})


def test_value_function_step_and_what_it_leaves(restored):
    restored.model.load_parameters(restored.part('after_policy_step/'), exact_match=False)
    obs, returns = restored['obs'][:128], restored['returns'][:128]
    assert relative(value_gradient(restored, obs, returns), restored['vf_grad']) < GRADIENT
    restored.model.sess.run([variable.initializer for variable in restored.graph.value_optimizer.state])
    restored.graph.value_step(obs, returns, float(restored['vf_stepsize']))
    parameters = restored.model.get_parameters()
    for name, value in restored.part('after_vf_step/').items():
        assert np.allclose(parameters[name], value, rtol=GRADIENT, atol=1e-4 * float(restored['vf_stepsize'])), name


def test_forward_passes_after_the_update(restored):
    restored.model.load_parameters(restored.part('after_vf_step/'), exact_match=False)
    obs = restored['obs'][:16]
    assert relative(restored.graph.values(obs), restored['value']) < FORWARD
    found = restored.model.action_probability(obs)
    if 'proba' in restored.data:
        assert relative(found, restored['proba']) < FORWARD
    else:
        assert relative(found[0], restored['mean']) < FORWARD
        assert relative(found[1], restored['std']) < FORWARD


def test_advantages_and_returns(data_path):
    with np.load(str(data_path / 'gae.npz')) as file:
        data = {name: file[name] for name in file.files}
    segment = {name: data[name] for name in ('rewards', 'vpred', 'episode_starts', 'nextvpred')}
    add_vtarg_and_adv(segment, float(data['gamma']), float(data['lam']))
    assert relative(segment['adv'], data['adv']) < FORWARD
    assert relative(segment['tdlamret'], data['tdlamret']) < FORWARD

    ends = np.append(data['episode_starts'][1:], False)
    following = np.append(data['vpred'][1:], data['nextvpred']) * ~ends
    columns = [array[:, None] for array in (data['rewards'], data['vpred'], following, ends)]
    advantages, returns = advantages_and_returns(*columns, gamma=float(data['gamma']), lam=float(data['lam']))
    assert relative(advantages[:, 0], data['adv']) < FORWARD
    assert relative(returns[:, 0], data['tdlamret']) < FORWARD
