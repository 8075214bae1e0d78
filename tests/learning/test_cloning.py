"""Behaviour cloning alone balances the pole."""
from pathlib import Path

import pytest

from stable_baselines import TRPO
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.gail import ExpertDataset

pytestmark = pytest.mark.learning
EXPERT = Path(__file__).resolve().parents[2] / 'benchmarks' / 'experts' / 'cartpole-v0.npz'


def test_a_cloned_policy_balances_the_pole():
    """From four trajectories of a published expert, which reaches 200 of 200."""
    dataset = ExpertDataset(EXPERT, traj_limitation=4, train_fraction=0.9, verbose=0)
    model = TRPO('MlpPolicy', 'CartPole-v0', seed=0)
    model.pretrain(dataset, n_epochs=200, learning_rate=1e-3)
    mean, _ = evaluate_policy(model, model.get_env(), n_eval_episodes=50)
    assert mean >= 195.0
