"""Image observations as files: PNG out, PNG or JPEG in.

Images have shape (height, width, channels), dtype uint8, with 1 (grey), 3 (RGB) or 4 channels. Four channels are
usually four stacked grey frames. They are laid out in the file as OpenCV does it, so that such files can be exchanged
with stable-baselines in both directions: channels 0, 1, 2, 3 are the file's blue, green, red and alpha.
"""
import contextlib
import os
import shutil
import uuid
from typing import Any, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.gail.dataset.image_names import folder_below
from stable_baselines.gail.dataset.png import decode_plain, encode_plain

__all__ = ['ImageWriter', 'image_shape', 'image_writer', 'is_image_shape', 'published', 'read_image', 'require_pillow',
           'write_png']

_FORMATS = ('PNG', 'JPEG')
_USUAL_FILE = 1 << 16  # bytes; most are smaller, and need not be asked for their size
_LARGEST_FILE = 1 << 26  # bytes; of more, Pillow reads a piece at a time
_MODES = {'1': 'L', 'LA': 'RGBA', 'P': 'RGB', 'PA': 'RGBA', 'CMYK': 'RGB', 'YCbCr': 'RGB', 'HSV': 'RGB'}


def require_pillow() -> Any:
    """
    :return: Pillow's ``Image`` module
    :raises ImportError: says what to install
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError('Image observations are stored as files, which needs Pillow: pip install .[images] (or pip '
                          'install Pillow).') from error
    return Image


def is_image_shape(shape: Sequence[int], dtype: Any) -> bool:
    """
    :param shape: shape of an observation
    :param dtype: its type
    :return: whether such observations can be written as images without loss
    """
    return np.dtype(dtype) == np.uint8 and len(shape) == 3 and shape[-1] in (1, 3, 4) and 0 not in tuple(shape)


def read_image(path: str, place: Optional[np.ndarray] = None) -> np.ndarray:
    """
    :param path: PNG or JPEG file
    :param place: what to fill, where the image has its shape; None for a new array
    :return: shape (height, width, channels), uint8; channels is 1, 3 or 4
    :raises FileNotFoundError: names the path
    :raises ValueError: when it is not such an image; names the path
    """
    library = require_pillow()
    try:
        pixels = decode_plain(_read_bytes(path))
        if pixels is None:
            pixels = _read_with_pillow(library, path)
    except FileNotFoundError:
        raise FileNotFoundError('Image {!r} of the demonstrations is missing.'.format(str(path))) from None
    except (OSError, SyntaxError, ValueError, EOFError, library.DecompressionBombError) as error:
        raise ValueError('Image {!r} of the demonstrations cannot be read as PNG or JPEG: {}.'.format(
            str(path), str(error).rstrip('.'))) from error
    if pixels.dtype != np.uint8:
        raise ValueError('Image {!r} of the demonstrations has pixels of type {}; 8 bits a channel are needed.'.format(
            str(path), pixels.dtype))
    if place is None or place.shape != pixels.shape:
        place = np.empty(pixels.shape, np.uint8)
    _copy_between_orders(pixels, place)
    return place


def image_shape(path: str) -> Tuple[int, ...]:
    """
    :param path: PNG or JPEG file
    :return: (height, width, channels) of what ``read_image`` gives
    :raises FileNotFoundError: as ``read_image``
    :raises ValueError: as ``read_image``
    """
    return read_image(path).shape


def _read_bytes(path: str) -> bytes:
    """
    :param path: a file
    :return: its content, or the beginning of one that is larger than Pillow should be spared
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, 'O_BINARY', 0))  # half as many system calls as open() makes
    try:
        data = os.read(descriptor, _USUAL_FILE)
        if len(data) == _USUAL_FILE:
            data += os.read(descriptor, min(os.fstat(descriptor).st_size, _LARGEST_FILE))
        return data
    finally:
        os.close(descriptor)


def _read_with_pillow(library: Any, path: str) -> np.ndarray:
    """
    :param library: Pillow's ``Image`` module
    :param path: PNG or JPEG file
    :return: shape (height, width, channels), channels as the file has them; not uint8 where that is deeper
    :raises OSError: or another of Pillow's errors
    """
    with library.open(path, formats=_FORMATS) as image:
        image.load()  # here a truncated file is noticed; NumPy's conversion below may hide the error
        mode = _MODES.get(image.mode, image.mode)
        pixels = np.array(image if mode == image.mode else image.convert(mode))
    return pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels


def _copy_between_orders(pixels: np.ndarray, place: np.ndarray) -> None:
    """
    Between our order of channels and the file's, which differ where there are four: the first and the third are
    exchanged. The same both ways.

    :param pixels: shape (height, width, channels)
    :param place: what to fill
    """
    place[...] = pixels
    if pixels.shape[-1] == 4:  # slices: NumPy would take several times as long for pixels[..., [2, 1, 0, 3]]
        place[..., 0], place[..., 2] = pixels[..., 2], pixels[..., 0]


def write_png(path: str, image: np.ndarray) -> None:
    """
    :param path: where to
    :param image: shape (height, width, 1, 3 or 4), uint8; kept exactly
    """
    with open(path, 'wb') as file:
        pixels = np.empty_like(image)
        _copy_between_orders(image, pixels)
        file.write(encode_plain(pixels))


class ImageWriter:
    """
    Writes images while an expert is recorded, and lets them appear in their folder only when the recording is complete.

    :param folder: where the images shall be; made if missing
    :param prefix: beginning of their names, so that several data sets can share a folder
    """

    def __init__(self, folder: str, prefix: str) -> None:
        require_pillow()
        self.folder = folder
        self.prefix = prefix
        self._pending = os.path.join(folder, '.{}-{}'.format(prefix, uuid.uuid4().hex[:12]))
        self._count = 0
        self._published: List[str] = []
        os.makedirs(self._pending)

    def add(self, image: np.ndarray) -> str:
        """
        :param image: shape (height, width, 1, 3 or 4), uint8
        :return: its provisional name
        """
        name = os.path.join(self._pending, '{}.png'.format(self._count))
        write_png(name, image)
        self._count += 1
        return name

    def publish(self, names: Sequence[str]) -> List[str]:
        """
        Give images their final names, numbered in the given order. No file is overwritten, since another data set, or
        an older one under the same name, may name it: where a name is taken, all get another prefix.

        :param names: provisional names; images not among them are dropped by ``close``
        :return: final names, in the same order
        """
        final = self._numbered(self.prefix, len(names))
        if any(map(os.path.lexists, final)):
            final = self._numbered('{}-{}'.format(self.prefix, uuid.uuid4().hex[:12]), len(names))
        for old, new in zip(names, final):
            self._published.append(new)
            os.replace(old, new)
        return final

    def _numbered(self, prefix: str, count: int) -> List[str]:
        return [os.path.join(self.folder, '{}_{}.png'.format(prefix, index)) for index in range(count)]

    def withdraw(self) -> None:
        """Remove what was published."""
        for name in self._published:
            with contextlib.suppress(OSError):
                os.remove(name)
        self._published = []

    def close(self) -> None:
        """Remove what was not published."""
        shutil.rmtree(self._pending, ignore_errors=True)


@contextlib.contextmanager
def image_writer(space: Any, path: Optional[str], image_folder: str) -> Iterator[Optional[ImageWriter]]:
    """
    :param space: observation space
    :param path: .npz file to be written, or None
    :param image_folder: folder for the images, seen from that of the file
    :return: context manager giving what observations are written with, or None where they stay arrays
    :raises ImportError: when Pillow is needed but missing
    :raises ValueError: for an ``image_folder`` that leads out of the file's folder
    """
    if path is None or not is_image_shape(space.shape or (), space.dtype):
        yield None
        return
    folder, name = os.path.split(path)
    with contextlib.closing(ImageWriter(folder_below(folder, image_folder), name[:-len('.npz')])) as writer:
        yield writer


@contextlib.contextmanager
def published(recorded: Any, writer: Optional[ImageWriter], path: Optional[str]) -> Iterator[Any]:
    """
    Give images their final names while the file that names them is written, and take them back if it is not.

    :param recorded: the episodes, ``Trajectories`` with provisional names
    :param writer: what they were written with; None where there are none
    :param path: .npz file that is written, as a whole or not at all
    :return: context manager giving the episodes with final names
    """
    if writer is None:
        yield recorded
        return
    before = _identity(path)
    try:
        yield recorded._replace(observations=np.array(writer.publish(recorded.observations.tolist())))
    except BaseException:  # Ctrl-C as well, which may also come when the file has just been replaced
        if _identity(path) == before:
            writer.withdraw()
        raise


def _identity(path: str) -> Optional[Tuple[int, ...]]:
    """
    :param path: a file
    :return: what is another after it was replaced; None where there is no file
    """
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
