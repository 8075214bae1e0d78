"""A model that learns from demonstrations: which they are, in files too, and in which order they come."""
import warnings
from typing import Any, Dict, Optional

import numpy as np

from stable_baselines.common.training_state import write_training_state
from stable_baselines.gail.dataset import ExpertDataset
from stable_baselines.gail.dataset_reference import DatasetReference, reference_from, reference_to
from stable_baselines.trpo_mpi.trpo_mpi import TRPO

_ORDER = 'demonstrations/'  # generators of the order in which they come


class WithDemonstrations(TRPO):
    """TRPO with demonstrations. Files hold no rows of them, but where they are and how far their order has come."""

    attachments = ('expert_dataset',)
    expert_dataset: Optional[ExpertDataset] = None
    _expert_reference: Optional[DatasetReference] = None  # of a file
    _order_in_file: Dict[str, np.ndarray] = {}  # states of generators

    def _require_demonstrations(self) -> ExpertDataset:
        """
        :return: the demonstrations, looked for where the model's file says they are if nobody gave any
        :raises ValueError: when there are none
        """
        if self.expert_dataset is None:
            self._reattach_demonstrations()
        if self.expert_dataset is None:
            reference = self._expert_reference
            raise ValueError('expert_dataset=None: GAIL needs demonstrations to learn{}. Pass expert_dataset='
                             'ExpertDataset(path) to GAIL(...) or GAIL.load(...), or set model.expert_dataset.'.format(
                                 '' if reference is None else ', and those it learned from are not there any more: '
                                 + reference.described()))
        return self.expert_dataset

    def _reattach_demonstrations(self) -> None:
        if self._expert_reference is not None:
            self.expert_dataset = self._expert_reference.reattach()
            generators = {name: one for name, one in self._generators_in_files().items() if name.startswith(_ORDER)}
            write_training_state(self.sess, [], generators, self._order_in_file)

    def _generators(self) -> Dict[str, Any]:
        generators = super()._generators()
        if self.expert_dataset is not None:
            generators.update({_ORDER + name: generator
                               for name, generator in self.expert_dataset.generators.items()})
        return generators

    # ---------------------------------------------------------------- files

    def _data_to_save(self) -> Dict[str, Any]:
        if self.expert_dataset is not None:
            self._expert_reference = reference_to(self.expert_dataset)
        reference = self._expert_reference
        return dict(super()._data_to_save(), expert_reference=None if reference is None else dict(reference._asdict()))

    def _restore(self, data: Dict[str, Any], changes: Dict[str, Any]) -> None:
        changes = dict(changes)
        self.expert_dataset = changes.pop('expert_dataset', None)  # not in files, but ``load`` takes it like a setting
        self._expert_reference = reference_from(data.get('expert_reference'))
        super()._restore(data, changes)

    def _restore_training(self, state: Dict[str, np.ndarray]) -> None:
        self._order_in_file = {name: array for name, array in state.items() if _ORDER in name}
        if self.env is not None and self.expert_dataset is None:
            try:
                self._reattach_demonstrations()
            except (ValueError, ImportError, OSError) as error:  # no reason to lose the model
                warnings.warn('expert_dataset: the demonstrations that the model learned from cannot be used any more. '
                              '{} Pass expert_dataset=ExpertDataset(path) to go on learning.'.format(error),
                              stacklevel=4)
        elif self.expert_dataset is not None and self._expert_reference is not None:
            self._expert_reference.compare(self.expert_dataset)
        super()._restore_training(state)
