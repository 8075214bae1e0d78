"""Expert demonstrations for imitation: loaded, checked against the environment, described, saved."""
import os
from typing import Any, Dict, Iterable, Mapping, Optional, Union

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.gail.dataset import build, images, saving, source, trajectories
from stable_baselines.gail.dataset.batches import DemonstrationBatches
from stable_baselines.gail.dataset.division import checked_fraction
from stable_baselines.gail.dataset.loader import DataLoader, at_least_one
from stable_baselines.gail.dataset.plots import plot_demonstrations, save_or_show
from stable_baselines.gail.dataset.space_fit import check_fit, checked_rule, inside_bounds
from stable_baselines.gail.dataset.summary import summary_text

__all__ = ['DataLoader', 'ExpertDataset']


class ExpertDataset(DemonstrationBatches):
    """
    Demonstrations of an expert, for GAIL and for behaviour cloning.

    The data are arrays under the keys ``obs`` [N, ...], ``actions`` [N, ...] (Discrete actions are [N, 1]; without any,
    only a GAIL with ``use_actions=False`` can learn from them), ``episode_starts`` [N],
    ``episode_returns`` [number of episodes] and, where known, ``rewards`` [N]. Rows keep their
    shape. Where ``obs`` holds file names of images, the images are read when a batch needs them.

    Data in other forms: :meth:`from_episodes`, :meth:`from_transitions`.

    :param expert_path: .npz file, '.npz' may be left out; nothing in it is executed. A list of files joins their
        episodes in the order of the list; each file's images count from its own folder
    :param traj_data: the arrays themselves, as ``generate_expert_traj`` returns them; give this or ``expert_path``
    :param train_fraction: share of the rows behaviour cloning trains on, above 0 and up to 1; the others validate it,
        unless there is only one row. GAIL uses all rows
    :param batch_size: rows a batch of behaviour cloning; also the size where ``init_dataloader`` was not called
    :param traj_limitation: use only so many episodes, the first ones (of all files together); -1 for all
    :param randomize: shuffle the rows; otherwise they come in their order, the last ones being for validation
    :param verbose: 1 prints what was loaded
    :param sequential_preprocessing: read images in the calling thread rather than ahead of need in others
    :param seed: of the shuffling; None draws one from NumPy's global generator, so that ``set_global_seeds`` governs
        it. It also chooses the rows that ``subsample`` keeps; without it that choice is always the same
    :param sharded: under MPI, keep only this worker's share of the episodes; otherwise each worker has all of them
    :param subsample: keep one step out of so many of each episode, from a random one of its first steps on (Ho & Ermon
        2016 keep one out of 20). Comes after ``traj_limitation``, so k trajectories stay k trajectories, each with at
        least one row. ``returns`` stay those of the whole episodes. Policies with memory refuse such data
    :param out_of_bounds: what ``validate`` does about actions outside the bounds of a Box: 'allow' leaves them (GAIL
        and behaviour cloning clip them where they are used), 'clip' changes them in the data, 'refuse' raises
    :raises FileNotFoundError: for a missing file of demonstrations (names the paths tried), or a missing image
    :raises ValueError: for other input that cannot be used; one message, which names the argument, or the file and key
    """

    def __init__(self, expert_path: Union[None, source.PathLike, Iterable[source.PathLike]] = None,
                 traj_data: Optional[Mapping[str, Any]] = None, train_fraction: float = 0.7, batch_size: int = 64,
                 traj_limitation: int = -1, randomize: bool = True, verbose: int = 1,
                 sequential_preprocessing: bool = False, seed: Optional[int] = None, sharded: bool = False,
                 subsample: int = 1, out_of_bounds: str = 'allow') -> None:
        train_fraction, batch_size = checked_fraction(train_fraction), at_least_one(batch_size, 'batch_size')
        self.out_of_bounds = checked_rule(out_of_bounds)
        self.verbose = verbose
        loaded = source.load(expert_path, traj_data)
        self.paths, self._source = loaded.paths, loaded.name
        chosen = source.some_steps(source.first_episodes(loaded, traj_limitation), subsample, seed)
        super().__init__(source.share_of_worker(chosen) if sharded else chosen, train_fraction, batch_size, randomize,
                         sequential_preprocessing, seed)
        self.cut: Dict[str, Any] = dict(traj_limitation=int(traj_limitation), subsample=int(subsample),
                                        sharded=bool(sharded), subsample_seed=None if seed is None else int(seed))
        self.returns = self.trajectories.episode_returns
        self.avg_ret = float(np.mean(self.returns))
        self.std_ret = float(np.std(self.returns))
        self._digest: Optional[str] = None
        if self.verbose >= 1:
            self.log_info()

    @classmethod
    def from_episodes(cls, episodes: Iterable[Any], **options) -> 'ExpertDataset':
        """
        Demonstrations from a list of episodes.

        :param episodes: of each a tuple (observations [T, ...], actions [T, ...]) or (observations, actions,
            rewards [T]), arrays or lists; T may differ. Without rewards the returns are unknown: ``returns`` are NaN.
            None for actions where nobody knows them
        :param options: further arguments of the class
        :return: the data set
        :raises ValueError: names the episode at fault
        """
        return cls(traj_data=build.join_episodes(episodes), **options)

    @classmethod
    def from_transitions(cls, observations: Any, actions: Any = None, episode_starts: Any = None, rewards: Any = None,
                         dones: Any = None, **options) -> 'ExpertDataset':
        """
        Demonstrations from one long row of steps.

        :param observations: shape [N, ...]
        :param actions: shape [N, ...]; None where nobody knows them
        :param episode_starts: shape [N]: whether the step is the first of its episode; give this or ``dones``
        :param rewards: shape [N]; None where nobody knows them: ``returns`` are NaN
        :param dones: shape [N]: whether the step is the last of its episode. Steps after the last True count as an
            episode, with a warning
        :param options: further arguments of the class
        :return: the data set
        :raises ValueError: names the argument at fault
        """
        return cls(traj_data=build.mark_episodes(observations, actions, episode_starts, rewards, dones), **options)

    @property
    def path(self) -> Optional[str]:
        """The file's absolute name; None for arrays and for several files, which ``paths`` lists."""
        return self.paths[0] if len(self.paths) == 1 else None

    def validate(self, observation_space: Any, action_space: Any = None, out_of_bounds: Optional[str] = None) -> None:
        """
        Check that the demonstrations fit an environment. Models do this before they learn from them.

        :param observation_space: the space, or an environment that has both spaces
        :param action_space: the space; left out where an environment is given
        :param out_of_bounds: what to do about actions outside the bounds of a Box: 'allow', 'clip' (changes
            ``actions``) or 'refuse'; None for what the data set was made with
        :raises ValueError: names what the data are and what the environment needs
        """
        if action_space is None:
            if not hasattr(observation_space, 'observation_space'):
                raise ValueError('validate() needs an environment, or an observation space and an action space.')
            observation_space, action_space = observation_space.observation_space, observation_space.action_space
        rule = self.out_of_bounds if out_of_bounds is None else checked_rule(out_of_bounds)
        check_fit(self._observations_to_check(), observation_space, 'observation', self._source)
        if not self.has_actions:
            return
        check_fit(self.actions, action_space, 'action', self._source)
        actions = inside_bounds(self.actions, action_space, rule, self._source)
        if actions is not self.actions:
            self._replace_actions(actions)
            self._digest = None

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

    def save(self, path: source.PathLike, image_folder: str = 'recorded_images') -> str:
        """
        Write what is loaded, cut and joined as it is, into one file.

        :param path: .npz file, '.npz' is added if missing; it appears whole or not at all
        :param image_folder: folder, seen from that of ``path``. Images that lie outside of the file's folder are copied
            there, so that all can be moved together
        :return: the file's absolute name
        :raises OSError: when a file cannot be written
        :raises ValueError: for an ``image_folder`` that leads out of the file's folder
        """
        return saving.save(path, self.trajectories, image_folder)

    def log_info(self) -> None:
        """Print how many episodes and rows there are, and their returns."""
        if mpi.is_root():
            known = trajectories.returns_known(self.trajectories)
            print('Demonstrations: {} episodes, {} steps, return {}'.format(
                self.num_traj, self.num_transition,
                '{:.1f} +/- {:.1f}'.format(self.avg_ret, self.std_ret) if known else 'unknown'))

    def summary(self) -> str:
        """
        Print a table: where the demonstrations come from, episodes, steps, lengths, returns, types and shapes, the
        range of actions or how often each was chosen, and how the rows are divided.

        :return: the same text
        """
        text = summary_text(self.trajectories, '\n'.join(self.paths) or self._source)
        n_training = len(self.train_loader.indices)
        text += '\n  {:<12} {} training, {} validation'.format('rows for', n_training, self.num_transition - n_training)
        if mpi.is_root():
            print(text)
        return text

    def plot(self, save_path: Optional[source.PathLike] = None) -> Any:
        """
        Draw the returns, the lengths of episodes, the actions and the range of the observations: in a window where
        there can be one, else into a file in the working folder. Says where.

        :param save_path: file to write rather than to open a window; a PNG unless it ends otherwise (.pdf, .svg)
        :return: matplotlib's figure, with four axes
        :raises ImportError: without matplotlib
        :raises ValueError: for a file that matplotlib cannot write
        """
        name = os.path.splitext(os.path.basename(self.paths[0]))[0] if self.paths else 'demonstrations'
        figure = plot_demonstrations(self.trajectories, '{}{}: {} episodes, {} rows'.format(
            name, ' and others' if len(self.paths) > 1 else '', self.num_traj, self.num_transition))
        save_or_show(figure, save_path, name + '_plot.png')
        return figure
