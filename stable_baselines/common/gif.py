"""Writes pictures as an animated GIF, by Pillow: for where there is no ffmpeg."""
from typing import Any, List, Optional

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.optional_import import optional_import
from stable_baselines.common.video import check_picture

__all__ = ['GifWriter']

_LEAST_MILLISECONDS = 20  # viewers show shorter pictures for a tenth of a second


class GifWriter:
    """
    Writes one GIF file, which appears when it is complete. Pictures are kept in 256 colours until then, a byte a pixel.

    :param path: the file; missing folders are created
    :param frames_per_second: speed; at most 50, since viewers slow faster ones down
    :raises ImportError: without Pillow
    """

    def __init__(self, path: str, frames_per_second: float) -> None:
        self.path = path
        self._images = optional_import('PIL.Image', 'a GIF video', package='Pillow')
        # hundredths of a second are all that the format knows
        self._milliseconds = max(int(round(100.0 / frames_per_second)) * 10, _LEAST_MILLISECONDS)
        self._pictures: List[Any] = []
        self._shape: Optional[tuple] = None

    def add(self, picture: np.ndarray) -> None:
        """
        :param picture: shape [height, width, 3], uint8, as large as the first one
        :raises ValueError: when it is none
        """
        picture = np.asarray(picture)
        self._shape = check_picture(picture, self._shape)
        self._pictures.append(self._images.fromarray(picture).quantize(256))

    def close(self) -> None:
        """Write the file. Without any pictures there is none."""
        pictures, self._pictures = self._pictures, []
        if pictures:
            with replace_on_success(self.path) as file:
                pictures[0].save(file, format='GIF', save_all=True, append_images=pictures[1:], loop=0,
                                 duration=self._milliseconds, optimize=False)
