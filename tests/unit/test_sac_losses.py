"""SAC's losses: values by hand, gradients, who gets none, shapes."""
import numpy as np
import pytest

from stable_baselines.common.tf1 import tf
from stable_baselines.sac.losses import (
    action_value_target,
    critic_losses,
    ent_coef_loss,
    policy_loss,
    value_target,
)

ALPHA = 0.5


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def constants(**rows):
    return {name: tf.constant(values, tf.float32) for name, values in rows.items()}


def run(tensors):
    with tf.Session() as sess:
        return sess.run(tensors)


def gradients(loss, tensors):
    return dict(zip(tensors, tf.gradients(loss, list(tensors.values()))))


def test_action_value_target_by_hand():
    rows = constants(rewards=[1.0, 2.0], dones=[0.0, 1.0], next_values=[10.0, 20.0])
    np.testing.assert_allclose(run(action_value_target(gamma=0.9, **rows)), [10.0, 2.0])


def test_value_target_by_hand():
    rows = constants(qf1=[1.0, 5.0], qf2=[2.0, 4.0], log_probabilities=[-2.0, 1.0])
    np.testing.assert_allclose(run(value_target(ent_coef=tf.constant(ALPHA), **rows)), [2.0, 3.5])


def test_targets_get_no_gradient():
    rows = constants(rewards=[1.0], dones=[0.0], next_values=[1.0])
    assert set(gradients(action_value_target(gamma=0.9, **rows), rows).values()) == {None}
    rows = constants(qf1=[1.0], qf2=[2.0], log_probabilities=[3.0], ent_coef=0.5)
    assert set(gradients(value_target(**rows), rows).values()) == {None}


def critic_rows():
    return constants(qf1=[1.0, 2.0], qf2=[0.0, 4.0], q_target=[3.0, 2.0], values=[1.0, 1.0], v_target=[0.0, 4.0])


def test_critic_losses_by_hand():
    losses = run(critic_losses(**critic_rows()))
    np.testing.assert_allclose(losses, [1.0, 0.25 * (9 + 4), 0.25 * (1 + 9)])


def test_critic_losses_gradients():
    rows = critic_rows()
    losses = critic_losses(**rows)
    for loss, name, expected in ((losses.qf1_loss, 'qf1', [-1.0, 0.0]), (losses.qf2_loss, 'qf2', [-1.5, 1.0]),
                                 (losses.value_loss, 'values', [0.5, -1.5])):
        found = gradients(loss, rows)
        np.testing.assert_allclose(run(found[name]), expected)
        assert all(found[other] is None for other in {'qf1', 'qf2', 'values'} - {name})


def test_policy_loss_by_hand_and_gradient():
    rows = constants(qf1=[1.0, 3.0], log_probabilities=[-2.0, 4.0])
    loss = policy_loss(ent_coef=tf.constant(ALPHA), **rows)
    found = gradients(loss, rows)
    np.testing.assert_allclose(run(loss), ((-1.0 - 1.0) + (2.0 - 3.0)) / 2)
    np.testing.assert_allclose(run(found['qf1']), [-0.5, -0.5])
    np.testing.assert_allclose(run(found['log_probabilities']), [0.25, 0.25])


def test_ent_coef_loss_by_hand_and_gradient():
    rows = constants(log_ent_coef=2.0, log_probabilities=[-1.0, 3.0])
    loss = ent_coef_loss(target_entropy=-3.0, **rows)
    found = gradients(loss, rows)
    np.testing.assert_allclose(run(loss), -2.0 * ((-4.0 + 0.0) / 2))
    np.testing.assert_allclose(run(found['log_ent_coef']), 2.0)
    assert found['log_probabilities'] is None


def test_coefficient_grows_while_the_entropy_is_too_small():
    rows = constants(log_ent_coef=0.0, log_probabilities=[5.0, 5.0])  # entropy near -5, target -1
    assert run(gradients(ent_coef_loss(target_entropy=-1.0, **rows), rows)['log_ent_coef']) < 0


@pytest.mark.parametrize('call', [
    lambda column, row: action_value_target(row, row, column, 0.9),
    lambda column, row: value_target(row, row, column, 0.5),
    lambda column, row: critic_losses(row, row, column, row, row),
    lambda column, row: policy_loss(column, row, 0.5),
    lambda column, row: ent_coef_loss(0.0, column, -1.0)])
def test_columns_beside_rows_are_refused(call):
    with pytest.raises(ValueError, match=r'\[batch\] expected, \(3, 1\) found'):
        call(tf.zeros([3, 1]), tf.zeros([3]))
