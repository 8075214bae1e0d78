"""Files of demonstrations in any format: conversion, and the program that tells what a file holds."""
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_baselines.gail import ExpertDataset, read_demonstrations, write_demonstrations
from stable_baselines.gail.dataset import __main__ as program
from stable_baselines.gail.dataset import images, trajectories
from tests.demonstrations import make_arrays

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ['npz', 'csv', 'hdf5']


def assert_same(one, other):
    assert sorted(one) == sorted(other)
    for key in one:
        np.testing.assert_array_equal(one[key], other[key], err_msg=key)


@pytest.fixture
def h5py():
    return pytest.importorskip('h5py')


@settings(deadline=None, max_examples=25)
@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=4), shape=st.lists(st.integers(1, 3), max_size=3),
       rewarded=st.booleans(), seed=st.integers(0, 99), suffix=st.sampled_from(FORMATS))
def test_nothing_is_lost_on_the_way_through_a_file(tmp_path_factory, lengths, shape, rewarded, seed, suffix):
    if suffix == 'hdf5':
        pytest.importorskip('h5py')
    random = np.random.RandomState(seed)
    arrays = make_arrays(tuple(lengths))
    arrays['obs'] = random.standard_normal([sum(lengths)] + (shape or [1])).astype(np.float32)
    arrays['actions'] = random.randint(-5, 5, [sum(lengths)] + (shape or [1]))
    if not rewarded:
        del arrays['rewards']
        arrays['episode_returns'] = np.full(len(lengths), np.nan)
    name = str(tmp_path_factory.mktemp('way') / ('x.' + suffix))
    assert write_demonstrations(name, arrays) == name
    assert_same(read_demonstrations(name), arrays)


def test_the_suffix_tells_the_format(tmp_path, h5py):
    for name in ('a.npz', 'b.csv', 'c.hdf5', 'd.h5', 'e.CSV'):
        write_demonstrations(tmp_path / name, make_arrays())
        assert_same(read_demonstrations(tmp_path / name), make_arrays())
    assert (tmp_path / 'b.csv').read_bytes() == (tmp_path / 'e.CSV').read_bytes()
    assert h5py.is_hdf5(str(tmp_path / 'c.hdf5')) and h5py.is_hdf5(str(tmp_path / 'd.h5'))
    assert write_demonstrations(tmp_path / 'plain', make_arrays()) == str(tmp_path / 'plain.npz')
    assert_same(read_demonstrations(tmp_path / 'plain'), make_arrays())
    for name in ('x.json', 'x.pkl', 'x.v2'):
        with pytest.raises(ValueError, match='use one of .npz, .csv, .hdf5'):
            write_demonstrations(tmp_path / name, make_arrays())


@pytest.mark.parametrize('suffix', FORMATS)
def test_a_subsample_is_said_to_be_lost(tmp_path, suffix, recwarn):
    if suffix == 'hdf5':
        pytest.importorskip('h5py')
    name = write_demonstrations(tmp_path / ('x.' + suffix), dict(make_arrays(), subsample=20))
    assert ('subsample' in read_demonstrations(name)) == (suffix == 'npz')
    assert any('one out of 20 steps' in str(warning.message) for warning in recwarn) == (suffix != 'npz')


def test_options_for_other_formats_are_refused(tmp_path):
    write_demonstrations(tmp_path / 'a.npz', make_arrays())
    with pytest.raises(ValueError, match=r'action_shape=\(1,\): this is for CSV files'):
        read_demonstrations(tmp_path / 'a.npz', action_shape=(1,))
    assert_same(read_demonstrations(tmp_path / 'a.npz', keep_unfinished=True), make_arrays())


@pytest.mark.parametrize('data, message', [([1, 2], 'data is of type list'),
                                           ({'obs': [1]}, "data: keys 'episode_returns'"),
                                           (None, 'data is of type NoneType')])
def test_what_are_no_demonstrations_are_not_written(tmp_path, data, message):
    with pytest.raises(ValueError, match=message):
        write_demonstrations(tmp_path / 'a.csv', data)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def recorded(tmp_path):
    """A recording with images, in a folder of its own, and its pixels."""
    pytest.importorskip('PIL')
    pixels = np.random.RandomState(0).randint(0, 256, (9, 5, 6, 3)).astype(np.uint8)
    folder = tmp_path / 'there'
    writer = images.ImageWriter(str(folder / 'pictures'), 'expert')
    names = writer.publish([writer.add(image) for image in pixels])
    writer.close()
    write_demonstrations(folder / 'expert.npz', dict(make_arrays(), obs=np.array(names)))
    with np.load(str(folder / 'expert.npz')) as stored:
        assert stored['obs'][0] == 'pictures/expert_0.png'
    return folder / 'expert.npz', pixels


def first_batch(path):
    dataset = ExpertDataset(str(path), verbose=0, randomize=False, train_fraction=1.0, batch_size=9)
    return dataset.get_next_batch('train')[0]


@pytest.mark.parametrize('suffix', FORMATS)
def test_images_are_found_from_another_folder_and_format(recorded, tmp_path, suffix, monkeypatch):
    if suffix == 'hdf5':
        pytest.importorskip('h5py')
    path, pixels = recorded
    beside, elsewhere = path.parent / ('copy.' + suffix), tmp_path / 'elsewhere' / ('copy.' + suffix)
    for target in (beside, elsewhere):
        write_demonstrations(target, ExpertDataset(str(path), verbose=0))
        np.testing.assert_array_equal(first_batch(target), pixels)
    if suffix == 'hdf5':
        assert read_demonstrations(beside)['obs'].dtype == np.uint8
        return
    (tmp_path / 'there').rename(tmp_path / 'moved')
    np.testing.assert_array_equal(first_batch(tmp_path / 'moved' / ('copy.' + suffix)), pixels)
    np.testing.assert_array_equal(first_batch(elsewhere), pixels)  # has copies of its own
    (tmp_path / 'elsewhere').rename(tmp_path / 'far')
    np.testing.assert_array_equal(first_batch(tmp_path / 'far' / ('copy.' + suffix)), pixels)


def test_a_csv_file_cannot_name_images_outside_its_folder(tmp_path):
    (tmp_path / 'a.csv').write_text('episode,image,action\n0,../../etc/passwd,1\n')
    with pytest.raises(ValueError, match='not the name of an image in the folder'):
        read_demonstrations(tmp_path / 'a.csv')
    (tmp_path / 'a.csv').write_text('episode,image,action\n0,/etc/passwd,1\n')
    with pytest.raises(ValueError, match="a.csv: the column of images holds '/etc/passwd', which is not the name of"):
        read_demonstrations(tmp_path / 'a.csv')
    (tmp_path / 'a.csv').write_text('episode,image,action\n0,nowhere.png,1\n')
    with pytest.raises(FileNotFoundError, match="a.csv: image 'nowhere.png' named in the column of images is missing"):
        read_demonstrations(tmp_path / 'a.csv')
    (tmp_path / 'a.csv').write_text('episode,image,action\n0,,1\n')
    with pytest.raises(ValueError, match='not the name of an image in the folder'):
        read_demonstrations(tmp_path / 'a.csv')


def test_images_of_unequal_size_do_not_become_an_array(recorded, tmp_path, h5py):
    path, pixels = recorded
    images.write_png(str(path.parent / 'pictures' / 'expert_4.png'), pixels[4][:, :3])
    with pytest.raises(ValueError, match=r'expert_4.png. has shape \(5, 3, 3\), but .*expert_0.png. has \(5, 6, 3\)'):
        write_demonstrations(tmp_path / 'a.hdf5', read_demonstrations(path))
    assert not (tmp_path / 'a.hdf5').exists()


# The program

def run(capsys, *arguments):
    status = program.main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize('suffix', FORMATS)
def test_it_prints_what_files_hold(tmp_path, capsys, suffix):
    if suffix == 'hdf5':
        pytest.importorskip('h5py')
    name = write_demonstrations(tmp_path / ('x.' + suffix), make_arrays())
    status, out, err = run(capsys, name, name)
    assert (status, err) == (0, '')
    assert out.count(name + '\n') == 2 and out.count('  episodes     3\n') == 2 and 'shape (2,), 0 to 17' in out


def test_a_broken_file_is_one_line_and_the_others_are_printed(tmp_path, capsys):
    good = write_demonstrations(tmp_path / 'good.npz', make_arrays())
    (tmp_path / 'bad.npz').write_bytes(b'PK')
    (tmp_path / 'bad.csv').write_text('episode,obs_0,action_0\n0,x,1\n')
    status, out, err = run(capsys, tmp_path / 'bad.npz', good, tmp_path / 'bad.csv', tmp_path / 'none.npz', tmp_path)
    assert status == 1 and good in out
    lines = err.splitlines()
    assert len(lines) == 4 and [line.count(str(tmp_path)) >= 1 for line in lines] == [True] * 4
    assert "line 2, column 'obs_0'" in lines[1] and 'No file of demonstrations' in lines[2]


def test_a_file_that_cannot_be_joined_is_named(tmp_path, capsys):
    one = write_demonstrations(tmp_path / 'a.npz', make_arrays())
    other = write_demonstrations(tmp_path / 'b.csv', dict(make_arrays(), obs=np.zeros((9, 3))))
    status, _, err = run(capsys, one, other, '--convert', tmp_path / 'c.npz')
    assert status == 1 and not (tmp_path / 'c.npz').exists()
    assert 'shape (2,) in {} but'.format(one) in err and 'shape (3,) in {}.'.format(other) in err


def test_it_converts_and_joins(tmp_path, capsys):
    one, other = (write_demonstrations(tmp_path / name, make_arrays()) for name in ('a.npz', 'b.csv'))
    status, out, err = run(capsys, one, other, '--convert', tmp_path / 'both.csv')
    assert (status, err) == (0, '') and 'Written: {} (6 episodes, 18 steps)'.format(tmp_path / 'both.csv') in out
    assert len(read_demonstrations(tmp_path / 'both.csv')['obs']) == 18


def test_it_converts_nothing_where_a_file_is_broken_or_does_not_fit(tmp_path, capsys):
    one = write_demonstrations(tmp_path / 'a.npz', make_arrays())
    other = write_demonstrations(tmp_path / 'b.npz', dict(make_arrays(), obs=np.zeros((9, 5))))
    for files, message in (((one, tmp_path / 'none.npz'), 'No file of demonstrations'),
                           ((one, other), 'cannot be joined')):
        status, _, err = run(capsys, *files, '--convert', tmp_path / 'out.csv')
        assert status == 1 and message in err and err.count('\n') == 1
    status, _, err = run(capsys, one, '--convert', tmp_path / 'out.json')
    assert status == 1 and 'the suffix tells the format' in err
    assert not (tmp_path / 'out.csv').exists()


def test_it_says_what_is_left_out(tmp_path, capsys):
    (tmp_path / 'a.csv').write_text('obs_0,action_0,done,colour\n1,2,1,red\n3,4,0,red\n')
    status, out, err = run(capsys, tmp_path / 'a.csv')
    assert status == 0 and '  steps        1\n' in out
    assert "columns 'colour' mean nothing" in err and 'last episode (1 rows) is left out' in err
    assert '  steps        2\n' in run(capsys, tmp_path / 'a.csv', '--keep-unfinished')[1]


def test_it_misses_images(recorded, capsys):
    path, _ = recorded
    assert '  images       all 9 are there\n' in run(capsys, path)[1]
    (path.parent / 'pictures' / 'expert_3.png').unlink()
    status, out, err = run(capsys, path)
    assert (status, out) == (1, '') and 'pictures/expert_3.png' in err and err.count('\n') == 1


def test_a_file_cannot_write_to_the_terminal(tmp_path, capsys):
    (tmp_path / 'a.csv').write_text('episode,obs_0,action_0,\x1b[2J\n0,1,2,3\n')
    np.savez(str(tmp_path / 'b.npz'), **{'\x1b[2J': np.zeros(3)})
    _, out, err = run(capsys, tmp_path / 'a.csv', tmp_path / 'b.npz')
    assert '\x1b' not in out + err and '[2J' in err


def test_it_starts_without_tensorflow_and_gym_and_runs_nothing_of_the_file(tmp_path):
    class Harmful:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'harm'),)

    write_demonstrations(tmp_path / 'good.npz', make_arrays())
    np.savez(str(tmp_path / 'bad.npz'), **dict(make_arrays(), obs=np.array([Harmful()] * 9, dtype=object)))
    script = ("import runpy, sys\nsys.argv = ['x'] + sys.argv[1:]\n"
              "try:\n    runpy.run_module('stable_baselines.gail.dataset', run_name='__main__')\n"
              "finally:\n    print(sorted({'tensorflow', 'gym', 'h5py', 'PIL', 'mpi4py'} & set(sys.modules)))")
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    for command, loaded in (([sys.executable, '-c', script, 'good.npz'], '[]\n'),
                            ([sys.executable, '-m', 'stable_baselines.gail.dataset', 'good.npz'], '')):
        done = subprocess.run(command, cwd=str(tmp_path), env=environment, capture_output=True,
                              timeout=60)
        assert (done.returncode, done.stderr) == (0, b'')
        assert done.stdout.decode().startswith(str(tmp_path / 'good.npz')) and done.stdout.decode().endswith(loaded)
    done = subprocess.run([sys.executable, '-m', 'stable_baselines.gail.dataset', 'bad.npz'], cwd=str(tmp_path),
                          env=environment, capture_output=True, timeout=60)
    assert done.returncode == 1 and b"key 'obs'" in done.stderr and b'Traceback' not in done.stderr
    assert not (tmp_path / 'harm').exists()


def test_find_file_says_what_a_folder_lacks(tmp_path):
    with pytest.raises(FileNotFoundError, match='main_data.hdf5'):
        trajectories.find_file(tmp_path)
    with pytest.raises(FileNotFoundError) as failure:
        trajectories.find_file(tmp_path / 'a.csv')
    assert '.npz' not in str(failure.value)
