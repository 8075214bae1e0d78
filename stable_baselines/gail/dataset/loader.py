"""Batches of rows, in order or shuffled, from arrays in memory or from image files decoded ahead by threads."""
import collections
import operator
from typing import Any, Deque, Dict, List, Optional, Tuple

import numpy as np

from stable_baselines.gail.dataset import forks
from stable_baselines.gail.dataset.batch_memory import BatchMemory
from stable_baselines.gail.dataset.images import image_shape, read_image

__all__ = ['Batch', 'DataLoader', 'at_least_one']

Batch = Tuple[np.ndarray, np.ndarray]

_BACKENDS = ('threading', 'multiprocessing', 'loky', 'sequential')
_ROWS_PER_TASK = 32  # small enough that close() never waits long, large enough that handing tasks over costs nothing


class _Ahead:
    """
    Rows of one batch and, where threads work on it, the tasks that decode its images.

    :param rows: shape [B], or None for "the epoch ends here"
    """

    __slots__ = ('images', 'rows', 'tasks')

    def __init__(self, rows: Optional[np.ndarray]) -> None:
        self.rows = rows
        self.images: Optional[np.ndarray] = None  # what the tasks fill
        self.tasks: Optional[List[Any]] = None


class DataLoader:
    """
    An iterator over batches (observations, actions) in which every row comes exactly once an epoch.

    ``for observations, actions in loader`` is one epoch; the same line again is the next. ``next(loader)`` raises
    StopIteration once where an epoch ends and then begins another; ``iter(loader)`` goes on in an unfinished one. With
    ``sequential`` or without ``infinite_loop``, only ``iter(loader)`` begins another, and does so at any time.

    No process is ever started. Arrays in memory are indexed directly. When the observations are file names of images, a
    pool of threads decodes at most ``max_queue_len`` batches ahead; the threads end with the loader.

    :param indices: shape [N]: the rows that belong to this loader, in the order of an unshuffled epoch
    :param observations: shape [M, ...], or [M] file names of images, all of the first one's shape
    :param actions: shape [M, ...]
    :param batch_size: rows a batch; if there are fewer rows altogether, every batch holds all of them
    :param n_workers: threads that decode images
    :param infinite_loop: ``next`` may begin the next epoch; otherwise only ``iter`` does
    :param max_queue_len: batches of images decoded ahead
    :param shuffle: draw a new order for every epoch
    :param start_process: start decoding at once rather than when the first batch is asked for; only matters for images
    :param backend: 'threading'; 'multiprocessing' and 'loky', which stable-baselines offered, also use threads;
        'sequential' decodes in the calling thread
    :param sequential: decode in the calling thread, without threads
    :param partial_minibatch: give the rows left at the end of an epoch as a smaller batch; otherwise they are left out
    :param random_state: where the order is drawn from; NumPy's global generator if None
    :raises ValueError: for arguments that cannot be used, each with one message that names it
    """

    def __init__(self, indices: Any, observations: np.ndarray, actions: np.ndarray, batch_size: int, n_workers: int = 1,
                 infinite_loop: bool = True, max_queue_len: int = 1, shuffle: bool = False, start_process: bool = True,
                 backend: str = 'threading', sequential: bool = False, partial_minibatch: bool = True,
                 random_state: Optional[np.random.RandomState] = None) -> None:
        self.observations = np.asarray(observations)
        self.actions = np.asarray(actions)
        self.indices = _checked_indices(indices, self.observations, self.actions)
        self.batch_size = at_least_one(batch_size, 'batch_size')
        self.n_workers = at_least_one(n_workers, 'n_workers')
        self.max_queue_len = at_least_one(max_queue_len, 'max_queue_len')
        if backend not in _BACKENDS:
            raise ValueError('backend={!r} is unknown; choose one of {}.'.format(backend, ', '.join(_BACKENDS)))
        self.backend = backend
        self.infinite_loop = bool(infinite_loop)
        self.shuffle = bool(shuffle)
        self.sequential = bool(sequential) or backend == 'sequential'
        self.partial_minibatch = bool(partial_minibatch)
        self.random_state = random_state
        self.load_images = self.observations.dtype.kind == 'U'
        self._end = self._epoch_rows()
        self._position = 0
        self._order = self.indices
        self._ahead: Deque[_Ahead] = collections.deque()
        self._executor: Optional[Any] = None
        self._delivered = 0  # batches of the epoch under way
        self._awaits_iter = False  # whether next() has nothing to give before iter()
        self._memory: Optional[BatchMemory] = None  # of batches of images
        if start_process:
            self.start_process()

    def _epoch_rows(self) -> int:
        """
        :return: rows delivered in an epoch
        :raises ValueError: when that would be none
        """
        if self.partial_minibatch:
            return len(self.indices)
        if len(self.indices) < self.batch_size:
            raise ValueError('partial_minibatch=False leaves no batch at all, because there are {} rows for '
                             'batch_size={}; use a smaller batch_size or partial_minibatch=True.'.format(
                                 len(self.indices), self.batch_size))
        return len(self.indices) // self.batch_size * self.batch_size

    @property
    def n_minibatches(self) -> int:
        """Batches in an epoch."""
        return -(-self._end // self.batch_size)

    def __len__(self) -> int:
        return self.n_minibatches

    @property
    def _minibatch_indices(self) -> np.ndarray:
        """Rows of the next batch, shape [B]; of the next epoch's first one where an epoch has just ended."""
        while not self._ahead or (self._ahead[0].rows is None and len(self._ahead) < 2):
            self._ahead.append(_Ahead(self._draw()))
        return next(entry.rows for entry in self._ahead if entry.rows is not None)

    def __iter__(self) -> 'DataLoader':
        """Begin an epoch; where ``next`` does that as well, one under way goes on."""
        if self._delivered == len(self):  # all were given out, but nobody has been told of the end
            self._delivered = 0
            if self._ahead:
                self._ahead.popleft()  # the mark of the end
            else:
                self._position = 0
        elif self._delivered and (self.sequential or not self.infinite_loop):
            self._forget_tasks()
            self._ahead.clear()
            self._position = self._delivered = 0
        self._awaits_iter = False
        return self

    def __next__(self) -> Batch:
        if self.load_images and not self.sequential:
            self.start_process()
        return self.sequential_next()

    def sequential_next(self) -> Batch:
        """
        The next batch, made in the calling thread as far as no other thread has begun it.

        :return: observations of shape [B, ...] and actions of shape [B, ...]
        :raises StopIteration: at the end of an epoch
        """
        if self._awaits_iter:
            raise StopIteration
        entry = self._ahead.popleft() if self._ahead else _Ahead(self._draw())
        if entry.rows is None:
            self._delivered, self._awaits_iter = 0, self.sequential or not self.infinite_loop
            raise StopIteration
        self._delivered += 1
        if not self.load_images:
            return self.observations.take(entry.rows, axis=0), self.actions.take(entry.rows, axis=0)
        if entry.tasks is None:
            images = self._new_batch(entry.rows)
            _read_images(self.observations.take(entry.rows), images)
        else:
            images = entry.images
            for task in entry.tasks:
                task.result()
        self._fill_queue()
        return images, self.actions.take(entry.rows, axis=0)

    def _new_batch(self, rows: np.ndarray) -> np.ndarray:
        """
        :param rows: shape [B]
        :return: room for their images, shape [B, height, width, channels]
        """
        if self._memory is None:
            shape = image_shape(str(self.observations[0]))  # what all must have, whichever row comes first
            # those under way, the one just given out, and the one before that, which its user may still hold
            self._memory = BatchMemory((self.batch_size,) + shape, self.max_queue_len + 2)
        if len(rows) != self.batch_size:
            return np.empty((len(rows),) + self._memory.shape[1:], np.uint8)
        return self._memory.take()

    def start_process(self) -> None:
        """Start the threads that decode images; does nothing where they run, or where none are needed."""
        if self._executor is not None or not self.load_images or self.sequential:
            return
        from concurrent.futures import ThreadPoolExecutor
        self._executor = ThreadPoolExecutor(self.n_workers, thread_name_prefix='DataLoader')
        forks.will_lose_threads(self)
        self._fill_queue()

    def close(self) -> None:
        """End the threads. The loader stays usable: its next batch starts them again, and no row is lost."""
        self._forget_tasks()
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True)

    def lose_threads(self) -> None:
        """To be called in a forked process, where there are none any more: the next batch starts others."""
        for entry in self._ahead:
            entry.tasks = entry.images = None  # not cancelled: a thread may have held their locks at the fork
        self._executor = None

    def __del__(self) -> None:
        executor = getattr(self, '_executor', None)
        if executor is not None:
            self._forget_tasks()
            executor.shutdown(wait=False)  # the last reference may die in one of the threads, which cannot await itself

    def __getstate__(self) -> Dict[str, Any]:
        self.close()
        return dict(self.__dict__)

    def _draw(self) -> Optional[np.ndarray]:
        """
        :return: shape [B]: rows of the batch after those drawn already; None where an epoch ends
        """
        start = self._position
        if start >= self._end:
            self._position = 0
            return None
        if start == 0 and self.shuffle:
            self._order = (np.random if self.random_state is None else self.random_state).permutation(self.indices)
        self._position = start + self.batch_size
        return self._order[start:min(self._position, self._end)]

    def _fill_queue(self) -> None:
        """Hand batches to the threads until ``max_queue_len`` are under way or the last epoch ends."""
        if self._executor is None:
            return
        n_batches = sum(entry.rows is not None for entry in self._ahead)
        while n_batches < self.max_queue_len and (self.infinite_loop or not self._ahead
                                                  or self._ahead[-1].rows is not None):
            self._ahead.append(_Ahead(self._draw()))
            n_batches += self._ahead[-1].rows is not None
        for entry in self._ahead:
            if entry.rows is not None and entry.tasks is None:
                names = self.observations.take(entry.rows)
                entry.images = self._new_batch(entry.rows)
                pieces = [slice(start, start + _ROWS_PER_TASK) for start in range(0, len(names), _ROWS_PER_TASK)]
                entry.tasks = [self._executor.submit(_read_images, names[piece], entry.images[piece])
                               for piece in pieces]

    def _forget_tasks(self) -> None:
        """Take work back from the threads; the rows stay queued."""
        for entry in self._ahead:
            for task in entry.tasks or ():
                task.cancel()
            entry.tasks = entry.images = None


def _read_images(names: np.ndarray, places: np.ndarray) -> None:
    """
    :param names: shape [B]
    :param places: to be filled, shape [B, height, width, channels]
    :raises ValueError: names an image of another shape than that of the data set's first row
    """
    for name, place in zip(names.tolist(), places):
        image = read_image(name, place)
        if image is not place:
            raise ValueError('Image {!r} of the demonstrations has shape {}, others have {}; all must be alike.'.format(
                name, image.shape, place.shape))


def at_least_one(value: Any, name: str) -> int:
    """
    :param value: what the caller gave
    :param name: of the argument
    :return: the value as int
    :raises ValueError: unless it is an integer of at least 1
    """
    try:
        number = 0 if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise ValueError('{}={!r}: an integer of at least 1 is needed.'.format(name, value))
    return number


def _checked_indices(indices: Any, observations: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """
    :param indices: what the caller gave
    :param observations: shape [M, ...]
    :param actions: shape [M, ...]
    :return: shape [N], int64
    :raises ValueError: for unequal lengths, no rows, or rows that do not exist
    """
    if observations.ndim == 0 or actions.ndim == 0 or len(observations) != len(actions):
        raise ValueError('observations of shape {} and actions of shape {} must have equally many rows.'.format(
            observations.shape, actions.shape))
    rows = np.asarray(indices)
    if rows.ndim != 1 or rows.size == 0 or rows.dtype.kind not in 'iu':
        raise ValueError('indices has shape {} and dtype {}; a flat array of at least one integer is needed.'.format(
            rows.shape, rows.dtype))
    if rows.min() < 0 or rows.max() >= len(observations):
        raise ValueError('indices runs from {} to {}, but the {} rows are numbered from 0.'.format(
            rows.min(), rows.max(), len(observations)))
    return rows.astype(np.int64)
