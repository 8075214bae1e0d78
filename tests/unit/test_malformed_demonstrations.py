"""Every kind of malformed file: one clear error that names the file and, where there is one, the key."""
import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset import ExpertDataset
from tests.demonstrations import make_arrays


def npz(**changes):
    """Bytes of a file of demonstrations; None leaves a key out."""
    arrays = {key: value for key, value in dict(make_arrays(), **changes).items() if value is not None}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def changed(key, row, value, dtype=np.float64):
    array = make_arrays()[key].astype(dtype)
    array[row] = value
    return npz(**{key: array})


def archive(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as target:
        for name, content in members.items():
            target.writestr(name, content)
    return file.getvalue()


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def with_member(key, content):
    """A file of demonstrations in which one array is other bytes."""
    return archive({name + '.npy': content if name == key else npy(array) for name, array in make_arrays().items()})


def objects(*rows):
    array = np.empty(9, dtype=object)
    array[:] = [rows[index % len(rows)] for index in range(9)]
    return array


def damaged(data):
    """One byte of the first array's rows is another: the checksum does not fit."""
    place = data.index(b'\n', data.index(b'NUMPY')) + 20
    return data[:place] + bytes([data[place] ^ 255]) + data[place + 1:]


ZERO = {'obs': np.zeros((0, 2)), 'actions': np.zeros((0, 1)), 'rewards': np.zeros(0), 'episode_returns': np.zeros(0),
        'episode_starts': np.zeros(0, bool)}
MALFORMED = {
    'nothing at all': (b'', None, 'not a readable demonstrations'),
    'text': (b'obs,action\n1,2\n', None, 'not a readable demonstrations'),
    'a pickle': (pickle.dumps(make_arrays()), None, 'not a readable demonstrations'),
    'a lone array': (npy(np.zeros((9, 2))), None, 'not a readable demonstrations'),
    'truncated within an array': (npz()[:400], None, 'not a readable demonstrations'),
    'truncated at the end': (npz()[:-10], None, 'not a readable demonstrations'),
    'damaged': (damaged(npz()), None, 'CRC'),
    'a zip archive of text': (archive({'readme.txt': 'hello, this is no array'}), 'readme.txt', 'npy format'),
    'an empty zip archive': (archive({}), None, 'are missing.*this holds nothing'),
    'an array with a false header': (with_member('actions', npy(np.zeros((9, 1)))[:-8]), 'actions', 'but 64 follow'),
    'an array that is text': (with_member('obs', b'1 2 3'), 'obs', 'ends 3 bytes early|npy format'),
    'no observations': (npz(obs=None), 'obs', 'is missing'),
    'no returns': (npz(episode_returns=None), 'episode_returns', 'is missing'),
    'no starts': (npz(episode_starts=None), 'episode_starts', 'is missing'),
    'zero episodes': (npz(**ZERO), 'obs', r'has shape \(0, 2\), so it is empty'),
    'observations without numbers': (npz(obs=np.zeros((9, 0))), 'obs', r'has shape \(9, 0\), so it is empty'),
    'fewer actions': (npz(actions=np.zeros((8, 1))), 'actions', 'has 9 rows but .actions. has 8'),
    'more rewards': (npz(rewards=np.zeros(10)), 'rewards', 'has 9 rows but .rewards. has 10'),
    'fewer starts': (npz(episode_starts=np.arange(4) == 0), 'episode_starts', 'has 9 rows but .episode_starts. has 4'),
    'more returns': (npz(episode_returns=np.zeros(4)), 'episode_returns', 'marks 3 episodes but'),
    'several rewards a row': (npz(rewards=np.zeros((9, 2))), 'rewards', r'has shape \(9, 2\); one value per row'),
    'NaN': (changed('obs', 5, np.nan), 'obs', 'holds nan in row 5'),
    'NaN in 16 bits': (changed('obs', 5, np.nan, np.float16), 'obs', 'holds nan in row 5'),
    'infinity': (changed('actions', 2, -np.inf), 'actions', 'holds -inf in row 2'),
    'a NaN reward': (changed('rewards', 0, np.nan), 'rewards', 'holds nan in row 0'),
    'a NaN return': (changed('episode_returns', 1, np.nan), 'episode_returns', 'holds nan in row 1'),
    'returns unknown though rewards are': (npz(episode_returns=np.full(3, np.nan)), 'episode_returns', 'holds nan'),
    'a first row within an episode': (changed('episode_starts', 0, 0), 'episode_starts', 'must be True in row 0'),
    'starts that are no flags': (changed('episode_starts', 4, 7), 'episode_starts', 'holds 7.0 in row 4'),
    'ragged rows': (npz(obs=objects(np.zeros(2), np.zeros(3))), 'obs', 'unequal size: 2 numbers in row 0 but 3 in'),
    'objects': (npz(rewards=objects({})), 'rewards', 'holds a dict'),
    'None': (npz(actions=objects(None)), 'actions', 'holds a NoneType'),
    'text in an array of objects': (npz(actions=objects('left')), 'actions', 'holds a str'),
    'lists in an array of objects': (npz(actions=objects([1], [2])), 'actions', 'holds a list'),
    'actions in words': (npz(actions=np.array(list('abcdefghi'))), 'actions', 'has dtype <U1'),
    'complex numbers': (npz(obs=np.zeros((9, 2), complex)), 'obs', 'has dtype complex128'),
    'dates': (npz(actions=np.zeros(9, 'M8[s]')), 'actions', 'M8'),
    'records': (npz(actions=np.zeros(9, [('x', int)])), 'actions', 'does not describe a plain array'),
    'an image that is missing': (npz(obs=np.array(['pictures/{}.png'.format(row) for row in range(9)])), 'obs',
                                 "image 'pictures/0.png' named in .* is missing; looked for .*pictures/0.png"),
    'an image outside of the folder': (npz(obs=np.array(['../secret.png'] * 9)), 'obs', 'not the name of an image in'),
    'an image without a name': (npz(obs=np.array([''] + ['x.png'] * 8)), 'obs', 'not the name of an image in'),
    'names that are no text': (npz(obs=np.array([b'\xff\xfe'] * 9)), 'obs', 'not file names in UTF-8'),
    'several names a row': (npz(obs=np.array([['a.png', 'b.png']] * 9)), 'obs', r'shape \(9, 2\); one value per row'),
    'a fractional subsample': (npz(subsample=np.array(2.5)), 'subsample', 'a single integer of at least 1'),
    'subsample zero': (npz(subsample=np.array(0)), 'subsample', 'a single integer of at least 1'),
    'several subsamples': (npz(subsample=np.array([2, 3])), 'subsample', 'a single integer of at least 1'),
}


@pytest.mark.filterwarnings('ignore:Creating an ndarray from ragged')
@pytest.mark.parametrize('together', [False, True], ids=['alone', 'among several'])
@pytest.mark.parametrize('what', sorted(MALFORMED))
def test_a_malformed_file_is_named_with_its_key(what, together, tmp_path):
    content, key, message = MALFORMED[what]
    (tmp_path / 'secret.png').write_bytes(b'exists')
    folder = tmp_path / 'data'
    folder.mkdir()
    (folder / 'expert.npz').write_bytes(content)
    (folder / 'good.npz').write_bytes(npz())
    paths = [str(folder / 'good'), str(folder / 'expert.npz')] if together else str(folder / 'expert.npz')
    with pytest.raises((FileFormatError, FileNotFoundError, ValueError), match=message) as failure:
        ExpertDataset(paths, verbose=0)
    text = str(failure.value)
    assert text.startswith(str(folder / 'expert.npz') + ':')  # not the good one
    assert key is None or repr(key) in text
    assert len(text.splitlines()) == 1 and len(text) < 700
    assert sorted(os.listdir(str(folder))) == ['expert.npz', 'good.npz']


# Those are no files of arrays, and lists of numbers are rows like others when they come from the caller.
IN_MEMORY = sorted(set(MALFORMED) - {'nothing at all', 'text', 'a pickle', 'a lone array', 'truncated within an array',
                                     'truncated at the end', 'damaged', 'an array with a false header',
                                     'lists in an array of objects'})


@pytest.mark.filterwarnings('ignore:Creating an ndarray from ragged')
@pytest.mark.parametrize('what', IN_MEMORY)
def test_the_same_arrays_in_memory_are_refused_too(what):
    content, key, _ = MALFORMED[what]
    with np.load(io.BytesIO(content), allow_pickle=True) as file:
        arrays = {name: file[name] for name in file.files}
    with pytest.raises((FileNotFoundError, ValueError)) as failure:
        ExpertDataset(traj_data=arrays, verbose=0)
    assert str(failure.value).startswith('traj_data: ')
    assert key in (None, 'readme.txt') or repr(key) in str(failure.value)


def test_a_file_that_fits_no_other_is_named(tmp_path):
    (tmp_path / 'one.npz').write_bytes(npz())
    (tmp_path / 'two.npz').write_bytes(npz(obs=np.zeros((9, 3))))
    with pytest.raises(ValueError, match=r'rows of observations are float32 numbers of shape \(2,\) in .*one.npz but '
                                         r'float64 numbers of shape \(3,\) in .*two.npz'):
        ExpertDataset([tmp_path / 'one', tmp_path / 'two'], verbose=0)
    with pytest.raises(FileNotFoundError, match='three.npz'):
        ExpertDataset([tmp_path / 'one', tmp_path / 'three'], verbose=0)
