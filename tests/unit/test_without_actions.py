"""Demonstrations without actions: read, joined, written, shown, learned from; refused where actions are needed."""
import os

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.gail import ExpertDataset
from stable_baselines.gail.dataset import to_imitation, write_demonstrations
from tests.environments import RandomEnv

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)
SMALL = dict(cg_iters=2, hidden_size_adversary=8, policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]), seed=0,
             timesteps_per_batch=32)
ROWS = np.random.RandomState(0).uniform(-1.0, 1.0, (60, 3)).astype(np.float32)


@pytest.fixture
def dataset():
    return ExpertDataset(traj_data=dict(obs=ROWS, episode_starts=np.arange(60) % 20 == 0, episode_returns=np.zeros(3)),
                         verbose=0)


def test_they_are_read_from_all_that_holds_them(dataset, tmp_path, capsys):
    path = str(tmp_path / 'expert.npz')
    np.savez(path, obs=ROWS, episode_starts=np.arange(60) % 20 == 0, episode_returns=np.zeros(3))
    sets = [dataset, ExpertDataset(path, verbose=0), ExpertDataset([path, path], verbose=0, traj_limitation=3),
            ExpertDataset(dataset.save(str(tmp_path / 'again')), verbose=0),
            ExpertDataset.from_transitions(ROWS, episode_starts=np.arange(60) % 20 == 0, verbose=0),
            ExpertDataset.from_episodes([(part, None) for part in np.split(ROWS, 3)], verbose=0)]
    for found in sets:
        assert not found.has_actions and found.actions.shape == (60, 0) and found.num_traj == 3
        np.testing.assert_array_equal(found.observations, ROWS)
        assert found.get_next_batch('train')[0].shape[1:] == (3,)
    assert len(ExpertDataset(path, verbose=0, subsample=5).observations) == 12
    text = dataset.summary()
    assert [line for line in text.splitlines() if line.split()[:1] == ['action']] == ['  action       not noted']
    capsys.readouterr()


def test_they_are_drawn(dataset, tmp_path):
    pytest.importorskip('matplotlib')
    dataset.plot(str(tmp_path / 'plot.png'))
    assert os.path.getsize(str(tmp_path / 'plot.png')) > 1000


def test_a_discriminator_of_observations_learns_from_them(dataset):
    model = GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), dataset, use_actions=False, **SMALL).learn(96)
    judge = model.reward_giver
    some, others = np.zeros((4, 2)), np.full((4, 2), 0.2)
    np.testing.assert_array_equal(judge.get_reward(ROWS[:4], some), judge.get_reward(ROWS[:4], others))
    with_actions = GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), **SMALL).reward_giver
    assert np.abs(with_actions.get_reward(ROWS[:4], some) - with_actions.get_reward(ROWS[:4], others)).max() > 0
    assert with_actions.get_trainable_variables()[0].shape[0] - judge.get_trainable_variables()[0].shape[0] == 2


def test_a_memory_of_observations_learns_from_them(dataset):
    model = GAIL('MlpLstmPolicy', RandomEnv(VECTOR, BOX), dataset, use_actions=False, cg_iters=2, adversary_n_lstm=4,
                 policy_kwargs=dict(n_lstm=4), timesteps_per_batch=32, sequence_length=16, seed=0)
    model.learn(96)


def test_whatever_needs_actions_says_so(dataset, tmp_path):
    env = RandomEnv(VECTOR, BOX)
    with pytest.raises(ValueError, match='expert_dataset.*without actions.*use_actions=False'):
        GAIL('MlpPolicy', env, dataset, **SMALL)
    model = GAIL('MlpPolicy', env, **SMALL)
    model.expert_dataset = dataset
    with pytest.raises(ValueError, match='expert_dataset.*without actions'):
        model.learn(32)
    for learner in (TRPO('MlpPolicy', env), GAIL('MlpPolicy', env, dataset, use_actions=False, **SMALL)):
        with pytest.raises(ValueError, match='dataset.*without actions'):
            learner.pretrain(dataset)
    with pytest.raises(ValueError, match='dataset.*without actions'):
        SAC('MlpPolicy', env).prefill_replay_buffer(dataset)
    with pytest.raises(ValueError, match='without actions'):
        to_imitation(dataset)
    for name in ('a.csv', 'a.hdf5'):
        with pytest.raises(ValueError, match='without actions'):
            write_demonstrations(str(tmp_path / name), dataset)
        assert not os.path.exists(str(tmp_path / name))
