"""Values that change while training goes on, such as a falling learning rate."""
from typing import Any, Callable, Iterable, Optional, Tuple, Union

import numpy as np

from stable_baselines.common.checks import check_number

__all__ = ['ConstantSchedule', 'LinearSchedule', 'PiecewiseSchedule', 'Rate', 'SCHEDULES', 'Schedule', 'Scheduler',
           'check_rate', 'constant', 'constfn', 'double_linear_con', 'double_middle_drop', 'get_schedule_fn',
           'linear_interpolation', 'linear_schedule', 'middle_drop', 'value_now']

ScheduleFn = Callable[[float], float]
Rate = Union[float, Tuple[float, float], ScheduleFn]


def constant(_: float) -> float:
    """
    :param _: the part of training still ahead, from 1 to 0; plays no role
    :return: 1.0
    """
    return 1.0


def linear_schedule(progress: float) -> float:
    """
    As in stable-baselines. ``learn`` counts the other way: as a ``learning_rate`` this rises from 0 to 1, while a pair
    such as (3e-4, 0.0) falls.

    :param progress: the part of training that is done, from 0 to 1
    :return: what is left of it, from 1 to 0
    """
    return 1 - progress


def middle_drop(progress: float) -> float:
    """
    :param progress: the part of training that is done, from 0 to 1
    :return: what is left of it while that is 0.75 or more, then 0.075
    """
    ahead = 1 - progress
    return ahead if ahead >= 0.75 else 0.075


def double_linear_con(progress: float) -> float:
    """
    :param progress: the part of training that is done, from 0 to 1
    :return: falls from 1, twice as fast as what is left, until 0.125, where it stays
    """
    return max(1 - 2 * progress, 0.125)


def double_middle_drop(progress: float) -> float:
    """
    :param progress: the part of training that is done, from 0 to 1
    :return: what is left of it while that is 0.75 or more, then 0.075, and 0.125 below 0.25: in stable-baselines, too,
        the last step goes up
    """
    return 0.125 if 1 - progress < 0.25 else middle_drop(progress)


SCHEDULES = {'constant': constant, 'linear': linear_schedule, 'middle_drop': middle_drop,
             'double_linear_con': double_linear_con, 'double_middle_drop': double_middle_drop}


class Scheduler:
    """
    Gives a value that follows a named curve, one step a call.

    :param initial_value: what the curve is multiplied with
    :param n_values: number of calls in which the curve is run through
    :param schedule: name of the curve, one of ``SCHEDULES``
    :raises ValueError: for another name
    """

    def __init__(self, initial_value: float, n_values: int, schedule: str) -> None:
        if schedule not in SCHEDULES:
            raise ValueError('schedule={!r} is unknown. Known: {}.'.format(schedule, ', '.join(sorted(SCHEDULES))))
        self.initial_value, self.nvalues, self.schedule = initial_value, n_values, SCHEDULES[schedule]
        self.step = 0.0

    def value(self) -> float:
        """
        :return: the value of this step; the next call gives that of the next
        """
        self.step += 1
        return self.value_steps(self.step - 1)

    def value_steps(self, steps: float) -> float:
        """
        :param steps: number of a step, from 0
        :return: its value
        """
        return self.initial_value * self.schedule(steps / self.nvalues)


def constfn(val: float) -> ScheduleFn:
    """
    :param val: a value
    :return: the schedule that always has it
    """
    return lambda _: val


def check_rate(name: str, rate: Any, above: bool = False) -> None:
    """
    :param name: the argument
    :param rate: what was given for it
    :param above: whether 0 is not allowed
    :raises ValueError: when it is neither a number of 0 or more, nor a pair of them, nor a function
    """
    if callable(rate):
        return
    try:
        for number in rate if _is_pair(rate) else [rate]:
            check_number(name, number, 0.0, above=above)
    except ValueError:
        raise ValueError('{}={!r}: expected a number{}, a pair of them for the first step and the last, or a function '
                         'of the part of training still ahead (from 1 to 0)'.format(
                             name, rate, ' above 0' if above else ', 0 or more')) from None


def _is_pair(rate: Any) -> bool:
    return isinstance(rate, (tuple, list)) and len(rate) == 2


def get_schedule_fn(value_schedule: Rate, name: str = 'value_schedule') -> ScheduleFn:
    """
    Turn a constant, a pair or a schedule into a schedule.

    :param value_schedule: a number; a pair of numbers, between which the value goes in a straight line; or a function
        of the part of training still ahead (from 1 to 0)
    :param name: what to call it in a message
    :return: a function from that part to the value
    :raises TypeError: when it is neither
    """
    if callable(value_schedule):
        return value_schedule
    if _is_pair(value_schedule):
        first, last = value_schedule
        return lambda ahead: linear_interpolation(last, first, ahead)
    is_number = isinstance(value_schedule, (int, float, np.integer, np.floating))
    if not is_number or isinstance(value_schedule, bool):
        raise TypeError('{}={!r}: expected a number, a pair of them, or a function that takes the part of training '
                        'still ahead (from 1 to 0) and returns a number.'.format(name, value_schedule))
    return constfn(float(value_schedule))


def value_now(schedule: Rate, name: str, ahead: float, above: bool = False) -> float:
    """
    :param schedule: a number, a pair of them, or a function of the part of training still ahead
    :param name: what to call it in a message
    :param ahead: that part, from 1 to 0
    :param above: whether 0 is not allowed
    :return: its value
    :raises ValueError: when it is not a number of 0 or more
    """
    value = get_schedule_fn(schedule, name)(ahead)
    check_number(name, value, 0.0, above=above)
    return value


def linear_interpolation(left: float, right: float, alpha: float) -> float:
    """
    :param left: value at alpha 0
    :param right: value at alpha 1
    :param alpha: how far to go from left to right
    :return: the value there
    """
    return left + alpha * (right - left)


class Schedule:
    """A value at each time step. Subclasses define ``value``."""

    def value(self, step: int) -> float:
        """
        :param step: time step, from 0
        :return: the value at that time
        """
        raise TypeError('{} does not define value(step).'.format(type(self).__name__))


class ConstantSchedule(Schedule):
    """
    The same value at all times.

    :param value: that value
    """

    def __init__(self, value: float) -> None:
        self._value = value

    def value(self, step: int) -> float:
        return self._value


class LinearSchedule(Schedule):
    """
    Goes in a straight line from ``initial_p`` to ``final_p`` and stays there.

    :param schedule_timesteps: time step at which the final value is reached
    :param final_p: final value
    :param initial_p: value at time step 0
    :raises ValueError: when ``schedule_timesteps`` is not positive
    """

    def __init__(self, schedule_timesteps: int, final_p: float, initial_p: float = 1.0) -> None:
        if schedule_timesteps <= 0:
            raise ValueError('schedule_timesteps={!r} must be positive.'.format(schedule_timesteps))
        self.schedule_timesteps = schedule_timesteps
        self.final_p = final_p
        self.initial_p = initial_p

    def value(self, step: int) -> float:
        return linear_interpolation(self.initial_p, self.final_p, min(step / self.schedule_timesteps, 1.0))


class PiecewiseSchedule(Schedule):
    """
    Goes through given points.

    :param endpoints: pairs (time step, value), ordered by time
    :param interpolation: function of the left value, the right value and the share of the way between them
    :param outside_value: value before the first point and from the last point on; None makes a call there an error
    :raises ValueError: when there are no points, or they are not ordered
    """

    def __init__(self, endpoints: Iterable[Tuple[int, float]],
                 interpolation: Callable[[float, float, float], Any] = linear_interpolation,
                 outside_value: Optional[float] = None) -> None:
        self._endpoints = list(endpoints)
        times = [time for time, _ in self._endpoints]
        if not times or any(later < earlier for earlier, later in zip(times, times[1:])):
            raise ValueError('endpoints must be pairs (time step, value) ordered by time, found {!r}.'
                             .format(self._endpoints))
        self._interpolation = interpolation
        self._outside_value = outside_value

    def value(self, step: int) -> float:
        for (left_time, left), (right_time, right) in zip(self._endpoints, self._endpoints[1:]):
            if left_time <= step < right_time:
                return self._interpolation(left, right, (step - left_time) / (right_time - left_time))
        if self._outside_value is None:
            raise ValueError('step={!r} is outside the schedule, which runs from {} to before {}. Give outside_value.'
                             .format(step, self._endpoints[0][0], self._endpoints[-1][0]))
        return self._outside_value
