import base64
import json
import os
import types

import numpy as np
import pytest

from stable_baselines.common.gym_api import spaces
from stable_baselines.common.safe_pickle import loads
from stable_baselines.common.space_description import build_space, describe_space, is_space

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data')
with open(os.path.join(DATA, 'pickled_spaces.json')) as _file:
    PICKLED = json.load(_file)


def _round_trip(space):
    return build_space(json.loads(json.dumps(describe_space(space), allow_nan=False)))


def _examples():
    infinite = np.array([-np.inf, -0.1, np.finfo(np.float32).min], dtype=np.float32)
    return [spaces.Box(low=infinite, high=-infinite, dtype=np.float32),
            spaces.Box(low=-0.1, high=1 / 3, shape=(2, 3), dtype=np.float64),
            spaces.Box(low=0, high=255, shape=(84, 84, 4), dtype=np.uint8),
            spaces.Box(low=np.arange(600, dtype=np.float32).reshape(20, 30), high=np.full((20, 30), 1e30, np.float32),
                       dtype=np.float32),
            spaces.Box(low=np.array([-2 ** 62]), high=np.array([2 ** 62 + 1]), dtype=np.int64),
            spaces.Box(low=-1, high=1, shape=(), dtype=np.float32),
            spaces.Discrete(7), spaces.MultiDiscrete([3, 1, 4]), spaces.MultiBinary(5), spaces.MultiBinary([2, 3]),
            spaces.Tuple([spaces.Discrete(2), spaces.Tuple([spaces.MultiBinary(1)])]),
            spaces.Dict({'b': spaces.Discrete(2), 'a': spaces.Box(low=0, high=1, shape=(1,), dtype=np.float32)})]


@pytest.mark.parametrize('space', _examples(), ids=lambda space: str(space)[:20])
def test_a_space_survives_json_exactly(space):
    again = _round_trip(space)
    assert type(again) is type(space)
    assert again == space
    assert again.dtype == space.dtype and again.shape == space.shape
    if isinstance(space, spaces.Box):
        np.testing.assert_array_equal(again.low, space.low)
        np.testing.assert_array_equal(again.high, space.high)
        assert again.low.dtype == space.low.dtype


def test_an_image_space_is_a_short_text():
    assert len(json.dumps(describe_space(spaces.Box(low=0, high=255, shape=(84, 84, 4), dtype=np.uint8)))) < 120


def test_a_nan_bound_survives():
    description = describe_space(spaces.Box(low=-1, high=1, shape=(2,), dtype=np.float32))
    description['low'] = {'__array__': 'float32', 'shape': [2], 'data': ['nan', -1.0]}
    try:
        low = build_space(description).low
    except ValueError as error:
        assert 'space description' in str(error)
    else:
        assert np.isnan(low[0]) and low[1] == -1


def test_a_space_of_gymnasium_is_described_by_its_name_and_attributes():
    class Box:
        low, high = np.array([-1., 0.], np.float32), np.array([1., 2.], np.float32)
        shape, dtype = (2,), np.dtype(np.float32)

    Box.__module__ = 'gymnasium.spaces.box'
    assert is_space(Box())
    assert _round_trip(Box()) == spaces.Box(low=Box.low, high=Box.high, dtype=np.float32)
    Box.__module__ = 'elsewhere'
    assert not is_space(Box())


def test_a_subclass_counts_as_the_space_it_derives_from():
    class Own(spaces.Discrete):
        pass

    assert _round_trip(Own(3)) == spaces.Discrete(3)


def test_other_spaces_are_named():
    class Text(spaces.Space):
        pass

    assert not is_space(Text())
    with pytest.raises(ValueError, match='Text'):
        describe_space(Text())
    assert not is_space(types.SimpleNamespace(n=3))


def test_a_start_is_kept_or_refused_by_an_old_gym():
    description = {'__space__': 'Discrete', 'n': 3, 'start': -1}
    try:
        expected = spaces.Discrete(3, start=-1)
    except TypeError:
        with pytest.raises(ValueError, match='start=-1'):
            build_space(description)
    else:
        assert build_space(description) == expected
        assert describe_space(expected) == description


@pytest.mark.parametrize('description', [
    {'__space__': 'Text'}, {'__space__': ['Box']}, {'__space__': 'Discrete'}, {'__space__': 'Discrete', 'n': 0},
    {'__space__': 'Discrete', 'n': 'many'}, {'__space__': 'Discrete', 'n': 1e400},
    {'__space__': 'MultiDiscrete', 'nvec': [2, -1]}, {'__space__': 'MultiBinary', 'n': -1},
    {'__space__': 'MultiBinary', 'n': []}, {'__space__': 'Tuple', 'spaces': [3]}, {'__space__': 'Tuple', 'spaces': 3},
    {'__space__': 'Dict', 'spaces': [['a']]},
    {'__space__': 'Box', 'dtype': 'float32', 'shape': [2], 'low': 0},
    {'__space__': 'Box', 'dtype': 'object', 'shape': [2], 'low': 0, 'high': 1},
    {'__space__': 'Box', 'dtype': 'float32', 'shape': [-2], 'low': 0, 'high': 1},
    {'__space__': 'Box', 'dtype': 'float32', 'shape': [10 ** 6, 10 ** 6], 'low': 0, 'high': 1},
    {'__space__': 'Box', 'dtype': 'float32', 'shape': [3], 'low': 0,
     'high': {'__array__': 'float32', 'shape': [2], 'data': [1, 1]}},
    {'__space__': 'Tuple', 'spaces': 2000 * [{'__space__': 'Box', 'dtype': 'uint8', 'shape': [84, 84, 4], 'low': 0,
                                              'high': 255}]},
])
def test_a_malformed_description_is_one_clear_error(description):
    with pytest.raises(ValueError, match='space description'):
        build_space(description)


@pytest.mark.parametrize('writer', sorted(PICKLED))
@pytest.mark.parametrize('name', ['Box', 'image', 'double', 'Discrete', 'MultiDiscrete', 'MultiBinary', 'Tuple', 'Dict',
                                  'protocol 2'])
def test_pickled_spaces_of_old_and_new_gym_become_spaces_of_this_one(writer, name):
    entry = PICKLED[writer][name]
    space = loads(base64.b64decode(entry['pickle']), 'file')
    assert isinstance(space, spaces.Space)
    assert describe_space(space) == entry['description']
    space.sample()
