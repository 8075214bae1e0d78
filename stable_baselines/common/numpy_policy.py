"""The NumPy twin of a network: the same numbers without the cost of a session run, for acting one step at a time.

A ``Session.run`` costs some 100 microseconds however small the network is; two layers of 64 units in NumPy cost less
than ten. The twin is translated from the graph itself, so it follows every ``net_arch`` and custom policy made of the
operations below; for others the session goes on doing the work.
"""
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import numpy as np

from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.tf1 import tf

Forward = Callable[[np.ndarray], List[np.ndarray]]


class Instruction(NamedTuple):
    """One operation: ``slots[result] = function(*[slots[argument] for argument in arguments])``."""

    function: Callable
    arguments: List[int]
    result: int


class Untranslatable(Exception):
    """The network holds an operation that has no translation."""


class NumpyTwin:
    """
    A network from observations to some of its tensors, computed in NumPy.

    :param sess: where the parameters live
    :param placeholder: the observations
    :param outputs: tensors that depend on nothing else that is fed
    :raises Untranslatable: when NumPy cannot do the same
    """

    def __init__(self, sess: tf.Session, placeholder: tf.Tensor, outputs: Sequence[tf.Tensor]):
        self._sess = sess
        self._constants: List[tf.Tensor] = []
        self._constant_slots: List[int] = []
        self._instructions: List[Instruction] = []
        self._slot_of: Dict[str, int] = {placeholder.name: 0}
        self._depends: Dict[str, bool] = {placeholder.op.name: True}
        self._outputs = [self._slot(output) for output in outputs]
        self._slots: List[Any] = [None] * len(self._slot_of)
        self._fetch = sess.make_callable(self._constants)
        self.refresh()

    def refresh(self) -> None:
        """Read the parameters anew; to be called after they changed."""
        for slot, value in zip(self._constant_slots, self._fetch()):
            self._slots[slot] = np.array(value)  # a copy: TensorFlow 1 may hand out the variable's own memory

    def __call__(self, observations: np.ndarray) -> List[np.ndarray]:
        """
        :param observations: shape [batch] + the space's shape
        :return: the outputs
        """
        slots = self._slots
        slots[0] = observations
        for function, arguments, result in self._instructions:
            slots[result] = function(*[slots[argument] for argument in arguments])
        return [slots[output] for output in self._outputs]

    def _slot(self, tensor: tf.Tensor) -> int:
        if tensor.name in self._slot_of:
            return self._slot_of[tensor.name]
        if not self._depends_on_observation(tensor.op):
            return self._add_constant(tensor)
        operation = tensor.op
        if operation.type not in TRANSLATIONS or len(operation.outputs) != 1:
            raise Untranslatable(operation.type)
        function = TRANSLATIONS[operation.type](operation)
        arguments = [self._slot(argument) for argument in operation.inputs]
        self._slot_of[tensor.name] = result = len(self._slot_of)
        self._instructions.append(Instruction(function, arguments, result))
        return result

    def _add_constant(self, tensor: tf.Tensor) -> int:
        self._slot_of[tensor.name] = slot = len(self._slot_of)
        self._constants.append(tensor)
        self._constant_slots.append(slot)
        return slot

    def _depends_on_observation(self, operation: tf.Operation) -> bool:
        if operation.name not in self._depends:
            if operation.type == 'Placeholder':
                raise Untranslatable('a second placeholder, {}'.format(operation.name))
            self._depends[operation.name] = any(self._depends_on_observation(argument.op)
                                                for argument in operation.inputs)
        return self._depends[operation.name]


def forward_function(sess: tf.Session, placeholder: tf.Tensor, outputs: Sequence[tf.Tensor]) -> 'ForwardFunction':
    """
    The fastest way to compute tensors from observations.

    :param sess: the session
    :param placeholder: the observations
    :param outputs: tensors that depend on nothing else that is fed
    :return: a ``NumpyTwin`` that agrees with the graph, else the session behind the same two methods
    """
    through_session = SessionForward(sess, placeholder, outputs)
    try:
        twin = NumpyTwin(sess, placeholder, outputs)
    except Untranslatable:
        return through_session
    return twin if _agree(twin, through_session, placeholder) else through_session


class SessionForward:
    """
    The same as ``NumpyTwin`` by a session run, for networks without a twin.

    :param sess: the session
    :param placeholder: the observations
    :param outputs: tensors that depend on nothing else that is fed
    """

    def __init__(self, sess: tf.Session, placeholder: tf.Tensor, outputs: Sequence[tf.Tensor]):
        self._run = fast_callable(sess, outputs, [placeholder])

    def refresh(self) -> None:
        """Nothing to do: the session always uses the present parameters."""

    def __call__(self, observations: np.ndarray) -> List[np.ndarray]:
        """
        :param observations: shape [batch] + the space's shape
        :return: the outputs
        """
        return self._run(observations)


ForwardFunction = Any  # NumpyTwin or SessionForward


def _agree(twin: NumpyTwin, through_session: SessionForward, placeholder: tf.Tensor) -> bool:
    shape = [3] + [int(size) for size in placeholder.shape[1:]]
    rows = np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape)
    rows = rows.astype(placeholder.dtype.as_numpy_dtype)
    if placeholder.dtype.is_integer:
        rows = np.abs(rows)
    return all(np.allclose(mine, theirs, rtol=1e-5, atol=1e-6) and np.asarray(mine).dtype == theirs.dtype
               for mine, theirs in zip(twin(rows), through_session(rows)))


def _matmul(operation: tf.Operation) -> Callable:
    if operation.get_attr('transpose_a') or operation.get_attr('transpose_b'):
        raise Untranslatable('MatMul of a transposed matrix')
    return np.dot


def _cast(operation: tf.Operation) -> Callable:
    dtype = np.dtype(operation.get_attr('DstT').as_numpy_dtype)
    return lambda values: values.astype(dtype, copy=False)


def _concat(operation: tf.Operation) -> Callable:
    return lambda *parts_and_axis: np.concatenate(parts_and_axis[:-1], axis=int(parts_and_axis[-1]))


def _one_hot(operation: tf.Operation) -> Callable:
    if operation.get_attr('axis') != -1:
        raise Untranslatable('OneHot along another axis')
    return lambda index, depth, on_value, off_value: np.where(
        np.asarray(index)[..., None] == np.arange(int(depth)), on_value, off_value).astype(on_value.dtype)


def _leaky_relu(operation: tf.Operation) -> Callable:
    slope = np.float32(operation.get_attr('alpha'))
    return lambda values: np.where(values > 0, values, slope * values)


def _plain(function: Callable) -> Callable[[tf.Operation], Callable]:
    return lambda operation: function


_ZERO, _HALF = np.float32(0.0), np.float32(0.5)
TRANSLATIONS: Dict[str, Callable[[tf.Operation], Callable]] = {
    'MatMul': _matmul,
    'Cast': _cast,
    'ConcatV2': _concat,
    'OneHot': _one_hot,
    'LeakyRelu': _leaky_relu,
    'Add': _plain(np.add),
    'AddV2': _plain(np.add),
    'BiasAdd': _plain(np.add),
    'Sub': _plain(np.subtract),
    'Mul': _plain(np.multiply),
    'RealDiv': _plain(np.divide),
    'Maximum': _plain(np.maximum),
    'Minimum': _plain(np.minimum),
    'Tanh': _plain(np.tanh),
    'Exp': _plain(np.exp),
    'Square': _plain(np.square),
    'Reshape': _plain(np.reshape),
    'Identity': _plain(lambda values: values),
    'Relu': _plain(lambda values: np.maximum(values, _ZERO)),
    # of tanh, since the exponential of large numbers would overflow, and warn
    'Sigmoid': _plain(lambda values: _HALF * np.tanh(_HALF * values) + _HALF),
    'Elu': _plain(lambda values: np.where(values > 0, values, np.expm1(np.minimum(values, _ZERO)))),
    'Softplus': _plain(lambda values: np.logaddexp(_ZERO, values)),
}
