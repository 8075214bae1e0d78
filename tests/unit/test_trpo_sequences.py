"""How segments become rows or sequences."""
import numpy as np
import pytest

from stable_baselines.common.rollout import Segment
from stable_baselines.trpo_mpi.sequences import arranged, even_length, round_up

N_STEPS, N_ENVS, LENGTH = 6, 2, 3


def segment(with_memory):
    """Each number tells its step and its environment: 10 * step + environment."""
    numbers = 10 * np.arange(N_STEPS)[:, None] + np.arange(N_ENVS)
    states = np.repeat(numbers[:, :, None], 4, axis=2) + 0.5 if with_memory else None
    fields = dict(observations=np.repeat(numbers[:, :, None], 3, axis=2), actions=numbers + 100, states=states,
                  episode_starts=numbers + 200)
    return Segment(**dict(dict.fromkeys(Segment._fields, numbers), **fields)), numbers + 300.0


def test_rows_without_memory():
    observations, actions, further = arranged(*[part if number == 0 else [part] for number, part in
                                                enumerate(segment(False))], LENGTH)
    expected = [0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51]
    assert observations.tolist() == [[number] * 3 for number in expected]
    assert actions.tolist() == [100 + number for number in expected]
    assert further.tolist() == [300 + number for number in expected]


def test_a_sequence_is_of_one_environment_and_in_order():
    collected, numbers = segment(True)
    observations, states, starts, actions, further = arranged(collected, [numbers], LENGTH)
    expected = np.array([[0, 10, 20], [30, 40, 50], [1, 11, 21], [31, 41, 51]])
    assert np.array_equal(observations, np.repeat(expected[:, :, None], 3, axis=2))
    assert np.array_equal(actions, expected + 100)
    assert np.array_equal(starts, expected + 200)
    assert np.array_equal(further, expected + 300)
    assert states.tolist() == [[first + 0.5] * 4 for first in expected[:, 0]]  # memory before the first step


@pytest.mark.parametrize('n_steps, longest, expected', [
    (64, 64, 64), (65, 64, 33), (100, 64, 50), (17, 8, 6), (1, 64, 1), (10, 1, 1), (1024, 64, 64)])
def test_lengths_are_even(n_steps, longest, expected):
    length = even_length(n_steps, longest)
    assert length == expected
    assert length <= longest
    assert 0 <= round_up(n_steps, length) - n_steps < length
    assert round_up(n_steps, length) // length == -(-n_steps // longest)  # as few sequences as can be


@pytest.mark.parametrize('n_steps, multiple, expected', [(1, 3, 3), (3, 3, 3), (4, 3, 6), (0, 3, 0)])
def test_rounding_up(n_steps, multiple, expected):
    assert round_up(n_steps, multiple) == expected
