"""GAIL with a convolutional policy catches balls that it knows from pictures only."""
import pytest

from stable_baselines import GAIL
from stable_baselines.common.catch_env import CatchEnv, catch_expert
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset, generate_expert_traj

pytestmark = pytest.mark.learning


def make_env(seed):
    env = CatchEnv()
    env.seed(seed)
    return env


def test_gail_catches_the_ball_from_pixels():
    """
    The expert catches 10 of 10, chance 1.1. These steps are a third of the benchmark's (gail-catch in
    benchmarks/learning.py), so the mark is half of the expert's return, several times chance: only a policy that sees
    the ball can pass it.
    """
    demonstrations = generate_expert_traj(catch_expert, None, make_env(1), n_episodes=10)
    assert demonstrations['episode_returns'].mean() == 10.0
    together = DummyVecEnv([CatchEnv] * 8)  # the policy is asked once for all eight, which saves time
    model = GAIL('CnnPolicy', together, ExpertDataset(traj_data=demonstrations, verbose=0), g_step=1, d_step=8,
                 d_stepsize=0.003, gamma=0.5, lam=0.9, max_kl=0.02, seed=0)
    assert evaluate_policy(model, make_env(3), n_eval_episodes=20, deterministic=False)[0] < 2.0
    model.learn(45 * 1024)
    assert evaluate_policy(model, make_env(3), n_eval_episodes=20)[0] > 5.0
