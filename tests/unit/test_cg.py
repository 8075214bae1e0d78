"""Conjugate gradient, in NumPy and in a graph."""
import numpy as np
import pytest

from stable_baselines.common import cg
from stable_baselines.common.cg import conjugate_gradient, conjugate_gradient_in_graph, solve
from stable_baselines.common.tf1 import tf
from tests.exact_fisher import conjugate_gradient as textbook


@pytest.fixture(scope='module')
def system():
    random = np.random.RandomState(0)
    root = random.normal(size=(12, 12))
    return root @ root.T + 0.5 * np.eye(12), random.normal(size=12)


def in_graph(matrix, vector, iterations, **kwargs):
    with tf.Graph().as_default():
        constant = tf.constant(matrix, tf.float32)

        def product(v):  # of single precision
            return tf.cast(tf.linalg.matvec(constant, tf.cast(v, tf.float32)), tf.float64)
        results = conjugate_gradient_in_graph(product, tf.constant(vector, tf.float32), iterations, **kwargs)
        with tf.Session() as sess:
            solution, squared_length, residual = sess.run(results)
    assert np.isclose(squared_length, solution @ matrix @ solution, rtol=1e-4)
    left = np.linalg.norm(vector - matrix @ solution) / max(np.linalg.norm(vector), 1e-12)
    assert np.isclose(residual, left, rtol=1e-3, atol=1e-5)
    return solution


def test_solves_in_as_many_iterations_as_there_are_unknowns(system):
    matrix, vector = system
    solution = conjugate_gradient(lambda v: matrix @ v, vector, cg_iters=12, residual_tol=1e-20)
    assert np.allclose(solution, np.linalg.solve(matrix, vector), rtol=1e-6)


@pytest.mark.parametrize('iterations', [1, 3, 10])
def test_iterates_are_the_textbook_s(system, iterations):
    matrix, vector = system
    expected = textbook(matrix, vector, iterations)
    assert np.allclose(conjugate_gradient(lambda v: matrix @ v, vector, cg_iters=iterations), expected, rtol=1e-8)
    found = in_graph(matrix, vector, iterations)
    assert found.dtype == np.float32
    assert np.allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize('iterations', [0, 1, 3, 10])
def test_what_is_left_comes_with_the_solution(system, iterations):
    matrix, vector = system
    solution, rest = solve(lambda v: matrix @ v, vector, iterations)
    assert np.allclose(rest, vector - matrix @ solution, rtol=0, atol=1e-9)


def test_large_vectors_are_solved_without_keeping_residuals(system, monkeypatch):
    matrix, vector = system
    monkeypatch.setattr(cg, 'LARGEST_KEPT', 11)
    expected = textbook(matrix, vector, 5)
    assert np.allclose(in_graph(matrix, vector, 5), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_stops_when_the_residual_is_small(system):
    matrix, vector = system
    products = []

    def product(v):
        products.append(v)
        return v
    assert np.allclose(conjugate_gradient(product, vector, cg_iters=10), vector)  # the identity takes one product
    assert len(products) == 1
    assert np.allclose(in_graph(np.eye(12), vector, 10), vector, rtol=1e-6)


def test_zero_needs_no_step():
    assert np.array_equal(conjugate_gradient(lambda v: v, np.zeros(3)), np.zeros(3))
    assert np.array_equal(in_graph(np.eye(3), np.zeros(3), 5), np.zeros(3))


def test_arguments_are_left_alone(system):
    matrix, vector = system
    before = vector.copy()
    conjugate_gradient(lambda v: matrix @ v, vector)
    assert np.array_equal(vector, before)


def test_callback_and_verbose(system, capsys):
    matrix, vector = system
    seen = []
    conjugate_gradient(lambda v: matrix @ v, vector, cg_iters=3, callback=seen.append, verbose=True)
    assert len(seen) == 3
    assert np.array_equal(seen[0], np.zeros(12))
    assert not np.array_equal(seen[1], seen[2])
    assert len(capsys.readouterr().out.splitlines()) == 3


def badly_conditioned():
    """A few large eigenvalues above a floor, as a damped Fisher matrix has them: rounding soon spoils orthogonality."""
    random = np.random.RandomState(1)
    basis = np.linalg.qr(random.normal(size=(200, 200)))[0]
    return (basis * (0.01 + 10.0 ** (1.0 - 0.3 * np.arange(200)))) @ basis.T, random.normal(size=200)


def exact_iterate(matrix, vector, iterations):
    """The tenth iterate minimizes x'Ax / 2 - b'x over b, Ab, A^2 b, ...: solved on an orthonormal basis of these."""
    basis = []
    for _ in range(iterations):
        candidate = vector.copy() if not basis else matrix @ basis[-1]
        for _ in range(3):
            candidate -= sum((other * (other @ candidate) for other in basis), np.zeros_like(vector))
        basis.append(candidate / np.linalg.norm(candidate))
    basis = np.array(basis)
    return basis.T @ np.linalg.solve(basis @ matrix @ basis.T, basis @ vector)


def test_products_of_single_precision_do_not_turn_the_direction():
    matrix, vector = badly_conditioned()
    expected, single = exact_iterate(matrix, vector, 10), np.float32(matrix)

    def relative(found):
        return np.linalg.norm(found - expected) / np.linalg.norm(expected)
    in_numpy = conjugate_gradient(lambda v: np.float64(single @ np.float32(v)), np.float64(np.float32(vector)),
                                  cg_iters=10, residual_tol=0.0)
    assert relative(in_numpy) < 2e-5
    assert relative(in_graph(matrix, vector, 10, residual_tol=0.0)) < 2e-5
