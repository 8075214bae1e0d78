"""Session runs for hot loops."""
import numpy as np
import pytest

from stable_baselines.common import fast_call
from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.tf1 import tf


@pytest.fixture(params=['fast', 'slow'])
def make(request, monkeypatch):
    """The function, and what stands in where TensorFlow lacks what it needs."""
    if request.param == 'slow':
        return fast_call._slow_callable
    monkeypatch.setattr(fast_call, '_slow_callable', None)  # not to be used
    return fast_callable


def test_values_in_order(make, sess):
    one, two = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [])
    run = make(sess, [one * 2.0, two + 1], [one, two], [])
    first, second = run(np.array([1.0, 2.0]), 3)  # double precision and a plain number are converted
    np.testing.assert_array_equal(first, [2.0, 4.0])
    assert first.dtype == np.float32 and second == 4


def test_arrays_of_any_layout(make, sess):
    rows = tf.placeholder(tf.float32, [None, 2])
    run = make(sess, [tf.identity(rows)], [rows], [])
    values = np.arange(12, dtype=np.float32).reshape(2, 6).T[::2]
    np.testing.assert_array_equal(run(values)[0], values)


def test_operations_are_run_as_well(make, sess):
    step = tf.placeholder(tf.float32, [])
    counter = tf.get_variable('counter', [], initializer=tf.zeros_initializer())
    sess.run(tf.global_variables_initializer())
    run = make(sess, [step * 1.0], [step], [tf.assign_add(counter, step).op])
    assert [run(2.0), run(3.0)] == [[2.0], [3.0]]
    assert sess.run(counter) == 5.0


def test_what_is_built_at_the_first_call_is_built_once(sess):
    value, built = tf.placeholder(tf.float32, []), []

    def build():
        built.append(tf.square(value))
        return fast_callable(sess, built, [value])
    run = fast_call.built_at_first_call(sess, build)
    assert not built
    with tf.Graph().as_default():  # wherever the call comes from
        assert [run(2.0), run(3.0)] == [[4.0], [9.0]]
    assert len(built) == 1


def test_the_gradient_of_a_loop_can_be_had_although_the_session_has_run_it(sess):
    value = tf.placeholder(tf.float32, [])
    cubed = tf.while_loop(lambda step, total: step < 3, lambda step, total: (step + 1, total * value), [0, 1.0])[1]
    run = fast_call.built_at_first_call(
        sess, lambda: fast_callable(sess, tf.gradients(cubed, [value]), [value]))
    assert sess.run(cubed, {value: 2.0}) == 8.0
    assert run(2.0) == [12.0]


def test_goes_on_working_when_the_graph_grows(make, sess):
    value = tf.placeholder(tf.float32, [])
    run = make(sess, [value + 1.0], [value], [])
    assert run(1.0) == [2.0]
    assert sess.run(tf.constant(7.0)) == 7.0
    assert run(2.0) == [3.0]


def test_placeholders_with_a_default(make, sess):
    noise = tf.placeholder_with_default(tf.random_normal([2]), [2])
    run = make(sess, [noise + 1.0], [noise], [])
    np.testing.assert_array_equal(run([1.0, 2.0])[0], [2.0, 3.0])


def test_without_the_private_method_the_public_one_is_used(sess, monkeypatch):
    value = tf.placeholder(tf.float32, [])
    monkeypatch.setattr(type(sess).__mro__[1], '_make_callable_from_options', None)
    assert fast_callable(sess, [value + 1.0], [value])(1.0) == [2.0]
