"""Films the environments now and then."""
import os
import warnings
from typing import Callable, Optional, Tuple, Union

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.checks import check_whole
from stable_baselines.common.gif import GifWriter
from stable_baselines.common.optional_import import optional_import
from stable_baselines.common.vec_env.base_vec_env import StepResult, VecEnv, VecEnvWrapper
from stable_baselines.common.video import VideoWriter, find_encoder

_USUAL_RATE = 30.0
_WRITERS = {'mp4': VideoWriter, 'gif': GifWriter}


class VecVideoRecorder(VecEnvWrapper):
    """
    Writes videos ``<prefix>-step-<first>-to-step-<last>.mp4`` of the pictures that all environments draw, side by side.
    No window is opened. MP4 needs the program ffmpeg, GIF needs Pillow. Since gym 0.26 environments must be made with
    ``render_mode='rgb_array'``. MPI workers other than the first put their rank at the end of the name.

    :param venv: what to wrap
    :param video_folder: folder for the videos; created when missing
    :param record_video_trigger: ``f(number of the step) -> bool``: whether a video begins; 0 is the first ``reset``.
        Not asked while one is being made
    :param video_length: steps of a video
    :param name_prefix: start of the file names; with ``.mp4`` or ``.gif`` at its end, that is the ``video_format``
    :param video_format: 'mp4', 'gif', or None: MP4, but where there is no ffmpeg GIF, with a warning
    :raises ImportError: without what the format needs; says how to get it
    :raises TypeError: when the trigger is no function
    :raises ValueError: when the length is not a positive whole number, or the format is unknown
    """

    def __init__(self, venv: VecEnv, video_folder: str, record_video_trigger: Callable[[int], bool],
                 video_length: int = 200, name_prefix: str = 'rl-video', video_format: Optional[str] = None) -> None:
        check_whole('video_length', video_length, 1)
        if not callable(record_video_trigger):
            raise TypeError('record_video_trigger={!r}: expected a function of the number of the step that returns '
                            'whether a video begins'.format(record_video_trigger))
        name_prefix, self.video_format = _format(name_prefix, video_format)
        super().__init__(venv)
        self.video_folder = os.path.abspath(video_folder)
        os.makedirs(self.video_folder, exist_ok=True)
        self.record_video_trigger = record_video_trigger
        self.video_length, self.name_prefix = video_length, name_prefix
        self.video_recorder: Optional[Union[VideoWriter, GifWriter]] = None
        self.step_id = 0
        self.recording = False
        self.recorded_frames = 0

    def reset(self) -> np.ndarray:
        observations = self.venv.reset()
        self._go_on()
        return observations

    def step_wait(self) -> StepResult:
        result = self.venv.step_wait()
        self.step_id += 1
        self._go_on()
        return result

    def close(self) -> None:
        """Complete a video that is being made, and close the environments."""
        try:
            self.close_video_recorder()
        finally:
            self.venv.close()

    def start_video_recorder(self) -> None:
        """Begin a video with the present picture; one that is being made is completed."""
        self.close_video_recorder()
        name = '{}-step-{}-to-step-{}{}.{}'.format(self.name_prefix, self.step_id, self.step_id + self.video_length,
                                                   mpi.file_suffix(), self.video_format)
        self.video_recorder = _WRITERS[self.video_format](os.path.join(self.video_folder, name), self._rate())
        self.recording = True
        self._capture()

    def close_video_recorder(self) -> None:
        """Complete the video that is being made, if any."""
        recorder, self.video_recorder = self.video_recorder, None
        self.recording = False
        self.recorded_frames = 0
        if recorder is not None:
            recorder.close()

    def _go_on(self) -> None:
        if self.recording:
            self._capture()
        elif self._video_enabled():
            self.start_video_recorder()

    def _video_enabled(self) -> bool:
        return bool(self.record_video_trigger(self.step_id))

    def _capture(self) -> None:
        picture = self.venv.render(mode='rgb_array')
        if picture is None:
            raise NotImplementedError('venv: {} gives no pictures, so there is nothing to record. Let it define '
                                      'get_images().'.format(self.venv))
        self.video_recorder.add(picture)
        self.recorded_frames += 1
        if self.recorded_frames > self.video_length:  # a picture before the first step, and one after each
            self.close_video_recorder()

    def _rate(self) -> float:
        metadata = self.venv.unwrapped.metadata or {}
        return float(metadata.get('render_fps') or metadata.get('video.frames_per_second') or _USUAL_RATE)


def _format(name_prefix: str, video_format: Optional[str]) -> Tuple[str, str]:
    """
    :param name_prefix: as given by the caller
    :param video_format: as given by the caller
    :return: the prefix without a suffix, and the format
    :raises ValueError: when there is no such format
    :raises ImportError: when what it needs is missing
    """
    stem, suffix = os.path.splitext(name_prefix)
    if suffix[1:].lower() in _WRITERS:
        name_prefix, video_format = stem, video_format or suffix[1:].lower()
    if video_format is None:
        return name_prefix, _format_at_hand()
    if video_format not in _WRITERS:
        raise ValueError("video_format={!r}: expected 'mp4', 'gif', or None.".format(video_format))
    if video_format == 'mp4':
        find_encoder()
    else:
        optional_import('PIL.Image', 'a GIF video', package='Pillow')
    return name_prefix, video_format


def _format_at_hand() -> str:
    try:
        find_encoder()
        return 'mp4'
    except ImportError as error:
        try:
            optional_import('PIL.Image', 'a GIF video', package='Pillow')
        except ImportError as other:
            raise ImportError('{} {}'.format(error, other)) from error
        warnings.warn("video_format=None: {} Until then videos are written as GIF, which video_format='gif' asks for."
                      .format(error), stacklevel=4)
        return 'gif'
