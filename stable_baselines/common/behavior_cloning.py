"""Behaviour cloning: supervised learning of an expert's actions (Pomerleau 1991)."""
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

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
    step: Callable[[np.ndarray, np.ndarray, float], List[np.ndarray]]  # (observations, actions, rate) -> [loss]
    loss: Callable[[np.ndarray, np.ndarray], float]
    start: Callable[[], Any]  # forgets the optimizer's moments
    policy_parameters: ParameterStore
    to_rows: Callable[[np.ndarray], np.ndarray]  # the dataset's actions -> the network's
    observation_shape: Tuple[int, ...]


def cloning_loss(distribution: ProbabilityDistribution, actions: tf.Tensor) -> tf.Tensor:
    """
    How far a policy is from the expert's actions.

    :param distribution: the policy's action distributions
    :param actions: the expert's, shape [batch] + action shape
    :return: mean squared error of the most probable action for Gaussian policies, which leaves their spread alone; mean
        minus log-probability for all others
    """
    if isinstance(distribution, DiagGaussianProbabilityDistribution):
        return tf.reduce_mean(tf.square(distribution.mode() - actions))
    return tf.reduce_mean(distribution.neglogp(actions))


def build_cloning(sess: tf.Session, observations: tf.Tensor, actions: tf.Tensor, loss: tf.Tensor,
                  candidates: Sequence[tf.Variable], epsilon: float,
                  to_rows: Callable[[np.ndarray], np.ndarray]) -> BehaviorCloning:
    """
    Add the operations to the current graph.

    :param sess: the session
    :param observations: placeholder
    :param actions: placeholder
    :param loss: scalar computed from both
    :param candidates: variables that may be trained; those that the loss does not depend on are left out
    :param epsilon: of Adam
    :param to_rows: turns the dataset's actions into the network's
    :return: the operations
    """
    pairs = [pair for pair in zip(candidates, tf.gradients(loss, candidates)) if pair[1] is not None]
    variables, gradients = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    learning_rate = tf.placeholder(tf.float32, [], name='cloning_learning_rate')
    with tf.variable_scope('cloning', reuse=tf.AUTO_REUSE):
        adam = Adam(variables, 'optimizer', epsilon=epsilon)
    step = training_step(sess, adam, gradients, [observations, actions], learning_rate,
                         also=[loss])
    return BehaviorCloning(epsilon, step, fast_value(sess, loss, [observations, actions]),
                           sess.make_callable(tf.variables_initializer(adam.state)), ParameterStore(sess, variables),
                           to_rows, tuple(int(size) for size in observations.shape[1:]))


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
            train_loss = _epoch(cloning, dataset, 'train', learning_rate)
            if not np.isfinite(train_loss):
                raise ValueError('pretrain: the loss became {} in epoch {}. Choose a smaller learning_rate than {}, '
                                 'and look for huge values in the dataset.'.format(
                                     train_loss, epoch + 1, learning_rate))
            if verbose > 0 and (epoch + 1) % val_interval == 0:
                _report(epoch + 1, train_loss, _epoch(cloning, dataset, 'val', None))
    except Exception:
        cloning.policy_parameters.write(before)
        raise


def _epoch(cloning: BehaviorCloning, dataset: Any, split: str, learning_rate: Optional[float]) -> Optional[float]:
    loader = dataset.train_loader if split == 'train' else dataset.val_loader
    if loader is None:
        return None
    losses, sizes = [], []
    for _ in range(len(loader)):
        observations, actions = dataset.get_next_batch(split)
        observations = observations.reshape((-1,) + cloning.observation_shape)  # single numbers may come as columns
        rows = cloning.to_rows(actions)
        losses.append(cloning.loss(observations, rows) if learning_rate is None
                      else cloning.step(observations, rows, learning_rate)[0])
        sizes.append(len(rows))
    return float(np.average(losses, weights=sizes))


def _report(epoch: int, train_loss: float, val_loss: Optional[float]) -> None:
    if mpi.is_root():
        validation = '' if val_loss is None else ', validation loss {:.6f}'.format(val_loss)
        logger.log('behaviour cloning, epoch {}: training loss {:.6f}{}'.format(epoch, train_loss, validation))


def _progress(n_epochs: int, verbose: int) -> Any:
    from tqdm import tqdm
    return tqdm(range(n_epochs), desc='behaviour cloning', unit='epoch', leave=False,
                disable=None if verbose > 0 and mpi.is_root() else True)
