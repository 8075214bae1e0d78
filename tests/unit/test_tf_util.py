"""Small graph helpers."""
import numpy as np
import pytest

from stable_baselines.common import tf_util
from stable_baselines.common.tf1 import make_session, tensorflow_major_version, tf
from tests.graphs import evaluate


def two_variables():
    with tf.variable_scope('scope'):
        return [tf.get_variable('a', [2, 2], initializer=tf.ones_initializer()),
                tf.get_variable('b', [3], initializer=tf.zeros_initializer())]


def test_sessions():
    with tf.Graph().as_default() as graph:
        number = tf.constant(3.0)
    with make_session(1, graph=graph) as session:
        assert session.run(number) == 3.0
    with tf_util.single_threaded_session(graph=graph) as session:
        assert session._config.intra_op_parallelism_threads == 1
    with graph.as_default():
        session = make_session(make_default=True)
        assert tf.get_default_session() is session
        session.close()
    assert tensorflow_major_version() in (1, 2)


def test_number_of_threads_from_the_environment(monkeypatch):
    monkeypatch.setenv('RCALL_NUM_CPU', '2')
    with tf.Graph().as_default(), make_session() as session:
        assert session._config.inter_op_parallelism_threads == 2


def test_in_session():
    @tf_util.in_session
    def double(number):
        return 2 * tf.get_default_session().run(tf.constant(number))

    with tf.Graph().as_default():
        assert double(4) == 8


def test_initialize_leaves_variables_with_values_alone(sess):
    first, second = two_variables()
    sess.run(tf.assign(first, np.full((2, 2), 7.0)))
    tf_util.initialize(sess)
    assert sess.run(first).tolist() == [[7.0, 7.0], [7.0, 7.0]]
    assert sess.run(second).tolist() == [0.0, 0.0, 0.0]


def test_flat_views(sess):
    variables = two_variables()
    sess.run(tf.global_variables_initializer())
    with sess.as_default():
        get_flat, set_flat = tf_util.GetFlat(variables), tf_util.SetFromFlat(variables)
        assert get_flat().tolist() == [1, 1, 1, 1, 0, 0, 0]
        set_flat(np.arange(7))
    assert sess.run(variables[0]).tolist() == [[0, 1], [2, 3]]
    assert sess.run(variables[1]).tolist() == [4, 5, 6]
    before = tf_util.GetFlat(variables, sess=sess)()
    tf_util.SetFromFlat(variables, sess=sess)(np.zeros(7))
    assert before.tolist() == list(range(7))
    with pytest.raises(ValueError):
        tf_util.SetFromFlat(variables, sess=sess)(np.zeros(6))


def test_flat_gradients(sess):
    first, second = two_variables()
    sess.run(tf.global_variables_initializer())
    loss = tf.reduce_sum(tf.square(first)) * 3.0
    assert sess.run(tf_util.flatgrad(loss, [first, second])).tolist() == [6, 6, 6, 6, 0, 0, 0]
    clipped = sess.run(tf_util.flatgrad(loss, [first, second], clip_norm=1.0))
    assert np.allclose(clipped, [0.5] * 4 + [0.0] * 3)
    weighted = tf_util.flat_gradient(2.0 * first, [first], grad_ys=tf.constant([[1.0, 2.0], [3.0, 4.0]]))
    assert sess.run(weighted).tolist() == [2, 4, 6, 8]


def test_shapes(sess):
    first, second = two_variables()
    assert (tf_util.var_shape(first), tf_util.numel(first), tf_util.intprod([2, 3])) == ([2, 2], 4, 6)
    with pytest.raises(ValueError, match='not fully known'):
        tf_util.numel(tf.placeholder(tf.float32, [None, 2]))
    tf_util.check_shape([first, second], [[2, 2], [3]])
    with pytest.raises(ValueError, match=r'tensor 1 .*shape \[3\] found, \[4\] expected'):
        tf_util.check_shape([first, second], [[2, 2], [4]])
    tf_util.require_rank(2, '[n, m]', first=first)
    with pytest.raises(ValueError, match=r'second: shape \[n, m\] expected, \(3,\) found'):
        tf_util.require_rank(2, '[n, m]', first=first, second=second)


def test_variables_of_a_scope(sess):
    variables = two_variables()
    frozen = tf.get_variable('scope/c', [], trainable=False)
    tf.get_variable('other', [])
    assert tf_util.get_trainable_vars('scope') == variables
    assert tf_util.get_globals_vars('scope') == variables + [frozen]


def test_small_losses():
    with tf.Graph().as_default():
        huber = tf_util.huber_loss(tf.constant([-3.0, -0.5, 0.0, 0.5, 2.0]), delta=1.0)
        error = tf_util.mse(tf.constant([1.0, 2.0]), tf.constant([2.0, 4.0]))
        entropy = tf_util.calc_entropy(tf.constant([[0.0, 0.0], [100.0, -100.0]]))
        assert np.allclose(evaluate(huber), [2.5, 0.125, 0.0, 0.125, 1.5])
        assert evaluate(error) == 2.5
        assert np.allclose(evaluate(entropy), [np.log(2.0), 0.0], atol=1e-6)
        assert np.allclose(evaluate(tf_util.avg_norm(tf.constant([[3.0, 4.0], [0.0, 1.0]]))), 3.0)
        true = tf.constant([[1.0, 2.0], [3.0, 6.0]])
        known = [tf_util.q_explained_variance(predicted, true)
                 for predicted in (true, true + 1.0, tf.zeros([2, 2]), 0.5 * true)]
        assert np.allclose(evaluate(tf.stack(known)), [1.0, 1.0, 0.0, 0.75])


def test_sums_of_gradients(capsys):
    with tf.Graph().as_default():
        one, two, variable = tf.constant([1.0]), tf.constant([2.0]), tf.get_variable('v', [1])
        assert tf_util.gradient_add(None, None, variable) is None
        assert tf_util.gradient_add(one, None, variable) is one and tf_util.gradient_add(None, two, variable) is two
        assert evaluate(tf_util.gradient_add(one, two, variable)) == [3.0]
        assert capsys.readouterr().out == ''
        tf_util.gradient_add(one, two, variable, verbose=2)
        assert 'v:0' in capsys.readouterr().out


def test_initialize_leaves_alone_what_it_is_told_to(sess, monkeypatch):
    first, second = tf.get_variable('first', [2]), tf.get_variable('second', [2])

    class Same(set):
        """A set that holds one variable: in TensorFlow 2 they have no hash everywhere."""

        def __iter__(self):
            return iter([first])
    monkeypatch.setattr(tf_util, 'ALREADY_INITIALIZED', Same())
    tf_util.initialize(sess)
    assert [sess.run(tf.is_variable_initialized(variable)) for variable in (first, second)] == [False, True]


def test_samples_follow_the_logits():
    with tf.Graph().as_default():
        tf.set_random_seed(0)
        logits = np.log([0.5, 0.3, 0.2])
        found = evaluate(tf_util.sample(tf.constant(np.tile(logits, (20000, 1)), tf.float32)))
    assert np.allclose(np.bincount(found) / 20000.0, [0.5, 0.3, 0.2], atol=0.015)


def test_images_have_one_three_or_four_channels():
    with tf.Graph().as_default():
        for channels, expected in ((1, True), (2, False), (3, True), (4, True)):
            assert tf_util.is_image(tf.zeros([1, 5, 5, channels])) is expected
        assert not tf_util.is_image(tf.zeros([1, 5]))


def test_a_level_can_be_taken_out_of_names(sess):
    with tf.variable_scope('outer'), tf.variable_scope('a', custom_getter=tf_util.outer_scope_getter('outer')):
        assert tf.get_variable('w', [1]).name == 'a/w:0'


def test_functions_of_the_graph(sess):
    first, second = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    counter = tf.get_variable('counter', [], initializer=tf.zeros_initializer())
    sess.run(tf.global_variables_initializer())
    add = tf_util.function([first, second], first + 2.0 * second, updates=[tf.assign_add(counter, 1.0)])
    assert add(1.0, 2.0) == 5.0
    assert sess.run(counter) == 1.0
    given = tf_util.function([first], dict(total=first + second), givens={second: 10.0})
    assert given(1.0) == dict(total=11.0)
