"""Who computes a policy's outputs, the NumPy twin or the session, and that both say the same at all times."""
import numpy as np
import pytest

from stable_baselines.common.actor import Actor
from stable_baselines.common.forward import NumpyOrSession, forward_function
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.policies import MlpLnLstmPolicy, MlpLstmPolicy, MlpPolicy
from stable_baselines.common.tf1 import make_session, runs_in_one_thread, tf

VECTOR = spaces.Box(-1.0, 1.0, (4,), np.float32)
DISCRETE = spaces.Discrete(2)


def forward_of(sess, policy=MlpPolicy, **kwargs):
    built = policy(sess, VECTOR, DISCRETE, 1, 1, None, **kwargs)
    sess.run(tf.global_variables_initializer())
    return built, Actor(built, sess)._forward


@pytest.mark.parametrize('policy, kwargs, least, most', [
    (MlpPolicy, dict(), 8, 64),  # the default: NumPy with as many environments as most have
    (MlpPolicy, dict(net_arch=[8]), 64, np.inf),
    (MlpPolicy, dict(net_arch=[256, 256]), 1.01, 8),
    (MlpLstmPolicy, dict(), 0, 2),
    (MlpLnLstmPolicy, dict(), 0, 1),
], ids=str)
def test_the_faster_one_is_asked(sess, policy, kwargs, least, most):
    assert least <= forward_of(sess, policy, **kwargs)[1].session_rows <= most


def test_sessions_of_several_threads_are_asked_later():
    rows = []
    for threads in (1, 2):
        with tf.Graph().as_default(), make_session(threads) as sess:
            assert runs_in_one_thread(sess) == (threads == 1)
            rows.append(forward_of(sess)[1].session_rows)
    assert rows[0] < rows[1]
    with tf.Graph().as_default(), tf.Session() as sess:
        assert not runs_in_one_thread(sess)


def test_both_follow_the_parameters(sess):
    policy, forward = forward_of(sess)
    logits = policy.proba_distribution.flatparam()
    observations = np.random.RandomState(0).normal(size=(100, 4)).astype(np.float32)
    for scale in (1.0, 30.0, 0.5):
        sess.run([tf.assign(variable, scale * variable + 0.01) for variable in tf.trainable_variables()])
        forward.refresh()
        expected = sess.run(logits, {policy.obs_ph: observations})
        for rows in (100, 1, 3, 100):
            (found,) = forward(observations[:rows])
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, expected[:rows], rtol=1e-5, atol=1e-5)


def test_what_no_row_makes_dearer_stays_in_numpy(sess):
    rows = tf.placeholder(tf.float32, [None, 3])
    forward = forward_function(sess, [rows], [rows + 1.0])
    assert isinstance(forward, NumpyOrSession)
    assert forward.session_rows == np.inf
    assert np.array_equal(forward(np.ones((1000, 3), np.float32))[0], np.full((1000, 3), 2.0))
