"""The weight of the entropy in SAC's objective: fixed, or learned (Haarnoja et al. 2018, arXiv:1812.05905)."""
from typing import Any, NamedTuple, Optional, Union

import numpy as np

from stable_baselines.common.tf1 import tf


class EntropyCoefficient(NamedTuple):
    """The weight in the graph."""

    value: tf.Tensor  # scalar
    log_value: Optional[tf.Variable]  # its logarithm where it is learned


class CoefficientChoice(NamedTuple):
    """What the user asked for."""

    start: float
    learned: bool


def read_ent_coef(ent_coef: Union[str, float]) -> CoefficientChoice:
    """
    :param ent_coef: 'auto' (learned, starts at 1), 'auto_0.1' (learned, starts at 0.1) or a number (fixed)
    :return: the choice
    :raises ValueError: for anything else
    """
    learned = isinstance(ent_coef, str) and (ent_coef == 'auto' or ent_coef.startswith('auto_'))
    text: Any = (ent_coef[len('auto_'):] or 1.0) if learned and ent_coef != 'auto_' else ent_coef
    try:
        start = float(text)
    except (TypeError, ValueError):
        start = np.nan
    if isinstance(ent_coef, bool) or not np.isfinite(start) or start < 0 or (learned and start == 0):
        raise ValueError("ent_coef={!r}: expected 'auto', 'auto_' and the positive number to start from (such as "
                         "'auto_0.1'), or a number, 0 or more, that stays".format(ent_coef))
    return CoefficientChoice(start, learned)


def read_target_entropy(target_entropy: Union[str, float], action_space: Any) -> float:
    """
    :param target_entropy: 'auto', or a number of nats
    :param action_space: a Box
    :return: the entropy that a learned coefficient aims at; 'auto' is minus the number of action components
    :raises ValueError: for anything else
    """
    if isinstance(target_entropy, str) and target_entropy == 'auto':
        return -float(np.prod(action_space.shape))
    try:
        value = float(target_entropy)
    except (TypeError, ValueError):
        value = np.nan
    if isinstance(target_entropy, bool) or not np.isfinite(value):
        raise ValueError("target_entropy={!r}: expected 'auto' or a number of nats".format(target_entropy))
    return value


def build_ent_coef(choice: CoefficientChoice) -> EntropyCoefficient:
    """
    Add the coefficient to the current graph and variable scope.

    :param choice: what it shall be
    :return: the coefficient; a learned one has the variable ``log_ent_coef``
    """
    if not choice.learned:
        return EntropyCoefficient(tf.constant(choice.start, tf.float32), None)
    initializer = tf.constant_initializer(np.log(choice.start))
    log_value = tf.get_variable('log_ent_coef', [], dtype=tf.float32, initializer=initializer)
    return EntropyCoefficient(tf.exp(log_value), log_value)
