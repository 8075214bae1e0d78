"""Writes pictures as a video, by the program ffmpeg."""
import contextlib
import os
import shutil
import subprocess
import tempfile
from typing import IO, Any, List, Optional, Tuple

import numpy as np

__all__ = ['VideoWriter', 'check_picture', 'find_encoder']


def find_encoder() -> str:
    """
    :return: file name of ffmpeg: that on PATH, or that of the package imageio-ffmpeg
    :raises ImportError: when there is neither; says how to get one
    """
    found = shutil.which('ffmpeg')
    if found is not None:
        return found
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
        return get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise ImportError('a video needs the program ffmpeg, which is neither on PATH nor in the package '
                          "imageio-ffmpeg ({}). Install it with: pip install imageio-ffmpeg, or the system's packages."
                          .format(error)) from error


def check_picture(picture: np.ndarray, shape: Optional[Tuple[int, ...]]) -> Tuple[int, ...]:
    """
    :param picture: to be added to a video
    :param shape: of those before it; None for the first
    :return: its shape
    :raises ValueError: when it is no picture [height, width, 3] of uint8, or of another size than those before
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError('a video is made of pictures [height, width, 3] of uint8, found {} of {}. Let the '
                         "environment draw with mode 'rgb_array' (since gym 0.26: make it with "
                         "render_mode='rgb_array').".format(list(picture.shape), picture.dtype))
    if shape is not None and picture.shape != shape:
        raise ValueError('the pictures of a video must have one size, found {} after {}.'.format(picture.shape, shape))
    return picture.shape


class VideoWriter:
    """
    Writes one MP4 file, which takes its place when it is complete.

    :param path: the file; missing folders are created
    :param frames_per_second: speed
    :raises ImportError: without ffmpeg
    """

    def __init__(self, path: str, frames_per_second: float) -> None:
        self.path = path
        self._encoder = find_encoder()
        self._rate = frames_per_second
        self._shape: Optional[Tuple[int, ...]] = None
        self._process: Any = None
        self._errors: Optional[IO[bytes]] = None
        folder, name = os.path.split(os.path.abspath(path))
        os.makedirs(folder, exist_ok=True)
        self._temporary = os.path.join(folder, '.{}.{}.tmp'.format(name, os.getpid()))

    def add(self, picture: np.ndarray) -> None:
        """
        :param picture: shape [height, width, 3], uint8, as large as the first one
        :raises ValueError: when it is none
        :raises RuntimeError: when ffmpeg failed; holds its message
        """
        picture = np.asarray(picture)
        shape = check_picture(picture, self._shape)
        if self._shape is None:
            self._shape = shape
            self._start(*shape[:2])
        try:
            self._process.stdin.write(picture.tobytes())
        except BrokenPipeError:
            self._finish()

    def _start(self, height: int, width: int) -> None:
        command: List[str] = [
            self._encoder, '-nostats', '-loglevel', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24',
            '-s', '{}x{}'.format(width, height), '-r', '{:g}'.format(self._rate), '-i', '-', '-an',
            # Players understand this kind of colours best; it needs even numbers of rows and columns.
            '-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2', '-pix_fmt', 'yuv420p', '-f', 'mp4', self._temporary]
        self._errors = tempfile.TemporaryFile()  # a pipe that nobody reads could fill up
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors)

    def close(self) -> None:
        """
        Complete the file. Without any pictures there is none.

        :raises RuntimeError: when ffmpeg failed; holds its message
        """
        if self._process is not None:
            self._finish()
            os.replace(self._temporary, self.path)

    def _finish(self) -> None:
        process, self._process = self._process, None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        code = process.wait()
        self._errors.seek(0)
        message = self._errors.read().decode(errors='replace').strip()
        self._errors.close()
        if code != 0:
            with contextlib.suppress(OSError):
                os.remove(self._temporary)
            raise RuntimeError('{}: ffmpeg ended with exit code {}: {}'.format(self.path, code,
                                                                              message[-1000:] or 'no message'))
