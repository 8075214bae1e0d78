"""Small functions on arrays: discounting, explained variance, scaling of actions."""
from typing import Any, List, Sequence, Tuple

import numpy as np

__all__ = ['discount', 'discount_with_boundaries', 'explained_variance', 'explained_variance_2d', 'flatten_arrays',
           'safe_mean', 'scale_action', 'unflatten_vector', 'unscale_action']


def discount(vector: np.ndarray, gamma: float) -> np.ndarray:
    """
    Discounted sums of what follows: ``out[t] = vector[t] + gamma * out[t + 1]``.

    :param vector: shape [T, ...], time along the first axis
    :param gamma: discount factor
    :return: same shape, floating point
    :raises ValueError: for a single number
    """
    vector = np.asarray(vector)
    if vector.ndim < 1:
        raise ValueError('vector must have a time axis, found the single number {!r}.'.format(vector[()]))
    return discount_with_boundaries(vector, np.zeros(len(vector)), gamma)


def discount_with_boundaries(rewards: np.ndarray, episode_starts: np.ndarray, gamma: float) -> np.ndarray:
    """
    Discounted sums of rewards that stop at the end of each episode.

    :param rewards: shape [T, ...], time along the first axis
    :param episode_starts: shape [T] or that of rewards, 1 or True where a new episode begins
    :param gamma: discount factor
    :return: shape of rewards, floating point
    :raises ValueError: when the lengths differ
    """
    rewards, episode_starts = np.asarray(rewards), np.asarray(episode_starts)
    if len(rewards) != len(episode_starts):
        raise ValueError('rewards and episode_starts must be equally long, found {} and {}.'
                         .format(len(rewards), len(episode_starts)))
    returns = np.array(rewards, dtype=np.result_type(rewards.dtype, np.float32))
    goes_on = gamma * (1.0 - episode_starts.astype(returns.dtype))
    for step in range(len(returns) - 2, -1, -1):
        returns[step] += goes_on[step + 1] * returns[step + 1]
    return returns


def explained_variance(y_pred: np.ndarray, y_true: np.ndarray) -> float:
    """
    The share of the variance of ``y_true`` that ``y_pred`` accounts for, ``1 - Var[y_true - y_pred] / Var[y_true]``.

    1 is a perfect prediction, 0 is as good as a constant, below 0 is worse.

    :param y_pred: predictions, shape [N]
    :param y_true: targets, shape [N]
    :return: the share; NaN when the targets do not vary
    :raises ValueError: when the shapes are not one and the same [N]
    """
    y_pred, y_true = _same_shape(y_pred, y_true, ndim=1)
    variance = np.var(y_true)
    return np.nan if variance == 0 else 1 - np.var(y_true - y_pred) / variance


def explained_variance_2d(y_pred: np.ndarray, y_true: np.ndarray) -> np.ndarray:
    """
    ``explained_variance`` of each column.

    :param y_pred: predictions, shape [N, K]
    :param y_true: targets, shape [N, K]
    :return: shape [K]; 0 for columns whose targets do not vary
    :raises ValueError: when the shapes are not one and the same [N, K]
    """
    y_pred, y_true = _same_shape(y_pred, y_true, ndim=2)
    variance = np.var(y_true, axis=0)
    constant = variance < 1e-10
    share = 1 - np.var(y_true - y_pred, axis=0) / np.where(constant, 1, variance)
    return np.where(constant, 0, share)


def _same_shape(y_pred: Any, y_true: Any, ndim: int) -> Tuple[np.ndarray, np.ndarray]:
    y_pred, y_true = np.asarray(y_pred), np.asarray(y_true)
    if y_pred.shape != y_true.shape or y_true.ndim != ndim:
        raise ValueError('y_pred and y_true must have the same shape with {} axes, found {} and {}.'
                         .format(ndim, y_pred.shape, y_true.shape))
    return y_pred, y_true


def flatten_arrays(arrs: Sequence[np.ndarray]) -> np.ndarray:
    """
    :param arrs: arrays of any shapes
    :return: all their numbers in one vector, in order
    """
    return np.concatenate([np.reshape(array, -1) for array in arrs])


def unflatten_vector(vec: np.ndarray, shapes: Sequence[Tuple[int, ...]]) -> List[np.ndarray]:
    """
    Undo ``flatten_arrays``.

    :param vec: shape [N]
    :param shapes: the shapes to cut it into, N numbers together
    :return: one array a shape
    :raises ValueError: when the shapes hold another count of numbers
    """
    ends = np.cumsum([int(np.prod(shape, dtype=int)) for shape in shapes], dtype=int)
    if len(vec) != (ends[-1] if len(ends) else 0):
        raise ValueError('vec has {} numbers, but the shapes {} hold {}.'
                         .format(len(vec), list(shapes), ends[-1] if len(ends) else 0))
    return [part.reshape(shape) for part, shape in zip(np.split(vec, ends[:-1]), shapes)]


def safe_mean(arr: Sequence[float]) -> float:
    """
    :param arr: numbers
    :return: their mean, NaN (without numpy's warning) when there are none
    """
    return np.nan if len(arr) == 0 else np.mean(arr)


def scale_action(action_space: Any, action: np.ndarray) -> np.ndarray:
    """
    Map actions from the bounds of their space to [-1, 1].

    :param action_space: a bounded ``Box``
    :param action: shape [..., *action shape], within the bounds
    :return: same shape, in [-1, 1]
    :raises ValueError: when the space has an infinite or empty side
    """
    span = _span(action_space)
    return 2.0 * ((action - action_space.low) / span) - 1.0


def unscale_action(action_space: Any, scaled_action: np.ndarray) -> np.ndarray:
    """
    Map actions from [-1, 1] to the bounds of their space.

    :param action_space: a bounded ``Box``
    :param scaled_action: shape [..., *action shape], in [-1, 1]
    :return: same shape, within the bounds
    :raises ValueError: when the space has an infinite or empty side
    """
    span = _span(action_space)
    return action_space.low + 0.5 * (scaled_action + 1.0) * span


def _span(action_space: Any) -> np.ndarray:
    span = action_space.high - action_space.low
    if not (np.isfinite(span).all() and span.all()):
        raise ValueError('action_space {} cannot be scaled to [-1, 1]: every side needs finite bounds with low < high. '
                         'Wrap the environment so that its actions are bounded.'.format(action_space))
    return span
