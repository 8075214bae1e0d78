"""Gives out the rows of demonstrations in batches: for GAIL, for behaviour cloning, and for policies with memory."""
import operator
from typing import Any, Dict, Iterable, List, Optional

import numpy as np

from stable_baselines.common.seeds import drawn_seed
from stable_baselines.gail.dataset import trajectories
from stable_baselines.gail.dataset.division import checked_fraction, count_for_training, divide_episodes
from stable_baselines.gail.dataset.loader import Batch, DataLoader, at_least_one
from stable_baselines.gail.dataset.sequences import SequenceEpoch, SequenceStream
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['DemonstrationBatches']

_IMAGE_THREADS = 2
_IMAGE_BATCHES_AHEAD = 3


class DemonstrationBatches:
    """
    Rows of demonstrations, divided into training and validation, shuffled and given out in batches.

    :param loaded: the episodes
    :param train_fraction: share of the rows for training, above 0 and up to 1
    :param batch_size: rows a batch
    :param randomize: shuffle the rows
    :param sequential_preprocessing: read images in the calling thread
    :param seed: of the shuffling; None draws one from NumPy's global generator
    """

    def __init__(self, loaded: Trajectories, train_fraction: float, batch_size: int, randomize: bool,
                 sequential_preprocessing: bool, seed: Optional[int]) -> None:
        self.trajectories = loaded
        self.dataloader: Optional[DataLoader] = None
        self.train_loader: Optional[DataLoader] = None
        self.val_loader: Optional[DataLoader] = None
        self.train_fraction = checked_fraction(train_fraction)
        self.batch_size = self._whole_batch_size = at_least_one(batch_size, 'batch_size')
        self.randomize = bool(randomize)
        self.sequential_preprocessing = bool(sequential_preprocessing)
        self.is_seeded = seed is not None  # a model's seed governs the order of demonstrations that have none
        self.seed(drawn_seed(2 ** 31 - 1) if seed is None else seed)

    @property
    def observations(self) -> np.ndarray:
        """What the expert saw, shape [N, ...]; or [N] absolute file names of images."""
        return self.trajectories.observations

    @property
    def actions(self) -> np.ndarray:
        """What the expert did, shape [N, ...]; Discrete actions are [N, 1]; [N, 0] where nobody noted it."""
        return self.trajectories.actions

    @property
    def has_actions(self) -> bool:
        """Whether anybody noted what the expert did."""
        return trajectories.has_actions(self.trajectories)

    @property
    def episode_lengths(self) -> np.ndarray:
        """Number of rows of each episode, shape [number of episodes]."""
        return trajectories.lengths(self.trajectories.episode_starts)

    @property
    def num_traj(self) -> int:
        """Number of episodes."""
        return len(self.trajectories.episode_returns)

    @property
    def num_transition(self) -> int:
        """Number of rows."""
        return len(self.actions)

    @property
    def subsample(self) -> int:
        """One step out of so many is here; 1 for all steps."""
        return self.trajectories.subsample

    def seed(self, value: int) -> None:
        """
        Divide the rows into training and validation anew, and start all shuffling over, as this number says. Two data
        sets of the same rows and seed give the same batches. Which rows ``subsample`` kept does not change.

        :param value: from 0 to 2**32 - 1
        :raises ValueError: for other values
        """
        self._random, self.order_seed = random_state(value), int(value)
        rows = self._random.permutation(self.num_transition) if self.randomize else np.arange(self.num_transition)
        count = count_for_training(self.num_transition, self.train_fraction)
        self.prepare_pickling()
        self.train_loader = self._loader(rows[:count], self.batch_size)
        self.val_loader = self._loader(rows[count:], self.batch_size) if count < len(rows) else None
        self.dataloader = None  # made anew, with the batch size it had, when the next batch is asked for
        self._sequence_random = np.random.RandomState([int(value), 1])  # a stream of its own: rows come as they did
        self._division = divide_episodes(self.num_traj, self.train_fraction, self._sequence_random, self.randomize)

    @property
    def generators(self) -> Dict[str, np.random.RandomState]:
        """What the order of batches is drawn from, by name."""
        return {'rows': self._random, 'sequences': self._sequence_random}

    def _loader(self, rows: np.ndarray, batch_size: int) -> DataLoader:
        return DataLoader(rows, self.observations, self.actions, batch_size, n_workers=_IMAGE_THREADS,
                          max_queue_len=_IMAGE_BATCHES_AHEAD, shuffle=self.randomize, start_process=False,
                          sequential=self.sequential_preprocessing,
                          random_state=np.random.RandomState(self._random.randint(2 ** 31 - 1)))

    def init_dataloader(self, batch_size: int) -> None:
        """
        Start giving out batches of all rows, whatever the division into training and validation.

        :param batch_size: rows a batch; the last batch of an epoch has those that are left, and where there are fewer
            rows altogether, every batch has all of them
        :raises ValueError: unless it is an integer of at least 1
        """
        loader = self._loader(np.arange(self.num_transition), batch_size)
        if self.dataloader is not None:
            self.dataloader.close()
        self.dataloader = loader
        self._whole_batch_size = loader.batch_size

    def get_next_batch(self, split: Optional[str] = None) -> Batch:
        """
        The next batch; there is always one, since a new epoch follows the old.

        :param split: 'train' or 'val' for the rows of training or validation, None for all rows
        :return: observations [B, ...] and actions [B, ...], where B is at most the batch size
        :raises ValueError: for another split, or 'val' where no rows were kept for it
        """
        if split is None:
            if self.dataloader is None:
                self.init_dataloader(self._whole_batch_size)
            return _next_of_any_epoch(self.dataloader)
        if split == 'train':
            return _next_of_any_epoch(self.train_loader)
        if split != 'val':
            raise ValueError("split={!r} is unknown; use 'train', 'val' or None for all rows.".format(split))
        if self.val_loader is None:
            raise ValueError("split='val': no rows were kept for validation, because {}.".format(
                'there is only one' if self.num_transition == 1 else
                'train_fraction={}; use a smaller train_fraction'.format(self.train_fraction)))
        return _next_of_any_epoch(self.val_loader)

    def sequence_batches(self, split: str, n_steps: int) -> SequenceEpoch:
        """
        One epoch for a policy with memory: whole episodes, in order, several side by side. Training and validation have
        episodes of their own. A batch has about ``batch_size`` rows.

        :param split: 'train' or 'val'
        :param n_steps: steps of each sequence in a batch
        :return: its batches; none for 'val' where there is only one episode, or ``train_fraction`` is 1
        :raises ValueError: for subsampled demonstrations
        """
        self._require_every_step()
        episodes = self._division[0 if split == 'train' else 1]
        if self.randomize and split == 'train':
            episodes = self._sequence_random.permutation(episodes)
        return SequenceEpoch(self._rows_of(episodes), self.observations, self.actions,
                             max(self.batch_size // n_steps, 1), n_steps, self.sequential_preprocessing)

    def sequence_stream(self, n_lanes: int, n_steps: int) -> SequenceStream:
        """
        Sequences without end of all episodes, for a discriminator with memory.

        :param n_lanes: sequences in a batch
        :param n_steps: steps of each
        :return: an iterator over batches, each of which goes on where the one before it ended
        :raises ValueError: for subsampled demonstrations
        """
        self._require_every_step()
        return SequenceStream(self._rows_of(range(self.num_traj)), self.observations, self.actions, n_lanes, n_steps,
                              self._sequence_random if self.randomize else None)

    def batches_in_order(self) -> DataLoader:
        """
        Steps that follow one another, for those who want transitions.

        :return: all rows once, in their order, as batches of observations and actions
        :raises ValueError: for subsampled demonstrations
        """
        self._require_every_step('a transition ends in the step after')
        return DataLoader(np.arange(self.num_transition), self.observations, self.actions, self.batch_size,
                          infinite_loop=False, start_process=False, sequential=True)

    def _require_every_step(self, why: str = 'a memory has to see every step of an episode') -> None:
        if self.subsample > 1:
            raise ValueError('subsample={}: {}, but the demonstrations hold one step out of {}. Load them without '
                             'subsample, or use a policy without memory (and adversary_n_lstm=0).'.format(
                                 self.subsample, why, self.subsample))

    def _rows_of(self, episodes: Iterable[int]) -> List[np.ndarray]:
        ends = np.cumsum(self.episode_lengths)
        return [np.arange(ends[episode] - self.episode_lengths[episode], ends[episode]) for episode in episodes]

    def _replace_actions(self, actions: np.ndarray) -> None:
        """
        :param actions: shape [N, ...]: in place of the old ones, in the batches to come, too
        """
        self.trajectories = self.trajectories._replace(actions=actions)
        for loader in (self.dataloader, self.train_loader, self.val_loader):
            if loader is not None:
                loader.actions = actions

    def prepare_pickling(self) -> None:
        """End the threads that read images. The data set stays usable: the next batch starts them again."""
        for loader in (self.dataloader, self.train_loader, self.val_loader):
            if loader is not None:
                loader.close()

    def __getstate__(self) -> Dict[str, Any]:
        self.prepare_pickling()
        return dict(self.__dict__)


def _next_of_any_epoch(loader: DataLoader) -> Batch:
    """
    :param loader: which may be at the end of an epoch
    :return: its next batch, of the next epoch where one has ended
    """
    try:
        return next(loader)
    except StopIteration:
        return next(iter(loader))


def random_state(seed: Any) -> np.random.RandomState:
    """
    :param seed: as given by the caller
    :return: a generator
    :raises ValueError: unless it is an integer from 0 to 2**32 - 1
    """
    try:
        return np.random.RandomState(operator.index(seed))
    except (TypeError, ValueError):
        raise ValueError('seed={!r}: an integer from 0 to 2**32 - 1 is needed.'.format(seed)) from None
