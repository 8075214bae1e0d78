"""A game for image policies, small enough to be learned in minutes: a ball falls, a paddle must be where it lands.

It speaks the older dialect of gym (four results of ``step``), which this library takes with every version of gym.
"""
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from stable_baselines.common.checks import check_whole
from stable_baselines.common.gym_api import gym, spaces

__all__ = ['CatchEnv', 'catch_expert']

BALL, PADDLE = 255, 128  # brightness; the background is black
LEFT, STAY, RIGHT = 0, 1, 2


class CatchEnv(gym.Env):
    """
    Squares on a black picture: the ball falls by one row a step from a random column, the paddle in the lowest row goes
    left, stays or goes right. A ball caught counts 1, one missed 0; the next one appears at once. The policy
    ``catch_expert`` gets ``n_balls``, chance one in ``n_columns`` of that.

    Observations are uint8 images [n_rows * cell, n_columns * cell, 1]; ``CnnPolicy`` needs 36 x 36 pixels, as there are
    by default.

    :param n_columns: columns of squares
    :param n_rows: rows of squares, not fewer than columns: else some balls are out of reach
    :param cell: side of a square, in pixels
    :param n_balls: balls an episode, which has ``n_balls * (n_rows - 1)`` steps
    :raises ValueError: for numbers out of range
    """

    metadata = {'render.modes': ['rgb_array'], 'render_modes': ['rgb_array']}

    def __init__(self, n_columns: int = 9, n_rows: int = 9, cell: int = 4, n_balls: int = 10) -> None:
        check_whole('n_columns', n_columns, 2)
        check_whole('n_rows', n_rows, n_columns)
        check_whole('cell', cell, 1)
        check_whole('n_balls', n_balls, 1)
        self.n_columns, self.n_rows, self.cell, self.n_balls = n_columns, n_rows, cell, n_balls
        self.observation_space = spaces.Box(0, 255, (n_rows * cell, n_columns * cell, 1), np.uint8)
        self.action_space = spaces.Discrete(3)
        self._random = np.random.RandomState()
        self._balls_left = 0  # until ``reset``
        self._ball = (0, 0)  # row and column
        self._paddle = 0  # column

    def seed(self, seed: Optional[int] = None) -> List[Optional[int]]:
        """
        :param seed: of the columns to come; None for a new one
        :return: the same, in a list
        """
        self._random = np.random.RandomState(seed)
        return [seed]

    def reset(self) -> np.ndarray:
        """
        Start an episode, ball and paddle in random columns.

        :return: the first image
        """
        self._balls_left = self.n_balls
        self._paddle = int(self._random.randint(self.n_columns))
        self._drop()
        return self._image()

    def step(self, action: Any) -> Tuple[np.ndarray, float, bool, Dict[str, Any]]:
        """
        Move the paddle, let the ball fall.

        :param action: 0 left, 1 stay, 2 right; at the side the paddle stays
        :return: the next image, 1 for a ball that was just caught, else 0, whether the episode ended, an empty info
        :raises ValueError: for another action
        :raises RuntimeError: when no episode is running
        """
        if action not in (LEFT, STAY, RIGHT):
            raise ValueError('action={!r}: expected 0 (left), 1 (stay) or 2 (right)'.format(action))
        if self._balls_left == 0:
            raise RuntimeError('step: the episode is over. Call reset().')
        self._paddle = min(max(self._paddle + int(action) - STAY, 0), self.n_columns - 1)
        row, column = self._ball
        self._ball = (row + 1, column)
        if row + 1 < self.n_rows - 1:
            return self._image(), 0.0, False, {}
        self._balls_left -= 1
        if self._balls_left:
            self._drop()
        return self._image(), float(column == self._paddle), self._balls_left == 0, {}

    def render(self, mode: str = 'rgb_array') -> np.ndarray:
        """
        :param mode: there is only 'rgb_array'
        :return: the picture, [height, width, 3] uint8
        :raises ValueError: for another mode
        """
        if mode != 'rgb_array':
            raise ValueError("mode={!r}: expected 'rgb_array'".format(mode))
        return np.repeat(self._image(), 3, axis=2)

    def _drop(self) -> None:
        self._ball = (0, int(self._random.randint(self.n_columns)))

    def _image(self) -> np.ndarray:
        squares = np.zeros((self.n_rows, self.n_columns), dtype=np.uint8)
        squares[-1, self._paddle] = PADDLE
        squares[self._ball] = BALL  # hides the paddle that has caught it
        return np.repeat(np.repeat(squares, self.cell, axis=0), self.cell, axis=1)[:, :, None]


def catch_expert(observation: np.ndarray) -> int:
    """
    Looks where ball and paddle are, and moves towards the ball; catches every one.

    :param observation: an image of ``CatchEnv``, of any size
    :return: 0 left, 1 stay, 2 right
    """
    picture = observation[:, :, 0]
    ball, paddle = (np.flatnonzero((picture == brightness).any(axis=0)) for brightness in (BALL, PADDLE))
    if not len(ball) or not len(paddle):  # caught: one hides the other
        return STAY
    return STAY + int(np.sign(ball[0] - paddle[0]))
