"""Pictures of a set of demonstrations."""
from typing import Any

import numpy as np

__all__ = ['plot_returns']

_WITHOUT_WINDOWS = ('agg', 'cairo', 'pdf', 'pgf', 'ps', 'svg', 'template')


def plot_returns(returns: np.ndarray, lengths: np.ndarray) -> Any:
    """
    Draw histograms of the returns and the lengths of episodes, and show them where matplotlib can open a window.

    :param returns: shape [E]
    :param lengths: shape [E], in steps
    :return: matplotlib's figure
    :raises ImportError: without matplotlib
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Plotting needs matplotlib: pip install .[plots] (or pip install matplotlib).') from error
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.5))
    for axes, values, label in ((left, returns, 'return'), (right, lengths, 'length (steps)')):
        axes.hist(values, bins=min(20, max(len(values), 1)))
        axes.set_xlabel(label)
        axes.set_ylabel('episodes')
    figure.suptitle('{} episodes, return {:.1f} +/- {:.1f}'.format(len(returns), np.mean(returns), np.std(returns)))
    figure.tight_layout()
    if plt.get_backend().lower() not in _WITHOUT_WINDOWS:
        plt.show()
    return figure
