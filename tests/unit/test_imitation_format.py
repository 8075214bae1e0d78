"""Trajectories of HumanCompatibleAI/imitation: in memory in both directions, and its older files."""
import sys
import types
from collections import namedtuple

import numpy as np
import pytest

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail import ExpertDataset, from_imitation, read_demonstrations, to_imitation
from tests.demonstrations import make_arrays

Theirs = namedtuple('Theirs', 'obs acts infos terminal rews')


def theirs(lengths=(3, 2, 4)):
    """Trajectories as imitation has them, and the same as arrays."""
    arrays = make_arrays(lengths)
    edges = np.cumsum(lengths)[:-1]
    parts = zip(*(np.split(arrays[key], edges) for key in ('obs', 'actions', 'rewards')))
    return [Theirs(np.append(obs, [[-1, -1]], axis=0), acts, None, True, rews) for obs, acts, rews in parts], arrays


def assert_same(one, other):
    assert sorted(one) == sorted(other)
    for key in one:
        np.testing.assert_array_equal(one[key], other[key], err_msg=key)


def test_trajectories_become_episodes():
    trajectories, arrays = theirs()
    assert_same(from_imitation(trajectories), arrays)
    assert_same(from_imitation(iter(trajectories)), arrays)
    assert_same(from_imitation(theirs((1,))[0]), theirs((1,))[1])
    assert ExpertDataset(traj_data=from_imitation(trajectories), verbose=0).num_traj == 3


def test_rewards_are_kept_where_all_have_them():
    trajectories, _ = theirs()
    found = from_imitation([trajectories[0]._replace(rews=None)] + trajectories[1:])
    assert 'rewards' not in found and np.isnan(found['episode_returns']).all()


@pytest.mark.parametrize('change, message', [
    (dict(obs=np.zeros((2, 2))), r'trajectories\[1\].obs has 2 rows, but 3 belong to its 2 actions'),
    (dict(rews=np.zeros(5)), r'trajectories\[1\].rews has 5 rows, but 2 belong'),
    (dict(obs={'camera': 1}), r'trajectories\[1\].obs is of type dict; an array is needed'),
    (dict(acts=None), r'trajectories\[1\].acts is of type NoneType'),
    (dict(acts=[[1], [1, 2]]), r'trajectories\[1\].acts: its rows differ in shape'),
    (dict(obs=[[1], [1, 2], [3]]), r'trajectories\[1\].obs: its rows differ in shape'),
    (dict(rews=[[1.0], [1.0, 2.0]]), r'trajectories\[1\].rews: its rows differ in shape'),
    (dict(acts=np.array(1)), r'trajectories\[1\].acts is a single number; an array of rows is needed'),
    (dict(rews=np.array(1.0)), r'trajectories\[1\].rews is a single number; an array of rows'),
    (dict(rews=1.0), r'trajectories\[1\].rews is of type float; an array is needed'),
    (dict(obs=np.zeros((3, 5))), r'observations have shape \(2,\) in episode 0 but \(5,\) in episode 1'),
    (dict(obs=np.full((3, 2), np.nan)), "trajectories: 'obs' holds nan in row 3"),
    (dict(obs=np.zeros((1, 2)), acts=np.zeros((0, 1)), rews=np.zeros(0)), 'episode 1 has no step'),
])
def test_faults_name_the_trajectory(change, message):
    trajectories, _ = theirs()
    trajectories[1] = trajectories[1]._replace(**change)
    with pytest.raises(ValueError, match=message):
        from_imitation(trajectories)


def test_none_or_other_things_are_refused():
    with pytest.raises(ValueError, match='there is no episode'):
        from_imitation([])
    with pytest.raises(ValueError, match=r'trajectories\[0\].obs is missing'):
        from_imitation([3])
    for single in (theirs()[0][0], 3, types.SimpleNamespace(obs=np.zeros((2, 1)), acts=np.zeros(1))):
        with pytest.raises(ValueError, match='trajectories is of type .*; a list of trajectories is needed'):
            from_imitation(single)


@pytest.fixture
def without_imitation(monkeypatch):
    monkeypatch.setitem(sys.modules, 'imitation', None)


def test_episodes_become_trajectories(without_imitation):
    _, arrays = theirs()
    episodes = to_imitation(arrays)
    assert [len(episode.acts) for episode in episodes] == [3, 2, 4]
    for episode in episodes:
        assert type(episode).__name__ == 'TrajectoryWithRew' and episode.terminal is True and episode.infos is None
        assert len(episode.obs) == len(episode.acts) + 1
        np.testing.assert_array_equal(episode.obs[-1], episode.obs[-2])
    assert_same(from_imitation(episodes), arrays)
    assert_same(from_imitation(to_imitation(ExpertDataset(traj_data=arrays, verbose=0))), arrays)
    arrays.pop('rewards')
    assert not hasattr(to_imitation(arrays)[0], 'rews')
    with pytest.raises(ValueError, match='data is of type list'):
        to_imitation([1])


@pytest.mark.parametrize('obs, acts, shapes', [
    (np.zeros((4, 2)), np.array([1, 0, 1]), ((4, 2), (3,))),
    (np.arange(4), np.array([1, 0, 1]), ((4,), (3,))),
    (np.arange(4, dtype=np.uint8), np.zeros((3, 2), int), ((4,), (3, 2))),
    (np.zeros((4, 1)), np.zeros((3, 1), np.float32), ((4, 1), (3, 1))),
])
def test_discrete_numbers_come_back_flat(without_imitation, obs, acts, shapes):
    [found] = to_imitation(from_imitation([Theirs(obs, acts, None, True, None)]))
    assert (found.obs.shape, found.acts.shape) == shapes
    np.testing.assert_array_equal(found.acts, acts)
    np.testing.assert_array_equal(found.obs[:-1], obs[:-1])
    assert (found.obs.dtype, found.acts.dtype) == (obs.dtype, acts.dtype)


def test_imitations_own_classes_are_used_where_it_is_installed(monkeypatch):
    package, data, kinds = (types.ModuleType(name) for name in ('imitation', 'imitation.data', 'imitation.data.types'))
    kinds.Trajectory = namedtuple('Trajectory', 'obs acts infos terminal')
    kinds.TrajectoryWithRew = Theirs
    data.types = kinds
    for module in (package, data, kinds):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    assert type(to_imitation(make_arrays())[0]) is Theirs


def archive(path, lengths=(3, 2, 4), **changes):
    """An .npz file as imitation wrote it before version 0.4; its infos are pickled."""
    trajectories, arrays = theirs(lengths)
    content = {'obs': np.concatenate([one.obs for one in trajectories]), 'acts': arrays['actions'],
               'infos': np.array([{'x': print}] * sum(lengths)), 'terminal': np.ones(len(lengths), bool),
               'indices': np.cumsum(lengths[:-1]), 'rews': arrays['rewards']}
    content.update(changes)
    np.savez(str(path), **{key: value for key, value in content.items() if value is not None})
    return arrays


@pytest.mark.parametrize('lengths', [(3, 2, 4), (1,), (1, 1)])
def test_older_files_are_read_and_their_pickles_are_not(tmp_path, lengths, capsys):
    arrays = archive(tmp_path / 'old.npz', lengths)
    assert_same(read_demonstrations(tmp_path / 'old.npz'), arrays)
    assert ExpertDataset(str(tmp_path / 'old'), verbose=0, train_fraction=1.0).num_traj == len(lengths)


def test_older_files_may_lack_rewards(tmp_path):
    archive(tmp_path / 'old.npz', rews=None, terminal=None, infos=None)
    assert 'rewards' not in read_demonstrations(tmp_path / 'old.npz')


@pytest.mark.parametrize('changes, message', [
    (dict(indices=np.array([3, 3])), "'indices' must rise"),
    (dict(indices=np.array([5, 3])), "'indices' must rise"),
    (dict(indices=np.array([0, 3])), "'indices' must rise"),
    (dict(indices=np.array([3, 9])), "'indices' must rise"),
    (dict(indices=np.array([3.0, 5.0])), "'indices' of type float64"),
    (dict(indices=np.array([[3, 5]])), "'indices' of type int64 and shape"),
    (dict(indices=np.array([3])), "'obs' has shape \\(12, 2\\), but 11 rows belong"),
    (dict(obs=np.zeros((9, 2))), "'obs' has shape \\(9, 2\\), but 12 rows belong"),
    (dict(rews=np.zeros(8)), "'rews' has shape \\(8,\\), but \\(9,\\) is needed"),
    (dict(acts=np.array(7)), "'acts' of shape \\(\\)"),
    (dict(acts=np.full((9, 1), np.nan)), "'actions' holds nan"),
    (dict(acts=np.array([{}] * 9)), "key 'acts'|objects"),
])
def test_faults_of_older_files_are_named(tmp_path, changes, message):
    path = tmp_path / 'old.npz'
    archive(path, **changes)
    with pytest.raises(FileFormatError, match=message) as failure:
        read_demonstrations(path)
    assert str(failure.value).startswith(str(path))


def test_newer_folders_say_how_to_convert_them(tmp_path):
    folder = tmp_path / 'rollouts'
    folder.mkdir()
    (folder / 'dataset_info.json').write_text('{}')
    (folder / 'data-00000-of-00001.arrow').write_bytes(b'ARROW1')
    with pytest.raises(FileNotFoundError, match='from_imitation.imitation.data.serialize.load.*rollouts') as failure:
        read_demonstrations(folder)
    assert 'Hugging Face' in str(failure.value)


def test_pickles_are_not_opened(tmp_path):
    (tmp_path / 'rollouts.pkl').write_bytes(b'cos\nsystem\n.')
    with pytest.raises(FileFormatError, match='a pickle is a program'):
        read_demonstrations(tmp_path / 'rollouts.pkl')
