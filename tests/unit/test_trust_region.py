"""The trust region step on plain functions."""
import numpy as np
import pytest

from stable_baselines.trpo_mpi.trust_region import full_step, line_search

START = np.float32([1.0, 1.0])
STEP = np.float32([8.0, -8.0])


def evaluator(gain, kl):
    """Evaluate by functions of how much of the step was taken; remembers where it was called."""
    calls = []

    def evaluate(parameters):
        calls.append(parameters)
        share = float((parameters - START)[0] / STEP[0])
        return gain(share), kl(share)
    return evaluate, calls


def test_full_step_reaches_the_limit_of_the_quadratic_model():
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])
    direction = np.array([1.0, -3.0])
    step = full_step(direction, 0.5 * direction @ matrix @ direction, max_kl=0.01)
    assert 0.5 * step @ matrix @ step == pytest.approx(0.01, rel=1e-6)
    assert step[0] * direction[1] == pytest.approx(step[1] * direction[0])


def test_whole_step_is_taken_where_it_is_good():
    evaluate, calls = evaluator(gain=lambda share: share, kl=lambda share: 0.014 * share ** 2)
    found = line_search(evaluate, START, STEP, gain_before=0.0, max_kl=0.01)  # half as much again is let through
    assert found.step_size == 1.0
    assert np.array_equal(found.parameters, START + STEP)
    assert found.gain == 1.0
    assert found.kl == pytest.approx(0.014)
    assert len(calls) == 1


def test_step_is_halved_until_the_divergence_is_small_enough():
    evaluate, calls = evaluator(gain=lambda share: share, kl=lambda share: 0.1 * share ** 2)
    found = line_search(evaluate, START, STEP, gain_before=0.0, max_kl=0.01)
    assert found.step_size == 0.25
    assert np.array_equal(calls[-1], found.parameters)
    assert len(calls) == 3


def test_step_is_halved_until_it_improves():
    evaluate, _ = evaluator(gain=lambda share: share - 2.0 * share ** 2 if share < 1 else -1.0, kl=lambda share: 0.0)
    assert line_search(evaluate, START, STEP, gain_before=0.1, max_kl=0.01).step_size == 0.25


@pytest.mark.parametrize('gain, kl', [
    (lambda share: -share, lambda share: 0.0),
    (lambda share: share, lambda share: 1.0 if share else 0.0),
    (lambda share: np.nan if share else 0.0, lambda share: 0.0),
    (lambda share: np.inf if share else 0.0, lambda share: 0.0),
    (lambda share: share, lambda share: np.nan if share else 0.0),
], ids=['worse', 'too far', 'not a number', 'infinite', 'divergence not a number'])
def test_parameters_are_put_back_where_nothing_is_good(gain, kl):
    evaluate, calls = evaluator(gain, kl)
    found = line_search(evaluate, START, STEP, gain_before=0.0, max_kl=0.01, n_backtracks=5)
    assert found.step_size == 0.0
    assert np.array_equal(found.parameters, START)
    assert np.array_equal(calls[-1], START)  # what was set last
    assert len(calls) == 6


def test_parameters_keep_their_precision():
    evaluate, _ = evaluator(gain=lambda share: share, kl=lambda share: 0.0)
    assert line_search(evaluate, START, STEP, gain_before=0.0, max_kl=0.01).parameters.dtype == np.float32
