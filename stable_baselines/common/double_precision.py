"""Copies of pieces of graph that calculate in double precision."""
from typing import Dict, FrozenSet, List, Sequence, Tuple

import numpy as np

from stable_baselines.common.numpy_operations import SPLITS, TRANSLATIONS
from stable_baselines.common.tf1 import tf

__all__ = ['NoDoublePrecision', 'double_precision_copy']

_READS = ('VariableV2', 'ReadVariableOp')
_OTHERS = ('Const', 'Identity', 'ExpandDims', 'Shape', 'Softmax', 'Sqrt', 'Squeeze', 'StridedSlice', 'Sum', 'Transpose')
_OF_VECTORS = frozenset(TRANSLATIONS) | frozenset(SPLITS) | frozenset(_OTHERS)
_OF_IMAGES = frozenset(['Conv2D', 'MaxPool'])


class NoDoublePrecision(Exception):
    """The piece of graph holds an operation that is not copied."""


def double_precision_copy(tensor: tf.Tensor, inputs: Sequence[tf.Tensor], variables: Sequence[tf.Variable],
                          with_images: bool) -> Tuple[tf.Tensor, List[tf.Tensor]]:
    """
    Add to a network a copy that reads the same inputs and parameters, but calculates in double precision.

    :param tensor: what the network gives, float32
    :param inputs: the placeholders it reads
    :param variables: parameters
    :param with_images: copy convolutions, too, which then take twice the time, and on graphics cards much more
    :return: the copy of the tensor, float64, and the variables as float64 tensors, of which it is made
    :raises NoDoublePrecision: when the network is made of operations that are not known to be copied faithfully
    """
    copy = _Copy(inputs, variables, _OF_VECTORS | _OF_IMAGES if with_images else _OF_VECTORS)
    copy.add(tensor)
    return copy.imported(tensor), copy.parameters


class _Copy:
    """
    Gathers operations for ``tf.import_graph_def``.

    :param inputs: where the piece of graph begins
    :param variables: parameters
    :param known: types of operations that may be copied
    """

    def __init__(self, inputs: Sequence[tf.Tensor], variables: Sequence[tf.Variable], known: FrozenSet[str]):
        self._known = known
        self.parameters = [tf.cast(variable, tf.float64) for variable in variables]
        self._parameter_of = {variable.op.name: parameter for variable, parameter in zip(variables, self.parameters)}
        self._replaced: Dict[str, tf.Tensor] = {tensor.name: _as_double(tensor) for tensor in inputs}
        self._operations: Dict[str, tf.Operation] = {}

    def add(self, tensor: tf.Tensor) -> None:
        """
        :param tensor: is to be part of the copy, and what it is made of as well
        :raises NoDoublePrecision: when it cannot
        """
        operation = tensor.op
        if tensor.name in self._replaced or operation.name in self._operations:
            return
        if operation.type in _READS:
            variable = operation.name if operation.type == 'VariableV2' else operation.inputs[0].op.name
            found = self._parameter_of.get(variable)
            self._replaced[tensor.name] = _as_double(tensor) if found is None else found
            return
        own_gradient = '_gradient_op_type' in operation.node_def.attr
        if operation.type not in self._known or operation.control_inputs or own_gradient:
            raise NoDoublePrecision('{}, {}'.format(operation.name, operation.type))
        self._operations[operation.name] = operation
        for argument in operation.inputs:
            self.add(argument)

    def imported(self, tensor: tf.Tensor) -> tf.Tensor:
        """
        :param tensor: part of what was added
        :return: its copy in the current graph
        """
        if tensor.name in self._replaced:
            return self._replaced[tensor.name]
        definition = tf.GraphDef(versions=tensor.graph.graph_def_versions)
        for operation in self._operations.values():
            definition.node.add().CopyFrom(_in_doubles(operation.node_def))
        used = {argument.name for operation in self._operations.values() for argument in operation.inputs}
        return tf.import_graph_def(
            definition, {name: double for name, double in self._replaced.items() if name in used},
            return_elements=[tensor.name], name='double_precision')[0]


def _as_double(tensor: tf.Tensor) -> tf.Tensor:
    return tf.cast(tensor, tf.float64) if tensor.dtype == tf.float32 else tensor


def _in_doubles(node: tf.NodeDef) -> tf.NodeDef:
    """
    :param node: an operation's description; it may be changed
    :return: the same with doubles instead of single precision's numbers
    """
    single, double = tf.float32.as_datatype_enum, tf.float64.as_datatype_enum
    node.attr.pop('_class', None)  # where it shall stand: beside operations that are not copied
    for attribute in node.attr.values():
        if attribute.type == single:
            attribute.type = double
        if attribute.HasField('tensor') and attribute.tensor.dtype == single:
            numbers = tf.make_ndarray(attribute.tensor).astype(np.float64)
            attribute.tensor.CopyFrom(tf.make_tensor_proto(numbers))
    return node
