"""The conjugate gradient method, on NumPy vectors and on tensors.

In exact arithmetic each residual is orthogonal to all earlier ones. Rounding in products of single precision soon
spoils that: the tenth iterate is then off by a thousandth of its length, and differs as much from machine to machine.
So what a residual has in common with earlier ones is taken out of it (complete reorthogonalization, as in the Lanczos
method: Golub and Van Loan, Matrix Computations, section 10.3). It costs little beside a product and leaves an error of
some millionths. In the graph, vectors of millions are spared it: to keep ten of them costs as much as the products.
"""
from typing import Callable, NamedTuple, Optional, Tuple

import numpy as np

from stable_baselines.common.tf1 import tf

LARGEST_KEPT = 500000  # numbers in a vector, up to which the graph keeps earlier residuals


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
    return solve(f_ax, b_vec, cg_iters, callback, verbose, residual_tol)[0]


def solve(f_ax: Callable[[np.ndarray], np.ndarray], b_vec: np.ndarray, cg_iters: int = 10,
          callback: Optional[Callable[[np.ndarray], None]] = None, verbose: bool = False,
          residual_tol: float = 1e-10) -> Tuple[np.ndarray, np.ndarray]:
    """
    The same as ``conjugate_gradient``, which tells what the arguments are.

    :return: the approximate solution x and what is left, b - A x, as far as the products were exact; shape [n]
    """
    solution = np.zeros_like(b_vec)
    residual = b_vec.copy()
    direction = b_vec.copy()
    residual_norm = residual.dot(residual)
    # residuals, of length 1
    earlier = np.empty((cg_iters,) + b_vec.shape, np.result_type(b_vec.dtype, np.float32))
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
        earlier[iteration] = residual / np.sqrt(residual_norm)
        residual = residual - length * product
        kept = earlier[:iteration + 1]
        residual = residual - kept.dot(residual).dot(kept)
        previous_norm, residual_norm = residual_norm, residual.dot(residual)
        direction = residual + (residual_norm / previous_norm) * direction
    return solution, residual


class CGSolution(NamedTuple):
    """What ``conjugate_gradient_in_graph`` finds, float32."""

    solution: tf.Tensor  # x, shape [n]
    squared_length: tf.Tensor  # x'Ax
    residual: tf.Tensor  # length of b - Ax as a share of that of b; 0 where b is 0


class CGState(NamedTuple):
    """What one iteration hands to the next: vectors [n] and scalars."""

    iteration: tf.Tensor
    solution: tf.Tensor
    residual: tf.Tensor
    direction: tf.Tensor
    residual_norm: tf.Tensor  # squared
    earlier: tf.Tensor  # residuals, of length 1, shape [iteration, n]


def conjugate_gradient_in_graph(f_ax: Callable[[tf.Tensor], tf.Tensor], b_vec: tf.Tensor, cg_iters: int = 10,
                                residual_tol: float = 1e-10) -> CGSolution:
    """
    ``conjugate_gradient`` as one piece of graph, so that all products cost a single run.

    Vectors are of double precision. The iterations are a loop of the graph: unrolled, ten products with their
    gradients would take longer to build than everything else of a model.

    :param f_ax: adds the product A v of a vector v, float64, to the graph, in any precision; shape [n]
    :param b_vec: the right-hand side, float32, shape [n]
    :param cg_iters: how many products at most
    :param residual_tol: stop when the squared norm of the residual is below this
    :return: the approximate solution x; x'Ax and the residual b - Ax come for free
    """
    def unfinished(state: CGState) -> tf.Tensor:
        return tf.logical_and(state.iteration < cg_iters, state.residual_norm[0, 0] >= residual_tol)

    def iterate(state: CGState) -> Tuple[CGState]:
        iteration, solution, residual, direction, residual_norm, earlier = state
        product = _row(tf.cast(f_ax(tf.reshape(direction, [-1])), tf.float64))
        length = tf.div_no_nan(residual_norm, _dot(direction, product))
        solution = solution + length * direction
        unit, residual = residual / tf.sqrt(residual_norm), residual - length * product
        if size <= LARGEST_KEPT:
            earlier = tf.concat([earlier, unit], axis=0)
            residual = residual - tf.matmul(_dot(residual, earlier), earlier)
        next_norm = _dot(residual, residual)
        direction = residual + tf.div_no_nan(next_norm, residual_norm) * direction
        return CGState(iteration + 1, solution, residual, direction, next_norm, earlier),

    target, size = _row(tf.cast(b_vec, tf.float64)), int(b_vec.shape[0])
    start = CGState(tf.constant(0), tf.zeros_like(target), target, target, _dot(target, target),
                    tf.zeros([0, size], tf.float64))
    shapes = CGState(*[tensor.shape for tensor in start])._replace(earlier=tf.TensorShape([None, size]))
    end = tf.while_loop(unfinished, iterate, [start], [shapes], parallel_iterations=1, back_prop=False)[0]
    residual = tf.sqrt(tf.div_no_nan(end.residual_norm, start.residual_norm))
    found = CGSolution(end.solution[0], _dot(end.solution, target - end.residual)[0, 0], residual[0, 0])
    return CGSolution(*[tf.cast(tensor, tf.float32) for tensor in found])


def _row(vector: tf.Tensor) -> tf.Tensor:
    return tf.reshape(vector, [1, -1])


def _dot(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    return tf.matmul(left, right, transpose_b=True)
