"""TRPO's Fisher matrix and conjugate gradient in double precision, written down without TensorFlow."""
import numpy as np


class ExactPolicy:
    """
    Two tanh layers and a linear one; a categorical distribution, or a Gaussian one where there is a ``logstd``.

    :param weights: variable's name -> value, float32
    :param obs: rows over which the Fisher matrix is averaged
    """

    def __init__(self, weights, obs):
        layers = ['model/pi_fc0', 'model/pi_fc1', 'model/pi']
        self.weights = [np.float64(weights[layer + '/w:0']) for layer in layers]
        self.biases = [np.float64(weights[layer + '/b:0']) for layer in layers]
        logstd = weights.get('model/pi/logstd:0')
        self.logstd = None if logstd is None else np.float64(logstd).ravel()
        self.hidden = [np.float64(obs)]
        for weight, bias in zip(self.weights[:2], self.biases[:2]):
            self.hidden.append(np.tanh(self.hidden[-1] @ weight + bias))
        self.output = self.hidden[-1] @ self.weights[2] + self.biases[2]

    def jacobian(self):
        """Of the layer's outputs by the parameters, [rows, outputs, parameters]."""
        rows, n_outputs = self.output.shape
        columns = []
        for number in range(n_outputs):
            upstream, parts = np.zeros((rows, n_outputs)), []
            upstream[:, number] = 1.0
            for weight, inputs in zip(self.weights[::-1], self.hidden[::-1]):
                parts[:0] = [(inputs[:, :, None] * upstream[:, None, :]).reshape(rows, -1), upstream]
                upstream = (upstream @ weight.T) * (1.0 - np.square(inputs))
            columns.append(np.concatenate(parts, axis=1))
        return np.stack(columns, axis=1)

    def fisher(self):
        """The Fisher matrix, averaged over the rows; ``logstd`` is the last parameter where there is one."""
        jacobian = self.jacobian()
        if self.logstd is None:
            probabilities = np.exp(self.output - self.output.max(axis=1, keepdims=True))
            probabilities /= probabilities.sum(axis=1, keepdims=True)
            mean = np.einsum('ro,rop->rp', probabilities, jacobian)
            return (np.einsum('ro,rop,roq->pq', probabilities, jacobian, jacobian, optimize=True)
                    - mean.T @ mean) / len(jacobian)
        precision = np.exp(-2.0 * self.logstd)
        of_means = np.einsum('o,rop,roq->pq', precision, jacobian, jacobian, optimize=True) / len(jacobian)
        size, n_std = len(of_means), len(self.logstd)
        matrix = np.zeros((size + n_std, size + n_std))
        matrix[:size, :size] = of_means
        matrix[size:, size:] = 2.0 * np.eye(n_std)
        return matrix


def conjugate_gradient(matrix, vector, iterations):
    """Textbook iteration from zero, double precision."""
    solution, residual = np.zeros_like(vector), vector.copy()
    direction, norm = residual.copy(), residual @ residual
    for _ in range(iterations):
        product = matrix @ direction
        length = norm / (direction @ product)
        solution, residual = solution + length * direction, residual - length * product
        norm, before = residual @ residual, norm
        direction = residual + norm / before * direction
    return solution
