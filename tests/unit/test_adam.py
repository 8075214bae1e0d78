"""Adam on flat parameters, and its stable-baselines form."""
import numpy as np
import pytest

from stable_baselines.common.adam import Adam, training_step
from stable_baselines.common.flat_vectors import split_vector
from stable_baselines.common.mpi_adam import MpiAdam
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import GetFlat

TARGET = np.float32([[1.0, -2.0], [0.5, 3.0]])


def by_hand(parameters, gradients, rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Algorithm 1 with the rate of section 2, in double precision."""
    parameters, first, second = np.float64(parameters), 0.0, 0.0
    for step, gradient in enumerate(np.float64(gradients), start=1):
        first = beta1 * first + (1.0 - beta1) * gradient
        second = beta2 * second + (1.0 - beta2) * np.square(gradient)
        effective = rate * np.sqrt(1.0 - beta2 ** step) / (1.0 - beta1 ** step)
        parameters = parameters - effective * first / (np.sqrt(second) + epsilon)
    return parameters


def make_variables():
    return [tf.get_variable('matrix', [2, 2], initializer=tf.ones_initializer()),
            tf.get_variable('vector', [3], initializer=tf.zeros_initializer())]


@pytest.mark.parametrize('options', [dict(), dict(beta1=0.5, beta2=0.9, epsilon=1e-3)])
def test_steps_are_those_of_the_paper(sess, options):
    variables = make_variables()
    gradient = tf.placeholder(tf.float32, [7])
    adam = Adam(variables, 'adam', **options)
    apply, read = adam.apply(split_vector(gradient, variables), tf.constant(0.01)), GetFlat(variables)
    sess.run(tf.global_variables_initializer())
    gradients = np.random.RandomState(0).normal(size=(30, 7)).astype(np.float32)
    start = read()
    for row in gradients:
        sess.run(apply, {gradient: row})
    assert np.allclose(read(), by_hand(start, gradients, 0.01, **options), rtol=1e-5, atol=1e-6)
    assert sess.run(adam.n_steps) == 30


def test_state_is_not_trainable_and_starts_at_zero(sess):
    adam = Adam(make_variables(), 'adam')
    sess.run(tf.global_variables_initializer())
    assert all(np.all(value == 0) for value in sess.run(adam.state))
    assert not set(adam.state) & set(tf.trainable_variables())


def test_training_step_returns_what_was_before_it_and_descends(sess):
    variables = make_variables()
    scale, rate = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    loss = scale * (tf.reduce_sum(tf.square(variables[0] - TARGET)) + tf.reduce_sum(tf.square(variables[1])))
    step = training_step(sess, Adam(variables, 'adam'), tf.gradients(loss, variables), [scale], rate, also=[loss])
    sess.run(tf.global_variables_initializer())
    losses = [step(1.0, 0.1)[0] for _ in range(200)]
    assert losses[0] == pytest.approx(np.square(1.0 - TARGET).sum())
    assert losses[-1] < 1e-3
    assert np.allclose(sess.run(variables[0]), TARGET, atol=0.05)
    assert np.array_equal(sess.run(variables[1]), np.zeros(3))


def test_a_rate_of_zero_changes_no_bit(sess):
    variables = make_variables()
    scale, rate = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    loss = scale * tf.reduce_sum(tf.square(variables[0] - TARGET))
    step = training_step(sess, Adam(variables, 'adam'), tf.gradients(loss, variables), [scale], rate)
    sess.run(tf.global_variables_initializer())
    before = sess.run(variables)
    for _ in range(5):
        assert step(1.0, 0.0) == []
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(sess.run(variables), before))


class TestMpiAdam:
    """The form that stable-baselines gave it."""

    def test_steps_are_those_of_the_paper(self, sess):
        variables = make_variables()
        adam = MpiAdam(variables, sess=sess)
        sess.run(tf.global_variables_initializer())
        adam.sync()
        gradients = np.random.RandomState(1).normal(size=(10, 7)).astype(np.float32)
        start = adam.getflat()
        for row in gradients:
            adam.update(row, 0.02)
        assert np.allclose(adam.getflat(), by_hand(start, gradients, 0.02), rtol=1e-5, atol=1e-6)
        adam.check_synced()

    def test_variables_initialized_before_it_was_made_are_kept(self, sess):
        variables = make_variables()
        sess.run(tf.global_variables_initializer())
        adam = MpiAdam(variables)
        adam.setfromflat(np.arange(7.0))
        adam.update(np.zeros(7), 0.1)
        assert adam.getflat().tolist() == list(range(7))

    def test_two_may_live_in_one_graph(self, sess):
        variables = make_variables()
        first, second = MpiAdam(variables[:1], sess=sess), MpiAdam(variables[1:], sess=sess)
        sess.run(tf.global_variables_initializer())
        first.update(np.ones(4), 0.1)
        second.update(np.ones(3), 0.2)
        assert np.allclose(first.getflat(), 0.9)
        assert np.allclose(second.getflat(), -0.2)

    def test_other_communicators_are_refused(self, sess):
        with pytest.raises(ValueError, match='comm='):
            MpiAdam(make_variables(), comm=object())
