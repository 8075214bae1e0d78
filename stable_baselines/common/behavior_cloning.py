"""Behaviour cloning: supervised learning of an expert's actions (Pomerleau 1991)."""
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

import numpy as np

from stable_baselines import logger
from stable_baselines.common import mpi
from stable_baselines.common.adam import Adam, training_step
from stable_baselines.common.checks import check_number, check_whole
from stable_baselines.common.distributions import DiagGaussianProbabilityDistribution, ProbabilityDistribution
from stable_baselines.common.fast_call import fast_value
from stable_baselines.common.parameters import ParameterStore
from stable_baselines.common.tf1 import tf


class BehaviorCloning(NamedTuple):
    """The operations of behaviour cloning."""

    epsilon: float
    epoch: Callable[[Any, str, Optional[float]], Optional[float]]  # (dataset, split, rate) -> mean loss
    start: Callable[[], Any]  # forgets the optimizer's moments
    policy_parameters: ParameterStore


def cloning_errors(distribution: ProbabilityDistribution, actions: tf.Tensor) -> tf.Tensor:
    """
    How far a policy is from the expert's actions.

    :param distribution: the policy's action distributions
    :param actions: the expert's, shape [batch] + action shape
    :return: shape [batch]: mean squared error of the most probable action for Gaussian policies, which leaves their
        spread alone; minus log-probability for all others
    """
    if isinstance(distribution, DiagGaussianProbabilityDistribution):
        return tf.reduce_mean(tf.square(distribution.mode() - actions), axis=-1)
    return distribution.neglogp(actions)


def build_cloning(sess: tf.Session, observations: tf.Tensor, actions: tf.Tensor, errors: tf.Tensor,
                  candidates: Sequence[tf.Variable], epsilon: float,
                  to_rows: Callable[[np.ndarray], np.ndarray]) -> BehaviorCloning:
    """
    Add the operations for policies without memory to the current graph.

    :param sess: the session
    :param observations: placeholder
    :param actions: placeholder
    :param errors: computed from both, shape [batch]
    :param candidates: variables that may be trained; those that the loss does not depend on are left out
    :param epsilon: of Adam
    :param to_rows: turns the dataset's actions into the network's
    :return: the operations
    """
    loss = tf.reduce_mean(errors)
    optimizer = CloningOptimizer(sess, loss, candidates, epsilon)
    step, measure = optimizer.step([observations, actions], [loss]), fast_value(sess, loss, [observations, actions])
    shape = [-1] + [int(size) for size in observations.shape[1:]]  # single numbers may come as columns

    def epoch(dataset: Any, split: str, learning_rate: Optional[float]) -> Optional[float]:
        loader = dataset.train_loader if split == 'train' else dataset.val_loader
        if loader is None:
            return None
        losses, sizes, n_batches = [], [], len(loader)
        if learning_rate is not None:  # workers take each step together, though their shares of the rows may differ
            n_batches = max(mpi.gather_objects(n_batches))
        for _ in range(n_batches):
            batch_observations, batch_actions = dataset.get_next_batch(split)
            rows = (batch_observations.reshape(shape), to_rows(batch_actions))
            losses.append(measure(*rows) if learning_rate is None else step(*rows, learning_rate)[0])
            sizes.append(len(rows[1]))
        return float(np.average(losses, weights=sizes))
    return BehaviorCloning(epsilon, epoch, optimizer.forget, optimizer.parameters)


class CloningOptimizer:
    """
    Adam on the part of a policy that a loss depends on.

    :param sess: the session
    :param loss: scalar
    :param candidates: variables that may be trained; those that the loss does not depend on are left out
    :param epsilon: of Adam
    """

    def __init__(self, sess: tf.Session, loss: tf.Tensor, candidates: Sequence[tf.Variable], epsilon: float):
        pairs = [pair for pair in zip(candidates, tf.gradients(loss, candidates)) if pair[1] is not None]
        variables, self._gradients = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        self._sess = sess
        self._learning_rate = tf.placeholder(tf.float32, [], name='cloning_learning_rate')
        with tf.variable_scope('cloning', reuse=tf.AUTO_REUSE):
            self._adam = Adam(variables, 'optimizer', epsilon=epsilon)
        self.forget = sess.make_callable(tf.variables_initializer(self._adam.state))
        self.parameters = ParameterStore(sess, variables)

    def step(self, inputs: Sequence[tf.Tensor], also: Sequence[tf.Tensor]) -> Callable[..., List[np.ndarray]]:
        """
        :param inputs: placeholders of the batch
        :param also: tensors whose values, from before the step, are returned
        :return: ``step(*batch, learning_rate)``
        """
        return training_step(self._sess, self._adam, self._gradients, inputs, self._learning_rate, also)


def clone_behavior(cloning: BehaviorCloning, dataset: Any, n_epochs: int, learning_rate: float,
                   val_interval: Optional[int], verbose: int) -> None:
    """
    Train on all batches of the dataset again and again.

    :param cloning: the operations
    :param dataset: an ExpertDataset
    :param n_epochs: how often each training row is seen
    :param learning_rate: of Adam
    :param val_interval: epochs between two reports; a tenth of ``n_epochs`` by default
    :param verbose: 1 for a progress bar and the losses
    :raises ValueError: when the loss becomes infinite, or an argument is out of range; the policy is put back then
    """
    n_epochs = int(n_epochs) if isinstance(n_epochs, float) and n_epochs.is_integer() else n_epochs  # such as 1e3
    check_whole('n_epochs', n_epochs, 0)
    check_number('learning_rate', learning_rate, 0.0)
    if val_interval is not None:
        check_whole('val_interval', val_interval, 1)
    val_interval = val_interval or max(n_epochs // 10, 1)
    before = cloning.policy_parameters.read()
    cloning.start()
    try:
        for epoch in _progress(n_epochs, verbose):
            train_loss = cloning.epoch(dataset, 'train', learning_rate)
            if not np.isfinite(train_loss):
                raise ValueError('pretrain: the loss became {} in epoch {}. Choose a smaller learning_rate than {}, '
                                 'and look for huge values in the dataset.'.format(
                                     train_loss, epoch + 1, learning_rate))
            if verbose > 0 and (epoch + 1) % val_interval == 0:
                _report(epoch + 1, train_loss, cloning.epoch(dataset, 'val', None))
    except Exception:
        cloning.policy_parameters.write(before)
        raise


def _report(epoch: int, train_loss: float, val_loss: Optional[float]) -> None:
    if mpi.is_root():
        validation = '' if val_loss is None else ', validation loss {:.6f}'.format(val_loss)
        logger.log('behaviour cloning, epoch {}: training loss {:.6f}{}'.format(epoch, train_loss, validation))


def _progress(n_epochs: int, verbose: int) -> Any:
    from tqdm import tqdm
    return tqdm(range(n_epochs), desc='behaviour cloning', unit='epoch', leave=False,
                disable=None if verbose > 0 and mpi.is_root() else True)
