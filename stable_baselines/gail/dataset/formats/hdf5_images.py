"""Observations that Minari (0.5 and newer) stores as JPEG files inside an HDF5 data set, one a row."""
import io
from typing import Any, Tuple

import numpy as np

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset.images import require_pillow

__all__ = ['JpegRows', 'holds_jpegs']

_BEGIN, _END = b'\xff\xd8\xff', b'\xff\xd9'  # of every JPEG file


def holds_jpegs(dataset: Any, vlen: Any) -> bool:
    """
    :param dataset: a data set of HDF5
    :param vlen: type of the elements of its rows, where these are of unequal length; else None
    :return: whether its rows are JPEG files. Where all files happen to have one length, they are a plain table of bytes
    """
    is_table = dataset.dtype == np.uint8 and len(dataset.shape) == 2
    if not (is_table or (vlen == np.uint8 and len(dataset.shape) == 1)) or not len(dataset):
        return False
    content = np.asarray(dataset[0], dtype=np.uint8).tobytes()
    return content.startswith(_BEGIN) and content.endswith(_END)


class JpegRows:
    """
    Looks like a data set of pixels, as far as reading goes.

    :param dataset: shape [N] or [N, bytes], each row a JPEG file
    :param path: the HDF5 file, for messages
    :raises ImportError: without Pillow
    :raises FileFormatError: when the first row is no such file
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, dataset: Any, path: str) -> None:
        self.name: str = dataset.name
        self._dataset, self._path = dataset, path
        self.shape: Tuple[int, ...] = (len(dataset),) + self._image(0).shape

    def __len__(self) -> int:
        return self.shape[0]

    def read_direct(self, into: np.ndarray, source: slice, target: slice) -> None:
        """
        :param into: shape [M, ...]
        :param source: rows to read
        :param target: where they go
        :raises FileFormatError: when one of them is no image, or of another size
        """
        for row, place in zip(range(source.start, source.stop), range(target.start, target.stop)):
            image = self._image(row)
            if image.shape != into.shape[1:]:
                raise FileFormatError('{}: {!r} has an image of shape {} in row {}, but {} in the first; they must be '
                                      'alike.'.format(self._path, self.name, image.shape, row, into.shape[1:]))
            into[place] = image

    def _image(self, row: int) -> np.ndarray:
        """
        :param row: which one
        :return: shape (height, width, 3), or (height, width) if grey, uint8
        """
        library = require_pillow()
        content = np.asarray(self._dataset[row], dtype=np.uint8).tobytes()
        try:
            with library.open(io.BytesIO(content), formats=('JPEG',)) as image:
                image.load()
                return np.array(image if image.mode in ('L', 'RGB') else image.convert('RGB'))
        except (OSError, SyntaxError, ValueError, EOFError, library.DecompressionBombError) as error:
            raise FileFormatError('{}: {!r} holds no readable JPEG image in row {}: {}.'.format(
                self._path, self.name, row, str(error).rstrip('.'))) from error
