"""Behaviour cloning: supervised learning of an expert's actions (Pomerleau 1991). Its operations in the graph."""
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.adam import Adam, training_step
from stable_baselines.common.cloning_losses import CloningObjective
from stable_baselines.common.fast_call import fast_value
from stable_baselines.common.parameters import ParameterStore
from stable_baselines.common.progress import slow_loop
from stable_baselines.common.tf1 import tf


class CloningSettings(NamedTuple):
    """What the operations depend on."""

    epsilon: float = 1e-8  # of Adam
    loss: str = 'nll'  # or 'mse'
    weight_decay: float = 0.0


class Figures(NamedTuple):
    """Means over an epoch, and over all workers."""

    loss: float
    accuracy: Optional[float] = None  # share of rows whose most probable action is the expert's; not for Box actions
    is_sound: bool = True  # False where the last step of a training epoch left what is not finite: see ``is_sound``


class BehaviorCloning(NamedTuple):
    """The operations of behaviour cloning."""

    epoch: Callable[[Any, str, Optional[float]], Optional[Figures]]  # (dataset, split, rate); None only measures
    start: Callable[[], Any]  # forgets the optimizer's moments
    policy_parameters: ParameterStore


def build_cloning(sess: tf.Session, observations: tf.Tensor, actions: tf.Tensor, objective: CloningObjective,
                  candidates: Sequence[tf.Variable], settings: CloningSettings,
                  to_rows: Callable[[np.ndarray], np.ndarray]) -> BehaviorCloning:
    """
    Add the operations for policies without memory to the current graph.

    :param sess: the session
    :param observations: placeholder
    :param actions: placeholder
    :param objective: computed from both
    :param candidates: variables that may be trained; those that the loss does not depend on are left out
    :param settings: of the optimizer
    :param to_rows: turns the dataset's actions into the network's
    :return: the operations
    """
    figures = [tf.reduce_mean(values) for values in objective if values is not None]
    optimizer = CloningOptimizer(sess, figures[0], candidates, settings)
    shown = tf.stack(figures)
    step, measure = optimizer.step([observations, actions], [shown]), fast_value(sess, shown, [observations, actions])
    shape = [-1] + [int(size) for size in observations.shape[1:]]  # single numbers may come as columns

    def epoch(dataset: Any, split: str, learning_rate: Optional[float]) -> Optional[Figures]:
        loader = dataset.train_loader if split == 'train' else dataset.val_loader
        sums, n_batches = EpochSums(len(figures)), 0 if loader is None else len(loader)
        if learning_rate is not None:  # workers take each step together, though their shares of the rows may differ
            n_batches = max(mpi.gather_objects(n_batches))
        for _ in slow_loop(range(n_batches), n_batches, 'one epoch', 'batch'):
            batch_observations, batch_actions = dataset.get_next_batch(split)
            rows = (batch_observations.reshape(shape), to_rows(batch_actions))
            sums.add(measure(*rows) if learning_rate is None else step(*rows, learning_rate)[0], len(rows[1]))
        if learning_rate is None:
            return sums.means()
        return sums.means()._replace(is_sound=optimizer.is_sound(measure(*rows)))
    return BehaviorCloning(epoch, optimizer.forget, optimizer.parameters)


class EpochSums:
    """
    Adds the figures of batches up.

    :param n_figures: how many a batch has
    """

    def __init__(self, n_figures: int):
        self._sums = np.zeros(n_figures + 1)  # the last one counts the rows

    def add(self, figures: np.ndarray, n_rows: float) -> None:
        """
        :param figures: means of a batch
        :param n_rows: of how many rows
        """
        self._sums += n_rows * np.append(figures, 1.0)

    def means(self) -> Optional[Figures]:
        """
        :return: means over the rows of all workers; None without any
        """
        *sums, n_rows = mpi.sum_over_workers(self._sums).tolist()
        return Figures(*[value / n_rows for value in sums]) if n_rows else None


class CloningOptimizer:
    """
    Adam on the part of a policy that a loss depends on.

    :param sess: the session
    :param loss: scalar
    :param candidates: variables that may be trained; those that the loss does not depend on are left out
    :param settings: of the optimizer
    """

    def __init__(self, sess: tf.Session, loss: tf.Tensor, candidates: Sequence[tf.Variable], settings: CloningSettings):
        pairs = [pair for pair in zip(candidates, tf.gradients(loss, candidates)) if pair[1] is not None]
        variables, self._gradients = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        self._sess = sess
        self._learning_rate = tf.placeholder(tf.float32, [], name='cloning_learning_rate')
        with tf.variable_scope('cloning_{}'.format(settings.loss), reuse=tf.AUTO_REUSE):
            self._adam = Adam(variables, 'optimizer', epsilon=settings.epsilon, weight_decay=settings.weight_decay)
        self.parameters = ParameterStore(sess, variables)

    def forget(self) -> None:
        """Make the optimizer as new."""
        self._sess.run([variable.initializer for variable in self._adam.state])

    def is_sound(self, figures: np.ndarray) -> bool:
        """
        What the losses of training, taken before each step, do not tell of the last one.

        :param figures: of the latest batch, measured again after its step
        :return: whether they and all parameters are finite, for every worker; the same for all of them
        """
        values = [figures] + list(self.parameters.read().values())
        return not mpi.any_worker(not all(np.isfinite(value).all() for value in values))

    def step(self, inputs: Sequence[tf.Tensor], also: Sequence[tf.Tensor]) -> Callable[..., List[np.ndarray]]:
        """
        :param inputs: placeholders of the batch
        :param also: tensors whose values, from before the step, are returned
        :return: ``step(*batch, learning_rate)``
        """
        return training_step(self._sess, self._adam, self._gradients, inputs, self._learning_rate, also)
