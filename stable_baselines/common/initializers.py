"""First values of weights."""
from typing import Any, Callable, Sequence

import numpy as np

Initializer = Callable[..., np.ndarray]


def ortho_init(scale: float = 1.0) -> Initializer:
    """
    Orthogonal initial weights (Saxe et al. 2013, arXiv:1312.6120), drawn from NumPy's global generator.

    :param scale: factor on the orthonormal matrix
    :return: an initializer for weights of rank 2 (matrix) or 4 (convolution, height-width-in-out)
    """
    def initializer(shape: Sequence[int], dtype: Any = None, partition_info: Any = None) -> np.ndarray:
        shape = tuple(int(size) for size in shape)
        if len(shape) not in (2, 4):
            raise ValueError('ortho_init: weights of rank 2 or 4 expected, shape {} found'.format(shape))
        matrix_shape = (int(np.prod(shape[:-1])), shape[-1])
        left, _, right = np.linalg.svd(np.random.normal(0.0, 1.0, matrix_shape), full_matrices=False)
        orthonormal = left if left.shape == matrix_shape else right
        return (scale * orthonormal.reshape(shape)).astype(np.float32)
    return initializer


def glorot_uniform_init() -> Initializer:
    """
    Uniform initial weights (Glorot and Bengio 2010, eq. 16), drawn from NumPy's global generator.

    :return: an initializer for weights of rank 2 or 4
    """
    def initializer(shape: Sequence[int], dtype: Any = None, partition_info: Any = None) -> np.ndarray:
        shape = tuple(int(size) for size in shape)
        receptive_field = int(np.prod(shape[:-2]))
        limit = np.sqrt(6.0 / (receptive_field * (shape[-2] + shape[-1])))
        return np.random.uniform(-limit, limit, shape).astype(np.float32)
    return initializer
