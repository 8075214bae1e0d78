"""SAC's training step: what it reads, what it writes, in which order."""
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.sac import MlpPolicy
from stable_baselines.sac.graph import build_sac_graph
from stable_baselines.sac.policies import FeedForwardPolicy
from stable_baselines.sac.temperature import read_ent_coef

OBSERVATIONS = spaces.Box(-1.0, 1.0, (3,), dtype=np.float32)
ACTIONS = spaces.Box(-2.0, 2.0, (2,), dtype=np.float32)
RATE = 1e-2


class Built:
    """A graph with its session, and shortcuts to its variables."""

    def __init__(self, policy_class=MlpPolicy, ent_coef='auto', tau=0.25, **options):
        np.random.seed(0)
        with tf.Graph().as_default() as self.graph:
            self.sess = make_session(1)
            self.sac = build_sac_graph(self.sess, policy_class, OBSERVATIONS, ACTIONS, dict(layers=[8], **options),
                                       gamma=0.9, tau=tau, ent_coef=read_ent_coef(ent_coef), target_entropy=-2.0)
            self.variables = tf.global_variables()
            self.sess.run(tf.global_variables_initializer())
        self.sac.copy_to_target()

    def read(self):
        values = self.sess.run(self.variables)
        return {variable.name: np.array(value) for variable, value in zip(self.variables, values)}


def batch(n_rows=16, seed=0):
    random = np.random.RandomState(seed)
    arrays = (random.normal(size=(n_rows, 3)), random.uniform(-1, 1, (n_rows, 2)), random.normal(size=n_rows),
              random.normal(size=(n_rows, 3)), random.randint(2, size=n_rows), random.normal(size=(n_rows, 2)))
    return [array.astype(np.float32) for array in arrays]


def test_target_begins_as_the_value_function():
    built = Built()
    values = built.read()
    targets = [name for name in values if name.startswith('target/')]
    assert len(targets) == 4
    for name in targets:
        np.testing.assert_array_equal(values[name], values[name.replace('target/', 'model/')])


def test_one_step_moves_everything_but_the_target():
    built = Built()
    before = built.read()
    built.sac.train(*batch(), RATE)
    after = built.read()
    for name, value in before.items():
        moved = not np.array_equal(value, after[name])
        assert moved != name.startswith('target/'), name


def test_tracking_moves_the_target_to_the_new_value_function():
    built = Built(tau=0.25)
    before = built.read()
    built.sac.train_and_track(*batch(), RATE)
    after = built.read()
    for name in (name for name in before if name.startswith('target/')):
        expected = 0.75 * before[name] + 0.25 * after[name.replace('target/', 'model/')]
        np.testing.assert_allclose(after[name], expected, rtol=1e-5, atol=1e-7, err_msg=name)
        assert not np.array_equal(after[name], before[name])


def test_step_is_adam_on_the_gradient_from_before():
    """In one run, no variable is overwritten before all gradients are computed."""
    built = Built()
    before = built.read()
    gradient = np.array(built.sac.gradient(*batch()))
    built.sac.train_and_track(*batch(), RATE)
    after = built.read()
    names = [variable.name for variable in built.sac.optimizer.variables]
    moved = np.concatenate([(after[name] - before[name]).ravel() for name in names])
    expected = -RATE * gradient / (np.abs(gradient) + 1e-8 / np.sqrt(1 - 0.999))
    np.testing.assert_allclose(moved, expected, rtol=1e-3, atol=1e-6)


def test_figures_are_from_before_the_step():
    built, untouched = Built(), Built()
    first = np.array(built.sac.train(*batch(), 0.1))
    np.testing.assert_array_equal(untouched.sac.train(*batch(), 0.0), first)
    second = np.array(built.sac.train(*batch(), 0.1))
    assert not np.array_equal(second, first)


def test_each_objective_moves_its_own_variables_only():
    """The actor's loss must not train the critics through which it flows, nor the other way round."""
    built = Built()
    with built.graph.as_default():
        sizes = [len(built.sac.policy_variables), len(built.sac.value_variables), 1]
        assert [variable.name.split('/')[1] for variable in built.sac.optimizer.variables] == (
            ['pi'] * sizes[0] + ['values_fn'] * sizes[1] + ['log_ent_coef:0'])
    one, two = batch(), batch()
    two[2] += 1.0  # rewards matter to Q1 and Q2 alone
    one, two = (np.array(built.sac.gradient(*rows)) for rows in (one, two))
    changed, position = {}, 0
    for variable in built.sac.optimizer.variables:
        size = int(np.prod(variable.shape.as_list()))
        piece = slice(position, position + size)
        changed[variable.name] = not np.array_equal(one[piece], two[piece])
        position += size
    assert {name for name, differs in changed.items() if differs} <= {name for name in changed if '/qf' in name}
    assert changed['model/values_fn/qf1/qf1/bias:0'] and changed['model/values_fn/qf2/qf2/bias:0']


def test_ends_cut_the_future_off():
    built = Built()
    rows = batch()
    rows[4][:] = 1.0
    with_end = np.array(built.sac.gradient(*rows))
    rows[3] = rows[3] + 1.0  # the next observations
    np.testing.assert_array_equal(built.sac.gradient(*rows), with_end)
    rows[4][:] = 0.0
    assert not np.array_equal(built.sac.gradient(*rows), with_end)


def test_nothing_random_is_left_in_a_step():
    one, two = Built(), Built()
    for number in range(3):
        figures = [built.sac.train_and_track(*batch(seed=number), RATE) for built in (one, two)]
        np.testing.assert_array_equal(*figures)
    for name, value in one.read().items():
        np.testing.assert_array_equal(two.read()[name], value, err_msg=name)


@pytest.mark.parametrize('ent_coef, expected', [
    ('auto', ('policy_loss', 'qf1_loss', 'qf2_loss', 'value_loss', 'entropy', 'ent_coef_loss', 'ent_coef',
              'qf1', 'qf2', 'value')),
    (0.2, ('policy_loss', 'qf1_loss', 'qf2_loss', 'value_loss', 'entropy', 'ent_coef', 'qf1', 'qf2', 'value'))])
def test_figures_by_name(ent_coef, expected):
    built = Built(ent_coef=ent_coef)
    assert built.sac.figure_names == expected
    figures = dict(zip(expected, built.sac.train(*batch(), RATE)))
    assert np.isclose(figures['ent_coef'], 1.0 if ent_coef == 'auto' else 0.2)
    assert ('model/log_ent_coef:0' in built.read()) == (ent_coef == 'auto')


def test_regularization_is_part_of_the_actors_loss():
    plain, regular = Built(), Built(reg_weight=10.0)
    assert regular.sac.train(*batch(), RATE)[0] > plain.sac.train(*batch(), RATE)[0]


def test_layers_within_layer_norm_learn_too():
    built = Built(FeedForwardPolicy, feature_extraction='mlp', layer_norm=True)
    before = built.read()
    built.sac.train_and_track(*batch(), RATE)
    after = built.read()
    assert not np.array_equal(before['model/pi/LayerNorm/gamma:0'], after['model/pi/LayerNorm/gamma:0'])
    assert not np.array_equal(before['target/values_fn/vf/LayerNorm/gamma:0'],
                              after['target/values_fn/vf/LayerNorm/gamma:0'])
