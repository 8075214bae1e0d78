"""A cue is shown once and asked for six steps later: with memory it is answered, without there is only guessing."""
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.memory_env import CueEnv, CueExpert
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset, generate_expert_traj

pytestmark = pytest.mark.learning

CHANCE, MARGIN = 1.0 / 3.0, 0.1
WITH_MEMORY = dict(policy='MlpLstmPolicy', policy_kwargs=dict(n_lstm=32))
WITHOUT = dict(policy='MlpPolicy')


def environment():
    env = CueEnv(n_cues=3, delay=6)
    env.seed(0)
    return env


def share_of_right_answers(model):
    return evaluate_policy(model, environment(), n_eval_episodes=300)[0]


def demonstrations(n_episodes):
    env = environment()
    return ExpertDataset(traj_data=generate_expert_traj(CueExpert(env), None, env, n_episodes=n_episodes), verbose=0)


def cloned(**options):
    return TRPO(env=environment(), seed=0, **options).pretrain(demonstrations(200), n_epochs=20, learning_rate=3e-3)


def trained(**options):
    return TRPO(env=environment(), seed=0, gamma=0.9, timesteps_per_batch=512, **options).learn(15000)


def imitating(**options):
    """With batches of 512 steps, one of the three answers sometimes flips again; with 1024 none of five runs did."""
    model = GAIL(env=DummyVecEnv([CueEnv] * 16), expert_dataset=demonstrations(60), g_step=1, d_step=4, d_stepsize=3e-3,
                 timesteps_per_batch=1024, sequence_length=32, gamma=0.5, lam=0.9, vf_stepsize=3e-3, vf_iters=5, seed=0,
                 n_cpu_tf_sess=1, **options)
    for model.max_kl, timesteps in ((0.02, 48 * 1024), (0.005, 16 * 1024)):
        model.learn(timesteps, reset_num_timesteps=False)
    return model


LEARN = [cloned, trained, imitating]


@pytest.mark.parametrize('learn', LEARN)
def test_memory_is_learned(learn):
    assert share_of_right_answers(learn(**WITH_MEMORY)) >= 0.95


@pytest.mark.parametrize('learn', LEARN)
def test_without_memory_there_is_only_chance(learn):
    assert abs(share_of_right_answers(learn(**WITHOUT)) - CHANCE) <= MARGIN
