"""Values that change over time."""
import numpy as np
import pytest

from stable_baselines.common.schedules import (
    SCHEDULES,
    ConstantSchedule,
    LinearSchedule,
    PiecewiseSchedule,
    Schedule,
    Scheduler,
    constant,
    constfn,
    get_schedule_fn,
    linear_interpolation,
    linear_schedule,
)


@pytest.mark.parametrize('value', [3e-4, 2, np.float32(0.5), np.int64(1)])
def test_a_number_becomes_a_constant_function(value):
    schedule = get_schedule_fn(value)
    assert schedule(1.0) == schedule(0.0) == float(value)
    assert isinstance(schedule(0.3), float)


def test_a_function_stays():
    assert get_schedule_fn(linear_schedule) is linear_schedule
    assert linear_schedule(0.25) == 0.75 and constant(0.25) == 1.0


@pytest.mark.parametrize('value', ['fast', None, [1.0], True])
def test_anything_else_is_refused(value):
    with pytest.raises(TypeError, match='learning_rate=.*expected a number, a pair of them, or a function'):
        get_schedule_fn(value, 'learning_rate')


def test_constant_schedule():
    assert ConstantSchedule(0.5).value(100) == 0.5


def test_linear_schedule():
    schedule = LinearSchedule(100, final_p=0.1, initial_p=0.5)
    assert [schedule.value(step) for step in (0, 50, 100, 1000)] == pytest.approx([0.5, 0.3, 0.1, 0.1])
    with pytest.raises(ValueError, match='schedule_timesteps=0'):
        LinearSchedule(0, final_p=0.1)


def test_piecewise_schedule():
    schedule = PiecewiseSchedule([(0, 1.0), (10, 2.0), (10, 5.0), (20, 0.0)], outside_value=-1)
    assert [schedule.value(step) for step in (0, 5, 10, 15, 20, -1)] == [1.0, 1.5, 5.0, 2.5, -1, -1]
    steps = PiecewiseSchedule([(0, 1.0), (10, 2.0)], interpolation=lambda left, right, alpha: left)
    assert steps.value(9) == 1.0
    with pytest.raises(ValueError, match='step=10.*outside_value'):
        steps.value(10)
    for endpoints in ([], [(10, 1.0), (5, 1.0)]):
        with pytest.raises(ValueError, match='ordered by time'):
            PiecewiseSchedule(endpoints)


def test_linear_interpolation():
    assert linear_interpolation(2.0, 4.0, 0.25) == 2.5


def test_a_schedule_without_value_says_so():
    with pytest.raises(TypeError, match='Schedule does not define value'):
        Schedule().value(0)


@pytest.mark.parametrize('name, expected', [
    ('constant', [1, 1, 1, 1, 1]), ('linear', [1, 0.75, 0.5, 0.2, 0]), ('middle_drop', [1, 0.75, 0.075, 0.075, 0.075]),
    ('double_linear_con', [1, 0.5, 0.125, 0.125, 0.125]), ('double_middle_drop', [1, 0.75, 0.075, 0.125, 0.125])])
def test_curves_by_name(name, expected):
    assert [SCHEDULES[name](progress) for progress in (0, 0.25, 0.5, 0.8, 1)] == pytest.approx(expected)
    scheduler = Scheduler(2.0, 20, name)
    assert [scheduler.value_steps(step) for step in (0, 5, 10, 16, 20)] == pytest.approx(2 * np.array(expected))
    assert [scheduler.value() for _ in range(6)][::5] == pytest.approx(2 * np.array(expected[:2]))
    assert scheduler.step == 6


def test_an_unknown_curve():
    with pytest.raises(ValueError, match="'square' is unknown. Known: constant, double_linear_con"):
        Scheduler(1.0, 10, 'square')


def test_a_constant_function():
    assert constfn(3)(0.5) == constfn(3)(1) == 3
