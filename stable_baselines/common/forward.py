"""What computes a policy's outputs from its inputs: the NumPy twin for few rows, the session for many.

A session run has a price of its own, but its matrix products and functions are the faster ones, and an operation costs
it less. So the twin wins with a row or two of a small network, the session with many rows, a wide network or one with a
memory. Which of them is asked follows from an estimate of both, not from a clock: equal seeds give equal bits.
"""
from typing import Any, Iterable, List, Sequence

import numpy as np

from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.numpy_operations import Untranslatable
from stable_baselines.common.numpy_policy import Instruction, NumpyTwin
from stable_baselines.common.numpy_tanh import TANH_IS_SLOW
from stable_baselines.common.tf1 import runs_in_one_thread, tf

__all__ = ['Forward', 'NumpyOrSession', 'SessionForward', 'forward_function']


class SessionForward:
    """
    The same as ``NumpyTwin`` by a session run.

    :param sess: the session
    :param placeholders: the inputs, observations first
    :param outputs: tensors that depend on nothing else that is fed
    """

    def __init__(self, sess: tf.Session, placeholders: Sequence[tf.Tensor], outputs: Sequence[tf.Tensor]):
        self._run = fast_callable(sess, outputs, placeholders)

    def refresh(self) -> None:
        """Nothing to do: the session always uses the present parameters."""

    def __call__(self, *inputs: np.ndarray) -> List[np.ndarray]:
        """
        :param inputs: for each placeholder, shape [batch] + the shape of a row
        :return: the outputs
        """
        return self._run(*inputs)


class NumpyOrSession:
    """
    Both, each for the numbers of rows at which it is the faster one.

    :param twin: for few rows
    :param session: for more
    :param session_rows: from how many on
    """

    def __init__(self, twin: NumpyTwin, session: SessionForward, session_rows: float):
        self.twin, self.session, self.session_rows = twin, session, session_rows
        self._is_stale = False

    def refresh(self) -> None:
        """To be called after the parameters changed."""
        self._is_stale = True  # reading them costs a session run, and the twin may never be asked

    def __call__(self, *inputs: np.ndarray) -> List[np.ndarray]:
        """
        :param inputs: for each placeholder, shape [batch] + the shape of a row
        :return: the outputs; not to be written into
        """
        if len(inputs[0]) >= self.session_rows:
            return self.session(*inputs)
        if self._is_stale:
            self.twin.refresh()
            self._is_stale = False
        return self.twin(*inputs)


Forward = Any  # NumpyOrSession or SessionForward


def forward_function(sess: tf.Session, placeholders: Sequence[tf.Tensor], outputs: Sequence[tf.Tensor]) -> Forward:
    """
    The fastest way to compute tensors from a policy's inputs.

    :param sess: the session
    :param placeholders: the inputs, observations first
    :param outputs: tensors that depend on nothing else that is fed
    :return: a ``NumpyTwin`` that agrees with the graph, together with the session; else the latter behind the same two
        methods
    """
    through_session = SessionForward(sess, placeholders, outputs)
    try:
        twin = NumpyTwin(sess, placeholders, outputs)
    except Untranslatable:
        return through_session
    if not _agree(twin, through_session, placeholders):
        return through_session
    return NumpyOrSession(twin, through_session, _rows_for_session(twin.instructions, runs_in_one_thread(sess)))


# ---------------------------------------------------------------- estimates, in microseconds

_CALL, _CALL_OF_THREADS = 38.0, 55.0  # a session run by itself, when caches hold what the environments left there
_NUMPY_OPERATION, _NUMPY_MEAN, _SESSION_OPERATION = 1.0, 12.0, 0.8
_NUMPY_PRODUCT, _SESSION_PRODUCT = 1e-4, 3e-5  # of two numbers, in the product of a row and a matrix
_NUMPY_FUNCTION = 0.012 if TANH_IS_SLOW else 0.005  # of a number; TensorFlow needs next to no time for it
_FUNCTIONS = ('Tanh', 'Sigmoid', 'Exp', 'Elu', 'Softplus')


def _rows_for_session(instructions: Iterable[Instruction], in_one_thread: bool) -> float:
    """
    :param instructions: of a twin
    :param in_one_thread: whether the session calculates in its caller's thread
    :return: from how many rows on the session is faster
    """
    head_start = _CALL if in_one_thread else _CALL_OF_THREADS
    gain_of_a_row = 0.0
    for instruction in instructions:
        kind = instruction.tensor.op.type
        head_start += _SESSION_OPERATION - (_NUMPY_MEAN if kind == 'Mean' else _NUMPY_OPERATION)
        if kind == 'MatMul':
            gain_of_a_row += _size(instruction.tensor.op.inputs[1]) * (_NUMPY_PRODUCT - _SESSION_PRODUCT)
        elif kind in _FUNCTIONS:
            gain_of_a_row += _size(instruction.tensor) * _NUMPY_FUNCTION
    if head_start <= 0.0:
        return 0.0
    return head_start / gain_of_a_row if gain_of_a_row else np.inf


def _size(tensor: tf.Tensor) -> int:
    """
    :param tensor: a matrix of weights, or rows
    :return: how many numbers there are, or in a row
    """
    return int(np.prod([size for size in tensor.shape.as_list() if size is not None]))


def _agree(twin: NumpyTwin, through_session: SessionForward, placeholders: Sequence[tf.Tensor]) -> bool:
    rows = [_test_rows(placeholder) for placeholder in placeholders]
    return all(np.allclose(mine, theirs, rtol=1e-5, atol=1e-6) and np.asarray(mine).dtype == theirs.dtype
               for inputs in (rows, [row[:1] for row in rows])
               for mine, theirs in zip(twin(*inputs), through_session(*inputs)))


def _test_rows(placeholder: tf.Tensor) -> np.ndarray:
    shape = [3] + [int(size) for size in placeholder.shape[1:]]
    rows = np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape)
    rows = rows.astype(placeholder.dtype.as_numpy_dtype)
    return np.abs(rows) if placeholder.dtype.is_integer else rows
