"""Behaviour cloning on a tiny policy: its loss, what it changes, and what happens when it fails."""
import numpy as np
import pytest
from scipy import stats

from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.behavior_cloning import CloningSettings, Figures, build_cloning
from stable_baselines.common.cloning_loop import clone_behavior
from stable_baselines.common.cloning_losses import cloning_objective, loss_for
from stable_baselines.common.distributions import make_proba_dist_type
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.tf1 import tf
from stable_baselines.gail import ExpertDataset

DISCRETE, BOX = spaces.Discrete(2), spaces.Box(-1.0, 1.0, (1,), np.float32)


def demonstrations(action_space, rows=64, train_fraction=0.75):
    """The expert's action is the sign of the first number."""
    obs = np.random.RandomState(0).uniform(-1.0, 1.0, (rows, 2))
    actions = np.sign(obs[:, :1]) if isinstance(action_space, spaces.Box) else (obs[:, :1] > 0).astype(int)
    return ExpertDataset(traj_data=dict(obs=obs, actions=actions, episode_starts=np.arange(rows) == 0,
                                        episode_returns=np.zeros(1)), verbose=0, batch_size=16, seed=1,
                         train_fraction=train_fraction)


class Tiny:
    """A linear policy, and one variable that its loss does not touch."""

    def __init__(self, sess, action_space, mangle=lambda loss: loss, **settings):
        kind = make_proba_dist_type(action_space)
        self.sess = sess
        self.observations, actions = tf.placeholder(tf.float32, [None, 2]), kind.sample_placeholder([None])
        self.distribution = kind.proba_distribution_from_latent(self.observations, self.observations, 0.01)[0]
        spare = tf.get_variable('spare', [])
        variables = tf.trainable_variables()
        settings.setdefault('loss', loss_for(None, action_space))
        objective = cloning_objective(self.distribution, actions, settings['loss'])
        objective = objective._replace(errors=mangle(objective.errors))
        self.cloning = build_cloning(sess, self.observations, actions, objective, variables,
                                     CloningSettings(**settings), ActionRows(action_space).to_rows)
        sess.run(tf.global_variables_initializer())
        self.everything = variables + [spare]

    def values(self):
        return {variable.name: value for variable, value in zip(self.everything, self.sess.run(self.everything))}


def test_loss_of_categorical_policies_is_minus_the_log_probability(sess):
    kind = make_proba_dist_type(DISCRETE)
    logits = np.float32([[0.0, 1.0], [2.0, 0.0]])
    objective = cloning_objective(kind.proba_distribution_from_flat(tf.constant(logits)),
                                  tf.constant([1, 1], tf.int64), 'nll')
    expected = [np.log(1.0 + np.e) - 1.0, np.log(np.exp(2.0) + 1.0) - 0.0]
    assert sess.run(objective.errors) == pytest.approx(expected, rel=1e-5)
    assert sess.run(objective.agreement).tolist() == [1.0, 0.0]


def test_loss_of_gaussian_policies_is_the_squared_error_of_their_mean(sess):
    flat = tf.constant([[0.5, 0.0], [1.0, 3.0]])
    distribution = make_proba_dist_type(BOX).proba_distribution_from_flat(flat)
    errors, agreement = cloning_objective(distribution, tf.constant([[0.0], [3.0]]), 'mse')
    assert agreement is None
    assert sess.run(errors) == pytest.approx([0.25, 4.0])
    assert sess.run(tf.gradients(errors, flat)[0])[:, 1].tolist() == [0.0, 0.0]  # the spread is left alone


def test_the_other_loss_of_gaussian_policies_is_minus_the_log_density(sess):
    flat = tf.constant([[0.5, 0.0], [1.0, 3.0]])
    distribution = make_proba_dist_type(BOX).proba_distribution_from_flat(flat)
    errors = cloning_objective(distribution, tf.constant([[0.0], [3.0]]), 'nll').errors
    expected = -stats.norm.logpdf([0.0, 3.0], [0.5, 1.0], np.exp([0.0, 3.0]))
    assert sess.run(errors) == pytest.approx(expected, rel=1e-5)
    # d/dlogstd of the negative log-density: 1 - ((a - mean) / std)^2
    assert sess.run(tf.gradients(errors, flat)[0])[:, 1] == pytest.approx([0.75, 1.0 - (2.0 / np.exp(3.0)) ** 2])


@pytest.mark.parametrize('space, flat, actions, agreement', [
    (spaces.MultiDiscrete([3, 2]), [[0, 1, 0, 2, 0]] * 3, [[1, 0], [1, 1], [0, 1]], [1, 0, 0]),
    (spaces.MultiBinary(2), [[-1, 2], [-1, 2], [3, 2]], [[0, 1], [1, 1], [1, 1]], [1, 0, 1]),
], ids=str)
def test_an_action_of_several_choices_agrees_as_a_whole(sess, space, flat, actions, agreement):
    kind = make_proba_dist_type(space)
    objective = cloning_objective(kind.proba_distribution_from_flat(tf.constant(flat, tf.float32)),
                                  tf.constant(actions, tf.int64), 'nll')
    assert sess.run(objective.agreement).tolist() == agreement


def test_which_loss():
    assert [loss_for(None, space) for space in (BOX, DISCRETE)] == ['mse', 'nll']
    assert loss_for('nll', BOX) == loss_for('nll', DISCRETE) == 'nll'
    with pytest.raises(ValueError, match="loss='mse': squared errors are for Box actions, and Discrete"):
        loss_for('mse', DISCRETE)
    with pytest.raises(ValueError, match="loss='l1': expected 'mse'"):
        loss_for('l1', BOX)


@pytest.mark.parametrize('action_space', [DISCRETE, BOX], ids=str)
def test_the_expert_is_imitated(sess, action_space):
    tiny, dataset = Tiny(sess, action_space), demonstrations(action_space)
    loss = tiny.cloning.epoch(dataset, 'train', None).loss
    clone_behavior(tiny.cloning, dataset, 50, 0.05, None, verbose=0)
    after = tiny.cloning.epoch(dataset, 'train', None).loss
    assert after < 0.6 * loss
    modes = sess.run(tiny.distribution.mode(), {tiny.observations: dataset.observations})
    agreeing = np.sign(modes[:, 0]) == dataset.actions[:, 0] if action_space is BOX else modes == dataset.actions[:, 0]
    assert np.mean(agreeing) > 0.9


def test_only_what_the_loss_depends_on_changes(sess):
    tiny = Tiny(sess, BOX)
    before = tiny.values()
    clone_behavior(tiny.cloning, demonstrations(BOX), 2, 0.01, None, verbose=0)
    changed = {name for name, value in tiny.values().items() if not np.array_equal(value, before[name])}
    assert changed == {'pi/w:0', 'pi/b:0'}


def test_a_rate_of_zero_changes_no_bit(sess):
    tiny = Tiny(sess, DISCRETE)
    before = tiny.values()
    clone_behavior(tiny.cloning, demonstrations(DISCRETE), 3, 0.0, None, verbose=0)
    assert all(np.array_equal(value, before[name]) for name, value in tiny.values().items())


def test_no_epochs(sess):
    tiny = Tiny(sess, DISCRETE)
    before = tiny.values()
    clone_behavior(tiny.cloning, demonstrations(DISCRETE), 0, 0.1, None, verbose=0)
    assert all(np.array_equal(value, before[name]) for name, value in tiny.values().items())


def test_the_second_run_starts_with_fresh_moments(sess):
    """As if the optimizer were new: from the same weights and batches comes the same result."""
    tiny, results = Tiny(sess, DISCRETE), []
    start = tiny.cloning.policy_parameters.read()
    for _ in range(2):
        tiny.cloning.policy_parameters.write(start)
        clone_behavior(tiny.cloning, demonstrations(DISCRETE), 3, 0.01, None, verbose=0)
        results.append(tiny.values())
    assert all(np.array_equal(results[0][name], results[1][name]) for name in results[0])


def test_a_loss_that_explodes_is_reported_and_the_policy_put_back(sess):
    tiny = Tiny(sess, BOX, mangle=lambda loss: loss * 1e38)
    before = tiny.values()
    with pytest.raises(ValueError, match='pretrain: the loss became (inf|nan) in epoch .*rate than 10'):
        clone_behavior(tiny.cloning, demonstrations(BOX), 50, 10.0, None, verbose=0)
    assert all(np.array_equal(value, before[name]) for name, value in tiny.values().items())


def test_any_failure_puts_the_policy_back(sess):
    tiny, dataset = Tiny(sess, DISCRETE), demonstrations(DISCRETE)
    before, batches = tiny.values(), []

    def broken(split):
        batches.append(split)
        if len(batches) == 5:
            raise OSError('the disk is gone')
        return type(dataset).get_next_batch(dataset, split)

    dataset.get_next_batch = broken
    with pytest.raises(OSError, match='the disk is gone'):
        clone_behavior(tiny.cloning, dataset, 10, 0.1, None, verbose=0)
    assert all(np.array_equal(value, before[name]) for name, value in tiny.values().items())


@pytest.mark.parametrize('arguments', [
    dict(n_epochs=-1), dict(n_epochs=1.5), dict(n_epochs='3'), dict(learning_rate=-1e-3), dict(learning_rate='fast'),
    dict(learning_rate=np.nan), dict(val_interval=0), dict(early_stopping=0), dict(early_stopping=2.5)])
def test_arguments_out_of_range_are_refused(sess, arguments):
    tiny = Tiny(sess, DISCRETE)
    name, value = next(iter(arguments.items()))
    arguments = dict(dict(n_epochs=1, learning_rate=1e-4, val_interval=None), **arguments)
    with pytest.raises(ValueError, match='{}={!r}: expected'.format(name, value)):
        clone_behavior(tiny.cloning, demonstrations(DISCRETE), verbose=0, **arguments)


@pytest.mark.parametrize('train_fraction', [0.75, 1.0])
def test_losses_are_reported(sess, capsys, train_fraction):
    tiny = Tiny(sess, DISCRETE)
    clone_behavior(tiny.cloning, demonstrations(DISCRETE, train_fraction=train_fraction), 4, 0.1, 2, verbose=1)
    out = capsys.readouterr().out
    assert out.count('training loss') == 2
    assert 'epoch 2' in out
    assert 'epoch 4' in out
    assert out.count('validation loss') == (2 if train_fraction < 1.0 else 0)


def test_history_has_a_number_for_each_epoch(sess):
    tiny, dataset = Tiny(sess, DISCRETE), demonstrations(DISCRETE)
    history = clone_behavior(tiny.cloning, dataset, 30, 0.1, None, verbose=0)
    assert set(history) == {'train_loss', 'val_loss', 'train_accuracy', 'val_accuracy'}
    assert all(len(values) == 30 for values in history.values())
    assert history['train_loss'][-1] < history['train_loss'][0]
    rows = dataset.val_loader.indices
    modes = sess.run(tiny.distribution.mode(), {tiny.observations: dataset.observations[rows]})
    assert history['val_accuracy'][-1] == pytest.approx(np.mean(modes == dataset.actions[rows, 0]))
    loss = tiny.cloning.epoch(dataset, 'val', None).loss
    assert history['val_loss'][-1] == pytest.approx(loss, rel=1e-6)


def test_history_of_box_actions_without_validation(sess):
    tiny = Tiny(sess, BOX)
    history = clone_behavior(tiny.cloning, demonstrations(BOX, train_fraction=1.0), 3, 0.1, None, verbose=0)
    assert list(history) == ['train_loss']
    assert clone_behavior(tiny.cloning, demonstrations(BOX), 0, 0.1, None, verbose=0) == {'train_loss': []}


class Scripted:
    """Behaviour cloning whose validation losses are known beforehand; the parameter is the number of epochs trained."""

    def __init__(self, losses):
        self.parameter, self.losses, self.policy_parameters, self.start = 0, losses, self, lambda: None

    def read(self):
        return self.parameter

    def write(self, value):
        self.parameter = value

    def epoch(self, dataset, split, learning_rate):
        if split == 'train':
            self.parameter += 1
            return Figures(1.0)
        return Figures(self.losses[self.parameter])


@pytest.mark.parametrize('patience, epochs, best', [(1, 3, 2), (2, 6, 4), (3, 7, 4), (9, 8, 4), (None, 8, 8)])
def test_early_stopping_restores_the_best(patience, epochs, best):
    cloning = Scripted([9.0, 5.0, 4.0, 4.5, 3.0, 3.0, 3.5, 4.0, 4.0])
    history = clone_behavior(cloning, None, 8, 0.1, None, verbose=0, early_stopping=patience)
    assert len(history['val_loss']) == epochs and cloning.parameter == best


@pytest.mark.parametrize('patience', [None, 3])
@pytest.mark.parametrize('bad', [np.inf, np.nan])
def test_a_validation_loss_that_explodes_is_reported_and_the_policy_put_back(bad, patience):
    cloning = Scripted([9.0, 5.0, bad, 4.0])
    with pytest.raises(ValueError, match='the validation loss became {} in epoch 2. .*than 0.1'.format(bad)):
        clone_behavior(cloning, None, 3, 0.1, None, verbose=0, early_stopping=patience)
    assert cloning.parameter == 0


def test_early_stopping_needs_rows_for_validation(sess):
    tiny = Tiny(sess, DISCRETE)
    before = tiny.values()
    with pytest.raises(ValueError, match='early_stopping=3: there are no rows for validation. .*train_fraction'):
        clone_behavior(tiny.cloning, demonstrations(DISCRETE, train_fraction=1.0), 5, 0.1, None, 0, early_stopping=3)
    assert all(np.array_equal(value, before[name]) for name, value in tiny.values().items())


def test_weights_decay_and_biases_do_not():
    """Two trainings that differ in the decay alone, of one step each."""
    weights, rate, decay = {}, 0.01, 0.5
    for amount in (0.0, decay):
        with tf.Graph().as_default(), tf.Session() as sess:
            tiny = Tiny(sess, BOX, loss='nll', weight_decay=amount)
            start = {name: np.full(value.shape, 0.3) for name, value in tiny.cloning.policy_parameters.read().items()}
            tiny.cloning.policy_parameters.write(start)
            clone_behavior(tiny.cloning, demonstrations(BOX, rows=16, train_fraction=1.0), 1, rate, None, verbose=0)
            weights[amount] = tiny.values()
    plain, decayed = weights[0.0], weights[decay]
    assert np.allclose(decayed['pi/w:0'], plain['pi/w:0'] * (1.0 - rate * decay), rtol=1e-6)
    assert not np.array_equal(decayed['pi/w:0'], plain['pi/w:0'])
    for name in ('pi/b:0', 'pi/logstd:0'):
        assert np.array_equal(decayed[name], plain[name])


def test_log_density_as_loss_fits_the_spread(sess):
    """The expert's actions scatter by 0.3 about a line."""
    random = np.random.RandomState(3)
    obs = random.uniform(-1.0, 1.0, (512, 2))
    dataset = ExpertDataset(traj_data=dict(obs=obs, actions=obs[:, :1] + random.normal(0.0, 0.3, (512, 1)),
                                           episode_starts=np.arange(512) == 0, episode_returns=np.zeros(1)),
                            verbose=0, seed=1)
    tiny = Tiny(sess, BOX, loss='nll')
    clone_behavior(tiny.cloning, dataset, 100, 0.03, None, verbose=0)
    assert np.exp(tiny.values()['pi/logstd:0']).item() == pytest.approx(0.3, abs=0.03)
