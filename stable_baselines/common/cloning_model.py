"""Models that learn from an expert's actions by imitation alone."""
import contextlib
from abc import abstractmethod
from typing import Any, Dict, List, Optional, Union

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.behavior_cloning import BehaviorCloning, CloningSettings
from stable_baselines.common.checks import check_demonstrations, check_number
from stable_baselines.common.cloning_loop import clone_behavior
from stable_baselines.common.cloning_losses import loss_for
from stable_baselines.common.raw_observations import demonstrations_as_seen, statistics_begun
from stable_baselines.common.saved_model import SavedModel
from stable_baselines.common.shared_statistics import normalizer_settings
from stable_baselines.common.tf1 import tf
from stable_baselines.common.vec_env import VecEnv


class CloningModel(SavedModel):
    """
    Behaviour cloning of a model.

    ``pretrain_history`` tells of the latest: see ``pretrain``.
    """

    graph: Optional[tf.Graph]
    seed: Optional[int]
    verbose: int
    observation_space: Any
    action_space: Any
    random_state: np.random.RandomState
    _vec_env: Optional[VecEnv]

    def __init__(self):
        self.pretrain_history: Dict[str, List[float]] = {}
        self._cloning: Dict[CloningSettings, BehaviorCloning] = {}

    @abstractmethod
    def _worker_seed(self) -> int:
        """
        :return: the seed of this worker
        """

    @mpi.joint_call()
    def pretrain(self, dataset: Any, n_epochs: int = 10, learning_rate: float = 1e-4, adam_epsilon: float = 1e-8,
                 val_interval: Optional[int] = None, *, loss: Optional[str] = None,
                 early_stopping: Optional[int] = None, weight_decay: float = 0.0,
                 progress_bar: Optional[Union[bool, str]] = None) -> 'CloningModel':
        """
        Behaviour cloning: fit the policy to an expert's actions. Nothing but the policy's variables changes.

        A VecNormalize around the environment normalizes the demonstrations, too; if it has seen nothing yet, they are
        the first that it counts.

        :param dataset: an ExpertDataset
        :param n_epochs: how often each training row is seen
        :param learning_rate: of Adam
        :param adam_epsilon: of Adam
        :param val_interval: epochs between two reports of the losses; a tenth of ``n_epochs`` by default
        :param loss: 'mse', squared error of the most probable action, for Box actions; 'nll', minus log-probability,
            which fits the spread of the actions too; None takes 'mse' for Box and 'nll' for other actions
        :param early_stopping: epochs without a lower validation loss after which training ends; the best parameters are
            put back then, and likewise at the last epoch. None trains for all epochs and keeps the latest parameters
        :param weight_decay: share, times the learning rate, by which weights shrink in each step (AdamW)
        :param progress_bar: True draws one of the epochs, False none, 'auto' one where the standard error is a
            terminal; None means 'auto' with ``verbose=1``, and none without
        :return: the model; its ``pretrain_history`` then holds a list each, one number an epoch: ``train_loss``, for
            data with a validation part ``val_loss``, for other actions than Box ``train_accuracy`` and ``val_accuracy``
        :raises TypeError: when ``dataset`` is none
        :raises ValueError: when the dataset does not fit the model's spaces, or the loss of training or validation
            becomes infinite or NaN, be it by the last step; the model stays as it was
        """
        self._require_graph()
        check_demonstrations('dataset', dataset)
        check_number('adam_epsilon', adam_epsilon, 0.0, above=True)
        check_number('weight_decay', weight_decay, 0.0)
        settings = CloningSettings(float(adam_epsilon), loss_for(loss, self.action_space), float(weight_decay))
        self._share_parameters('pretrain', dict(
            settings._asdict(), n_epochs=n_epochs, learning_rate=learning_rate, early_stopping=early_stopping,
            **normalizer_settings(self._vec_env)))
        seen = demonstrations_as_seen(dataset, self._vec_env, self.observation_space, self.action_space)
        self._seed_dataset(dataset, 0 if self.seed is None else self._worker_seed())
        if settings not in self._cloning:
            with self.graph.as_default():
                self._cloning[settings] = self._build_cloning(settings)
        try:
            with statistics_begun(dataset, self._vec_env, self.verbose), self._filter_begun(seen):
                self.pretrain_history = clone_behavior(self._cloning[settings], seen, n_epochs, learning_rate,
                                                       val_interval, self.verbose, early_stopping, progress_bar)
        finally:
            self._parameters_changed()
        self._policy_was_cloned()
        return self

    def _filter_begun(self, seen: Any) -> Any:
        """
        :param seen: demonstrations as the model sees them
        :return: context manager in which they are the first that an untouched observation filter counts
        """
        return contextlib.ExitStack()  # does nothing

    def _policy_was_cloned(self) -> None:
        """Called after ``pretrain``."""

    def _seed_dataset(self, dataset: Any, seed: int) -> None:
        """
        Let the model's seed govern the demonstrations' order too, unless they have a seed of their own.

        :param dataset: the demonstrations
        :param seed: for their order
        """
        if self.seed is not None and not dataset.is_seeded:
            dataset.seed(seed)

    @abstractmethod
    def _build_cloning(self, settings: CloningSettings) -> BehaviorCloning:
        """
        :param settings: of the optimizer, and the loss
        :return: the operations of behaviour cloning
        """
