"""Small sets of demonstrations for tests."""
import numpy as np


def make_arrays(lengths=(3, 2, 4)):
    """Arrays of a set of demonstrations: rows numbered through, returns that are the sums of the rewards."""
    rows = sum(lengths)
    starts = np.zeros(rows, dtype=bool)
    starts[np.cumsum((0,) + tuple(lengths[:-1]))] = True
    rewards = np.arange(rows) + 0.5
    return {'obs': np.arange(2 * rows, dtype=np.float32).reshape(rows, 2), 'actions': np.arange(rows).reshape(rows, 1),
            'rewards': rewards, 'episode_starts': starts,
            'episode_returns': np.add.reduceat(rewards, np.flatnonzero(starts))}
