"""The NumPy twin of a network: the same numbers without the cost of a session run, for acting one step at a time.

A session run costs 15 to 20 microseconds however small the network is, and more in threads; two layers of 64 units in
NumPy cost six to eight. The twin is translated from the graph itself, so it follows every ``net_arch`` and custom
policy made of the operations in ``numpy_operations``. What it runs is a Python function of one line an operation, for
instance::

    def forward(observations):
        v0 = dot(observations, c0)
        v1 = add(v0, c1)
        v2 = tanh(v1)
        return [v2]

since at this size the calls between operations cost as much as the operations. ``c0``, ``c1``, ... are the parameters.
"""
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.numpy_operations import OF_MANY, SPLITS, TRANSLATIONS, Untranslatable
from stable_baselines.common.tf1 import tf

Forward = Callable[..., List[np.ndarray]]

_ANY = 65  # rows, from which on one program serves all numbers of them


class Instruction(NamedTuple):
    """One operation: ``result = function(*arguments)``."""

    function: Callable
    arguments: List[str]  # names of variables and constants of the program
    result: str
    tensor: tf.Tensor  # whose value it is


class NumpyTwin:
    """
    A network from its inputs to some of its tensors, computed in NumPy.

    :param sess: where the parameters live
    :param placeholders: the inputs: observations and, for policies with memory, what that is made of
    :param outputs: tensors that depend on nothing else that is fed
    :raises Untranslatable: when NumPy cannot do the same
    """

    def __init__(self, sess: tf.Session, placeholders: Sequence[tf.Tensor], outputs: Sequence[tf.Tensor]):
        self._constants: Dict[str, tf.Tensor] = {}
        self._fixed: Dict[str, Any] = {}
        self.instructions: List[Instruction] = []
        self._inputs = ['observations'] + ['input{}'.format(number) for number in range(1, len(placeholders))]
        self._name_of: Dict[str, str] = {tensor.name: name for tensor, name in zip(placeholders, self._inputs)}
        self._depends: Dict[str, bool] = {tensor.op.name: True for tensor in placeholders}
        self._results = [self._name(output) for output in outputs]
        self._fetch = fast_callable(sess, list(self._constants.values()), [])
        self._arrays = [np.array(value) for value in self._fetch()]
        self._repeated: List[Tuple[np.ndarray, np.ndarray]] = []  # parameters once a row, and the parameters
        self._programs: Dict[int, Forward] = {rows: self._compile(rows) for rows in (1, _ANY)}  # by rows of the inputs

    def refresh(self) -> None:
        """Read the parameters anew; to be called after they changed."""
        for array, value in zip(self._arrays, self._fetch()):
            array[...] = value
        for rows, vector in self._repeated:
            rows[...] = vector

    def __call__(self, *inputs: np.ndarray) -> List[np.ndarray]:
        """
        :param inputs: for each placeholder, shape [batch] + the shape of a row
        :return: the outputs; one that no input influences is the twin's own copy, which ``refresh`` overwrites
        """
        rows = min(len(inputs[0]), _ANY)
        return (self._programs.get(rows) or self._program_for(rows, inputs))(*inputs)

    # ---------------------------------------------------------------- translation

    def _name(self, tensor: tf.Tensor) -> str:
        if tensor.name not in self._name_of:
            self._name_of[tensor.name] = self._translate(tensor)
        return self._name_of[tensor.name]

    def _translate(self, tensor: tf.Tensor) -> str:
        operation = tensor.op
        if not self._depends_on_inputs(operation):
            return _added('c', self._constants, tensor)
        if _changes_nothing(operation):
            return self._name(operation.inputs[0])
        if operation.type in SPLITS:  # each output is a slice of its own
            values, function = SPLITS[operation.type](tensor)
            arguments = [self._name(values)]
        elif operation.type in TRANSLATIONS and len(operation.outputs) == 1:
            function, *fixed = TRANSLATIONS[operation.type](operation)
            arguments = [self._name(argument) for argument in operation.inputs]
            arguments += [_added('k', self._fixed, value) for value in fixed]
        else:
            raise Untranslatable(operation.type)
        result = 'v{}'.format(len(self.instructions))
        self.instructions.append(Instruction(function, arguments, result, tensor))
        return result

    def _depends_on_inputs(self, operation: tf.Operation) -> bool:
        if operation.name not in self._depends:
            if operation.type == 'Placeholder':
                raise Untranslatable('another placeholder, {}'.format(operation.name))
            self._depends[operation.name] = any(self._depends_on_inputs(argument.op)
                                                for argument in operation.inputs)
        return self._depends[operation.name]

    # ---------------------------------------------------------------- program

    def _program_for(self, rows: int, inputs: Sequence[np.ndarray]) -> Forward:
        program, of_any = self._compile(rows), self._programs[_ANY]
        try:
            equal = all(map(np.array_equal, program(*inputs), of_any(*inputs)))
        except ValueError:
            equal = False  # somewhere inside there are not as many rows as in the inputs
        self._programs[rows] = program if equal else of_any
        return self._programs[rows]

    def _compile(self, rows: int) -> Forward:
        scope, replaced = dict(self._fixed), {} if rows == 1 else OF_MANY
        scope.update(zip(self._constants, self._arrays))
        lines = ['def forward({}):'.format(', '.join(self._inputs))]
        for number, instruction in enumerate(self.instructions):
            function = 'f{}'.format(number)
            scope[function] = replaced.get(instruction.function, instruction.function)
            arguments = [self._in_rows(scope, name, instruction, rows) for name in instruction.arguments]
            lines.append('{} = {}({})'.format(instruction.result, function, ', '.join(arguments)))
        lines.append('return [{}]'.format(', '.join(self._results)))
        exec('\n    '.join(lines), scope)
        return scope['forward']

    def _in_rows(self, scope: Dict[str, Any], name: str, instruction: Instruction, rows: int) -> str:
        """A vector added to rows is faster as a row itself, or as many of them: NumPy then has no axes to align."""
        vector = scope.get(name)
        if not isinstance(instruction.function, np.ufunc) or np.ndim(vector) != 1 or len(instruction.tensor.shape) != 2:
            return name
        row = vector[None]  # shares the memory that ``refresh`` fills
        if rows not in (1, _ANY):
            row = np.repeat(row, rows, axis=0)
            self._repeated.append((row, vector))
        scope[name + 'rows'] = row
        return name + 'rows'


def _added(prefix: str, table: Dict[str, Any], value: Any) -> str:
    name = prefix + str(len(table))
    table[name] = value
    return name


def _changes_nothing(operation: tf.Operation) -> bool:
    if operation.type in ('Identity', 'StopGradient'):
        return True
    if operation.type not in ('Cast', 'Reshape'):
        return False
    before, after = operation.inputs[0], operation.outputs[0]
    if before.dtype != after.dtype or before.shape.rank is None:
        return False
    return before.shape.as_list() == after.shape.as_list() and None not in before.shape.as_list()[1:]
