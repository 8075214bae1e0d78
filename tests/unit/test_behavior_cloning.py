"""Behaviour cloning on a tiny policy: its loss, what it changes, and what happens when it fails."""
import numpy as np
import pytest

from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.behavior_cloning import build_cloning, clone_behavior, cloning_errors
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

    def __init__(self, sess, action_space, mangle=lambda loss: loss):
        kind = make_proba_dist_type(action_space)
        self.sess = sess
        self.observations, actions = tf.placeholder(tf.float32, [None, 2]), kind.sample_placeholder([None])
        self.distribution = kind.proba_distribution_from_latent(self.observations, self.observations, 0.01)[0]
        spare = tf.get_variable('spare', [])
        variables = tf.trainable_variables()
        loss = mangle(cloning_errors(self.distribution, actions))
        self.cloning = build_cloning(sess, self.observations, actions, loss, variables, 1e-8,
                                     ActionRows(action_space).to_rows)
        sess.run(tf.global_variables_initializer())
        self.everything = variables + [spare]

    def values(self):
        return {variable.name: value for variable, value in zip(self.everything, self.sess.run(self.everything))}


def test_loss_of_categorical_policies_is_minus_the_log_probability(sess):
    kind = make_proba_dist_type(DISCRETE)
    logits = np.float32([[0.0, 1.0], [2.0, 0.0]])
    errors = cloning_errors(kind.proba_distribution_from_flat(tf.constant(logits)), tf.constant([1, 1], tf.int64))
    expected = [np.log(1.0 + np.e) - 1.0, np.log(np.exp(2.0) + 1.0) - 0.0]
    assert sess.run(errors) == pytest.approx(expected, rel=1e-5)


def test_loss_of_gaussian_policies_is_the_squared_error_of_their_mean(sess):
    flat = tf.constant([[0.5, 0.0], [1.0, 3.0]])
    errors = cloning_errors(make_proba_dist_type(BOX).proba_distribution_from_flat(flat), tf.constant([[0.0], [3.0]]))
    assert sess.run(errors) == pytest.approx([0.25, 4.0])
    assert sess.run(tf.gradients(errors, flat)[0])[:, 1].tolist() == [0.0, 0.0]  # the spread is left alone


@pytest.mark.parametrize('action_space', [DISCRETE, BOX], ids=str)
def test_the_expert_is_imitated(sess, action_space):
    tiny, dataset = Tiny(sess, action_space), demonstrations(action_space)
    loss = tiny.cloning.epoch(dataset, 'train', None)
    clone_behavior(tiny.cloning, dataset, 50, 0.05, None, verbose=0)
    after = tiny.cloning.epoch(dataset, 'train', None)
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
    dict(learning_rate=np.nan), dict(val_interval=0)])
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
