"""A cue is shown once and asked for six steps later: with memory it is answered, without there is only guessing."""
import pytest

from stable_baselines import TRPO
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.memory_env import CueEnv, CueExpert
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


def cloned(**options):
    env = environment()
    dataset = ExpertDataset(traj_data=generate_expert_traj(CueExpert(env), None, env, n_episodes=200), verbose=0)
    return TRPO(env=env, seed=0, **options).pretrain(dataset, n_epochs=20, learning_rate=3e-3)


def trained(**options):
    # The value function's steps move the LSTM, which it shares with the policy: small ones, or the policy wavers.
    return TRPO(env=environment(), seed=0, gamma=0.9, lam=1.0, vf_stepsize=3e-5, timesteps_per_batch=512,
                **options).learn(15000)


@pytest.mark.parametrize('learn', [cloned, trained])
def test_memory_is_learned(learn):
    assert share_of_right_answers(learn(**WITH_MEMORY)) >= 0.95


@pytest.mark.parametrize('learn', [cloned, trained])
def test_without_memory_there_is_only_chance(learn):
    assert abs(share_of_right_answers(learn(**WITHOUT)) - CHANCE) <= MARGIN
