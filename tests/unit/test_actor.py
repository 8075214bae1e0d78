"""Acting: random actions follow the policy, certain ones are its mode, custom policies are asked themselves."""
import numpy as np
import pytest

from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.actor import Actor
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.policies import MlpPolicy
from stable_baselines.common.tf1 import tf

VECTOR = spaces.Box(-1.0, 1.0, (3,), np.float32)


class WithState(MlpPolicy):
    """Acts by a step of its own: the sign of the first number, and a state that counts steps."""

    def step(self, obs, state=None, mask=None, deterministic=False):
        count = np.zeros(len(obs)) if state is None else state
        count = np.where(mask, 0, count) if mask is not None else count
        return (obs[:, 0] > 0).astype(int), np.zeros(len(obs)), count + 1, np.zeros(len(obs))


def build(sess, action_space, policy=MlpPolicy):
    built = policy(sess, VECTOR, action_space, 1, 1, None)
    sess.run(tf.global_variables_initializer())
    sess.run([tf.assign(variable, np.random.normal(scale=0.2, size=variable.shape.as_list()))
              for variable in tf.trainable_variables()])
    return built, Actor(built, sess)


def test_actions_have_the_policy_s_frequencies(sess):
    policy, actor = build(sess, spaces.Discrete(3))
    observation = np.float32([[0.5, -0.5, 1.0]])
    expected = policy.proba_step(observation)[0]
    noise = actor.draw_noise(np.random.RandomState(0), 10000, 1)
    taken = np.array([actor.act(observation, step, None, np.zeros(1, bool))[0][0] for step in noise])
    found = np.bincount(taken, minlength=3) / 10000.0
    assert np.allclose(found, expected, atol=0.02)
    predicted, state = actor.predict(np.repeat(observation, 10000, axis=0), np.random.RandomState(1), False)
    assert state is None
    assert np.allclose(np.bincount(predicted, minlength=3) / 10000.0, expected, atol=0.02)


@pytest.mark.parametrize('space', [spaces.Discrete(3), spaces.Box(-1.0, 1.0, (2,), np.float32),
                                   spaces.MultiDiscrete([3, 2]), spaces.MultiBinary(2)], ids=str)
def test_certain_actions_are_the_mode(sess, space):
    policy, actor = build(sess, space)
    observations = np.random.RandomState(0).normal(size=(9, 3)).astype(np.float32)
    found, _ = actor.predict(observations, np.random.RandomState(0), deterministic=True)
    assert np.allclose(found, sess.run(policy.deterministic_action, {policy.obs_ph: observations}), atol=1e-5)


def test_same_generator_same_actions(sess):
    _, actor = build(sess, spaces.Discrete(3))
    observations = np.zeros((50, 3), np.float32)
    first, second, other = (actor.predict(observations, np.random.RandomState(seed), False)[0] for seed in (0, 0, 1))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_step_of_the_policy_s_own_is_used(sess):
    _, actor = build(sess, spaces.Discrete(2), policy=WithState)
    observations = np.float32([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    noise = actor.draw_noise(np.random.RandomState(0), 5, 2)
    assert len(noise) == 5
    assert actor.act(observations, noise[0], None, np.zeros(2, bool))[0].tolist() == [1, 0]
    actions, state = actor.predict(observations, np.random.RandomState(0), False)
    assert actions.tolist() == [1, 0]
    actions, state = actor.predict(observations, np.random.RandomState(0), False, state, mask=[False, True])
    assert state.tolist() == [2, 1]
    actor.refresh()


class TestActionRows:
    """Rows as networks have them, actions as environments take them."""

    def test_boxes_are_flattened_and_clipped(self):
        rows = ActionRows(spaces.Box(np.full((2, 2), -0.5, np.float32), np.float32([[0.0, 1.0], [2.0, 3.0]])))
        actions = np.float64([[[5.0, 5.0], [5.0, 5.0]], [[-5.0, 0.5], [0.0, 0.0]]])
        flat = rows.to_rows(actions)
        assert flat.shape == (2, 4)
        assert flat.dtype == np.float32
        assert rows.to_env(flat).tolist() == [[[0.0, 1.0], [2.0, 3.0]], [[-0.5, 0.5], [0.0, 0.0]]]

    def test_double_precision_bounds_are_kept_exactly(self):
        space = spaces.Box(np.full(2, -0.1), np.full(2, 0.1), dtype=np.float64)
        actions = ActionRows(space).to_env(np.float32([[9.0, -9.0]]))
        assert actions.dtype == np.float64
        assert space.contains(actions[0])
        assert actions[0].tolist() == [0.1, -0.1]

    def test_scalars(self):
        rows = ActionRows(spaces.Box(-1.0, 1.0, (), np.float32))
        assert rows.to_rows(np.float32([0.5, 3.0])).tolist() == [[0.5], [3.0]]
        assert rows.to_env(np.float32([[0.5], [3.0]])).tolist() == [0.5, 1.0]

    def test_discrete_actions_come_as_numbers_or_columns(self):
        rows = ActionRows(spaces.Discrete(3))
        assert rows.to_rows([[2], [0]]).tolist() == [2, 0]
        assert rows.to_rows(np.float32([2, 0])).dtype == np.int64
        assert rows.to_env(np.array([2, 0])).tolist() == [2, 0]

    def test_other_actions_are_left_alone(self):
        rows = ActionRows(spaces.MultiBinary(3))
        assert rows.to_rows([[True, False, True]]).tolist() == [[1, 0, 1]]
        assert rows.to_env(np.array([[1, 0, 1]])).tolist() == [[1, 0, 1]]
