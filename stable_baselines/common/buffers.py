"""Replay memory of off-policy algorithms."""
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

__all__ = ['ReplayBuffer']

Transition = Tuple[Any, Any, float, Any, float]
Batch = Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]

_FIRST_CAPACITY = 1024


class ReplayBuffer:
    """
    The latest transitions, in arrays that grow as needed up to ``size`` rows; then the oldest are overwritten.

    Observations and actions keep the dtype of the first one added (a wider one takes over if a later one does not fit,
    such as a fraction among integers). Rewards and dones are float32.

    :param size: most transitions to keep
    :raises ValueError: when it is not at least 1
    """

    COLUMNS = ('observations', 'actions', 'rewards', 'next_observations', 'dones')

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError('size={!r}: a replay buffer must hold at least one transition.'.format(size))
        self._maxsize = int(size)
        self._length = 0
        self._next_idx = 0
        self._capacity = 0
        self._columns: List[_Column] = []  # in the order of COLUMNS

    def __len__(self) -> int:
        return self._length

    @property
    def buffer_size(self) -> int:
        """Most transitions kept."""
        return self._maxsize

    @property
    def storage(self) -> List[Transition]:
        """The transitions, (observation, action, reward, next observation, done), in their places in memory."""
        return list(zip(*(column.rows[:self._length] for column in self._columns)))

    @property
    def next_place(self) -> int:
        """Where the next transition goes."""
        return self._next_idx

    def arrays(self) -> Dict[str, np.ndarray]:
        """
        :return: the transitions in their places, one array for each of ``COLUMNS``, shape [length, ...]; not copies
        """
        columns = self._columns or [_Column(name, 0.0, np.float32) for name in self.COLUMNS]
        return {name: column.rows[:self._length] for name, column in zip(self.COLUMNS, columns)}

    def restore(self, arrays: Mapping[str, np.ndarray], next_place: int) -> None:
        """
        :param arrays: what ``arrays`` gave, of a buffer of this size
        :param next_place: where the next transition goes
        """
        self._columns, self._capacity, self._length, self._next_idx = [], 0, 0, 0
        self.extend(*[arrays[name] for name in self.COLUMNS])
        self._next_idx = next_place

    def can_sample(self, n_samples: int) -> bool:
        """
        :param n_samples: how many transitions are wanted
        :return: whether there are as many
        """
        return self._length >= n_samples

    def is_full(self) -> bool:
        """
        :return: whether a new transition overwrites the oldest
        """
        return self._length == self._maxsize

    def add(self, obs_t: Any, action: Any, reward: float, obs_tp1: Any, done: bool) -> None:
        """
        Take one transition in.

        :param obs_t: observation
        :param action: action taken on it
        :param reward: reward of the step
        :param obs_tp1: next observation
        :param done: 1 or True where the episode ended there, so that the next observation has no value
        :raises ValueError: when an observation or action has another shape than the first; names both
        """
        index = self._next_idx
        if index >= self._capacity:
            self._make_room(index + 1, (obs_t, action, reward, obs_tp1, done))
        observations, actions, rewards, next_observations, dones = self._columns
        observations.set_row(index, obs_t)
        actions.set_row(index, action)
        rewards.rows[index] = reward
        next_observations.set_row(index, obs_tp1)
        dones.rows[index] = done
        self._next_idx = (index + 1) % self._maxsize
        self._length = max(self._length, index + 1)

    def extend(self, obs_t: Sequence[Any], action: Sequence[Any], reward: Sequence[float], obs_tp1: Sequence[Any],
               done: Sequence[bool]) -> None:
        """
        Take several transitions in, in order.

        :param obs_t: observations, shape [N, ...]
        :param action: actions, shape [N, ...]
        :param reward: rewards, shape [N]
        :param obs_tp1: next observations, shape [N, ...]
        :param done: ends of episodes, shape [N]
        :raises ValueError: when lengths differ, or rows have another shape than the first row ever added
        """
        batch = [np.asarray(values) for values in (obs_t, action, reward, obs_tp1, done)]
        lengths = [len(values) for values in batch]
        if len(set(lengths)) != 1:
            raise ValueError('obs_t, action, reward, obs_tp1 and done must be equally long, found lengths {}.'
                             .format(lengths))
        count = lengths[0]
        if count == 0:
            return
        places = (self._next_idx + np.arange(count)) % self._maxsize
        self._make_room(min(self._next_idx + count, self._maxsize), [values[0] for values in batch])
        kept = slice(max(0, count - self._maxsize), None)  # of more rows than fit, the last
        for column, values in zip(self._columns, batch):
            column.set_rows(places[kept], values[kept])
        self._length = min(max(self._length, self._next_idx + count), self._maxsize)
        self._next_idx = int(places[-1] + 1) % self._maxsize

    def sample(self, batch_size: int, env: Optional[Any] = None, random_state: Optional[np.random.RandomState] = None,
               **_kwargs) -> Batch:
        """
        Draw transitions, each equally likely, with replacement.

        :param batch_size: how many, B
        :param env: a ``VecNormalize`` whose statistics normalize observations and rewards; None leaves them
        :param random_state: generator to draw with; None means numpy's global one
        :param _kwargs: for buffers that draw with priorities and are called in the same way; no use here
        :return: observations [B, ...], actions [B, ...], rewards [B], next observations [B, ...], dones [B]
        :raises ValueError: when the buffer is empty
        """
        if self._length == 0:
            raise ValueError('the replay buffer is empty: nothing can be sampled before the first add().')
        generator = np.random if random_state is None else random_state
        return self._encode_sample(generator.randint(self._length, size=batch_size), env=env)

    def _encode_sample(self, idxes: Sequence[int], env: Optional[Any] = None) -> Batch:
        """
        Look transitions up. Subclasses may change what ``sample`` gives here.

        :param idxes: their places, [B]
        :param env: see ``sample``
        :return: see ``sample``
        """
        observations, actions, rewards, next_observations, dones = [column.rows.take(idxes, axis=0)
                                                                    for column in self._columns]
        if env is not None:
            observations = self._normalize_obs(observations, env)
            next_observations = self._normalize_obs(next_observations, env)
            rewards = self._normalize_reward(rewards, env)
        return observations, actions, rewards, next_observations, dones

    @staticmethod
    def _normalize_obs(obs: np.ndarray, env: Optional[Any] = None) -> np.ndarray:
        return obs if env is None else env.normalize_obs(obs)

    @staticmethod
    def _normalize_reward(reward: np.ndarray, env: Optional[Any] = None) -> np.ndarray:
        return reward if env is None else env.normalize_reward(reward)

    def _make_room(self, rows: int, example: Sequence[Any]) -> None:
        """
        :param rows: how many rows the columns must have
        :param example: a transition, for shapes and dtypes
        """
        if not self._columns:
            observations, actions = np.asarray(example[0]).dtype, np.asarray(example[1]).dtype
            dtypes = (observations, actions, np.float32, observations, np.float32)
            names = ('obs_t', 'action', 'reward', 'obs_tp1', 'done')
            self._columns = [_Column(name, value, dtype) for name, value, dtype in zip(names, example, dtypes)]
        if rows > self._capacity:
            self._capacity = min(max(rows, 2 * self._capacity, _FIRST_CAPACITY), self._maxsize)
            for column in self._columns:
                column.grow(self._capacity)


class _Column:
    """
    One field of the transitions, a row each.

    :param name: the field, for messages
    :param example: a value of it, which gives the shape of a row
    :param dtype: of the numbers
    """

    def __init__(self, name: str, example: Any, dtype: Any) -> None:
        self.name = name
        self.rows = np.empty((0,) + np.shape(example), dtype)

    def grow(self, capacity: int) -> None:
        """
        :param capacity: new number of rows; the memory of unused ones is only reserved
        """
        rows = np.empty((capacity,) + self.rows.shape[1:], self.rows.dtype)
        rows[:len(self.rows)] = self.rows
        self.rows = rows

    def set_row(self, index: int, value: Any) -> None:
        """
        :param index: number of the row
        :param value: what to store there
        """
        value = np.asarray(value)
        rows = self.rows
        if value.shape != rows.shape[1:]:
            raise ValueError('{} has shape {}, but the buffer holds {}.'.format(self.name, value.shape, rows.shape[1:]))
        if value.dtype is not rows.dtype:
            rows = self._fit(value.dtype)
        rows[index] = value

    def set_rows(self, indices: np.ndarray, values: np.ndarray) -> None:
        """
        :param indices: numbers of the rows
        :param values: what to store there, in the same order
        """
        if values.shape[1:] != self.rows.shape[1:]:
            raise ValueError('{} has rows of shape {}, but the buffer holds {}.'
                             .format(self.name, values.shape[1:], self.rows.shape[1:]))
        self._fit(values.dtype)[indices] = values

    def _fit(self, dtype: np.dtype) -> np.ndarray:
        """
        :param dtype: of values to come
        :return: the rows, in a wider dtype from now on where a value of this one would lose its fraction or sign
        """
        if not np.can_cast(dtype, self.rows.dtype, 'same_kind'):
            self.rows = self.rows.astype(np.promote_types(dtype, self.rows.dtype))
        return self.rows
