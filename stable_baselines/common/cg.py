"""The conjugate gradient method, on NumPy vectors and on tensors."""
from typing import Callable, Optional

import numpy as np

from stable_baselines.common.tf1 import tf


def conjugate_gradient(f_ax: Callable[[np.ndarray], np.ndarray], b_vec: np.ndarray, cg_iters: int = 10,
                       callback: Optional[Callable[[np.ndarray], None]] = None, verbose: bool = False,
                       residual_tol: float = 1e-10) -> np.ndarray:
    """
    Solve A x = b for a symmetric positive definite A that is known only by its products with vectors
    (Hestenes and Stiefel 1952; Nocedal and Wright, algorithm 5.2).

    :param f_ax: the product A v of a vector v, shape [n]
    :param b_vec: the right-hand side, shape [n]
    :param cg_iters: how many products at most
    :param callback: called with each approximation of x, starting with zeros
    :param verbose: print the squared residual and the norm of x in each iteration
    :param residual_tol: stop when the squared norm of the residual is below this
    :return: the approximate solution, shape [n]
    """
    solution = np.zeros_like(b_vec)
    residual = b_vec.copy()
    direction = b_vec.copy()
    residual_norm = residual.dot(residual)
    for iteration in range(cg_iters):
        if callback is not None:
            callback(solution)
        if verbose:
            print('{:10d} {:10.3g} {:10.3g}'.format(iteration, residual_norm, np.linalg.norm(solution)))
        if residual_norm < residual_tol:
            break
        product = f_ax(direction)
        length = residual_norm / direction.dot(product)
        solution = solution + length * direction
        residual = residual - length * product
        previous_norm, residual_norm = residual_norm, residual.dot(residual)
        direction = residual + (residual_norm / previous_norm) * direction
    return solution


def conjugate_gradient_in_graph(f_ax: Callable[[tf.Tensor], tf.Tensor], b_vec: tf.Tensor, cg_iters: int = 10,
                                residual_tol: float = 1e-10) -> tf.Tensor:
    """
    ``conjugate_gradient`` as one piece of graph, so that all products cost a single run.

    Vectors are kept in double precision: in single precision the rounding of the inner products alone turns the tenth
    iterate by a thousandth.

    :param f_ax: adds the product A v of a vector v to the graph, float32, shape [n]
    :param b_vec: the right-hand side, float32, shape [n]
    :param cg_iters: how many products
    :param residual_tol: further steps have no length once the squared norm of the residual is below this
    :return: the approximate solution, float32, shape [n]
    """
    residual = direction = tf.cast(b_vec, tf.float64)
    solution = tf.zeros_like(residual)
    residual_norm = _dot(residual, residual)
    for _ in range(cg_iters):
        # the vector is a constant to the product: without this, each product would differentiate all earlier ones
        product = tf.cast(f_ax(tf.stop_gradient(tf.cast(direction, tf.float32))), tf.float64)
        unfinished = tf.cast(residual_norm >= residual_tol, tf.float64)
        length = unfinished * tf.div_no_nan(residual_norm, _dot(direction, product))
        solution = solution + length * direction
        residual = residual - length * product
        previous_norm, residual_norm = residual_norm, _dot(residual, residual)
        direction = residual + tf.div_no_nan(residual_norm, previous_norm) * direction
    return tf.cast(solution, tf.float32)


def _dot(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(left * right)
