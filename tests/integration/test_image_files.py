"""Image demonstrations as files: saved, joined, moved, thinned out, and read in bounded memory without leftovers."""
import gc
import multiprocessing
import os
import shutil
import sys
import time
import tracemalloc

import numpy as np
import pytest

from stable_baselines.gail.dataset import ExpertDataset, generate_expert_traj, images, write_demonstrations
from tests.integration.test_image_datasets import Camera, loader_threads, record, wait_for_threads_to_end

Image = pytest.importorskip('PIL.Image')


def rows_of(path, **options):
    return ExpertDataset(path, **dict(dict(randomize=False, verbose=0, batch_size=1000), **options)).get_next_batch()[0]


def stored_names(path):
    with np.load(str(path)) as file:
        return file['obs'].tolist()


@pytest.fixture
def recorded(tmp_path):
    """Folder of a recording of two episodes of four steps, and its pictures."""
    (tmp_path / 'old').mkdir()
    _, pictures = record(tmp_path / 'old')
    return tmp_path / 'old', pictures


def test_saved_elsewhere_the_images_are_copied(recorded, tmp_path):
    folder, pictures = recorded
    saved = ExpertDataset(folder / 'expert', verbose=0).save(tmp_path / 'new' / 'copy', image_folder='pictures')
    shutil.rmtree(str(folder))
    assert sorted(os.listdir(str(tmp_path / 'new'))) == ['copy.npz', 'pictures']
    assert len(os.listdir(str(tmp_path / 'new' / 'pictures'))) == 8
    assert all(name.startswith('pictures/') for name in stored_names(saved))
    shutil.move(str(tmp_path / 'new'), str(tmp_path / 'moved'))
    np.testing.assert_array_equal(rows_of(tmp_path / 'moved' / 'copy'), pictures)


def test_saved_beside_its_images_none_is_copied(recorded):
    folder, pictures = recorded
    dataset = ExpertDataset(folder / 'expert', traj_limitation=1, verbose=0)
    dataset.save(folder / 'first')
    assert sorted(os.listdir(str(folder))) == ['expert.npz', 'first.npz', 'recorded_images']
    assert len(os.listdir(str(folder / 'recorded_images'))) == 8
    assert stored_names(folder / 'first.npz') == stored_names(folder / 'expert.npz')[:4]
    np.testing.assert_array_equal(rows_of(folder / 'first'), pictures[:4])
    dataset.save(folder / 'below' / 'first')  # seen from there, they are outside
    assert len(os.listdir(str(folder / 'below' / 'recorded_images'))) == 4


def test_joined_recordings_keep_their_own_images(tmp_path):
    """Both have images of the same names."""
    everything = []
    for name, seed in (('one', 1), ('two', 2)):
        (tmp_path / name).mkdir()
        everything.append(record(tmp_path / name, Camera(seed=seed))[1])
    dataset = ExpertDataset([tmp_path / 'one' / 'expert', tmp_path / 'two' / 'expert'], randomize=False, verbose=0)
    np.testing.assert_array_equal(dataset.get_next_batch()[0], np.concatenate(everything))
    saved = dataset.save(tmp_path / 'both' / 'expert')
    assert len(set(stored_names(saved))) == 16
    np.testing.assert_array_equal(rows_of(saved), np.concatenate(everything))
    assert ExpertDataset(saved, verbose=0).digest() == dataset.digest()


def test_only_the_images_of_rows_kept_are_copied_and_each_once(recorded, tmp_path):
    folder, _ = recorded
    dataset = ExpertDataset([folder / 'expert', folder / 'expert'], subsample=4, seed=0, verbose=0)
    saved = dataset.save(tmp_path / 'new' / 'few')
    assert dataset.num_transition == 4 and len(rows_of(saved)) == 4
    assert len(os.listdir(str(tmp_path / 'new' / 'recorded_images'))) == len(set(dataset.observations.tolist())) <= 4


def test_other_data_sets_in_the_folder_keep_their_images(recorded, tmp_path):
    folder, pictures = recorded
    (tmp_path / 'other').mkdir()
    _, others = record(tmp_path / 'other', Camera(seed=9))
    first = ExpertDataset(folder / 'expert', verbose=0).save(tmp_path / 'new' / 'first')
    second = ExpertDataset(tmp_path / 'other' / 'expert', verbose=0).save(tmp_path / 'new' / 'second')
    assert len(os.listdir(str(tmp_path / 'new' / 'recorded_images'))) == 16
    np.testing.assert_array_equal(rows_of(first), pictures)
    np.testing.assert_array_equal(rows_of(second), others)
    ExpertDataset(second, verbose=0).save(first)  # overwritten: names mean the same images as before
    np.testing.assert_array_equal(rows_of(first), others)
    np.testing.assert_array_equal(rows_of(second), others)


def test_an_image_lost_before_saving_is_named_and_nothing_is_written(recorded, tmp_path):
    folder, _ = recorded
    dataset = ExpertDataset(folder / 'expert', verbose=0)
    os.remove(str(folder / 'recorded_images' / 'expert_7.png'))
    with pytest.raises(FileNotFoundError, match='Image .*expert_7.png. of the demonstrations is missing'):
        dataset.save(tmp_path / 'new' / 'copy')
    assert os.listdir(str(tmp_path / 'new' / 'recorded_images')) == [] and not (tmp_path / 'new' / 'copy.npz').exists()


def test_episodes_may_name_images(recorded):
    folder, pictures = recorded
    names = [str(folder / name) for name in stored_names(folder / 'expert.npz')]
    dataset = ExpertDataset.from_episodes([(names[:4], np.zeros(4)), (names[4:], np.zeros(4))], verbose=0,
                                          randomize=False)
    np.testing.assert_array_equal(dataset.get_next_batch()[0], pictures)
    dataset.validate(Camera())
    with pytest.raises(FileNotFoundError, match="the given episodes: image 'nowhere.png'"):
        ExpertDataset.from_episodes([(['nowhere.png'], [0])], verbose=0)
    with pytest.raises(ValueError, match=r'image names in episodes\[0\] but uint8 numbers .* in episodes\[1\]'):
        ExpertDataset.from_episodes([(names[:4], np.zeros(4)), (pictures[4:], np.zeros(4))], verbose=0)


def test_images_are_described_and_plotted(recorded, tmp_path, monkeypatch):
    pytest.importorskip('matplotlib').use('Agg')
    monkeypatch.chdir(str(tmp_path))
    dataset = ExpertDataset(recorded[0] / 'expert', verbose=0)
    assert 'observation  image files, the first is' in dataset.summary()
    axes = dataset.plot().axes[3]
    assert axes.get_title() == 'observations: 8 images of 8' and len(axes.lines) == 3
    assert (tmp_path / 'expert_plot.png').stat().st_size > 1000


def test_interrupted_recording_keeps_the_images_of_finished_episodes(tmp_path):
    calls = []

    def expert(observation):
        calls.append(observation)
        if len(calls) == 7:  # in the second episode
            raise KeyboardInterrupt
        return 0

    generate_expert_traj(expert, str(tmp_path / 'expert'), Camera(), n_episodes=5)
    np.testing.assert_array_equal(rows_of(tmp_path / 'expert'), calls[:4])
    assert len(os.listdir(str(tmp_path / 'recorded_images'))) == 4


# ---------------------------------------------------------------- recording again under the same name

def recorded_twice_halfway(folder, monkeypatch, target, change):
    """Record, then record again while ``change`` stands in for the attribute ``target``; gives the first's pictures."""
    _, pictures = record(folder, n_episodes=1)
    with monkeypatch.context() as patch:
        patch.setattr(target, change)
        with pytest.raises((OSError, KeyboardInterrupt)):
            record(folder, Camera(seed=7), n_episodes=1)
    return pictures


def test_what_names_the_images_of_an_earlier_recording_keeps_them(tmp_path):
    _, pictures = record(tmp_path)
    dataset = ExpertDataset(tmp_path / 'expert', verbose=0)
    dataset.save(tmp_path / 'backup')
    write_demonstrations(tmp_path / 'backup.csv', dataset)
    shutil.copy(str(tmp_path / 'expert.npz'), str(tmp_path / 'old.npz'))
    _, others = record(tmp_path, Camera(seed=7))
    for name in ('backup', 'backup.csv', 'old'):
        np.testing.assert_array_equal(rows_of(tmp_path / name), pictures)
    np.testing.assert_array_equal(rows_of(tmp_path / 'expert'), others)
    assert len(os.listdir(str(tmp_path / 'recorded_images'))) == 16


def test_one_name_that_is_taken_is_enough(tmp_path):
    (tmp_path / 'recorded_images').mkdir()
    (tmp_path / 'recorded_images' / 'expert_6.png').write_text('of somebody else')
    _, pictures = record(tmp_path)
    assert (tmp_path / 'recorded_images' / 'expert_6.png').read_text() == 'of somebody else'
    np.testing.assert_array_equal(rows_of(tmp_path / 'expert'), pictures)


def test_a_full_disk_at_the_end_leaves_the_earlier_recording(tmp_path, monkeypatch):
    def full(*args, **arrays):
        raise OSError(28, 'No space left on device')

    pictures = recorded_twice_halfway(tmp_path, monkeypatch, 'numpy.savez', full)
    np.testing.assert_array_equal(rows_of(tmp_path / 'expert'), pictures)
    assert len(os.listdir(str(tmp_path / 'recorded_images'))) == 4


def test_an_interruption_among_the_images_leaves_the_earlier_recording(tmp_path, monkeypatch):
    calls, replace = [], os.replace

    def impatient(old, new):
        calls.append(new)
        replace(old, new)
        if len(calls) == 3:
            raise KeyboardInterrupt

    pictures = recorded_twice_halfway(tmp_path, monkeypatch, 'os.replace', impatient)
    np.testing.assert_array_equal(rows_of(tmp_path / 'expert'), pictures)
    assert len(os.listdir(str(tmp_path / 'recorded_images'))) == 4


def test_an_interruption_after_the_file_was_replaced_keeps_its_images(tmp_path, monkeypatch):
    def impatient(folder):
        raise KeyboardInterrupt

    recorded_twice_halfway(tmp_path, monkeypatch, 'stable_baselines.common.atomic_file._sync_folder', impatient)
    expected = Camera(seed=7)
    expected.reset()
    np.testing.assert_array_equal(rows_of(tmp_path / 'expert')[0], expected.shown[0])


# ---------------------------------------------------------------- many images

N_IMAGES, SHAPE = 600, (84, 84, 4)


@pytest.fixture(scope='module')
def many(tmp_path_factory):
    """A file of 600 images, whose first pixel tells their number."""
    folder = tmp_path_factory.mktemp('many')
    for row in range(N_IMAGES):
        image = np.zeros(SHAPE, np.uint8)
        image[0, 0] = row // 256, row % 256, 0, 255
        images.write_png(str(folder / '{}.png'.format(row)), image)
    np.savez(str(folder / 'expert'), obs=['{}.png'.format(row) for row in range(N_IMAGES)],
             actions=np.arange(N_IMAGES).reshape(-1, 1), episode_starts=np.arange(N_IMAGES) % 100 == 0,
             episode_returns=np.zeros(6), rewards=np.zeros(N_IMAGES))
    return str(folder / 'expert.npz')


def test_an_epoch_of_many_images_needs_the_memory_of_a_few_batches(many):
    dataset = ExpertDataset(many, verbose=0, batch_size=16)
    dataset.init_dataloader(16)
    tracemalloc.start()
    try:
        seen = []
        for _ in range(len(dataset.dataloader)):
            observations, actions = dataset.get_next_batch()
            np.testing.assert_array_equal(observations[:, 0, 0, 0] * 256 + observations[:, 0, 0, 1], actions[:, 0])
            seen += actions[:, 0].tolist()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sorted(seen) == list(range(N_IMAGES))
    batch = 16 * int(np.prod(SHAPE))
    # The queue, the batch being put together (its images and their stack), the last one; and two images being decoded.
    assert peak < (2 + 2 + 1 + 2) * batch
    assert N_IMAGES * int(np.prod(SHAPE)) > 4 * peak
    dataset.prepare_pickling()


def test_the_first_batch_waits_for_no_other(many, monkeypatch):
    decoded = []

    def watched(name, place):
        decoded.append(name)
        return images.read_image(name, place)

    monkeypatch.setattr(sys.modules['stable_baselines.gail.dataset.loader'], 'read_image', watched)
    began = time.time()
    dataset = ExpertDataset(many, verbose=0, batch_size=16)
    assert decoded == []
    dataset.get_next_batch('train')
    elapsed, count = time.time() - began, len(decoded)
    assert count <= 16 * 4  # what is read ahead does not grow with the data
    assert elapsed < 2.0  # about 0.02 on an idle machine
    dataset.prepare_pickling()


def child_processes():
    """Numbers of this process's children, and of multiprocessing's."""
    children = {child.pid for child in multiprocessing.active_children()}
    for task in os.listdir('/proc/self/task') if os.path.isdir('/proc/self/task') else []:
        try:
            with open('/proc/self/task/{}/children'.format(task)) as file:
                children.update(map(int, file.read().split()))
        except OSError:  # the thread has ended, or the kernel does not tell
            continue
    return children


@pytest.mark.parametrize('sequential', [False, True])
def test_nothing_is_left_when_the_data_set_is_gone(many, sequential):
    before = child_processes()
    dataset = ExpertDataset(many, verbose=0, batch_size=16, sequential_preprocessing=sequential)
    for split in (None, 'train', 'val'):
        dataset.get_next_batch(split)
    assert bool(loader_threads()) != sequential
    assert child_processes() == before
    del dataset
    if not wait_for_threads_to_end(0.5):
        gc.collect()
    assert wait_for_threads_to_end() and child_processes() == before
