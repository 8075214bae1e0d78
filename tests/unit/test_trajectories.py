"""Demonstrations as arrays: what is read, refused, cut, split and joined."""
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset import trajectories
from stable_baselines.gail.dataset.formats import registry
from tests.demonstrations import make_arrays

KEYS = ('obs', 'actions', 'rewards', 'episode_returns', 'episode_starts')


def assert_same(left, right):
    for field, one, other in zip(left._fields, left, right):
        np.testing.assert_array_equal(one, other, err_msg=field)
        assert np.asarray(one).dtype == np.asarray(other).dtype, field


def test_written_file_reads_back_exactly(tmp_path):
    original = trajectories.from_mapping(make_arrays(), 'traj_data')
    name = trajectories.write(tmp_path / 'expert', original)
    assert name == str(tmp_path / 'expert.npz')
    assert_same(registry.read(tmp_path / 'expert'), original)  # with and without the suffix
    assert_same(registry.read(name), original)
    with np.load(name) as file:
        assert sorted(file.files) == sorted(KEYS)


def test_writing_leaves_the_old_file_when_it_fails(tmp_path, monkeypatch):
    good = trajectories.from_mapping(make_arrays(), 'traj_data')
    trajectories.write(tmp_path / 'expert', good)

    def fail_half_way(file, **arrays):
        file.write(b'PK')
        raise OSError('disk full')

    monkeypatch.setattr(np, 'savez', fail_half_way)
    with pytest.raises(OSError, match='disk full'):
        trajectories.write(tmp_path / 'expert', good)
    assert os.listdir(str(tmp_path)) == ['expert.npz']
    assert_same(registry.read(tmp_path / 'expert'), good)


def test_rewards_may_be_missing(tmp_path):
    arrays = make_arrays()
    del arrays['rewards']
    name = trajectories.write(tmp_path / 'expert', trajectories.from_mapping(arrays, 'traj_data'))
    assert registry.read(name).rewards is None


def test_missing_file_names_the_paths_tried(tmp_path):
    with pytest.raises(FileNotFoundError) as failure:
        registry.read(tmp_path / 'expert')
    assert repr(str(tmp_path / 'expert')) in str(failure.value)
    assert repr(str(tmp_path / 'expert.npz')) in str(failure.value)


def with_value(key, row, value):
    def change(arrays):
        arrays[key] = arrays[key].astype(np.float64)
        arrays[key][row] = value
    return change


def without(key):
    return lambda arrays: arrays.pop(key)


def replaced(key, value):
    return lambda arrays: arrays.update({key: value})


FAULTS = [
    (without('obs'), "key 'obs' is missing"),
    (without('episode_starts'), "key 'episode_starts' is missing"),
    (without('episode_returns'), "key 'episode_returns' is missing"),
    (lambda arrays: arrays.clear(), 'this holds nothing'),
    (replaced('actions', np.zeros((8, 1))), "'obs' has 9 rows but 'actions' has 8"),
    (replaced('rewards', np.zeros(10)), "'obs' has 9 rows but 'rewards' has 10"),
    (replaced('episode_starts', np.ones(4, bool)), "'obs' has 9 rows but 'episode_starts' has 4"),
    (replaced('episode_returns', np.zeros(4)), "marks 3 episodes but 'episode_returns' holds 4"),
    (replaced('obs', np.zeros((0, 2))), r"'obs' has shape \(0, 2\)"),
    (replaced('obs', np.float64(3)), "'obs' is the single value 3.0"),
    (with_value('obs', 5, np.nan), "'obs' holds nan in row 5"),
    (with_value('actions', 0, np.inf), "'actions' holds inf in row 0"),
    (with_value('rewards', 8, -np.inf), "'rewards' holds -inf in row 8"),
    (with_value('episode_returns', 1, np.nan), "'episode_returns' holds nan in row 1"),
    (with_value('episode_starts', 0, 0), "'episode_starts' must be True in row 0"),
    (with_value('episode_starts', 4, 2), "'episode_starts' holds 2.0 in row 4"),
    (replaced('rewards', np.zeros((9, 2))), r"'rewards' has shape \(9, 2\); one value per row"),
    (replaced('actions', np.array(list('abcdefghi'))), "'actions' has dtype <U1"),
    (replaced('actions', np.zeros(9, dtype=complex)), "'actions' has dtype complex128"),
    (replaced('actions', np.zeros(9, dtype='M8[s]')), "'actions'.*(datetime64|M8)"),
]


@pytest.mark.parametrize('fault, message', FAULTS)
def test_bad_arrays_are_refused_with_one_message(fault, message):
    arrays = make_arrays()
    fault(arrays)
    with pytest.raises(ValueError, match=message) as failure:
        trajectories.from_mapping(arrays, 'traj_data')
    assert str(failure.value).startswith('traj_data: ')


@pytest.mark.parametrize('fault, message', FAULTS)
def test_bad_files_are_refused_with_their_name(fault, message, tmp_path):
    arrays = make_arrays()
    fault(arrays)
    name = str(tmp_path / 'expert.npz')
    np.savez(name, **arrays)
    with pytest.raises(FileFormatError, match=message) as failure:
        registry.read(name)
    assert str(failure.value).startswith(name)


def test_file_that_is_no_npz_is_refused(tmp_path):
    name = str(tmp_path / 'expert.npz')
    with open(name, 'wb') as file:
        file.write(b'no archive')
    with pytest.raises(FileFormatError, match='expert.npz'):
        registry.read(name)


def test_truncated_file_is_refused_wherever_it_is_cut(tmp_path):
    whole = str(tmp_path / 'whole.npz')
    np.savez(whole, **make_arrays())
    with open(whole, 'rb') as file:
        content = file.read()
    name = str(tmp_path / 'cut.npz')
    for size in range(0, len(content), 97):
        with open(name, 'wb') as file:
            file.write(content[:size])
        with pytest.raises(FileFormatError, match='cut.npz'):
            registry.read(name)


def test_object_arrays_of_vectorized_recordings_are_read(tmp_path):
    """As old recordings hold them: a plain number first, then arrays of one number."""
    arrays = make_arrays()
    mixed = dict(arrays)
    for key in ('rewards', 'episode_starts'):
        mixed[key] = np.empty(9, dtype=object)
        for row, value in enumerate(arrays[key]):
            mixed[key][row] = np.array([value]) if row else value
    name = str(tmp_path / 'expert.npz')
    np.savez(name, **mixed)
    assert_same(registry.read(name), trajectories.from_mapping(arrays, 'traj_data'))


def test_mixed_lists_are_straightened():
    arrays = make_arrays()
    mixed = dict(arrays, episode_starts=[True] + [np.array([start]) for start in arrays['episode_starts'][1:]],
                 rewards=arrays['rewards'].reshape(9, 1), obs=arrays['obs'].tolist())
    read = trajectories.from_mapping(mixed, 'traj_data')
    np.testing.assert_array_equal(read.episode_starts, arrays['episode_starts'])
    np.testing.assert_array_equal(read.rewards, arrays['rewards'])
    np.testing.assert_array_equal(read.observations, arrays['obs'])


@pytest.mark.parametrize('rows, message', [
    ([[1, 2], [3]] + [[0, 0]] * 7, 'unequal size: 2 numbers in row 0 but 1 in row 1'),
    ([[1, 2]] * 8 + [[{}, 2]], r'not numbers \(row 8\)'),
    ([print] * 9, r'not numbers \(row 0\)'),
    ([None] * 9, r'not numbers \(row 0\)'),
])
def test_objects_that_are_no_rows_of_numbers_are_refused(rows, message):
    values = np.empty(9, dtype=object)
    values[:] = rows
    with pytest.raises(ValueError, match="traj_data: 'actions' .*" + message):
        trajectories.from_mapping(dict(make_arrays(), actions=values), 'traj_data')


class Hostile:
    executed = False

    def __reduce__(self):
        return setattr, (Hostile, 'executed', True)


def test_pickles_in_a_file_are_not_executed(tmp_path):
    name = str(tmp_path / 'expert.npz')
    hostile = np.empty(9, dtype=object)
    hostile[:] = [Hostile() for _ in range(9)]
    np.savez(name, **dict(make_arrays(), rewards=hostile))
    with pytest.raises(FileFormatError, match="expert.npz.*'rewards'"):
        registry.read(name)
    assert not Hostile.executed


def test_names_of_images_are_kept_as_text():
    names = ['images/{}.png'.format(row) for row in range(9)]
    for obs in (names, np.array(names), np.array(names, dtype='S'), np.array(names).reshape(9, 1),
                np.array(names, dtype=object)):
        read = trajectories.from_mapping(dict(make_arrays(), obs=obs), 'traj_data')
        assert read.observations.dtype.kind == 'U' and read.observations.tolist() == names


episode_lengths = st.lists(st.integers(1, 7), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(episode_lengths)
def test_lengths_split_and_merge_lose_nothing(lengths):
    whole = trajectories.from_mapping(make_arrays(tuple(lengths)), 'traj_data')
    assert trajectories.lengths(whole.episode_starts).tolist() == lengths
    parts = trajectories.split(whole)
    assert [len(part.actions) for part in parts] == lengths
    for part in parts:
        assert part.episode_starts.sum() == 1 and part.episode_starts[0]
        assert part.rewards.sum() == part.episode_returns[0]
    assert_same(trajectories.merge(parts), whole)


@pytest.mark.parametrize('name', ['U.NPZ', 'u.Npz', 'expert.csv', 'expert.h5', 'a.b', 'expert.npz'])
def test_a_file_is_found_under_the_name_that_it_was_written_under(tmp_path, name):
    written = trajectories.write(tmp_path / name, trajectories.from_mapping(make_arrays(), 'here'))
    assert os.listdir(str(tmp_path)) == [name if name.lower().endswith('.npz') else name + '.npz']
    assert trajectories.find_file(tmp_path / name) == written


def test_a_table_is_found_before_an_archive_named_after_it(tmp_path):
    trajectories.write(tmp_path / 'expert.csv', trajectories.from_mapping(make_arrays(), 'here'))
    (tmp_path / 'expert.csv').write_text('')
    assert trajectories.find_file(tmp_path / 'expert.csv') == str(tmp_path / 'expert.csv')


@settings(max_examples=60, deadline=None)
@given(episode_lengths)
def test_limit_gives_exactly_the_first_whole_episodes(lengths):
    whole = trajectories.from_mapping(make_arrays(tuple(lengths)), 'traj_data')
    parts = trajectories.split(whole)
    for count in range(1, len(lengths) + 2):
        assert_same(trajectories.limit(whole, count), trajectories.merge(parts[:count]))


def test_limited_set_does_not_keep_the_whole_in_memory():
    whole = trajectories.from_mapping(make_arrays(), 'traj_data')
    assert not np.shares_memory(trajectories.limit(whole, 1).observations, whole.observations)


def test_merge_names_what_does_not_fit():
    one = trajectories.from_mapping(make_arrays(), 'traj_data')
    other = one._replace(observations=np.zeros((9, 3)))
    with pytest.raises(ValueError, match=r'observations are float32 numbers of shape \(2,\) in set 0 but float64 '
                                         r'numbers of shape \(3,\) in set 1'):
        trajectories.merge([one, other])
    with pytest.raises(ValueError, match=r'shape \(2,\) in a.npz but float64 numbers of shape \(3,\) in b.npz'):
        trajectories.merge([one, other], ['a.npz', 'b.npz'])
    with pytest.raises(ValueError, match='list is empty'):
        trajectories.merge([])


def test_merge_drops_rewards_that_only_some_have():
    one = trajectories.from_mapping(make_arrays(), 'traj_data')
    assert trajectories.merge([one, one._replace(rewards=None)]).rewards is None


def test_merge_knows_returns_only_if_all_parts_do():
    one = trajectories.from_mapping(make_arrays(), 'traj_data')
    unknown = one._replace(rewards=None, episode_returns=np.full(3, np.nan))
    assert np.isnan(trajectories.merge([one, unknown]).episode_returns).tolist() == [True] * 6
    assert [trajectories.returns_known(part) for part in (one, unknown)] == [True, False]
    zeros = one._replace(episode_returns=np.zeros(3))
    assert trajectories.returns_known(zeros) and not trajectories.returns_known(zeros._replace(rewards=None))


def test_merge_remembers_the_coarsest_subsampling():
    one = trajectories.from_mapping(make_arrays(), 'traj_data')
    assert one.subsample == 1 and 'subsample' not in trajectories.to_dict(one)
    merged = trajectories.merge([one, one._replace(subsample=20)])
    assert merged.subsample == 20 and trajectories.split(merged)[0].subsample == 20
    assert trajectories.from_mapping(trajectories.to_dict(merged), 'x').subsample == 20


def test_digest_depends_on_every_array_and_on_nothing_else():
    one = trajectories.from_mapping(make_arrays(), 'traj_data')
    assert trajectories.digest(one) == trajectories.digest(trajectories.from_mapping(make_arrays(), 'elsewhere'))
    digests = {trajectories.digest(one)}
    for field in ('observations', 'actions', 'rewards', 'episode_returns'):
        changed = np.array(getattr(one, field))
        changed[-1] += 1
        digests.add(trajectories.digest(one._replace(**{field: changed})))
    digests.add(trajectories.digest(one._replace(rewards=None)))
    digests.add(trajectories.digest(one._replace(actions=one.actions.astype(np.int32))))
    digests.add(trajectories.digest(one._replace(subsample=2)))
    assert len(digests) == 8
