"""Demonstrations in HDF5 files, in Minari's and D4RL's layout; what leads out of a file, or is none, is refused."""
import io
import os
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail import ExpertDataset, read_demonstrations, write_demonstrations
from tests.demonstrations import make_arrays

h5py = pytest.importorskip('h5py')


def read(path, **options):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        return read_demonstrations(path, **options)


def minari(path, lengths=(3, 1, 2), numbers=(2, 10, 1), change=None):
    """A file as Minari writes it, the episodes in another order than that of their numbers, and what it means."""
    rows = []
    with h5py.File(str(path), 'w') as file:
        file.attrs['total_episodes'] = len(lengths)
        for number, length in zip(numbers, lengths):
            group = file.create_group('episode_{}'.format(number))
            group.attrs['id'] = number
            content = {'observations': np.arange(2 * length + 2, dtype=np.float32).reshape(-1, 2) + 100 * number,
                       'actions': np.arange(length) + 10 * number, 'rewards': np.full(length, number, dtype=np.float64),
                       'terminations': np.zeros(length, bool), 'truncations': np.arange(length) == length - 1}
            for key, values in content.items():
                group[key] = values
            group.create_group('infos')['x'] = np.zeros(length + 1)
            rows.append((number, content))
        if change is not None:
            change(file)
    rows = [content for _, content in sorted(rows, key=lambda row: row[0])]
    sizes = [len(content['actions']) for content in rows]
    return {'obs': np.concatenate([content['observations'][:-1] for content in rows]),
            'actions': np.concatenate([content['actions'] for content in rows])[:, None],
            'rewards': np.concatenate([content['rewards'] for content in rows]),
            'episode_starts': np.concatenate([np.arange(size) == 0 for size in sizes]),
            'episode_returns': np.array([content['rewards'].sum() for content in rows])}


def d4rl(path, **changes):
    arrays = make_arrays()
    content = {'observations': arrays['obs'], 'actions': arrays['actions'], 'rewards': arrays['rewards'],
               'terminals': np.array([0, 0, 1, 0, 0, 0, 0, 0, 1], bool), 'timeouts': np.arange(9) == 4}
    with h5py.File(str(path), 'w') as file:
        for key, values in dict(content, **changes).items():
            if values is not None:
                file[key] = values
        file['infos/qpos'] = np.zeros(9)
        file['metadata/algorithm'] = 'SAC'
    return arrays


def assert_same(one, other):
    assert sorted(one) == sorted(other)
    for key in one:
        np.testing.assert_array_equal(one[key], other[key], err_msg=key)
        assert one[key].dtype == other[key].dtype, key


@pytest.mark.parametrize('suffix', ['hdf5', 'h5', 'HDF5'])
def test_minaris_episodes_come_in_the_order_of_their_numbers(tmp_path, suffix):
    path = tmp_path / ('main_data.' + suffix)
    assert_same(minari(path), read(path))


def test_minaris_folder_serves_as_well(tmp_path):
    (tmp_path / 'set' / 'data').mkdir(parents=True)
    expected = minari(tmp_path / 'set' / 'data' / 'main_data.hdf5')
    assert_same(expected, read(tmp_path / 'set'))
    assert_same(expected, read(tmp_path / 'set' / 'data'))
    assert ExpertDataset(str(tmp_path / 'set'), verbose=0).num_traj == 3


def test_d4rl_episodes_end_at_terminals_and_timeouts(tmp_path):
    arrays = d4rl(tmp_path / 'a.hdf5')
    assert_same(arrays, read(tmp_path / 'a.hdf5'))
    d4rl(tmp_path / 'b.hdf5', timeouts=None, terminals=np.isin(np.arange(9), (2, 4, 8)).astype(np.float32)[:, None])
    assert_same(arrays, read(tmp_path / 'b.hdf5'))
    d4rl(tmp_path / 'c.hdf5', rewards=None)
    assert 'rewards' not in read(tmp_path / 'c.hdf5')


def test_an_unfinished_episode_is_left_out_unless_wanted(tmp_path):
    path = tmp_path / 'a.hdf5'
    arrays = d4rl(path, terminals=np.arange(9) == 2)
    with pytest.warns(UserWarning, match=r"last episode \(4 rows\).*'terminals' or 'timeouts'"):
        found = read_demonstrations(path)
    assert len(found['obs']) == 5 and len(found['episode_returns']) == 2
    assert_same(arrays, read(path, keep_unfinished=True))
    d4rl(path, terminals=np.zeros(9), timeouts=None)
    with pytest.raises(FileFormatError, match='none is whole.*keep_unfinished=True'):
        read(path)


def test_images_stay_small_integers(tmp_path):
    path = tmp_path / 'a.hdf5'
    pixels = np.random.RandomState(0).randint(0, 256, (9, 6, 5, 3)).astype(np.uint8)
    with h5py.File(str(path), 'w') as file:
        for number, part in enumerate((pixels[:4], pixels[4:])):
            group = file.create_group('episode_{}'.format(number))
            group.create_dataset('observations', data=part, chunks=(1, 6, 5, 3), compression='gzip')
            group['actions'] = np.zeros(len(part) - 1, dtype=np.int64)
    found = read(path)
    np.testing.assert_array_equal(found['obs'], np.delete(pixels, (3, 8), axis=0))
    assert found['obs'].dtype == np.uint8 and found['actions'].shape == (7, 1) and 'rewards' not in found


def as_jpeg(pixels):
    library = pytest.importorskip('PIL.Image')
    buffer = io.BytesIO()
    library.fromarray(pixels).save(buffer, format='JPEG')
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)


@pytest.mark.parametrize('shape', [(16, 24, 3), (16, 24)])
@pytest.mark.parametrize('equal', [True, False])
def test_images_that_minari_stored_as_jpeg_are_decoded(tmp_path, shape, equal):
    """Minari 0.5 writes the bytes of JPEG files, as a table where all have the same length."""
    path = tmp_path / 'main_data.hdf5'
    smooth = np.linspace(0, 200, int(np.prod(shape))).reshape(shape).astype(np.uint8)
    pixels = [smooth if equal else np.roll(smooth * (row % 3 + 1), 7 * row) for row in range(5)]
    jpegs = [as_jpeg(image) for image in pixels]
    assert (len({len(jpeg) for jpeg in jpegs}) == 1) == equal

    def change(group):
        del group['observations']
        kind = None if equal else h5py.special_dtype(vlen=np.uint8)
        dataset = group.create_dataset('observations', (5,) + jpegs[0].shape if equal else (5,), dtype=kind or np.uint8)
        for row, jpeg in enumerate(jpegs):
            dataset[row] = jpeg
        for key in ('actions', 'rewards'):
            replaced(key, np.zeros(4))(group)

    minari(path, lengths=(3,), numbers=(2,), change=in_episode('2', change))
    found = read(path)['obs']
    assert found.shape == (4,) + shape and found.dtype == np.uint8
    assert np.abs(found[0].astype(int) - pixels[0]).mean() < 4  # JPEG is not exact
    with h5py.File(str(path), 'a') as file:
        file['episode_2/observations'][2] = jpegs[2][:-20] if not equal else np.zeros_like(jpegs[0])
    with pytest.raises(FileFormatError, match="'/episode_2/observations' holds no readable JPEG image in row 2"):
        read(path)


def test_tables_of_bytes_that_are_no_jpeg_stay_numbers(tmp_path):
    bytes_ = np.random.RandomState(0).randint(0, 256, (9, 200)).astype(np.uint8)
    bytes_[0, :3] = (0xff, 0xd8, 0xff)
    d4rl(tmp_path / 'a.hdf5', observations=bytes_)
    np.testing.assert_array_equal(read(tmp_path / 'a.hdf5')['obs'], bytes_)


def test_byte_order_is_that_of_this_machine(tmp_path):
    d4rl(tmp_path / 'a.hdf5', observations=make_arrays()['obs'].astype('>f4'))
    found = read(tmp_path / 'a.hdf5')['obs']
    assert found.dtype == np.float32 and found.dtype.isnative
    np.testing.assert_array_equal(found, make_arrays()['obs'])


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64, np.uint8, np.int64, bool])
@pytest.mark.parametrize('shape', [(1,), (3,), (4, 4, 3)])
@pytest.mark.parametrize('lengths', [(3, 2, 4), (1,)])
def test_what_is_written_is_read_back_exactly(tmp_path, dtype, shape, lengths):
    arrays = make_arrays(lengths)
    arrays['obs'] = (100 * np.random.RandomState(0).rand(sum(lengths), *shape)).astype(dtype)
    assert write_demonstrations(tmp_path / 'a.hdf5', arrays) == str(tmp_path / 'a.hdf5')
    assert_same(arrays, read(tmp_path / 'a.hdf5'))
    assert os.listdir(str(tmp_path)) == ['a.hdf5']


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    write_demonstrations(tmp_path / 'a.hdf5', make_arrays())
    before = (tmp_path / 'a.hdf5').read_bytes()

    def fail(group, name, *args, **kwargs):
        if name == 'rewards':
            raise OSError('disk full')
        return original(group, name, *args, **kwargs)

    original = h5py.Group.create_dataset
    monkeypatch.setattr(h5py.Group, 'create_dataset', fail)
    with pytest.raises(OSError, match='disk full'):
        write_demonstrations(tmp_path / 'a.hdf5', make_arrays((2,)))
    assert os.listdir(str(tmp_path)) == ['a.hdf5'] and (tmp_path / 'a.hdf5').read_bytes() == before


def in_episode(name, change):
    def apply(file):
        change(file['episode_' + name])
    return apply


def replaced(key, values):
    def change(group):
        del group[key]
        if values is not None:
            group[key] = values
    return change


def with_dict_observations(group):
    del group['observations']
    group['observations/camera'] = np.zeros((4, 2))


MINARI_FAULTS = [
    (replaced('observations', None), "'/episode_2' has no 'observations'; it holds 'actions'"),
    (replaced('actions', None), "'/episode_2' has no 'actions'"),
    (with_dict_observations, "'/episode_2/observations' is a group of 'camera', as Dict and Tuple spaces"),
    (replaced('observations', np.zeros((3, 2), np.float32)), "'/episode_2/observations' has 3 rows, but 4 belong"),
    (replaced('rewards', np.zeros(4)), "'/episode_2/rewards' has 4 rows, but 3 belong"),
    (replaced('actions', np.zeros((0,))), "'/episode_2' has no step"),
    (replaced('actions', np.zeros((3, 2), np.int64)), "'/episode_2/actions' has rows of int64 \\(2,\\), but"),
    (replaced('observations', np.zeros((4, 2))), "'/episode_2/observations' has rows of float64"),
    (replaced('observations', np.full((4, 2), np.nan, np.float32)),
     "'/episode_2/observations' holds a number in row 0"),
    (replaced('rewards', np.array([0, np.inf, 0])), "'/episode_2/rewards' holds a number in row 1"),
    (replaced('actions', np.array([b'up', b'up', b'up'])), "'/episode_2/actions' has type \\|S2; plain numbers"),
    (replaced('actions', 3.0), "'/episode_2/actions' is a single value"),
    (replaced('actions', np.dtype('f8')), "'/episode_2/actions' is a type without data"),
]


@pytest.mark.parametrize('change, message', MINARI_FAULTS)
def test_faults_of_minari_files_are_named(tmp_path, change, message):
    path = tmp_path / 'main_data.hdf5'
    minari(path, change=in_episode('2', change))
    with pytest.raises(FileFormatError, match=message) as failure:
        read(path)
    assert str(failure.value).startswith(str(path) + ': ') and '\n' not in str(failure.value)


def test_an_episode_that_is_no_group_is_named(tmp_path):
    minari(tmp_path / 'a.hdf5', change=lambda file: file.create_dataset('episode_3', data=np.zeros(3)))
    with pytest.raises(FileFormatError, match="'episode_3' is no group"):
        read(tmp_path / 'a.hdf5')


@pytest.mark.parametrize('changes, message', [
    (dict(observations=None), "'/' has no 'observations'"),
    (dict(actions=None), "'/' has no 'actions'"),
    (dict(observations=None, actions=None), "neither groups 'episode_0'.*it holds 'infos', 'metadata'"),
    (dict(terminals=None, timeouts=None), "neither 'terminals' nor 'timeouts'"),
    (dict(rewards=np.zeros(8)), "'actions' has 9 rows but 'rewards' has 8"),
    (dict(timeouts=np.zeros(10)), "'actions' has 9 rows but 'timeouts' has 10"),
    (dict(terminals=np.full(9, 2)), "'terminals' of shape \\(9,\\) must hold 0"),
    (dict(terminals=np.zeros((9, 2))), "'terminals' of shape \\(9, 2\\) must hold 0"),
    (dict(actions=np.full((9, 1), np.inf)), "'/actions' holds a number in row 0"),
    (dict(observations=np.zeros((0, 2)), actions=np.zeros((0, 1)), rewards=np.zeros(0), terminals=np.zeros(0),
          timeouts=np.zeros(0)), "'actions' is empty"),
])
def test_faults_of_d4rl_files_are_named(tmp_path, changes, message):
    d4rl(tmp_path / 'a.hdf5', **changes)
    with pytest.raises(FileFormatError, match=message) as failure:
        read(tmp_path / 'a.hdf5')
    assert str(failure.value).startswith(str(tmp_path / 'a.hdf5') + ': ')


def test_what_is_no_hdf5_is_refused(tmp_path):
    path = tmp_path / 'a.hdf5'
    for content in (b'', b'PK\x03\x04', b'\x89HDF\r\n\x1a\n', b'\x89HDF\r\n\x1a\n' + bytes(5000)):
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match='a.hdf5: it cannot be read as HDF5'):
            read(path)
    with pytest.raises(FileNotFoundError, match='b.hdf5'):
        read(tmp_path / 'b.hdf5')


def test_truncated_files_are_refused_or_read_whole(tmp_path):
    """A file cut in its unused end is still whole."""
    d4rl(tmp_path / 'whole.hdf5')
    content, expected = (tmp_path / 'whole.hdf5').read_bytes(), read(tmp_path / 'whole.hdf5')
    refused = 0
    for size in range(0, len(content), 331):
        (tmp_path / 'cut.hdf5').write_bytes(content[:size])
        try:
            assert_same(read(tmp_path / 'cut.hdf5'), expected)
        except FileFormatError as error:
            assert 'cut.hdf5' in str(error)
            refused += 1
    assert refused > 10


@pytest.fixture
def secret(tmp_path):
    """A file that a stranger's file should not show the content of."""
    with h5py.File(str(tmp_path / 'secret.hdf5'), 'w') as file:
        file['observations'] = np.zeros((9, 2), np.float32)
        file['episode_0/actions'] = np.zeros((9, 1))
    (tmp_path / 'secret.raw').write_bytes(bytes(72))
    return tmp_path / 'secret.hdf5'


def test_links_are_refused(tmp_path, secret):
    path = tmp_path / 'a.hdf5'
    for link in (h5py.ExternalLink('secret.hdf5', '/observations'), h5py.SoftLink('/infos/qpos')):
        d4rl(path, observations=None)
        with h5py.File(str(path), 'a') as file:
            file['observations'] = link
        with pytest.raises(FileFormatError, match="'/observations' is a link that can lead out of the file"):
            read(path)
    for link in (h5py.ExternalLink('secret.hdf5', '/episode_0'), h5py.SoftLink('/episode_1')):
        minari(path)
        with h5py.File(str(path), 'a') as file:
            file['episode_0'] = link
        with pytest.raises(FileFormatError, match="'/episode_0' is a link"):
            read(path)


def test_a_path_through_an_external_group_is_refused(tmp_path, secret):
    minari(tmp_path / 'a.hdf5')
    with h5py.File(str(tmp_path / 'a.hdf5'), 'a') as file:
        del file['episode_1/observations']
        file['episode_1/observations'] = h5py.ExternalLink('secret.hdf5', '/observations')
    with pytest.raises(FileFormatError, match="'/episode_1/observations' is a link"):
        read(tmp_path / 'a.hdf5')


def test_data_stored_in_other_files_are_refused(tmp_path, secret):
    path = tmp_path / 'a.hdf5'
    d4rl(path, actions=None)
    with h5py.File(str(path), 'a') as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_external(str(tmp_path / 'secret.raw').encode(), 0, 72)
        h5py.h5d.create(file.id, b'actions', h5py.h5t.NATIVE_DOUBLE, h5py.h5s.create_simple((9, 1)), dcpl=properties)
    with pytest.raises(FileFormatError, match="'/actions' is stored in other files"):
        read(path)
    d4rl(path, observations=None)
    with h5py.File(str(path), 'a') as file:
        layout = h5py.VirtualLayout(shape=(9, 2), dtype=np.float32)
        layout[:] = h5py.VirtualSource(str(secret), 'observations', shape=(9, 2))
        file.create_virtual_dataset('observations', layout)
    with pytest.raises(FileFormatError, match="'/observations' is stored in other files"):
        read(path)


def test_a_claim_beyond_the_files_size_allocates_nothing(tmp_path):
    path = tmp_path / 'a.hdf5'
    rows = 10 ** 9
    with h5py.File(str(path), 'w') as file:
        for key, shape in (('observations', (rows, 4)), ('actions', (rows, 1)), ('terminals', (rows,))):
            file.create_dataset(key, shape=shape, dtype=np.uint8, chunks=(1000,) + shape[1:])
    with pytest.raises(FileFormatError, match='claim 1000000000 bytes, but the file is too small'):
        read(path)


def test_many_episodes_sharing_one_array_are_counted(tmp_path):
    """Hard links: a small file that would become a large array."""
    path = tmp_path / 'a.hdf5'
    with h5py.File(str(path), 'w') as file:
        file['episode_0/observations'] = np.zeros((50001, 8), np.uint8)
        file['episode_0/actions'] = np.zeros((50000, 1), np.uint8)
        for number in range(1, 400):
            file['episode_{}'.format(number)] = file['episode_0']
    with pytest.raises(FileFormatError, match='observations claim 160000000 bytes'):
        read(path)


def test_reading_needs_no_second_copy(tmp_path):
    path = tmp_path / 'a.hdf5'
    pixels = np.random.RandomState(0).randint(0, 256, (2000, 64, 64, 3)).astype(np.uint8)
    arrays = make_arrays((1000, 1000))
    write_demonstrations(path, dict(arrays, obs=pixels))
    size = pixels.nbytes
    del pixels
    tracemalloc.start()
    try:
        found = read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found['obs'].nbytes == size
    assert peak < 1.3 * size


def test_missing_h5py_is_named_with_its_extra(tmp_path):
    d4rl(tmp_path / 'a.hdf5')
    program = '''
import sys
sys.modules['h5py'] = None
from stable_baselines.gail import read_demonstrations, write_demonstrations
data = read_demonstrations('a.csv')
for call in (lambda: read_demonstrations('a.hdf5'), lambda: write_demonstrations('b.hdf5', data)):
    try:
        call()
    except ImportError as error:
        print(error)
'''
    write_demonstrations(tmp_path / 'a.csv', make_arrays())
    out = subprocess.run([sys.executable, '-c', program], cwd=str(tmp_path), stdout=subprocess.PIPE, check=True,
                         env=dict(os.environ, PYTHONPATH=os.getcwd())).stdout.decode()
    assert out.count('pip install .[hdf5]') == 2
    assert not (tmp_path / 'b.hdf5').exists()
