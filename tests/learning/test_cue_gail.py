"""GAIL imitates an expert who remembers what was shown once."""
import pytest

from stable_baselines import GAIL
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.memory_env import CueEnv, CueExpert
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset, generate_expert_traj

pytestmark = pytest.mark.learning


def make_env(seed):
    env = CueEnv()
    env.seed(seed)
    return env


@pytest.mark.parametrize('policy, options, least, most', [
    ('MlpLstmPolicy', dict(policy_kwargs=dict(n_lstm=32), sequence_length=32), 0.95, 1.0),
    ('MlpPolicy', {}, 0.0, 0.45),  # chance is one in three
])
def test_only_a_policy_with_memory_repeats_the_cue(policy, options, least, most):
    env = make_env(1)
    demonstrations = generate_expert_traj(CueExpert(env), None, env, n_episodes=60)
    model = GAIL(policy, DummyVecEnv([CueEnv] * 8), ExpertDataset(traj_data=demonstrations, verbose=0), g_step=1,
                 d_step=4, d_stepsize=3e-3, timesteps_per_batch=512, gamma=0.5, lam=0.9, vf_stepsize=3e-3, vf_iters=5,
                 seed=0, **options)
    for max_kl, timesteps in ((0.02, 24 * 1024), (0.01, 16 * 1024)):
        model.max_kl = max_kl
        model.learn(timesteps, reset_num_timesteps=False)
    assert least <= evaluate_policy(model, make_env(3), n_eval_episodes=200)[0] <= most
