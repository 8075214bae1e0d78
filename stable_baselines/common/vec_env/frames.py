"""The latest observations of each environment side by side, and what a VecNormalize makes of them."""
from typing import Any, Dict, Sequence, Tuple

import numpy as np

from stable_baselines.common.gym_api import spaces

__all__ = ['Frames', 'NormalizedFrames', 'stacked_space']


def stacked_space(space: Any, n_stack: int) -> Any:
    """
    :param space: of one observation, a Box of at least one axis
    :param n_stack: how many are joined
    :return: the space of observations joined along their last axis
    """
    low, high = (np.repeat(bound, n_stack, axis=-1) for bound in (space.low, space.high))
    return spaces.Box(low=low, high=high, dtype=space.dtype.type)


class Frames:
    """
    Joins observations along their last axis, the newest last. Where an episode is younger, blanks stand before its
    first observation.

    :param num_envs: number of environments
    :param shape: of one observation
    :param n_stack: how many are joined
    :param dtype: theirs
    :param blank: the number that blanks consist of
    """

    def __init__(self, num_envs: int, shape: Tuple[int, ...], n_stack: int, dtype: Any, blank: float = 0.0):
        self._width, self._number = shape[-1], np.dtype(dtype).type(blank)
        self._empty = np.full((num_envs,) + tuple(shape[:-1]) + (self._width * n_stack,), self._number)
        self.joined = self._empty.copy()

    def begin(self, observations: np.ndarray) -> None:
        """
        :param observations: the first of an episode in every environment, shape [num_envs, ...]
        """
        self.joined = self._empty.copy()
        self.joined[..., -self._width:] = observations

    def follow(self, observations: np.ndarray, dones: np.ndarray) -> np.ndarray:
        """
        :param observations: of the next step, shape [num_envs, ...]
        :param dones: where it ended an episode, so that the observation is the first one of the next, shape [num_envs]
        :return: what stood before the last observation of an episode that ended, shape [num_envs, ...]
        """
        before = self.joined[..., self._width:]
        joined = np.concatenate([before, observations], axis=-1)
        for index in np.flatnonzero(dones):
            joined[index, ..., :-self._width] = self._number
        self.joined = joined
        return before


class NormalizedFrames:
    """
    Joined observations on both sides of a VecNormalize that stands inside a VecFrameStack: before it, and after.

    Blanks are zeros after normalization. The same frames before it are zeros of negative sign here, which compare equal
    to all others, so that they stay blank whatever the statistics become; no zero of an environment is one.

    :param normalizer: the VecNormalize
    :param num_envs: number of environments
    :param n_stack: how many observations are joined
    """

    def __init__(self, normalizer: Any, num_envs: int, n_stack: int):
        self.normalizer = normalizer
        space = normalizer.original_space
        self.original_space = stacked_space(space, n_stack)
        self._split = space.shape[:-1] + (n_stack, space.shape[-1])
        self._axes = tuple(range(-len(space.shape), 0))  # of one frame
        dtype = space.dtype if space.dtype.kind == 'f' else np.dtype(np.float64)  # whole numbers have no negative zero
        self._frames, self._zero = Frames(num_envs, space.shape, n_stack, dtype, blank=-0.0), dtype.type(0)

    def begin(self) -> None:
        """To be called after each ``reset`` of the VecNormalize."""
        self._frames.begin(self._latest())

    def follow(self, dones: np.ndarray, infos: Sequence[Dict[str, Any]]) -> None:
        """
        To be called after each step of the VecNormalize.

        :param dones: shape [num_envs]
        :param infos: of each environment; their ``original_terminal_observation`` is joined, too
        """
        before = self._frames.follow(self._latest(), dones)
        for index in np.flatnonzero(dones):
            join_last(before[index], infos[index], 'original_terminal_observation')

    def get_original_obs(self) -> np.ndarray:
        """
        :return: the latest observations before normalization, joined, shape [num_envs, ...]
        """
        return self._frames.joined.copy()

    def normalize_obs(self, obs: np.ndarray) -> np.ndarray:
        """
        Apply the statistics without changing them.

        :param obs: joined observations before normalization, with blanks of negative sign, shape [..., ...]
        :return: the same shape: each frame normalized, blanks zeros
        """
        frames = self._apart(obs)
        blank = np.all((frames == 0) & np.signbit(frames), axis=self._axes, keepdims=True)
        shown = self.normalizer.normalize_obs(frames)
        return self._together(np.where(blank, shown.dtype.type(0), shown))

    def normalize_reward(self, reward: np.ndarray) -> np.ndarray:
        """
        :param reward: as the environment gives them, any shape
        :return: as the VecNormalize shows them
        """
        return self.normalizer.normalize_reward(reward)

    def mark_blanks(self, obs: np.ndarray) -> np.ndarray:
        """
        :param obs: joined observations before normalization, of demonstrations, whose blanks are any zeros
        :return: the same, floats, with blanks of negative sign
        """
        frames = self._apart(obs) + self._zero
        return self._together(np.where(self._look_blank(frames), frames.dtype.type(-0.0), frames))

    def ambiguous_row(self, obs: np.ndarray, episode_starts: np.ndarray, subsample: int = 1) -> int:
        """
        :param obs: joined observations of demonstrations, shape [N, ...]
        :param episode_starts: shape [N]
        :param subsample: one step in how many is there
        :return: the first row with a frame of zeros that is no blank, since the episode is too old for one: elsewhere,
            such frames would be taken for blanks. -1 without any
        """
        zeros = self._zeros(self._apart(obs)).reshape(len(obs), -1)
        rows = np.arange(len(obs))
        age = subsample * (rows - np.maximum.accumulate(np.where(np.asarray(episode_starts, bool), rows, 0)))
        may_be_blank = np.arange(zeros.shape[1]) < zeros.shape[1] - 1 - age[:, None]
        wrong = np.flatnonzero((zeros & ~may_be_blank).any(axis=1))
        return int(wrong[0]) if len(wrong) else -1

    def _latest(self) -> np.ndarray:
        return self.normalizer.get_original_obs() + self._zero  # -0 + 0 = 0

    def _zeros(self, frames: np.ndarray) -> np.ndarray:
        return np.all(frames == 0, axis=self._axes, keepdims=True)

    def _look_blank(self, frames: np.ndarray) -> np.ndarray:
        leading = np.logical_and.accumulate(self._zeros(frames), axis=self._axes[0] - 1)
        np.moveaxis(leading, self._axes[0] - 1, 0)[-1] = False  # the newest one is always there
        return leading

    def _apart(self, obs: np.ndarray) -> np.ndarray:
        """[..., frames joined along the last axis] -> [..., n_stack, *shape of a frame]"""
        obs = np.asarray(obs)
        lead = obs.shape[:obs.ndim - len(self._axes)]
        return np.moveaxis(obs.reshape(lead + self._split), -2, self._axes[0] - 1)

    def _together(self, frames: np.ndarray) -> np.ndarray:
        moved = np.moveaxis(frames, self._axes[0] - 1, -2)
        return moved.reshape(moved.shape[:-2] + (-1,))


def join_last(before: np.ndarray, info: Dict[str, Any], key: str) -> None:
    """
    :param before: the frames before the last observation of an episode, joined
    :param info: of the step that ended it; what it has under the key is joined to them
    :param key: where the last observation is, if anywhere
    """
    if key in info:
        info[key] = np.concatenate([before, np.asarray(info[key], before.dtype)], axis=-1)
