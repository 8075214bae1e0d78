"""Long short-term memory, as a loop of the graph that is cheap to build and to differentiate."""
from typing import Any, Callable, List, Optional, Sequence, Tuple

from stable_baselines.common.initializers import ortho_init
from stable_baselines.common.normalization import standardized
from stable_baselines.common.tf1 import tf

Product = Callable[[tf.Tensor], tf.Tensor]  # rows [batch, n] -> [batch, m]
Step = Callable[..., Tuple[tf.Tensor, tf.Tensor]]
_FIXED_PRODUCT, _LOOP = 'StableBaselinesFixedProduct', 'StableBaselinesLoop'  # gradients' names


def lstm(input_tensor: Sequence[tf.Tensor], mask_tensor: Sequence[tf.Tensor], cell_state_hidden: tf.Tensor, scope: str,
         n_hidden: int, init_scale: float = 1.0, layer_norm: bool = False) -> Tuple[List[tf.Tensor], tf.Tensor]:
    """
    Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), one tensor a
    step; variables ``wx``, ``wh`` and ``b``, whose columns are the input gate, the forget gate, the output gate and the
    candidate.

    :param input_tensor: a tensor a step, shape [sequences, n_in]
    :param mask_tensor: a tensor a step, shape [sequences, 1]: 1 where an episode begins, and so the memory is empty
    :param cell_state_hidden: memory before the first step, shape [sequences, 2 * n_hidden]: the cells, then the outputs
    :param scope: variable scope
    :param n_hidden: number of cells
    :param init_scale: scale of the orthogonal initial weights
    :param layer_norm: normalize both sums that go into the gates, and the cells (Ba et al. 2016, section 3.1), with
        gains and biases ``gx``, ``bx``, ``gh``, ``bh``, ``gc`` and ``bc``
    :return: a tensor a step, shape [sequences, n_hidden]; memory after the last step
    """
    n_steps = len(input_tensor)
    with tf.variable_scope(scope):
        weights, recurrent_weights = [
            tf.get_variable(name, [n_rows, 4 * n_hidden], initializer=ortho_init(init_scale))
            for name, n_rows in (('wx', int(input_tensor[0].shape[1])), ('wh', n_hidden))]
        bias = tf.get_variable('b', [4 * n_hidden], initializer=tf.constant_initializer(0.0))
        normalize_inputs = normalize_sums = normalize_cells = lambda tensor: tensor
        scales: List[tf.Tensor] = []  # what a step uses besides the weights
        if layer_norm:
            (normalize_inputs, _), (normalize_sums, of_sums), (normalize_cells, of_cells) = [
                _scaled_normalization(suffix, size)
                for suffix, size in (('x', 4 * n_hidden), ('h', 4 * n_hidden), ('c', n_hidden))]
            scales = of_sums + of_cells
        together = input_tensor[0] if n_steps == 1 else tf.concat(list(input_tensor), axis=0)
        from_inputs = tf.nn.bias_add(normalize_inputs(tf.matmul(together, weights)), bias)

    def step(product: Product, from_input: tf.Tensor, mask: tf.Tensor, cell: tf.Tensor, output: tf.Tensor,
             nothing: Optional[tf.Tensor] = None) -> Tuple[tf.Tensor, tf.Tensor]:
        kept = 1.0 - mask
        from_output = product(output * kept)
        sums = from_input + normalize_sums(from_output if nothing is None else from_output + nothing)
        gates, candidate = tf.split(sums, [3 * n_hidden, n_hidden], axis=1)
        input_gate, forget_gate, output_gate = tf.split(tf.sigmoid(gates), 3, axis=1)
        cell = forget_gate * (cell * kept) + input_gate * tf.tanh(candidate)
        return cell, output_gate * tf.tanh(normalize_cells(cell))

    cell, output = tf.split(cell_state_hidden, 2, axis=1)
    if n_steps == 1:
        cell, output = step(lambda rows: tf.matmul(rows, recurrent_weights), from_inputs, mask_tensor[0], cell, output)
        return [output], tf.concat([cell, output], axis=1)
    from_inputs = tf.reshape(from_inputs, [n_steps, -1, 4 * n_hidden])
    outputs, cell, output = _loop_over_steps(step, recurrent_weights, from_inputs, tf.stack(list(mask_tensor)), cell,
                                             output, scales)
    return tf.unstack(outputs, n_steps), tf.concat([cell, output], axis=1)


def lnlstm(input_tensor: Sequence[tf.Tensor], mask_tensor: Sequence[tf.Tensor], cell_state: tf.Tensor, scope: str,
           n_hidden: int, init_scale: float = 1.0) -> Tuple[List[tf.Tensor], tf.Tensor]:
    """
    ``lstm`` with layer normalization.

    :param input_tensor: see ``lstm``
    :param mask_tensor: see ``lstm``
    :param cell_state: memory before the first step, see ``lstm``
    :param scope: see ``lstm``
    :param n_hidden: see ``lstm``
    :param init_scale: see ``lstm``
    :return: see ``lstm``
    """
    return lstm(input_tensor, mask_tensor, cell_state, scope, n_hidden, init_scale, layer_norm=True)


def _loop_over_steps(step: Step, weights: tf.Tensor, from_inputs: tf.Tensor, masks: tf.Tensor, cell: tf.Tensor,
                     output: tf.Tensor, scales: List[tf.Tensor]) -> Tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """
    The steps as a loop of the graph: unrolled, their operations would take minutes to build. The loop's gradient would
    add up that of the weights step by step, which is much of the work. So this loop finds what a second one multiplies
    with the weights; there, the product stands as one for all steps, and in the loop as a constant. The second loop is
    a part of the gradient: runs for values alone do without it, such as two of three in a product of the Fisher matrix
    and those of the value function's fit.

    :param step: (product with the weights, inputs, masks, cells, outputs, what is added to the product) -> the next
        cells and outputs
    :param weights: recurrent ones, shape [n_hidden, n]
    :param from_inputs: shape [steps, sequences, n]
    :param masks: shape [steps, sequences, 1]
    :param cell: before the first step, shape [sequences, n_hidden]
    :param output: before the first step, shape [sequences, n_hidden]
    :param scales: further tensors that a step uses and that get a gradient
    :return: outputs [steps, sequences, n_hidden]; cells and outputs after the last step
    """
    weights = tf.convert_to_tensor(weights)
    product = _fixed_product(weights)
    found = [tf.stop_gradient(tensor)
             for tensor in _run_steps(step, product, [from_inputs, masks], cell, output, False)]
    sources = [weights, from_inputs, cell, output] + scales

    def gradients(*of_results: tf.Tensor) -> List[tf.Tensor]:
        n_hidden, n_sums = int(weights.shape[0]), int(weights.shape[1])
        # TensorFlow 1 tells the gradients of an array apart by the last part of the operations' names that begins with
        # 'gradients'; it must be the caller's, from which ``of_results`` come, so neither scope here has such a part
        with tf.name_scope(again):
            before = tf.stop_gradient(tf.concat([tf.expand_dims(output, 0), found[0][:-1]], axis=0) * (1.0 - masks))
            products = tf.reshape(tf.matmul(tf.reshape(before, [-1, n_hidden]), weights), tf.shape(from_inputs))
            nothing = products - tf.stop_gradient(products)  # but its gradient is the weights'
            nothing.set_shape([None, None, n_sums])
            results = _run_steps(step, product, [from_inputs, masks, nothing], cell, output, True)
        return tf.gradients(results, sources, of_results, name='of_loop', stop_gradients=sources)

    with tf.name_scope('again') as again:
        pass
    with tf.get_default_graph().gradient_override_map({'IdentityN': _LOOP}):
        results = tf.identity_n(found + sources)
    tf.add_to_collection(_LOOP, (results[0].op.name, gradients))
    return tuple(results[:3])


@tf.RegisterGradient(_LOOP)
def _gradient_of_loop(operation: tf.Operation, *of_results: tf.Tensor) -> List[Optional[tf.Tensor]]:
    gradients = dict(operation.graph.get_collection(_LOOP))[operation.name]
    return [None] * 3 + gradients(*of_results[:3])


def _fixed_product(weights: tf.Tensor) -> Product:
    """
    :param weights: shape [n, m]
    :return: function that multiplies rows with the weights, which get no gradient; for that of the rows they are
        transposed once: TensorFlow's product of some rows with a transposed matrix is ten times slower than the plain
    """
    fixed = tf.stop_gradient(tf.convert_to_tensor(weights))
    transposed = tf.transpose(fixed)

    def product(rows: tf.Tensor) -> tf.Tensor:
        with tf.get_default_graph().gradient_override_map({'IdentityN': _FIXED_PRODUCT}):
            return tf.identity_n([tf.matmul(tf.stop_gradient(rows), fixed), rows, transposed])[0]
    return product


# by name, once: tf.custom_gradient registers a function for each use, which keeps its graph for ever
@tf.RegisterGradient(_FIXED_PRODUCT)
def _gradient_of_fixed_product(operation: tf.Operation, gradient: tf.Tensor, *_unused: tf.Tensor
                               ) -> Tuple[None, tf.Tensor, None]:
    return None, tf.matmul(gradient, operation.inputs[2]), None


def _run_steps(step: Step, product: Product,
               inputs: Sequence[tf.Tensor], cell: tf.Tensor, output: tf.Tensor, back_prop: bool
               ) -> Tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    n_steps = int(inputs[0].shape[0])
    arrays = [tf.TensorArray(tf.float32, n_steps).unstack(tensor) for tensor in inputs]

    def iterate(number: tf.Tensor, cell: tf.Tensor, output: tf.Tensor, gathered: tf.TensorArray) -> Tuple[Any, ...]:
        from_input, mask, *further = [array.read(number) for array in arrays]
        cell, output = step(product, from_input, mask, cell, output, *further)
        return number + 1, cell, output, gathered.write(number, output)

    _, cell, output, gathered = tf.while_loop(
        lambda number, *_: number < n_steps, iterate,
        [tf.constant(0), cell, output, tf.TensorArray(tf.float32, n_steps)], parallel_iterations=1,
        back_prop=back_prop)
    return gathered.stack(), cell, output


def _scaled_normalization(suffix: str, n_features: int) -> Tuple[Callable[[tf.Tensor], tf.Tensor],
                                                                 List[tf.Tensor]]:
    """
    :param suffix: of the variables' names
    :param n_features: n
    :return: function that normalizes the rows of a tensor [batch, n], then scales and shifts them; by what it does so
    """
    gain, bias = [tf.convert_to_tensor(tf.get_variable(name + suffix, [n_features], initializer=initializer()))
                  for name, initializer in (('g', tf.ones_initializer), ('b', tf.zeros_initializer))]

    def normalize(tensor: tf.Tensor) -> tf.Tensor:
        return standardized(tensor, 1e-5) * gain + bias
    return normalize, [gain, bias]
