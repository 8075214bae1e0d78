"""Films the environments now and then."""
import os
from typing import Callable, Optional

import numpy as np

from stable_baselines.common.checks import check_whole
from stable_baselines.common.vec_env.base_vec_env import StepResult, VecEnv, VecEnvWrapper
from stable_baselines.common.video import VideoWriter, find_encoder

_USUAL_RATE = 30.0


class VecVideoRecorder(VecEnvWrapper):
    """
    Writes videos ``<prefix>-step-<first>-to-step-<last>.mp4`` of the pictures that all environments draw, side by side.
    Needs the program ffmpeg. Since gym 0.26 environments must be made with ``render_mode='rgb_array'``.

    :param venv: what to wrap
    :param video_folder: folder for the videos; created when missing
    :param record_video_trigger: ``f(number of the step) -> bool``: whether a video begins; 0 is the first ``reset``.
        Not asked while one is being made
    :param video_length: steps of a video
    :param name_prefix: start of the file names
    :raises ImportError: without ffmpeg; says how to get it
    :raises TypeError: when the trigger is no function
    :raises ValueError: when the length is not a positive whole number
    """

    def __init__(self, venv: VecEnv, video_folder: str, record_video_trigger: Callable[[int], bool],
                 video_length: int = 200, name_prefix: str = 'rl-video') -> None:
        check_whole('video_length', video_length, 1)
        if not callable(record_video_trigger):
            raise TypeError('record_video_trigger={!r}: expected a function of the number of the step that returns '
                            'whether a video begins'.format(record_video_trigger))
        find_encoder()
        super().__init__(venv)
        self.video_folder = os.path.abspath(video_folder)
        os.makedirs(self.video_folder, exist_ok=True)
        self.record_video_trigger = record_video_trigger
        self.video_length, self.name_prefix = video_length, name_prefix
        self.video_recorder: Optional[VideoWriter] = None
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
        name = '{}-step-{}-to-step-{}.mp4'.format(self.name_prefix, self.step_id, self.step_id + self.video_length)
        self.video_recorder = VideoWriter(os.path.join(self.video_folder, name), self._rate())
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
        self.video_recorder.add(self.venv.render(mode='rgb_array'))
        self.recorded_frames += 1
        if self.recorded_frames > self.video_length:  # a picture before the first step, and one after each
            self.close_video_recorder()

    def _rate(self) -> float:
        metadata = self.venv.unwrapped.metadata or {}
        return float(metadata.get('render_fps') or metadata.get('video.frames_per_second') or _USUAL_RATE)
