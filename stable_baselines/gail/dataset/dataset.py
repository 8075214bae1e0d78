"""Expert demonstrations for imitation: loaded, checked against the environment, given out in batches."""
import operator
from typing import Any, Dict, Iterable, List, Mapping, Optional

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.gail.dataset import images, source, trajectories
from stable_baselines.gail.dataset.division import checked_fraction, count_for_training, divide_episodes
from stable_baselines.gail.dataset.loader import Batch, DataLoader, at_least_one
from stable_baselines.gail.dataset.plots import plot_returns
from stable_baselines.gail.dataset.sequences import SequenceEpoch, SequenceStream
from stable_baselines.gail.dataset.space_fit import check_fit

__all__ = ['DataLoader', 'ExpertDataset']

_IMAGE_THREADS = 2
_IMAGE_BATCHES_AHEAD = 2


class ExpertDataset:
    """
    Demonstrations of an expert, for GAIL and for behaviour cloning.

    The data are arrays under the keys ``obs`` [N, ...], ``actions`` [N, ...] (Discrete actions are [N, 1]),
    ``episode_starts`` [N], ``episode_returns`` [number of episodes] and, where known, ``rewards`` [N]. Rows keep their
    shape. Where ``obs`` holds file names of images, the images are read when a batch needs them.

    :param expert_path: .npz file, '.npz' may be left out; nothing in it is executed
    :param traj_data: the arrays themselves, as ``generate_expert_traj`` returns them; give this or ``expert_path``
    :param train_fraction: share of the rows behaviour cloning trains on, above 0 and up to 1; the others validate it.
        GAIL uses all rows
    :param batch_size: rows a batch of behaviour cloning; also the size where ``init_dataloader`` was not called
    :param traj_limitation: use only so many episodes, the first ones; -1 for all
    :param randomize: shuffle the rows; otherwise they come in their order, the last ones being for validation
    :param verbose: 1 prints what was loaded
    :param sequential_preprocessing: read images in the calling thread rather than ahead of need in others
    :param seed: of the shuffling; None draws one from NumPy's global generator, so that ``set_global_seeds`` governs it
    :param sharded: under MPI, keep only this worker's share of the episodes; otherwise each worker has all of them
    :raises FileNotFoundError: for a missing file of demonstrations (names the paths tried), or a missing image
    :raises ValueError: for other input that cannot be used; one message, which names the argument, or the file and key
    """

    def __init__(self, expert_path: Optional[source.PathLike] = None, traj_data: Optional[Mapping[str, Any]] = None,
                 train_fraction: float = 0.7, batch_size: int = 64, traj_limitation: int = -1, randomize: bool = True,
                 verbose: int = 1, sequential_preprocessing: bool = False, seed: Optional[int] = None,
                 sharded: bool = False) -> None:
        self.dataloader: Optional[DataLoader] = None
        self.train_loader: Optional[DataLoader] = None
        self.val_loader: Optional[DataLoader] = None
        self.train_fraction = checked_fraction(train_fraction)
        self.batch_size = self._whole_batch_size = at_least_one(batch_size, 'batch_size')
        self.randomize = bool(randomize)
        self.sequential_preprocessing = bool(sequential_preprocessing)
        self.verbose = verbose
        loaded, self.path = source.load(expert_path, traj_data)
        self.trajectories = source.first_episodes(loaded, traj_limitation, self.path or 'traj_data')
        if sharded:
            self.trajectories = source.share_of_worker(self.trajectories)
        self.returns = self.trajectories.episode_returns
        self.avg_ret = float(np.mean(self.returns))
        self.std_ret = float(np.std(self.returns))
        self._digest: Optional[str] = None
        self.is_seeded = seed is not None  # a model's seed governs the order of demonstrations that have none
        self.seed(int(np.random.randint(2 ** 31 - 1)) if seed is None else seed)
        if self.verbose >= 1:
            self.log_info()

    @property
    def observations(self) -> np.ndarray:
        """What the expert saw, shape [N, ...]; or [N] absolute file names of images."""
        return self.trajectories.observations

    @property
    def actions(self) -> np.ndarray:
        """What the expert did, shape [N, ...]; Discrete actions are [N, 1]."""
        return self.trajectories.actions

    @property
    def episode_lengths(self) -> np.ndarray:
        """Number of rows of each episode, shape [number of episodes]."""
        return trajectories.lengths(self.trajectories.episode_starts)

    @property
    def num_traj(self) -> int:
        """Number of episodes."""
        return len(self.returns)

    @property
    def num_transition(self) -> int:
        """Number of rows."""
        return len(self.actions)

    def seed(self, value: int) -> None:
        """
        Divide the rows into training and validation anew, and start all shuffling over, as this number says. Two data
        sets of the same rows and seed give the same batches.

        :param value: from 0 to 2**32 - 1
        :raises ValueError: for other values
        """
        try:
            self._random = np.random.RandomState(operator.index(value))
        except (TypeError, ValueError):
            raise ValueError('seed={!r}: an integer from 0 to 2**32 - 1 is needed.'.format(value)) from None
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
            return next(self.dataloader)
        if split == 'train':
            return next(self.train_loader)
        if split != 'val':
            raise ValueError("split={!r} is unknown; use 'train', 'val' or None for all rows.".format(split))
        if self.val_loader is None:
            raise ValueError("split='val': no rows were kept for validation, because train_fraction={}; use a smaller "
                             'train_fraction.'.format(self.train_fraction))
        return next(self.val_loader)

    def sequence_batches(self, split: str, n_steps: int) -> SequenceEpoch:
        """
        One epoch for a policy with memory: whole episodes, in order, several side by side. Training and validation have
        episodes of their own. A batch has about ``batch_size`` rows.

        :param split: 'train' or 'val'
        :param n_steps: steps of each sequence in a batch
        :return: its batches; none for 'val' where there is only one episode, or ``train_fraction`` is 1
        """
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
        """
        return SequenceStream(self._rows_of(range(self.num_traj)), self.observations, self.actions, n_lanes, n_steps,
                              self._sequence_random if self.randomize else None)

    def batches_in_order(self) -> DataLoader:
        """
        :return: all rows once, in their order, as batches of observations and actions
        """
        return DataLoader(np.arange(self.num_transition), self.observations, self.actions, self.batch_size,
                          infinite_loop=False, start_process=False, sequential=True)

    def _rows_of(self, episodes: Iterable[int]) -> List[np.ndarray]:
        ends = np.cumsum(self.episode_lengths)
        return [np.arange(ends[episode] - self.episode_lengths[episode], ends[episode]) for episode in episodes]

    def validate(self, observation_space: Any, action_space: Any = None) -> None:
        """
        Check that the demonstrations fit an environment. Actions outside the bounds of a Box are allowed.

        :param observation_space: the space, or an environment that has both spaces
        :param action_space: the space; left out where an environment is given
        :raises ValueError: names what the data are and what the environment needs
        """
        if action_space is None:
            if not hasattr(observation_space, 'observation_space'):
                raise ValueError('validate() needs an environment, or an observation space and an action space.')
            observation_space, action_space = observation_space.observation_space, observation_space.action_space
        origin = self.path or 'traj_data'
        check_fit(self._observations_to_check(), observation_space, 'observation', origin)
        check_fit(self.actions, action_space, 'action', origin)

    def _observations_to_check(self) -> np.ndarray:
        if self.observations.dtype.kind == 'U':
            return images.read_image(str(self.observations[0]))[np.newaxis]  # the loader refuses images of other shapes
        return self.observations

    def digest(self) -> str:
        """
        Identify the data, for instance in a saved model.

        :return: SHA-256 of the rows (the images themselves, not where they are), in hexadecimal
        """
        if self._digest is None:
            self._digest = trajectories.digest(self.trajectories)
        return self._digest

    def prepare_pickling(self) -> None:
        """End the threads that read images. The data set stays usable: the next batch starts them again."""
        for loader in (self.dataloader, self.train_loader, self.val_loader):
            if loader is not None:
                loader.close()

    def log_info(self) -> None:
        """Print how many episodes and rows there are, and their returns."""
        if mpi.is_root():
            print('Demonstrations: {} episodes, {} steps, return {:.1f} +/- {:.1f}'.format(
                self.num_traj, self.num_transition, self.avg_ret, self.std_ret))

    def plot(self) -> Any:
        """
        Draw histograms of the returns and the lengths of the episodes, in a window where there can be one.

        :return: matplotlib's figure
        :raises ImportError: without matplotlib
        """
        return plot_returns(self.returns, self.episode_lengths)

    def __getstate__(self) -> Dict[str, Any]:
        self.prepare_pickling()
        return dict(self.__dict__)
