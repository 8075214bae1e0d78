"""Image observations as files: PNG out, PNG or JPEG in, and where the files are.

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

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset.png import decode_plain, encode_plain

__all__ = ['ImageWriter', 'image_shape', 'image_writer', 'is_image_shape', 'read_image', 'require_pillow',
           'resolve_names', 'stored_name', 'write_png']

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


def resolve_names(names: np.ndarray, folder: str, source: str) -> np.ndarray:
    """
    Find the image files that a data set names.

    A relative name counts from the folder of the data set, and if there is no such file from the working folder (so
    stable-baselines wrote them). When the data set was moved together with its images, a folder of the same name beside
    it is tried last. A relative name cannot lead out of these folders.

    :param names: shape [N], as stored
    :param folder: folder of the data set
    :param source: the data set, for messages
    :return: shape [N], absolute names of existing files
    :raises FileNotFoundError: names the first image that is missing, and where it was looked for
    :raises ValueError: when a name leads out of the folder
    """
    folder = os.path.abspath(folder)
    found = []
    for name in names.tolist():
        path = next(filter(os.path.isfile, _places(name, folder)), None)
        if path is None:
            _refuse(name, folder, source)
        found.append(path)
    return np.array(found)


def _places(name: str, folder: str) -> Iterator[str]:
    """
    :param name: as stored
    :param folder: absolute, of the data set
    :return: absolute paths to try, in order; none where the name leads out of every folder it may count from
    """
    if not name or '\0' in name:
        return
    path = os.path.normpath(name)
    if os.path.isabs(path):
        yield path
    elif not _leads_out(path):
        yield os.path.join(folder, path)
        yield os.path.join(os.getcwd(), path)
    tail = os.path.join(*path.split(os.sep)[-2:])
    if not _leads_out(tail):
        yield os.path.join(folder, tail)


def _leads_out(path: str) -> bool:
    """
    :param path: relative and normalized
    :return: whether it goes up from where it counts
    """
    return path == os.pardir or path.startswith(os.pardir + os.sep)


def _refuse(name: str, folder: str, source: str) -> None:
    """
    :param name: of an image that was not found, as stored
    :param folder: absolute, of the data set
    :param source: the data set, for messages
    :raises FileNotFoundError: says where it was looked for
    :raises FileFormatError: when it is not a name that leads anywhere inside the folder
    """
    places = list(dict.fromkeys(_places(name, folder)))
    if not places or _leads_out(os.path.normpath(name)):
        raise FileFormatError("{}: 'obs' holds {!r}, which is not the name of an image in the folder of the "
                              'demonstrations; put the images beside the file.'.format(source, name))
    raise FileNotFoundError("{}: image {!r} named in 'obs' is missing; looked for {}.".format(
        source, name, ', '.join(places)))


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
        Give images their final names, numbered in the given order.

        :param names: provisional names; images not among them are dropped by ``close``
        :return: final names, in the same order
        """
        final = [os.path.join(self.folder, '{}_{}.png'.format(self.prefix, index)) for index in range(len(names))]
        for old, new in zip(names, final):
            os.replace(old, new)
        return final

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
    """
    if path is None or not is_image_shape(space.shape or (), space.dtype):
        yield None
        return
    folder, name = os.path.split(path)
    with contextlib.closing(ImageWriter(os.path.join(folder, image_folder), name[:-len('.npz')])) as writer:
        yield writer


def stored_name(path: str, folder: str) -> str:
    """
    :param path: an image file
    :param folder: folder of the data set
    :return: the name to store: relative, with forward slashes, where the image lies below that folder, else absolute
    """
    relative = os.path.relpath(path, folder)
    return os.path.abspath(path) if relative.startswith(os.pardir) else relative.replace(os.sep, '/')
