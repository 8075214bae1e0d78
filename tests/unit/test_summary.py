"""The table that tells what a set of demonstrations holds."""
import numpy as np

from stable_baselines.gail.dataset import trajectories
from stable_baselines.gail.dataset.summary import summary_text
from tests.demonstrations import make_arrays


def summary_of(**changes):
    return summary_text(trajectories.from_mapping(dict(make_arrays(), **changes), 'traj_data'), 'expert.npz')


def test_every_line_is_there():
    assert summary_of() == '''\
expert.npz
  episodes     3
  steps        9
  length       2 to 4, mean 3 +/- 0.8165
  return       4.5 to 28, mean 13.5 +/- 10.352
  observation  float32, shape (2,), 0 to 17
  action       int64, shape (1,), 0 to 8
    chosen     0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1
  reward       0.5 to 8.5, mean 4.5 +/- 2.582'''


def test_actions_of_several_numbers_have_a_line_each():
    text = summary_of(actions=np.arange(36, dtype=np.float32).reshape(9, 2, 2))
    assert 'action       float32, shape (2, 2), 0 to 35' in text
    assert '    [0, 1]     1 to 33, mean 17 +/- 10.328' in text
    assert summary_of(actions=np.zeros((9, 40))).count('\n') == 7
    assert '[1]' in summary_of(actions=np.zeros((9, 2), dtype=bool))


def test_missing_rewards_are_said():
    text = summary_of(rewards=None, episode_returns=np.zeros(3))
    assert 'return       unknown' in text and 'reward       not noted' in text
    assert 'return       1 to 1' in summary_of(rewards=None, episode_returns=np.ones(3))


def test_images_are_named_and_not_opened():
    text = summary_of(obs=np.array(['missing/{}.png'.format(row) for row in range(9)]))
    assert "observation  image files, the first is 'missing/0.png'" in text


def test_one_row_and_small_types_do():
    arrays = make_arrays((1,))
    text = summary_text(trajectories.from_mapping(arrays, 'x'), 'x')
    assert 'length       1 to 1, mean 1 +/- 0' in text
    assert 'reward       60000 to 60000, mean 60000 +/- 0' in summary_of(rewards=np.full(9, 6e4, dtype=np.float16))
