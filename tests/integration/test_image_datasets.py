"""Image observations: written without loss, found again, decoded ahead by threads that end."""
import gc
import multiprocessing
import os
import shutil
import sys
import threading
import time

import gym
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail.dataset import DataLoader, ExpertDataset, generate_expert_traj, images

Image = pytest.importorskip('PIL.Image')

SHAPE = (12, 10, 3)


class Camera(gym.Env):
    """Shows random pixels; the reward tells which picture it was."""

    def __init__(self, shape=SHAPE, episode_length=4, seed=0):
        self.observation_space = spaces.Box(0, 255, shape, dtype=np.uint8)
        self.action_space = spaces.Discrete(2)
        self.episode_length = episode_length
        self.random = np.random.RandomState(seed)
        self.shown = []

    def reset(self):
        self.left = self.episode_length
        return self.observe()

    def step(self, action):
        self.left -= 1
        return self.observe(), float(len(self.shown)), self.left == 0, {}

    def observe(self):
        self.shown.append(self.random.randint(0, 256, self.observation_space.shape).astype(np.uint8))
        return self.shown[-1]


def record(folder, env=None, n_episodes=2, **kwargs):
    """Record a camera; gives the data and the pictures of its rows."""
    env = Camera() if env is None else env
    data = generate_expert_traj(lambda observation: 1, str(folder / 'expert'), env, n_episodes=n_episodes, **kwargs)
    period = env.episode_length + 1  # the last picture of an episode belongs to no step
    pictures = [shown for index, shown in enumerate(env.shown) if index % period != period - 1]
    return data, np.array(pictures[:len(data['obs'])])


def loader_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith('DataLoader')]


def wait_for_threads_to_end(seconds=5.0):
    deadline = time.time() + seconds
    while loader_threads() and time.time() < deadline:
        time.sleep(0.01)
    return not loader_threads()


@pytest.fixture(autouse=True)
def no_thread_outlives_the_test():
    yield
    if not wait_for_threads_to_end(0.5):
        gc.collect()
    assert wait_for_threads_to_end()


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_pixels_come_back_exactly(tmp_path, channels):
    data, pictures = record(tmp_path, Camera((12, 10, channels)))
    dataset = ExpertDataset(tmp_path / 'expert.npz', randomize=False, verbose=0)
    observations, actions = dataset.get_next_batch()
    np.testing.assert_array_equal(observations, pictures)
    assert observations.dtype == np.uint8 and observations.shape == (8, 12, 10, channels) and actions.shape == (8, 1)
    dataset.validate(Camera((12, 10, channels)))


def test_files_are_png_beside_the_recording(tmp_path):
    data, pictures = record(tmp_path)
    names = ['recorded_images/expert_{}.png'.format(row) for row in range(8)]
    with np.load(str(tmp_path / 'expert.npz')) as file:
        assert file['obs'].tolist() == names
    assert data['obs'].tolist() == [str(tmp_path / name) for name in names]  # what can be opened from here
    assert sorted(os.listdir(str(tmp_path))) == ['expert.npz', 'recorded_images']
    assert sorted(os.listdir(str(tmp_path / 'recorded_images'))) == sorted(map(os.path.basename, names))
    for name, picture in zip(names, pictures):
        with Image.open(str(tmp_path / name)) as image:
            assert image.format == 'PNG'
            np.testing.assert_array_equal(np.array(image), picture)


def test_four_channels_lie_in_the_file_as_opencv_puts_them(tmp_path):
    picture = np.zeros((2, 2, 4), dtype=np.uint8) + np.array([10, 20, 30, 40], dtype=np.uint8)
    images.write_png(str(tmp_path / 'frames.png'), picture)
    with Image.open(str(tmp_path / 'frames.png')) as image:
        assert image.mode == 'RGBA' and image.getpixel((0, 0)) == (30, 20, 10, 40)


def test_returned_data_can_be_used_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(str(tmp_path))
    data, pictures = record(type(tmp_path)('folder'))
    assert data['obs'][0] == os.path.join('folder', 'recorded_images', 'expert_0.png')
    dataset = ExpertDataset(traj_data=data, randomize=False, verbose=0)
    np.testing.assert_array_equal(dataset.get_next_batch()[0], pictures)
    assert dataset.digest() == ExpertDataset('folder/expert', verbose=0).digest()


def test_recording_moves_with_its_folder(tmp_path):
    (tmp_path / 'one').mkdir()
    data, pictures = record(tmp_path / 'one')
    before = ExpertDataset(tmp_path / 'one' / 'expert', verbose=0).digest()
    shutil.move(str(tmp_path / 'one'), str(tmp_path / 'two'))
    dataset = ExpertDataset(tmp_path / 'two' / 'expert', randomize=False, verbose=0)
    np.testing.assert_array_equal(dataset.get_next_batch()[0], pictures)
    assert dataset.digest() == before


def test_several_environments_share_a_folder_without_mixing(tmp_path):
    cameras = [Camera(episode_length=2, seed=1), Camera(episode_length=3, seed=2)]
    venv = DummyVecEnv([lambda camera=camera: camera for camera in cameras])
    generate_expert_traj(lambda observations: [0, 0], str(tmp_path / 'expert'), venv, n_episodes=3)
    dataset = ExpertDataset(tmp_path / 'expert', randomize=False, verbose=0)
    assert dataset.episode_lengths.tolist() == [2, 3, 2]
    expected = cameras[0].shown[:2] + cameras[1].shown[:3] + cameras[0].shown[3:5]
    np.testing.assert_array_equal(dataset.get_next_batch()[0], expected)
    assert len(os.listdir(str(tmp_path / 'recorded_images'))) == 7  # what the environments showed besides is gone


def test_two_recordings_may_share_a_folder(tmp_path):
    for name, seed in (('one', 1), ('two', 2)):
        generate_expert_traj(lambda observation: 0, str(tmp_path / name), Camera(seed=seed), n_episodes=1)
    for name, seed in (('one', 1), ('two', 2)):
        expected = Camera(seed=seed)
        expected.reset()
        batch = ExpertDataset(tmp_path / name, randomize=False, verbose=0).get_next_batch()[0]
        np.testing.assert_array_equal(batch[0], expected.shown[0])


def test_failure_leaves_images_and_file_of_the_last_recording(tmp_path):
    data, pictures = record(tmp_path)
    calls = []

    def failing(observation):
        calls.append(0)
        if len(calls) == 7:
            raise RuntimeError('camera lost')
        return 0

    with pytest.raises(RuntimeError, match='camera lost'):
        generate_expert_traj(failing, str(tmp_path / 'expert'), Camera(seed=5), n_episodes=4)
    batch = ExpertDataset(tmp_path / 'expert', randomize=False, verbose=0).get_next_batch()[0]
    np.testing.assert_array_equal(batch, pictures)
    assert len(os.listdir(str(tmp_path / 'recorded_images'))) == 8


@pytest.mark.parametrize('image_folder', ['../elsewhere', '/elsewhere', 'below/../../elsewhere', '..'])
def test_images_outside_the_folder_are_not_recorded(tmp_path, image_folder):
    (tmp_path / 'data').mkdir()
    image_folder = str(tmp_path) + image_folder if image_folder.startswith('/') else image_folder
    env = Camera()
    with pytest.raises(ValueError, match='image_folder=.*: images must lie in the folder of the file'):
        record(tmp_path / 'data', env, image_folder=image_folder)
    assert env.shown == [] and os.listdir(str(tmp_path)) == ['data'] and os.listdir(str(tmp_path / 'data')) == []
    data, _ = record(tmp_path / 'data', image_folder=str(tmp_path / 'data' / 'pictures'))  # absolute, but inside
    with np.load(str(tmp_path / 'data' / 'expert.npz')) as file:
        assert file['obs'][0] == 'pictures/expert_0.png'
    with pytest.raises(ValueError, match='image_folder=.*: images must lie in the folder of the file'):
        ExpertDataset(traj_data=data, verbose=0).save(tmp_path / 'copy', image_folder=str(tmp_path / '..' / 'images'))
    assert os.listdir(str(tmp_path)) == ['data']


@pytest.mark.parametrize('link', [False, True])
def test_images_on_another_disk_are_reached_by_a_link(tmp_path, link):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'large').mkdir()
    os.symlink(str(tmp_path / 'large'), str(tmp_path / 'data' / 'recorded_images'))
    os.symlink(str(tmp_path / 'data'), str(tmp_path / 'link'))
    _, pictures = record(tmp_path / ('link' if link else 'data'))
    assert len(os.listdir(str(tmp_path / 'large'))) == 8
    for folder in ('data', 'link'):
        batch = ExpertDataset(tmp_path / folder / 'expert', randomize=False, verbose=0).get_next_batch()[0]
        np.testing.assert_array_equal(batch, pictures)


@pytest.mark.parametrize('folder, named', [('data', 'data'), ('link', 'data'), ('data', 'link'), ('data', 'nowhere')])
def test_absolute_names_inside_the_folder_are_read(tmp_path, folder, named):
    (tmp_path / 'data').mkdir()
    os.symlink(str(tmp_path / 'data'), str(tmp_path / 'link'))
    write_old_file(tmp_path / 'data', [str(tmp_path / named / 'pictures' / '{}.png'.format(i)) for i in range(3)],
                   PICTURES)
    batch = ExpertDataset(tmp_path / folder / 'old', randomize=False, verbose=0).get_next_batch()[0]
    np.testing.assert_array_equal(batch, PICTURES)


def test_absolute_names_outside_the_folder_are_refused(tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data2').mkdir()
    for place in ('data2', '.'):
        name = str(tmp_path / place / 'secret.png')
        Image.fromarray(PICTURES[0]).save(name)
        for stored in (name, '/etc/passwd', str(tmp_path / 'data' / '..' / 'secret.png')):
            shutil.rmtree(str(tmp_path / 'data'))
            (tmp_path / 'data').mkdir()
            write_old_file(tmp_path / 'data', ['pictures/0.png', stored], PICTURES)
            with pytest.raises(FileFormatError, match="old.npz: 'obs' holds .* not the name of an image in the folder "
                                                      'of the demonstrations; put the images beside the file'):
                ExpertDataset(tmp_path / 'data' / 'old', verbose=0)


@pytest.mark.parametrize('shape', [(12, 10), (12, 10, 2), (3, 12, 10)])
def test_other_shapes_are_stored_as_arrays(tmp_path, shape):
    data, pictures = record(tmp_path, Camera(shape))
    assert os.listdir(str(tmp_path)) == ['expert.npz']
    batch = ExpertDataset(tmp_path / 'expert', randomize=False, verbose=0).get_next_batch()[0]
    np.testing.assert_array_equal(batch, pictures)


def test_without_save_path_images_stay_in_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(str(tmp_path))
    data = generate_expert_traj(lambda observation: 1, env=Camera(), n_episodes=1)
    assert data['obs'].shape == (4,) + SHAPE and data['obs'].dtype == np.uint8
    assert os.listdir(str(tmp_path)) == []


def write_old_file(folder, names, pictures, extension='png', **changes):
    """A file as stable-baselines left it: names as seen from where the recording ran."""
    rows = len(names)
    arrays = dict(obs=np.array(names), actions=np.ones((rows, 1), int), rewards=np.zeros(rows),
                  episode_returns=np.zeros(1), episode_starts=np.arange(rows) == 0)
    np.savez(str(folder / 'old.npz'), **dict(arrays, **changes))
    (folder / 'pictures').mkdir()
    for index, picture in enumerate(pictures):
        Image.fromarray(picture).save(str(folder / 'pictures' / '{}.{}'.format(index, extension)))


PICTURES = np.random.RandomState(0).randint(0, 256, (3,) + SHAPE).astype(np.uint8)


@pytest.mark.parametrize('stored', ['pictures/{}.png', './pictures/{}.png', 'data/pictures/{}.png',
                                    '../data/pictures/{}.png', '/home/somebody/pictures/{}.png'])
def test_old_files_are_read_wherever_they_were_recorded(tmp_path, monkeypatch, stored):
    (tmp_path / 'data').mkdir()
    write_old_file(tmp_path / 'data', [stored.format(index) for index in range(3)], PICTURES)
    monkeypatch.chdir(str(tmp_path))
    batch = ExpertDataset('data/old.npz', randomize=False, verbose=0).get_next_batch()[0]
    np.testing.assert_array_equal(batch, PICTURES)


def test_jpeg_is_read(tmp_path):
    smooth = np.full((3,) + SHAPE, 100, dtype=np.uint8)
    write_old_file(tmp_path, ['pictures/{}.jpg'.format(index) for index in range(3)], smooth, 'jpg')
    batch = ExpertDataset(tmp_path / 'old', verbose=0).get_next_batch()[0]
    assert batch.shape == smooth.shape and np.abs(batch.astype(int) - 100).max() <= 3


@pytest.mark.parametrize('mode, channels', [('L', 1), ('1', 1), ('P', 3), ('RGB', 3), ('RGBA', 4), ('LA', 4)])
def test_every_usual_kind_of_png_gives_whole_channels(tmp_path, mode, channels):
    name = str(tmp_path / 'image.png')
    Image.new('RGB', (5, 7), (255, 255, 255)).convert('L' if mode == 'LA' else mode).convert(mode).save(name)
    image = images.read_image(name)
    assert image.shape == (7, 5, channels) and image.dtype == np.uint8
    assert (image == 255).all()


def test_missing_image_is_named_at_once(tmp_path):
    write_old_file(tmp_path, ['pictures/{}.png'.format(index) for index in range(4)], PICTURES)
    with pytest.raises(FileNotFoundError, match="old.npz: image 'pictures/3.png' .* missing; looked for .*/3.png"):
        ExpertDataset(tmp_path / 'old', verbose=0)


@pytest.mark.parametrize('name', ['../secret.png', '../../etc/secret.png', '', 'a\0b.png', '..'])
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path, name):
    (tmp_path / 'data').mkdir()
    Image.fromarray(PICTURES[0]).save(str(tmp_path / 'secret.png'))
    write_old_file(tmp_path / 'data', ['pictures/0.png', name], PICTURES)
    with pytest.raises(ValueError, match="old.npz: 'obs' holds .* not the name of an image in the folder"):
        ExpertDataset(tmp_path / 'data' / 'old', verbose=0)


def test_broken_image_is_named_when_its_batch_comes(tmp_path):
    write_old_file(tmp_path, ['pictures/{}.png'.format(index) for index in range(3)], PICTURES)
    with open(str(tmp_path / 'pictures' / '1.png'), 'r+b') as file:
        file.truncate(100)
    for sequential in (False, True):
        dataset = ExpertDataset(tmp_path / 'old', verbose=0, sequential_preprocessing=sequential)
        with pytest.raises(ValueError, match=r'pictures/1.png. of the demonstrations cannot be read as PNG or JPEG'):
            dataset.get_next_batch()


def test_file_that_is_no_image_or_too_deep_is_refused(tmp_path):
    (tmp_path / 'text.png').write_text('not a picture')
    with pytest.raises(ValueError, match='text.png. of the demonstrations cannot be read'):
        images.read_image(str(tmp_path / 'text.png'))
    Image.fromarray(np.full((3, 3), 60000, dtype=np.uint16)).save(str(tmp_path / 'deep.png'))
    with pytest.raises(ValueError, match='deep.png. of the demonstrations has pixels of type .* 8 bits'):
        images.read_image(str(tmp_path / 'deep.png'))


def test_image_of_another_shape_is_named(tmp_path):
    write_old_file(tmp_path, ['pictures/{}.png'.format(index) for index in range(3)], PICTURES)
    Image.fromarray(PICTURES[0][:5]).save(str(tmp_path / 'pictures' / '2.png'))
    dataset = ExpertDataset(tmp_path / 'old', batch_size=1, randomize=False, verbose=0)
    for _ in range(2):
        dataset.get_next_batch()
    with pytest.raises(ValueError, match=r'pictures/2.png. .* shape \(5, 10, 3\), others have \(12, 10, 3\)'):
        dataset.get_next_batch()


@pytest.mark.parametrize('sequential', [False, True])
def test_the_image_of_another_shape_is_named_whichever_comes_first(tmp_path, sequential):
    pictures = [np.zeros((6, 5, 3), np.uint8)] * 40
    pictures[25] = np.zeros((5, 5, 3), np.uint8)
    write_old_file(tmp_path, ['pictures/{}.png'.format(index) for index in range(40)], pictures)
    dataset = ExpertDataset(tmp_path / 'old', verbose=0)
    for first in (0, 17, 24, 25):
        loader = DataLoader(np.roll(np.arange(40), -first), dataset.observations, dataset.actions, 8,
                            sequential=sequential)
        with pytest.raises(ValueError, match=r'pictures/25.png. .* shape \(5, 5, 3\), others have \(6, 5, 3\)'):
            for _ in range(5):
                next(loader)
        loader.close()


def test_images_that_do_not_fit_the_environment_are_refused(tmp_path):
    record(tmp_path)
    dataset = ExpertDataset(tmp_path / 'expert', verbose=0)
    with pytest.raises(ValueError, match=r'shape \(12, 10, 3\) .* Box\(12, 10, 1\) uint8'):
        dataset.validate(Camera((12, 10, 1)))


def test_actions_cannot_be_names(tmp_path):
    write_old_file(tmp_path, ['pictures/0.png'], PICTURES[:1], actions=np.array(['pictures/0.png']))
    with pytest.raises(FileFormatError, match="'actions' has dtype <U"):
        ExpertDataset(tmp_path / 'old', train_fraction=1.0, verbose=0)


@pytest.fixture
def many_images(tmp_path):
    """Names of 60 images whose first pixel is their number."""
    names = []
    for index in range(60):
        names.append(str(tmp_path / '{}.png'.format(index)))
        images.write_png(names[-1], np.full((4, 4, 1), index, dtype=np.uint8))
    return np.array(names)


@pytest.mark.parametrize('sequential', [False, True])
@pytest.mark.parametrize('shuffle', [False, True])
@pytest.mark.parametrize('n_workers, queue', [(1, 1), (3, 4)])
def test_every_image_comes_once_an_epoch_with_its_action(many_images, sequential, shuffle, n_workers, queue):
    loader = DataLoader(np.arange(60), many_images, np.arange(60), 7, n_workers=n_workers, max_queue_len=queue,
                        shuffle=shuffle, sequential=sequential, infinite_loop=False)
    for _ in range(3):
        seen = []
        for observations, actions in loader:
            np.testing.assert_array_equal(observations[:, 0, 0, 0], actions)
            seen += actions.tolist()
        assert sorted(seen) == list(range(60))
        assert (seen == sorted(seen)) != shuffle
    assert bool(loader_threads()) != sequential
    loader.close()
    assert not loader_threads()


def test_no_more_images_than_asked_for_are_decoded_ahead(many_images, monkeypatch):
    decoded = []

    def watched(name, place):
        decoded.append(name)
        return images.read_image(name, place)

    monkeypatch.setattr(sys.modules[DataLoader.__module__], 'read_image', watched)
    loader = DataLoader(np.arange(60), many_images, np.arange(60), 5, n_workers=2, max_queue_len=3, start_process=False)
    time.sleep(0.05)
    assert decoded == []
    loader.start_process()
    for batches in range(1, 4):
        wanted, deadline = 5 * (batches + 2), time.time() + 10
        while len(decoded) < wanted and time.time() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)  # enough for some more, were they allowed
        assert len(decoded) == wanted
        next(loader)
    loader.close()


def test_threads_start_with_the_first_batch_and_end_with_the_loader(many_images):
    loader = DataLoader(np.arange(60), many_images, np.arange(60), 7, start_process=False)
    assert not loader_threads()
    next(loader)
    assert loader_threads()
    del loader
    assert wait_for_threads_to_end()


def test_closed_loader_goes_on_without_losing_rows(many_images):
    loader = DataLoader(np.arange(60), many_images, np.arange(60), 7, max_queue_len=3)
    seen = []
    for _ in range(9):
        seen += next(loader)[1].tolist()
        loader.close()
        assert not loader_threads()
    assert seen == list(range(60))
    assert next(iter(loader))[1].tolist() == list(range(7))


def _rows_of_three_batches(loader, send):
    send([next(loader)[1].tolist() for _ in range(3)])


def test_a_forked_process_goes_on_with_threads_of_its_own(many_images):
    loader = DataLoader(np.arange(60), many_images, np.arange(60), 7, n_workers=2, max_queue_len=3)
    context = multiprocessing.get_context('fork')
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_rows_of_three_batches, args=(loader, sender.send), daemon=True)
    child.start()
    found = receiver.recv() if receiver.poll(20) else 'nothing'
    child.terminate()
    child.join()
    assert found == [next(loader)[1].tolist() for _ in range(3)]
    loader.close()


def test_dataset_ends_its_threads_before_pickling(tmp_path):
    record(tmp_path)
    dataset = ExpertDataset(tmp_path / 'expert', verbose=0)
    for split in (None, 'train', 'val'):
        dataset.get_next_batch(split)
    assert loader_threads()
    dataset.prepare_pickling()
    assert not loader_threads()
    assert len(dataset.get_next_batch()[0]) == 8
    del dataset
    assert wait_for_threads_to_end()


def test_without_pillow_the_message_says_what_to_install(tmp_path, monkeypatch):
    record(tmp_path)
    monkeypatch.setitem(sys.modules, 'PIL', None)
    dataset = ExpertDataset(tmp_path / 'expert', verbose=0)
    with pytest.raises(ImportError, match=r'pip install \.\[images\]'):
        dataset.get_next_batch()

    class Model:
        def learn(self, total_timesteps):
            raise AssertionError('trained for hours before the complaint')

        def predict(self, observation, **kwargs):
            return [0], None

    with pytest.raises(ImportError, match=r'pip install \.\[images\]'):
        generate_expert_traj(Model(), str(tmp_path / 'other'), Camera(), n_timesteps=10)
    assert not (tmp_path / 'other.npz').exists()
