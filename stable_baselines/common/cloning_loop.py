"""The epochs of behaviour cloning: training, validation, stopping early, and what is told of them."""
from typing import Any, Dict, List, Optional, Union

import numpy as np

from stable_baselines import logger
from stable_baselines.common import mpi
from stable_baselines.common.behavior_cloning import BehaviorCloning, Figures
from stable_baselines.common.checks import check_number, check_whole
from stable_baselines.common.progress import AUTO, ProgressBar, beside_bars

__all__ = ['clone_behavior']

History = Dict[str, List[float]]


def clone_behavior(cloning: BehaviorCloning, dataset: Any, n_epochs: int, learning_rate: float,
                   val_interval: Optional[int], verbose: int, early_stopping: Optional[int] = None,
                   progress_bar: Optional[Union[bool, str]] = None) -> History:
    """
    Train on all batches of the dataset again and again.

    :param cloning: the operations
    :param dataset: an ExpertDataset
    :param n_epochs: how often each training row is seen at most
    :param learning_rate: of Adam
    :param val_interval: epochs between two reports; a tenth of ``n_epochs`` by default
    :param verbose: 1 for reports
    :param early_stopping: epochs without a lower validation loss after which training ends; None for never. The
        parameters of the lowest are restored
    :param progress_bar: see ``wants_bar``; None draws one where ``verbose`` is 1 and the standard error is a terminal
    :return: of each epoch: ``train_loss`` (of each batch before its step), with rows for validation ``val_loss``, for
        other actions than Box ``train_accuracy`` and ``val_accuracy``
    :raises ValueError: when a loss or a parameter becomes infinite or NaN, or an argument is out of range; the policy
        is put back then
    """
    n_epochs = int(n_epochs) if isinstance(n_epochs, float) and n_epochs.is_integer() else n_epochs  # such as 1e3
    check_whole('n_epochs', n_epochs, 0)
    check_number('learning_rate', learning_rate, 0.0)
    for name, value in (('val_interval', val_interval), ('early_stopping', early_stopping)):
        if value is not None:
            check_whole(name, value, 1)
    val_interval = val_interval or max(n_epochs // 10, 1)
    stopper = None if early_stopping is None else _EarlyStopping(early_stopping, cloning, dataset)
    before, history = cloning.policy_parameters.read(), {'train_loss': []}
    cloning.start()
    if progress_bar is None:
        progress_bar = AUTO if verbose > 0 else False
    bar = ProgressBar(n_epochs, 'behaviour cloning', 'epoch', progress_bar)
    try:
        for epoch in range(n_epochs):
            train = cloning.epoch(dataset, 'train', learning_rate)
            _require_finite(train, 'loss', epoch + 1, learning_rate)
            validation = cloning.epoch(dataset, 'val', None)
            _require_finite(validation, 'validation loss', epoch + 1, learning_rate)
            _remember(history, train=train, val=validation)
            enough = stopper is not None and stopper.enough(validation.loss)
            if verbose > 0 and (enough or (epoch + 1) % val_interval == 0):
                _report(epoch + 1, train, validation)
            bar.advance(note='loss {:.4g}'.format(train.loss))
            if enough:
                break
        if stopper is not None:
            stopper.restore_best()
    except BaseException:  # Ctrl-C as well: half a training is none
        cloning.policy_parameters.write(before)
        raise
    finally:
        bar.close()
    return history


def _require_finite(figures: Optional[Figures], what: str, epoch: int, learning_rate: float) -> None:
    """
    :param figures: of all workers, so that all raise or none; None without rows
    :param what: their loss is
    :param epoch: counted from 1
    :param learning_rate: of Adam
    :raises ValueError: when the loss, or what the latest step made of the policy, is infinite or not a number
    """
    if figures is None or (np.isfinite(figures.loss) and figures.is_sound):
        return
    found = 'the {} became {}'.format(what, figures.loss)
    if np.isfinite(figures.loss):
        found = 'the last step made the loss or a parameter infinite or not a number'
    raise ValueError('pretrain: {} in epoch {}. Choose a smaller learning_rate than {}, and look for huge values in '
                     'the dataset.'.format(found, epoch, learning_rate))


class _EarlyStopping:
    """
    Watches the validation loss (Prechelt 1998).

    :param patience: epochs without a lower loss that are one too many
    :param cloning: the operations
    :param dataset: an ExpertDataset
    :raises ValueError: when it has no rows for validation
    """

    def __init__(self, patience: int, cloning: BehaviorCloning, dataset: Any):
        if cloning.epoch(dataset, 'val', None) is None:
            raise ValueError('early_stopping={}: there are no rows for validation. Load a dataset of several rows with '
                             'train_fraction=0.7, say; policies with memory need two episodes.'.format(patience))
        self._patience, self._store = patience, cloning.policy_parameters
        self._lowest, self._waited, self._best = np.inf, 0, None

    def enough(self, loss: float) -> bool:
        """
        :param loss: on the rows for validation, of the latest epoch
        :return: whether to end
        """
        if loss < self._lowest:
            self._lowest, self._waited, self._best = loss, 0, self._store.read()
            return False
        self._waited += 1
        return self._waited >= self._patience

    def restore_best(self) -> None:
        """Put the parameters of the lowest loss back."""
        if self._best is not None:
            self._store.write(self._best)


def _remember(history: History, **splits: Optional[Figures]) -> None:
    for split, figures in splits.items():
        for name in ('loss', 'accuracy'):
            value = getattr(figures, name, None)
            if value is not None:
                history.setdefault('{}_{}'.format(split, name), []).append(value)


def _report(epoch: int, train: Figures, validation: Optional[Figures]) -> None:
    if mpi.is_root():
        figures = [_described('training', train)]
        figures += [] if validation is None else [_described('validation', validation)]
        with beside_bars():
            logger.log('behaviour cloning, epoch {}: {}'.format(epoch, ', '.join(figures)))


def _described(name: str, figures: Figures) -> str:
    accuracy = '' if figures.accuracy is None else ' (accuracy {:.1%})'.format(figures.accuracy)
    return '{} loss {:.6f}{}'.format(name, figures.loss, accuracy)
