"""The LSTM against one written down in NumPy, in double precision: values, memory, and every gradient."""
import numpy as np
import pytest

from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.common.tf_layers import lnlstm, lstm
from stable_baselines.common.tf_util import batch_to_seq, seq_to_batch

N_STEPS, N_SEQUENCES, N_IN, N_HIDDEN = 4, 3, 2, 3
MASKS = np.float64([[0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 0, 0]])  # in the first step, in the middle, twice in a row
PLAIN = {'wx': [N_IN, 4 * N_HIDDEN], 'wh': [N_HIDDEN, 4 * N_HIDDEN], 'b': [4 * N_HIDDEN]}
NORMALIZED = dict(PLAIN, gx=[4 * N_HIDDEN], bx=[4 * N_HIDDEN], gh=[4 * N_HIDDEN], bh=[4 * N_HIDDEN], gc=[N_HIDDEN],
                  bc=[N_HIDDEN])


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def reference(weights, inputs, masks, state):
    """Outputs [steps, sequences, n_hidden] and the memory after the last step."""
    def normalized(x, suffix):
        if 'g' + suffix not in weights:
            return x
        mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 1e-5) * weights['g' + suffix] + weights['b' + suffix]

    cells, output, outputs = state[:, :N_HIDDEN], state[:, N_HIDDEN:], []
    for row, mask in zip(inputs, masks):
        cells, output = cells * (1.0 - mask[:, None]), output * (1.0 - mask[:, None])
        sums = normalized(row @ weights['wx'], 'x') + normalized(output @ weights['wh'], 'h') + weights['b']
        entering, forgetting, leaving, candidate = np.split(sums, 4, axis=1)
        cells = sigmoid(forgetting) * cells + sigmoid(entering) * np.tanh(candidate)
        output = sigmoid(leaving) * np.tanh(normalized(cells, 'c'))
        outputs.append(output)
    return np.array(outputs), np.concatenate([cells, output], axis=1)


class Built:
    """An LSTM in a graph, of several steps at once or of single steps one after the other, with random weights."""

    def __init__(self, layer_norm, unrolled, n_steps=N_STEPS):
        random = np.random.RandomState(3)
        shapes = NORMALIZED if layer_norm else PLAIN
        self.values = {name: random.normal(scale=0.7, size=shape) for name, shape in shapes.items()}
        self.values.update(inputs=random.normal(size=(n_steps, N_SEQUENCES, N_IN)),
                           state=random.normal(size=(N_SEQUENCES, 2 * N_HIDDEN)))
        self.masks = MASKS[:n_steps]
        self.of_outputs = random.normal(size=(n_steps, N_SEQUENCES, N_HIDDEN))  # weights of the losses below
        self.of_state = random.normal(size=(N_SEQUENCES, 2 * N_HIDDEN))
        self.sess = make_session(1)
        self.inputs = tf.placeholder(tf.float32, [n_steps, None, N_IN])
        self.mask = tf.placeholder(tf.float32, [n_steps, None, 1])
        self.state = tf.placeholder(tf.float32, [None, 2 * N_HIDDEN])
        steps, masks = tf.unstack(self.inputs), tf.unstack(self.mask)
        if unrolled:
            outputs, self.after = [], self.state
            for number, (step, mask) in enumerate(zip(steps, masks)):
                with tf.variable_scope('', reuse=number > 0):
                    [output], self.after = lstm([step], [mask], self.after, 'lstm1', N_HIDDEN, layer_norm=layer_norm)
                outputs.append(output)
        else:
            outputs, self.after = lstm(steps, masks, self.state, 'lstm1', N_HIDDEN, layer_norm=layer_norm)
        self.outputs = tf.stack(outputs)
        self.variables = {variable.name.split('/')[-1][:-2]: variable for variable in tf.trainable_variables()}
        self.new_value = tf.placeholder(tf.float32, [None])
        self.assignments = {name: tf.assign(variable, tf.reshape(self.new_value, variable.shape))
                            for name, variable in self.variables.items()}

    def run(self, tensors):
        for name in self.variables:
            self.sess.run(self.assignments[name], {self.new_value: self.values[name].ravel()})
        return self.sess.run(tensors, {self.inputs: self.values['inputs'], self.mask: self.masks[:, :, None],
                                       self.state: self.values['state']})

    def loss(self, share_of_state=1.0):
        return (tf.reduce_sum(self.outputs * np.float32(self.of_outputs))
                + share_of_state * tf.reduce_sum(self.after * np.float32(self.of_state)))

    def gradients(self, loss):
        everything = dict(self.variables, inputs=self.inputs, state=self.state)
        return dict(zip(everything, tf.gradients(loss, list(everything.values()))))

    def reference_gradient(self, name, share_of_state=1.0):
        of_outputs, of_state = expected_gradients(self, name)
        return of_outputs + share_of_state * of_state


_found = {}


def expected_gradients(built, name):
    """Central differences of the loss's two parts, found once for all tests: the values are always the same."""
    def losses(value):
        values = dict(built.values, **{name: value})
        outputs, after = reference(values, values['inputs'], built.masks, values['state'])
        return np.array([np.sum(outputs * built.of_outputs), np.sum(after * built.of_state)])

    key = (name, 'gx' in built.values)
    if key not in _found:
        point, step = built.values[name], 1e-5
        gradients = np.zeros((2,) + point.shape)
        for index in np.ndindex(*point.shape):
            change = np.zeros_like(point)
            change[index] = step
            gradients[(slice(None),) + index] = (losses(point + change) - losses(point - change)) / (2.0 * step)
        _found[key] = gradients
    return _found[key]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        np.random.seed(0)
        yield


def assert_close(found, expected, rtol):
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= rtol * np.abs(expected).max()


@pytest.mark.parametrize('layer_norm', [False, True], ids=['plain', 'normalized'])
@pytest.mark.parametrize('unrolled, n_steps', [(False, N_STEPS), (True, N_STEPS), (False, 1)],
                         ids=['loop', 'single steps', 'one step'])
def test_values(layer_norm, unrolled, n_steps):
    built = Built(layer_norm, unrolled, n_steps)
    outputs, after = reference(built.values, built.values['inputs'], built.masks, built.values['state'])
    found, found_after = built.run([built.outputs, built.after])
    assert_close(found, outputs, 1e-5)
    assert_close(found_after, after, 1e-5)
    built.sess.close()


@pytest.mark.parametrize('layer_norm', [False, True], ids=['plain', 'normalized'])
@pytest.mark.parametrize('unrolled', [False, True], ids=['loop', 'single steps'])
def test_gradients(layer_norm, unrolled):
    """With respect to all weights, the inputs and the memory; the first sequence's is cut off in the third step."""
    built = Built(layer_norm, unrolled)
    found = built.run(built.gradients(built.loss()))
    assert set(found) == set(NORMALIZED if layer_norm else PLAIN) | {'inputs', 'state'}
    for name, gradient in found.items():
        assert_close(gradient, built.reference_gradient(name), 2e-5)
    assert not found['state'][1].any()  # this sequence begins with an episode, which knows nothing of before
    assert found['state'][0].all()
    built.sess.close()


def test_one_loop_may_be_differentiated_twice():
    built = Built(layer_norm=False, unrolled=False)
    both = [built.gradients(built.loss(share)) for share in (1.0, -2.0)]
    for share, found in zip((1.0, -2.0), built.run(both)):
        for name, gradient in found.items():
            assert_close(gradient, built.reference_gradient(name, share), 2e-5)
    built.sess.close()


@pytest.mark.parametrize('layer_norm, expected', [(False, PLAIN), (True, NORMALIZED)], ids=['plain', 'normalized'])
@pytest.mark.parametrize('n_steps', [1, N_STEPS])
def test_variables(layer_norm, expected, n_steps):
    Built(layer_norm, False, n_steps).sess.close()
    found = {variable.name: variable.shape.as_list() for variable in tf.trainable_variables()}
    assert found == {'lstm1/{}:0'.format(name): shape for name, shape in expected.items()}


def test_the_normalized_one_has_a_name_of_its_own():
    step, mask, state = tf.zeros([1, N_IN]), tf.zeros([1, 1]), tf.zeros([1, 2 * N_HIDDEN])
    lnlstm([step], [mask], state, 'lstm1', N_HIDDEN)
    assert {variable.name for variable in tf.trainable_variables()} == {'lstm1/{}:0'.format(n) for n in NORMALIZED}


def test_first_weights():
    """Orthogonal matrices of the scale asked for, no bias, gains of one."""
    step, mask, state = tf.zeros([1, N_IN]), tf.zeros([1, 1]), tf.zeros([1, 2 * N_HIDDEN])
    lstm([step], [mask], state, 'lstm1', N_HIDDEN, init_scale=0.5, layer_norm=True)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found = {var.name[6:-2]: value for var, value in zip(tf.trainable_variables(),
                                                             sess.run(tf.trainable_variables()))}
    for name in ('wx', 'wh'):
        assert np.allclose(found[name] @ found[name].T, 0.25 * np.eye(len(found[name])), atol=1e-6)
    assert not any(found[name].any() for name in ('b', 'bx', 'bh', 'bc'))
    assert all((found[name] == 1.0).all() for name in ('gx', 'gh', 'gc'))


def test_a_batch_is_taken_apart_and_put_together_again():
    """Rows of one sequence follow one another."""
    batch = np.arange(12.0, dtype=np.float32).reshape(6, 2)
    for n_steps, first in ((3, [[0, 1], [6, 7]]), (6, [[0, 1]]), (1, batch.tolist())):
        steps = batch_to_seq(tf.constant(batch), None, n_steps)
        with tf.Session() as sess:
            found, again = sess.run([steps, seq_to_batch(steps)])
        assert len(found) == n_steps
        assert found[0].tolist() == first
        assert np.array_equal(again, batch)


def test_flat_batches_have_no_axis_for_features():
    batch = np.arange(6.0, dtype=np.float32)
    for n_steps, first in ((3, [0, 3]), (1, batch.tolist())):
        steps = batch_to_seq(tf.constant(batch), 6 // n_steps, n_steps, flat=True)
        with tf.Session() as sess:
            found, again = sess.run([steps, seq_to_batch(steps, flat=True)])
        assert [step.shape for step in found] == [(6 // n_steps,)] * n_steps
        assert found[0].tolist() == first
        assert np.array_equal(again, batch)


def test_the_number_of_sequences_may_be_open():
    rows = tf.placeholder(tf.float32, [None, 2])
    again = seq_to_batch(batch_to_seq(rows, None, 3))
    assert again.shape.as_list() == [None, 2]
    with tf.Session() as sess:
        assert sess.run(again, {rows: np.ones((9, 2))}).shape == (9, 2)


def test_values_take_one_loop_and_gradients_bring_the_second():
    def count_loops():
        return sum(operation.type in ('While', 'StatelessWhile', 'LoopCond')
                   for operation in tf.get_default_graph().get_operations())

    with tf.Graph().as_default():
        built = Built(False, False)
        assert count_loops() == 1
        built.gradients(built.loss())
        assert count_loops() >= 3  # and one backwards; TensorFlow 1 adds counters that nothing runs
