"""Demonstrations out of episodes and transitions: what is made of them, what is refused."""
import warnings

import numpy as np
import pytest

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset import ExpertDataset
from tests.demonstrations import make_arrays

OPTIONS = dict(verbose=0, train_fraction=1.0)


def episode(length=3, n_actions=None, **changes):
    arrays = dict(dict(obs=np.zeros((length, 2)), actions=np.zeros(length if n_actions is None else n_actions, int),
                       rewards=np.ones(length)), **changes)
    return tuple(value for value in arrays.values() if value is not None)


def test_lists_of_numbers_become_rows():
    dataset = ExpertDataset.from_episodes([([[1, 2], [3, 4]], [0, 1], [1, 2.5]), ([[5, 6]], [1], [4])], **OPTIONS)
    assert dataset.observations.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert dataset.actions.tolist() == [[0], [1], [1]]
    assert dataset.returns.tolist() == [3.5, 4.0] and dataset.episode_lengths.tolist() == [2, 1]
    assert dataset.path is None and dataset.paths == []


def test_rows_keep_their_shape_and_single_numbers_become_columns():
    pixels = np.zeros((3, 4, 5, 1), dtype=np.uint8)
    dataset = ExpertDataset.from_episodes([(pixels, np.zeros((3, 2, 2))), (pixels, np.zeros((3, 2, 2)))], **OPTIONS)
    assert dataset.observations.shape == (6, 4, 5, 1) and dataset.observations.dtype == np.uint8
    assert dataset.actions.shape == (6, 2, 2)
    flat = ExpertDataset.from_episodes([(np.arange(3), np.arange(3.0))], **OPTIONS)
    assert flat.observations.shape == flat.actions.shape == (3, 1)


def test_episodes_may_come_from_a_generator():
    dataset = ExpertDataset.from_episodes((episode(length) for length in (2, 1)), **OPTIONS)
    assert dataset.episode_lengths.tolist() == [2, 1]


def test_options_reach_the_data_set():
    dataset = ExpertDataset.from_episodes([episode(4)] * 3, traj_limitation=2, batch_size=3, seed=5, verbose=0)
    assert (dataset.num_traj, dataset.batch_size, dataset.is_seeded) == (2, 3, True)
    dataset = ExpertDataset.from_transitions(*episode(9)[:2], dones=np.arange(9) % 3 == 2, subsample=3, verbose=0)
    assert (dataset.num_traj, dataset.num_transition) == (3, 3)


def test_without_rewards_the_returns_are_unknown_rather_than_zero(capsys):
    dataset = ExpertDataset.from_episodes([episode(rewards=None)] * 2, verbose=1)
    assert np.isnan(dataset.returns).all() and np.isnan(dataset.avg_ret) and dataset.trajectories.rewards is None
    assert capsys.readouterr().out == 'Demonstrations: 2 episodes, 6 steps, return unknown\n'
    text = dataset.summary()
    assert 'return       unknown' in text and 'nan' not in text
    also = ExpertDataset.from_transitions(np.zeros((3, 1)), np.zeros(3), [1, 0, 0], verbose=0)
    assert np.isnan(also.returns).all()


def test_ends_and_starts_mean_the_same():
    arrays = make_arrays()
    columns = arrays['obs'], arrays['actions']
    by_starts = ExpertDataset.from_transitions(*columns, arrays['episode_starts'], arrays['rewards'], verbose=0)
    ends = np.append(arrays['episode_starts'][1:], True).reshape(-1, 1).astype(float)  # as recorders may store them
    by_ends = ExpertDataset.from_transitions(*columns, dones=ends, rewards=arrays['rewards'], verbose=0)
    assert by_starts.digest() == by_ends.digest() == ExpertDataset(traj_data=arrays, verbose=0).digest()


def test_steps_after_the_last_end_are_kept_with_a_warning():
    with pytest.warns(UserWarning, match='dones is not True in the last row: the last 2 rows') as caught:
        dataset = ExpertDataset.from_transitions(*episode(5)[:2], dones=[0, 0, 1, 0, 0], **OPTIONS)
    assert caught[0].filename == __file__ and dataset.episode_lengths.tolist() == [3, 2]
    with pytest.warns(UserWarning, match='the last 5 rows'):
        ExpertDataset.from_transitions(*episode(5)[:2], dones=np.zeros(5), **OPTIONS)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        ExpertDataset.from_transitions(*episode(1)[:2], dones=[True], **OPTIONS)


@pytest.mark.parametrize('episodes, message', [
    ([], r'episodes is empty; at least one \(observations, actions\)'),
    (3, 'episodes=3: a list is needed'),
    ('expert.npz', "episodes='expert.npz': a list is needed"),
    ([3], r'episodes\[0\] is a int; a tuple \(observations, actions\)'),
    ([episode(), episode()[:1]], r'episodes\[1\] is a tuple of 1 items'),
    ([np.zeros((5, 2))], r'episodes\[0\] is a ndarray of 5 items'),
    ([{'obs': [1], 'actions': [1]}], r'episodes\[0\] is a dict of 2 items'),
    ([episode(), episode(n_actions=2)], r'episodes\[1\]: 3 observations but 2 actions; leave out the last observation'),
    ([episode(n_actions=5)], r"episodes\[0\]: 'observations' has 3 rows but 'actions' has 5"),
    ([episode(rewards=np.ones(2))], r"episodes\[0\]: 'observations' has 3 rows but 'rewards' has 2"),
    ([episode(), episode(0)], r"episodes\[1\]: 'observations' has shape \(0, 2\), so it is empty"),
    ([episode(obs=np.full((3, 2), np.nan))], r"episodes\[0\]: 'observations' holds nan in row 0"),
    ([episode(obs=np.float64(2))], r"episodes\[0\]: 'observations' is the single value 2.0"),
    ([episode(obs=[[1, 2], [3], [4, 5]])], r"episodes\[0\]: 'observations' has rows of unequal size"),
    ([episode(), episode(rewards=[1, np.inf, 1])], r"episodes\[1\]: 'rewards' holds inf in row 1"),
    ([episode(actions=['left', 'right', 'left'])], r"episodes\[0\]: 'actions' has dtype <U5"),
    ([episode(actions=[None, None, None])], r"episodes\[0\]: 'actions' holds objects that are not numbers"),
    ([episode(), episode(rewards=None)], r'episodes\[1\] has no rewards, but episodes\[0\] has some'),
    ([episode(rewards=None), episode()], r'episodes\[1\] has rewards, but episodes\[0\] has none'),
    ([episode(), episode(obs=np.zeros((3, 4)))],
     r'observations are float64 numbers of shape \(2,\) in episodes\[0\] but float64 numbers of shape \(4,\) in '
     r'episodes\[1\]'),
])
def test_episodes_that_are_none_are_refused(episodes, message):
    with pytest.raises(ValueError, match=message):
        ExpertDataset.from_episodes(episodes, **OPTIONS)


@pytest.mark.parametrize('changes, message', [
    (dict(episode_starts=None), 'either episode_starts .* or dones .* is needed; neither was given'),
    (dict(dones=np.zeros(5)), 'both were given'),
    (dict(observations=np.zeros((4, 2))), "'observations' has 4 rows but 'actions' has 5"),
    (dict(episode_starts=[1, 0, 0]), "'observations' has 5 rows but 'episode_starts' has 3"),
    (dict(episode_starts=None, dones=[0, 1]), "'actions' has 5 rows but 'dones' has 2"),
    (dict(episode_starts=np.zeros(5)), "'episode_starts' must be True in row 0"),
    (dict(episode_starts=[1, 0, 3, 0, 0]), "'episode_starts' holds 3 in row 2"),
    (dict(episode_starts=[1, 0, np.nan, 0, 0]), "'episode_starts' holds nan in row 2"),
    (dict(episode_starts=True), "'episode_starts' is the single value True"),
    (dict(episode_starts=None, dones=np.full(5, 0.5)), "'dones' holds 0.5 in row 0"),
    (dict(episode_starts=None, dones=[]), "'dones' has shape .* so it is empty"),
    (dict(episode_starts=None, dones=np.zeros((5, 2))), r"'dones' has shape \(5, 2\); one value per row"),
    (dict(rewards=np.zeros((5, 2))), r"'rewards' has shape \(5, 2\); one value per row"),
    (dict(rewards=[1, 2]), "'observations' has 5 rows but 'rewards' has 2"),
])
def test_transitions_that_are_none_are_refused(changes, message):
    right = dict(observations=np.zeros((5, 2)), actions=np.zeros(5), episode_starts=[1, 0, 0, 1, 0])
    arguments = dict(right, **changes)
    with pytest.raises(ValueError, match='from_transitions: .*' + message):
        ExpertDataset.from_transitions(**arguments, **OPTIONS)


def test_unknown_returns_are_all_or_none(tmp_path):
    arrays = make_arrays()
    unknown = dict(arrays, episode_returns=np.full(3, np.nan))
    np.savez(str(tmp_path / 'contradiction'), **unknown)
    with pytest.raises(FileFormatError, match="contradiction.npz: 'episode_returns' holds nan in row 0"):
        ExpertDataset(tmp_path / 'contradiction')  # rewards are known, so returns are
    del unknown['rewards']
    assert np.isnan(ExpertDataset(traj_data=unknown, verbose=0).avg_ret)
    del arrays['rewards']
    arrays['episode_returns'][2] = np.nan
    with pytest.raises(ValueError, match="'episode_returns' holds nan in row 2"):
        ExpertDataset(traj_data=arrays)
