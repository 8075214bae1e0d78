"""Between a space's bounds and -1 ... 1."""
import numpy as np
import pytest
from gym import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_baselines.sac.action_scaling import ActionScaling, check_action_space

LOPSIDED = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([1.0, 5.0], np.float32))


def test_corners_and_middle():
    scaling = ActionScaling(LOPSIDED)
    rows = np.array([[-1, -1], [0, 0], [1, 1]], np.float32)
    expected = np.array([[-2, 0], [-0.5, 2.5], [1, 5]], np.float32)
    found = scaling.to_env(rows)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(scaling.to_rows(expected), rows, atol=1e-6)


def test_any_rank():
    scaling = ActionScaling(spaces.Box(-2.0, 2.0, (2, 3), dtype=np.float32))
    rows = np.linspace(-1, 1, 24, dtype=np.float32).reshape(4, 6)
    assert scaling.size == 6
    actions = scaling.to_env(rows)
    assert actions.shape == (4, 2, 3)
    np.testing.assert_allclose(scaling.to_rows(actions), rows, atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(low=st.floats(-1e3, 1e3), span=st.floats(1e-3, 1e3), row=st.floats(-1, 1))
def test_scaled_actions_never_leave_the_space(low, span, row):
    space = spaces.Box(np.array([low], np.float32), np.array([low + span], np.float32))
    if space.high[0] > space.low[0]:
        action = ActionScaling(space).to_env(np.array([[row]], np.float32))[0]
        assert space.low[0] <= action[0] <= space.high[0]


@pytest.mark.parametrize('space, message', [
    (spaces.Discrete(3), r'Discrete\(3\): SAC needs a Box'),
    (spaces.MultiDiscrete([2, 3]), r'MultiDiscrete\(\[2, 3\]\): SAC needs a Box'),
    (spaces.MultiBinary(4), r'MultiBinary\(4\): SAC needs a Box'),
    (spaces.Box(0, 5, (2,), dtype=np.int64), r'Box\(2,\) int64: SAC needs a Box of floats'),
    (spaces.Box(-1.0, 1.0, (0,), dtype=np.float32), 'at least one component'),
    (spaces.Box(-np.inf, np.inf, (2,), dtype=np.float32), 'finite bounds'),
    (spaces.Box(np.array([0.0, 0.0]), np.array([1.0, np.inf]), dtype=np.float32), 'finite bounds'),
    (spaces.Box(-3e38, 3e38, (1,), dtype=np.float32), 'finite bounds'),
    (spaces.Box(np.array([0.0, 1.0]), np.array([1.0, 1.0]), dtype=np.float32), 'below its upper bound')])
def test_spaces_that_sac_cannot_act_in(space, message):
    with pytest.raises(ValueError, match=message):
        check_action_space(space)


def test_bounded_boxes_pass():
    check_action_space(LOPSIDED)
    check_action_space(spaces.Box(-1.0, 1.0, (2, 2), dtype=np.float64))
