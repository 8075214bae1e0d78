"""The density of SAC's actions, in NumPy."""
import numpy as np

from stable_baselines.sac.action_scaling import ActionScaling

# float32 rounds tanh to 1 from about 9 on: such actions count as the nearest ones below the bound
_LARGEST = 1.0 - 2.0 ** -24


def log_density(scaling: ActionScaling, actions: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """
    Log-density of actions that were Gaussian, then squashed by tanh, then scaled to their space (change of variables).

    :param scaling: of the space
    :param actions: shape [batch] + the space's shape
    :param mean: of the Gaussian, shape [batch, size]
    :param std: its standard deviation, shape [batch, size]
    :return: shape [batch]; minus infinity for actions out of bounds
    """
    rows = np.asarray(actions, dtype=np.float64).reshape(len(mean), scaling.size)
    half_span = scaling.half_span.astype(np.float64)
    inside = np.clip((rows - scaling.low) / half_span - 1.0, -_LARGEST, _LARGEST)
    noise = (np.arctanh(inside) - mean) / std
    gaussian = -0.5 * np.square(noise) - np.log(std) - 0.5 * np.log(2.0 * np.pi)
    density = gaussian - np.log1p(-np.square(inside)) - np.log(half_span)
    return np.where((rows < scaling.low) | (rows > scaling.high), -np.inf, density).sum(axis=1)
