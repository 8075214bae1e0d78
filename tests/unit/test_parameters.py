"""Variables by name: all or none."""
import numpy as np
import pytest

from stable_baselines.common.parameters import ParameterStore
from stable_baselines.common.tf1 import tf


@pytest.fixture
def store():
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.get_variable('a', [2, 2]), tf.get_variable('b', [3], tf.float64), tf.get_variable('c', [])]
        session.run(tf.global_variables_initializer())
        yield ParameterStore(session, variables, optional=['c:0'])


NEW = {'a:0': [[1.0, 2.0], [3.0, 4.0]], 'b:0': np.arange(3), 'c:0': 5.0}


def test_round_trip(store):
    assert store.write(NEW) == []
    found = store.read()
    assert list(found) == ['a:0', 'b:0', 'c:0']
    for name, value in NEW.items():
        assert np.array_equal(found[name], value)
    assert (found['a:0'].dtype, found['b:0'].dtype) == (np.float32, np.float64)


def test_a_list_in_the_order_of_reading(store):
    store.write(list(NEW.values()))
    assert store.read()['b:0'].tolist() == [0, 1, 2]


def test_what_was_read_does_not_change_with_the_variables(store):
    before = store.read()
    kept = before['a:0'].copy()
    store.write(NEW)
    assert np.array_equal(before['a:0'], kept)


def test_optional_ones_may_be_absent_and_are_named(store):
    assert store.write({name: NEW[name] for name in ('a:0', 'b:0')}) == ['c:0']


def test_some_of_them(store):
    before = store.read()
    store.write({'b:0': np.ones(3)}, exact_match=False)
    assert store.read()['b:0'].tolist() == [1, 1, 1]
    assert np.array_equal(store.read()['a:0'], before['a:0'])


def test_writing_adds_nothing_to_the_graph(store):
    before = len(tf.get_default_graph().get_operations())
    store.write(NEW)
    assert len(tf.get_default_graph().get_operations()) == before


def test_variables_that_begin_with_one_tensor():
    with tf.Graph().as_default(), tf.Session() as session:
        beginning = tf.constant([1.0, 2.0])
        store = ParameterStore(session, [tf.Variable(beginning, name=name) for name in 'ab'])
        store.write([np.zeros(2), np.ones(2)])
        assert [value.tolist() for value in store.read().values()] == [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize('values, error, message', [
    ({'a:0': NEW['a:0'], 'c:0': 1.0}, RuntimeError, 'no value for b:0'),
    (dict(NEW, z=1.0), RuntimeError, 'z not known to this model, whose parameters are a:0, b:0, c:0'),
    (dict(NEW, **{'b:0': np.zeros(4)}), ValueError, r'b:0 has shape \(3,\) here, a value of shape \(4,\)'),
    (dict(NEW, **{'b:0': ['x', 'y', 'z']}), ValueError, 'b:0 .* type <U1'),
    (dict(NEW, **{'b:0': [0.0, np.nan, np.inf]}), ValueError, '1 of 3 numbers of b:0 are NaN'),
    ([1, 2], ValueError, 'a list of all 3 values expected, a list of 2 found'),
    (3, ValueError, 'dictionary by name.*int found'),
])
def test_wrong_values_change_nothing(store, values, error, message):
    before = store.read()
    with pytest.raises(error, match=message):
        store.write(values)
    assert all(np.array_equal(before[name], value) for name, value in store.read().items())


def test_a_bias_of_a_convolution_in_its_older_shape_and_no_other_shape():
    with tf.Graph().as_default(), tf.Session() as session:
        store = ParameterStore(session, [tf.get_variable('b', [1, 3, 1, 1]), tf.get_variable('w', [3, 1])])
        session.run(tf.global_variables_initializer())
        store.write({'b:0': np.arange(3).reshape(1, 1, 1, 3)}, exact_match=False)
        assert store.read()['b:0'].tolist() == [[[[0.0]], [[1.0]], [[2.0]]]]
        for name, shape in (('b:0', (3,)), ('b:0', (3, 1, 1, 1)), ('b:0', (1, 1, 1, 2)), ('w:0', (1, 3))):
            with pytest.raises(ValueError, match='has shape'):
                store.write({name: np.zeros(shape)}, exact_match=False)
