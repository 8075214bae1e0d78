"""Which demonstrations a saved model learned from: where they were, and how to tell that they are the same."""
import os
import warnings
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from stable_baselines.gail.dataset import ExpertDataset

__all__ = ['DatasetReference', 'reference_to', 'reference_from']

_OPTIONS = ('train_fraction', 'batch_size', 'randomize', 'sequential_preprocessing', 'out_of_bounds')
_KINDS: Dict[str, Any] = dict(
    paths=list, digest=str, traj_limitation=int, subsample=int, subsample_seed=(int, type(None)), sharded=bool,
    is_seeded=bool, train_fraction=(int, float), batch_size=int, randomize=bool, sequential_preprocessing=bool,
    out_of_bounds=str, order_seed=(int, type(None)))


class DatasetReference(NamedTuple):
    """What a model file holds instead of the rows themselves: where they are, and how they are given out."""

    paths: List[str]  # absolute; none for demonstrations that were no files
    digest: str  # of the rows in use
    traj_limitation: int
    subsample: int
    subsample_seed: Optional[int]
    sharded: bool
    is_seeded: bool
    # the rest is not in files of older versions
    train_fraction: float = 0.7
    batch_size: int = 64
    randomize: bool = True
    sequential_preprocessing: bool = False
    out_of_bounds: str = 'allow'
    order_seed: Optional[int] = None  # of the latest division and shuffling

    def reattach(self) -> Optional[ExpertDataset]:
        """
        NumPy's global generator, from which new demonstrations without a seed draw one, ends where it was.

        :return: the demonstrations from their files, with a warning when they changed; None when a file is missing
        :raises ValueError: when a file cannot be used; names it
        """
        if not self.paths or not all(map(os.path.isfile, self.paths)):
            return None
        options = {name: getattr(self, name) for name in _OPTIONS}
        state = np.random.get_state()
        try:
            dataset = ExpertDataset(self.paths if len(self.paths) > 1 else self.paths[0], verbose=0,
                                    traj_limitation=self.traj_limitation, subsample=self.subsample,
                                    sharded=self.sharded, seed=self.subsample_seed, **options)
        finally:
            np.random.set_state(state)
        if self.order_seed is not None:
            dataset.seed(self.order_seed)
        dataset.is_seeded = self.is_seeded
        self.compare(dataset)
        return dataset

    def compare(self, dataset: ExpertDataset) -> None:
        """
        :param dataset: to go on learning from; a warning says when it is not what the model learned from
        """
        if dataset.digest() != self.digest:
            warnings.warn('expert_dataset: {} ({} episodes, {} rows) is not what the model learned from, {}. It goes '
                          'on with the new demonstrations.'.format(
                              ', '.join(dataset.paths) or 'data set', dataset.num_traj, dataset.num_transition,
                              self.described()), stacklevel=4)

    def described(self) -> str:
        """
        :return: for messages
        """
        return ', '.join(self.paths) if self.paths else 'demonstrations that were in no file'


def reference_to(dataset: ExpertDataset) -> DatasetReference:
    """
    :param dataset: demonstrations
    :return: the reference to them
    """
    options = {name: getattr(dataset, name) for name in _OPTIONS}
    return DatasetReference(list(dataset.paths), dataset.digest(), is_seeded=bool(dataset.is_seeded),
                            order_seed=dataset.order_seed, **dict(dataset.cut, **options))


def reference_from(data: Any) -> Optional[DatasetReference]:
    """
    :param data: what a file holds in place of a reference
    :return: the reference; None when it is none
    """
    needed = set(_KINDS) - set(DatasetReference._field_defaults)
    if not isinstance(data, dict) or not needed <= set(data) <= set(_KINDS):
        return None
    good = all(isinstance(value, _KINDS[name]) for name, value in data.items())
    return DatasetReference(**data) if good and all(isinstance(path, str) for path in data['paths']) else None
