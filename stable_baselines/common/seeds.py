"""Seeds that nobody has given."""
import numpy as np

from stable_baselines.common import mpi

__all__ = ['drawn_seed']

_APART = 10000  # between the seeds of workers, as between those that a model's seed gives them


def drawn_seed(end: int) -> int:
    """
    Draw a seed from NumPy's global generator. A script may seed that alike in all MPI workers, which are not to act
    alike for that.

    :param end: one more than the largest seed, at most 2 ** 32
    :return: the seed, another one in each worker
    """
    return (int(np.random.randint(end, dtype=np.int64)) + _APART * mpi.rank()) % end
