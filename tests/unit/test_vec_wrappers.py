"""VecFrameStack, VecCheckNan and VecVideoRecorder."""
import contextlib
import os
import stat
import sys
import warnings

import numpy as np
import pytest
from gym import spaces

from stable_baselines.bench import Monitor
from stable_baselines.bench.monitor import load_results
from stable_baselines.common.catch_env import CatchEnv
from stable_baselines.common.vec_env import (
    DummyVecEnv,
    SubprocVecEnv,
    VecCheckNan,
    VecFrameStack,
    VecMonitor,
    VecNormalize,
    VecVideoRecorder,
)
from stable_baselines.common.video import VideoWriter, find_encoder
from tests.fakes import CheckedEnv, CheckedNewApiEnv


def make(*lengths, **options):
    return DummyVecEnv([lambda length=length: CheckedEnv(episode_length=length, **options) for length in lengths])


# ---------------------------------------------------------------- VecFrameStack

def test_the_latest_observations_are_joined():
    venv = VecFrameStack(make(2, 9), 3)
    assert venv.reset().tolist() == [[0] * 6] * 2
    assert venv.step([0, 0])[0].tolist() == [[0, 0, 0, 0, 0, 1]] * 2
    observations, _, dones, infos = venv.step([0, 0])
    assert dones.tolist() == [True, False]
    assert observations.tolist() == [[0, 0, 0, 0, 1, 0], [0, 0, 0, 1, 0, 2]]  # the first has begun anew
    assert infos[0]['terminal_observation'].tolist() == [0, 0, 0, 1, 0, 2]
    assert infos[0]['terminal_observation'].dtype == np.float32 and 'terminal_observation' not in infos[1]
    observations[:] = -5  # the caller's own
    assert venv.step([0, 0])[0].tolist() == [[0, 0, 1, 0, 1, 1], [0, 1, 0, 2, 0, 3]]
    assert venv.reset()[:, -2:].tolist() == [[2, 0], [1, 0]]


def test_the_stacked_space():
    venv = VecFrameStack(make(3, observation_dtype=np.float64), 4)
    assert venv.observation_space == spaces.Box(-1000, 1000, (8,), dtype=np.float64)
    assert venv.reset().dtype == np.float64
    env = CheckedEnv()
    env.observation_space = spaces.Box(0, 255, (4, 5, 3), dtype=np.uint8)
    env._observe = lambda: np.full((4, 5, 3), env.step_in_episode, np.uint8)
    images = VecFrameStack(DummyVecEnv([lambda: env]), 2)
    assert images.observation_space == spaces.Box(0, 255, (4, 5, 6), dtype=np.uint8)
    images.reset(), images.step([0])
    assert images.step([0])[0][0, 0, 0].tolist() == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize('n_stack', [0, 1.5, True, None])
def test_a_stack_of_a_strange_height(n_stack):
    with pytest.raises(ValueError, match='n_stack='):
        VecFrameStack(make(3), n_stack)


def test_only_boxes_can_be_stacked():
    env = CheckedEnv()
    env.observation_space = spaces.Discrete(4)
    with pytest.raises(ValueError, match=r'Discrete\(4\) cannot be joined'):
        VecFrameStack(DummyVecEnv([lambda: env]), 2)


@pytest.mark.parametrize('kind', [DummyVecEnv, lambda env_fns: SubprocVecEnv(env_fns, 'fork')])
def test_last_observations_through_a_stack_of_wrappers(kind):
    stacked_outside = VecFrameStack(VecNormalize(kind([lambda: CheckedEnv(3)]), training=False), 2)
    stacked_inside = VecNormalize(VecFrameStack(kind([lambda: CheckedEnv(3)]), 2), training=False)
    try:
        for venv in (stacked_outside, stacked_inside):
            venv.reset()
            for _ in range(3):
                _, _, dones, infos = venv.step([0])
            assert dones[0]
            # without any statistics, normalizing changes nothing but what it clips
            np.testing.assert_allclose(infos[0]['terminal_observation'], [0, 2, 0, 3], rtol=1e-3)
        assert infos[0]['original_terminal_observation'].tolist() == [0, 2, 0, 3]
    finally:
        stacked_outside.close(), stacked_inside.close()


@pytest.mark.parametrize('kind', [DummyVecEnv, lambda env_fns: SubprocVecEnv(env_fns, 'fork')])
def test_the_statistics_of_episodes_come_through(kind):
    venv = VecFrameStack(VecCheckNan(VecNormalize(kind([lambda: Monitor(CheckedEnv(3, reward=2.0), None)] * 2))), 2)
    try:
        venv.reset()
        for _ in range(3):
            infos = venv.step([0, 0])[3]
        assert [(info['episode']['r'], info['episode']['l']) for info in infos] == [(6.0, 3)] * 2  # not normalized
    finally:
        venv.close()


# ---------------------------------------------------------------- VecCheckNan

class BadEnv(CheckedEnv):
    """Gives a certain number in its second step, and from then on."""

    def __init__(self, kind, value):
        super().__init__(9, action_space=spaces.Box(-1, 1, (1,)))
        self.action_space.contains = lambda action: True
        self.kind, self.value = kind, value

    def step(self, action):
        observation, reward, done, info = super().step(action)
        if self.step_in_episode >= 2:
            observation = observation * self.value if self.kind == 'observation' else observation
            reward = self.value if self.kind == 'reward' else reward
        return observation, reward, done, info


ACTIONS = np.zeros((2, 1), np.float32)


def make_bad(kind='none', value=1.0, **options):
    venv = VecCheckNan(DummyVecEnv([lambda: BadEnv('none', 1.0), lambda: BadEnv(kind, value)]), **options)
    venv.reset()
    return venv


@pytest.mark.parametrize('kind, value', [('observation', np.nan), ('reward', np.nan), ('reward', -np.inf)])
def test_bad_numbers_are_named(kind, value):
    venv = make_bad(kind, value, raise_exception=True)
    venv.step(ACTIONS)
    with pytest.raises(ValueError, match='VecCheckNan: the {} .* of environment 1 in step 2 since reset.* comes from '
                                         'the environment'.format(kind)):
        venv.step(ACTIONS)


def test_bad_actions_are_named_before_they_are_taken():
    venv = make_bad(raise_exception=True)
    with pytest.raises(ValueError, match='action .nan. of environment 0 in step 1 .* comes from the model'):
        venv.step_async(ACTIONS * np.nan)
    assert venv.get_attr('actions') == [[], []]


def test_warnings_come_once_or_each_time():
    for warn_once, expected in ((True, 1), (False, 3)):
        venv = make_bad('reward', np.nan, warn_once=warn_once)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            for _ in range(4):
                venv.step(ACTIONS)
        assert len([one for one in caught if 'VecCheckNan' in str(one.message)]) == expected


def test_infinity_is_looked_for_unless_told_otherwise():
    venv = make_bad('reward', np.inf, raise_exception=True, check_inf=False)
    for _ in range(3):
        venv.step(ACTIONS)
    with pytest.raises(ValueError, match='is not a number'):
        venv.step(ACTIONS * np.nan)


# ---------------------------------------------------------------- VecVideoRecorder

FAKE = '''#!{python}
import sys
arguments = sys.argv[1:]
pixels = sys.stdin.buffer.read()
if {fails}:
    sys.exit('no such codec')
with open(arguments[-1], 'wb') as file:
    file.write(' '.join(arguments).encode() + b'|' + pixels)
'''


@pytest.fixture
def fake_encoder(tmp_path, monkeypatch):
    """Puts a stand-in for ffmpeg on PATH, which writes its arguments and what it was given into the file."""
    def install(fails=False):
        program = tmp_path / 'bin' / 'ffmpeg'
        program.parent.mkdir(exist_ok=True)
        program.write_text(FAKE.format(python=sys.executable, fails=fails))
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
        monkeypatch.setenv('PATH', str(program.parent))
    install()
    return install


def film(tmp_path, trigger, steps, env_count=1, **options):
    venv = VecVideoRecorder(VecCheckNan(make(*[50] * env_count)), str(tmp_path / 'videos'), trigger, **options)
    venv.reset()
    for _ in range(steps):
        venv.step([0] * env_count)
    venv.close()
    return {path.name: path.read_bytes().split(b'|', 1) for path in (tmp_path / 'videos').iterdir()}


def test_a_video_has_a_picture_before_the_first_step_and_one_after_each(tmp_path, fake_encoder):
    videos = film(tmp_path, lambda step: step % 10 == 0, 16, video_length=3)
    assert sorted(videos) == ['rl-video-step-{}-to-step-{}.mp4'.format(start, start + 3) for start in (0, 10)]
    for start in (0, 10):
        arguments, pixels = videos['rl-video-step-{}-to-step-{}.mp4'.format(start, start + 3)]
        assert b'-s 6x4 -r 30 -i -' in arguments and b'-pix_fmt rgb24' in arguments
        pictures = np.frombuffer(pixels, np.uint8).reshape(-1, 4, 6, 3)
        assert pictures[:, 0, 0, 0].tolist() == [start, start + 1, start + 2, start + 3]


def test_all_environments_are_in_the_picture_and_closing_completes_the_video(tmp_path, fake_encoder):
    videos = film(tmp_path, lambda step: step == 2, 4, env_count=2, video_length=100, name_prefix='both')
    (name, (arguments, pixels)), = videos.items()
    assert name == 'both-step-2-to-step-102.mp4' and b'-s 6x8' in arguments
    assert len(pixels) == 3 * 8 * 6 * 3


def test_without_an_encoder_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    monkeypatch.setitem(sys.modules, 'imageio_ffmpeg', None)
    with pytest.raises(ImportError, match='ffmpeg.*pip install imageio-ffmpeg'):
        VecVideoRecorder(make(3), str(tmp_path), lambda step: True, video_format='mp4')
    monkeypatch.setitem(sys.modules, 'PIL.Image', None)  # nor can it be GIF
    with pytest.raises(ImportError, match='ffmpeg.*pip install imageio-ffmpeg.*pip install Pillow'):
        VecVideoRecorder(make(3), str(tmp_path), lambda step: True)
    with pytest.raises(ImportError, match='pip install Pillow'):
        VecVideoRecorder(make(3), str(tmp_path), lambda step: True, video_format='gif')


class Film(CheckedEnv):
    """Draws pictures that differ in every step: a square that moves. No screen is needed."""

    def render(self, mode='human'):
        picture = np.zeros((48, 64, 3), np.uint8)
        picture[20:30, 2 * self.step_in_episode:2 * self.step_in_episode + 10] = 255, 128, 0
        return picture


class NewFilm(CheckedNewApiEnv):
    """The same, of the newer dialect."""

    render_mode = 'rgb_array'
    metadata = {'render_modes': ['rgb_array'], 'render_fps': 20}

    def render(self):
        return Film.render(self)


@pytest.mark.parametrize('env_class', [Film, NewFilm])
@pytest.mark.parametrize('options', [dict(video_format='gif'), dict(name_prefix='rl-video.gif'), {}])
def test_gif_is_written_when_asked_for_and_where_there_is_no_encoder(tmp_path, monkeypatch, env_class, options):
    images = pytest.importorskip('PIL.Image')
    monkeypatch.setenv('PATH', str(tmp_path))
    monkeypatch.setitem(sys.modules, 'imageio_ffmpeg', None)
    venv = DummyVecEnv([lambda: env_class(episode_length=50)])
    with contextlib.ExitStack() as stack:
        if not options:
            stack.enter_context(pytest.warns(UserWarning, match="ffmpeg.*written as GIF, which video_format='gif'"))
        venv = VecVideoRecorder(venv, str(tmp_path / 'videos'), lambda step: step == 1, video_length=4, **options)
    venv.reset()
    for _ in range(3):
        venv.step([0])
    assert os.listdir(str(tmp_path / 'videos')) == []  # until it is complete
    for _ in range(3):
        venv.step([0])
    assert os.listdir(str(tmp_path / 'videos')) == ['rl-video-step-1-to-step-5.gif']
    film = images.open(str(tmp_path / 'videos' / 'rl-video-step-1-to-step-5.gif'))
    assert film.n_frames == 5 and film.size == (64, 48)
    assert film.info['duration'] == (50 if env_class is NewFilm else 30)
    columns = []
    for number in range(5):
        film.seek(number)
        columns.append(int(np.flatnonzero(np.asarray(film.convert('RGB'))[25, :, 0] > 128)[0]))
    assert columns == [2, 4, 6, 8, 10]
    venv.close()


def test_a_gif_of_the_games_of_this_library_needs_no_screen(tmp_path):
    images = pytest.importorskip('PIL.Image')
    venv = VecVideoRecorder(DummyVecEnv([CatchEnv, CatchEnv]), str(tmp_path), lambda step: step == 0, video_length=3,
                            video_format='gif')
    venv.reset()
    for _ in range(3):
        venv.step([0, 1])
    name, = os.listdir(str(tmp_path))
    assert images.open(str(tmp_path / name)).n_frames == 4


def test_the_package_imageio_ffmpeg_will_do(tmp_path, monkeypatch):
    package = type(sys)('imageio_ffmpeg')
    package.get_ffmpeg_exe = lambda: '/there/ffmpeg'
    monkeypatch.setenv('PATH', str(tmp_path))
    monkeypatch.setitem(sys.modules, 'imageio_ffmpeg', package)
    assert find_encoder() == '/there/ffmpeg'


def test_failures_of_the_encoder_are_told(tmp_path, fake_encoder):
    fake_encoder(fails=True)
    with pytest.raises(RuntimeError, match=r'step-0-to-step-3.mp4: ffmpeg ended with exit code 1: no such codec'):
        film(tmp_path, lambda step: step == 0, 5, video_length=3)
    assert os.listdir(str(tmp_path / 'videos')) == []


@pytest.mark.parametrize('picture', [None, np.zeros((4, 4)), np.zeros((4, 4, 3))])
def test_what_is_no_picture_is_refused(tmp_path, fake_encoder, picture):
    with pytest.raises(ValueError, match="render_mode='rgb_array'"):
        VideoWriter(str(tmp_path / 'a.mp4'), 30).add(picture)


def test_pictures_of_another_size_are_refused(tmp_path, fake_encoder):
    writer = VideoWriter(str(tmp_path / 'new' / 'a.mp4'), 30)
    writer.close()  # of nothing: no file
    writer.add(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match='one size'):
        writer.add(np.zeros((4, 5, 3), np.uint8))
    writer.close()
    assert os.listdir(str(tmp_path / 'new')) == ['a.mp4']


@pytest.mark.parametrize('options, error, message', [
    (dict(record_video_trigger=True), TypeError, 'record_video_trigger=True'),
    (dict(record_video_trigger=bool, video_format='avi'), ValueError, "video_format='avi': expected 'mp4', 'gif'"),
    (dict(record_video_trigger=bool, video_length=0), ValueError, 'video_length=0')])
def test_bad_arguments_of_the_recorder(tmp_path, fake_encoder, options, error, message):
    with pytest.raises(error, match=message):
        VecVideoRecorder(make(3), str(tmp_path), **options)


# ---------------------------------------------------------------- VecMonitor

def episodes_of(venv, n_steps):
    venv.reset()
    return [info['episode'] for _ in range(n_steps) for info in venv.step([0] * venv.num_envs)[3] if 'episode' in info]


@pytest.mark.parametrize('outside', [lambda venv: venv, VecNormalize, lambda venv: VecFrameStack(venv, 2)],
                         ids=['bare', 'VecNormalize', 'VecFrameStack'])
def test_episodes_of_all_environments_are_recorded(tmp_path, outside):
    venv = outside(VecMonitor(make(2, 3, reward=1.5), tmp_path / 'both', info_keywords=['step']))
    found = episodes_of(venv, 5)
    assert [(episode['r'], episode['l'], episode['step']) for episode in found] == [
        (3.0, 2, 2), (4.5, 3, 3), (3.0, 2, 2)]
    assert 0 < found[0]['t'] <= found[2]['t'] < 60
    header, columns, *rows = (tmp_path / 'both.monitor.csv').read_text().splitlines()
    assert header.startswith('#{') and columns == 'r,l,t,step'
    assert [row.split(',')[:2] for row in rows] == [['3.0', '2'], ['4.5', '3'], ['3.0', '2']]
    assert load_results(str(tmp_path)).l.tolist() == [2, 3, 2]
    venv.close()
    assert all(venv.get_attr('closed'))


def test_recording_begins_anew_with_reset():
    venv = VecMonitor(make(3))
    assert episodes_of(venv, 2) == []
    [episode] = episodes_of(venv, 3)
    assert (episode['r'], episode['l']) == (3.0, 3)


def test_a_monitor_inside_is_heard_no_more():
    venv = VecMonitor(DummyVecEnv([lambda: Monitor(CheckedEnv(episode_length=2), None)]))
    [episode] = episodes_of(venv, 2)
    assert episode['l'] == 2


def test_an_info_that_is_not_there_is_named():
    venv = VecMonitor(make(1), info_keywords=['speed'])
    venv.reset()
    with pytest.raises(ValueError, match="info_keywords holds 'speed', but .* has only .*'step'"):
        venv.step([0])
