"""Observations of every space as networks read them."""
import numpy as np
import pytest

from stable_baselines.common.gym_api import spaces
from stable_baselines.common.input import check_observation_space, is_image_space, observation_input
from stable_baselines.common.tf1 import tf
from tests.environments import sample
from tests.graphs import evaluate

IMAGE = spaces.Box(0, 255, (4, 4, 3), np.uint8)


def encode(space, rows, **kwargs):
    with tf.Graph().as_default():
        placeholder, encoded = observation_input(space, **kwargs)
        assert encoded.dtype == tf.float32
        found = evaluate(encoded, {placeholder: rows})
        assert [None] + list(found.shape[1:]) == encoded.shape.as_list()
        return found


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64, np.int8, np.int16, np.int32, np.int64, np.uint8,
                                   np.uint16, np.uint32, np.uint64])
def test_boxes_of_any_type_become_float32(dtype):
    space = spaces.Box(0, 100, (2, 3), dtype)
    random = np.random.RandomState(0)
    rows = np.array([sample(space, random) for _ in range(5)])
    assert np.allclose(encode(space, rows), np.float32(rows))


def test_whole_numbers_become_one_hot():
    assert encode(spaces.Discrete(3), [2, 0]).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert encode(spaces.MultiDiscrete([2, 3]), [[1, 0], [0, 2]]).tolist() == [[0, 1, 1, 0, 0], [1, 0, 0, 0, 1]]
    assert encode(spaces.MultiBinary(2), [[1, 0]]).tolist() == [[1, 0]]


def test_scaling():
    low, high = np.float32([0.0, -1.0, 5.0]), np.float32([10.0, 1.0, 5.0])
    assert encode(spaces.Box(low, high), [[5.0, 0.5, 5.0]], scale=True).tolist() == [[0.5, 0.75, 0.0]]
    assert encode(spaces.Box(low, high), [[5.0, 0.5, 5.0]]).tolist() == [[5.0, 0.5, 5.0]]
    unbounded = spaces.Box(-np.inf, np.inf, (2,), np.float32)
    assert encode(unbounded, [[5.0, -7.0]], scale=True).tolist() == [[5.0, -7.0]]
    largest = np.finfo(np.float32).max  # as CartPole says of its velocities
    cartpole = spaces.Box(np.float32([-4.8, -largest]), np.float32([4.8, largest]))
    assert np.allclose(encode(cartpole, [[2.4, -7.0]], scale=True), [[2.4, -7.0]])
    assert encode(IMAGE, np.full((1, 4, 4, 3), 51, np.uint8), scale=True).max() == pytest.approx(0.2)


def test_batch_size_and_name():
    with tf.Graph().as_default():
        placeholder, _ = observation_input(IMAGE, batch_size=7, name='seen')
    assert placeholder.shape.as_list() == [7, 4, 4, 3]
    assert placeholder.dtype == tf.uint8
    assert placeholder.name == 'seen:0'


@pytest.mark.parametrize('space, expected', [
    (IMAGE, True), (spaces.Box(0, 254, (4, 4, 3), np.uint8), False), (spaces.Box(0, 255, (4, 4), np.uint8), False),
    (spaces.Box(0.0, 255.0, (4, 4, 3), np.float32), False), (spaces.Discrete(3), False)])
def test_images(space, expected):
    assert is_image_space(space) is expected


@pytest.mark.parametrize('space', [spaces.Tuple([IMAGE]), spaces.Dict(dict(a=IMAGE))])
def test_other_spaces_are_refused_by_name(space):
    with pytest.raises(ValueError, match='observation space {}: not supported. Supp'.format(type(space).__name__)):
        check_observation_space(space)


def test_shifted_and_nested_numbers_are_refused():
    try:
        shifted = spaces.Discrete(3, start=1)
    except TypeError:
        return  # gym before 0.22 knows no such space
    with pytest.raises(ValueError, match='starts at 1'):
        check_observation_space(shifted)
    with pytest.raises(ValueError, match='rank 2'):
        check_observation_space(spaces.MultiDiscrete([[2, 2], [3, 3]]))


@pytest.mark.parametrize('shape', [(0,), (3, 0)])
def test_empty_observations_are_refused(shape):
    """TensorFlow's multiplication of nothing ends the process on some machines."""
    with pytest.raises(ValueError, match='observation space Box.*empty'):
        check_observation_space(spaces.Box(-1.0, 1.0, shape, np.float32))
