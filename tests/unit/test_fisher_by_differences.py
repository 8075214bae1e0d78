"""Products of the Fisher matrix of policies with memory, by differences, against the matrix itself."""
import numpy as np
import pytest

from stable_baselines import TRPO
from stable_baselines.common.gym_api import spaces
from tests.environments import RandomEnv
from tests.exact_sequences import ExactFisher

BOX = spaces.Box(-1.0, 1.0, (2,), np.float32)
N_SEQUENCES, N_STEPS = 4, 3


@pytest.fixture(scope='module', params=[spaces.Discrete(3), BOX], ids=['Discrete', 'Box'])
def case(request):
    model = TRPO('MlpLstmPolicy', RandomEnv(BOX, request.param), policy_kwargs=dict(n_lstm=4, layers=[5]), seed=0,
                 timesteps_per_batch=N_STEPS * N_SEQUENCES, sequence_length=N_STEPS, cg_damping=0.0)
    random = np.random.RandomState(0)
    model.trpo_graph.set_parameters(0.5 * random.normal(size=model.trpo_graph.get_parameters().shape))
    inputs = [random.uniform(-1.0, 1.0, (N_SEQUENCES, N_STEPS, 2)), random.normal(size=(N_SEQUENCES, 8)),
              random.random_sample((N_SEQUENCES, N_STEPS)) < 0.3]
    return model, [np.float32(array) for array in inputs]


def test_products_are_those_of_the_matrix(case):
    model, inputs = case
    random = np.random.RandomState(1)
    vectors = [np.float32(length * random.normal(size=model.trpo_graph.get_parameters().shape))
               for length in (1.0, 1e-3, 1e3)]  # conjugate gradient's are of any length
    for vector, expected in zip(vectors, ExactFisher(model).products(inputs, vectors)):
        found = model.trpo_graph.fisher_vector_product(*inputs, vector)
        assert np.linalg.norm(found - expected) < 1e-3 * np.linalg.norm(expected)


def test_parameters_stay_as_they_are(case):
    model, inputs = case
    before = {name: value.copy() for name, value in model.get_parameters().items()}
    model.trpo_graph.fisher_vector_product(*inputs, np.ones_like(model.trpo_graph.get_parameters()))
    assert all(np.array_equal(value, before[name]) for name, value in model.get_parameters().items())


def test_they_stay_so_after_a_failure(case):
    model, inputs = case
    before = model.trpo_graph.get_parameters()
    with pytest.raises(Exception, match='(?i)shape|dimension|size|reshape'):
        model.trpo_graph.fisher_vector_product(inputs[0], inputs[1][:, :3], inputs[2], np.ones_like(before))
    assert np.array_equal(model.trpo_graph.get_parameters(), before)


def test_nothing_comes_of_nothing(case):
    model, inputs = case
    zeros = np.zeros_like(model.trpo_graph.get_parameters())
    assert not model.trpo_graph.fisher_vector_product(*inputs, zeros).any()


def test_damping_adds_a_multiple_of_the_vector():
    model = TRPO('MlpLstmPolicy', RandomEnv(BOX, spaces.Discrete(2)), policy_kwargs=dict(n_lstm=2, layers=[]), seed=0,
                 timesteps_per_batch=4, sequence_length=2, cg_damping=7.0)
    inputs = [np.zeros((2, 2, 2)), np.zeros((2, 4)), np.ones((2, 2))]
    vector = np.zeros_like(model.trpo_graph.get_parameters())
    vector[0] = 1.0  # a weight of an observation that is always zero
    assert np.allclose(model.trpo_graph.fisher_vector_product(*inputs, vector), 7.0 * vector)
