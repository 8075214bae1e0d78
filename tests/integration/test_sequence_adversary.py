"""GAIL's discriminator with memory: rewards, learning, files, and what is refused."""
import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.memory_env import CueEnv
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset
from stable_baselines.gail.adversary import TransitionClassifier
from stable_baselines.gail.sequence_adversary import SequenceClassifier

N_CUES, DELAY = 2, 2


def demonstrations(n_episodes=12):
    cues = np.arange(n_episodes) % N_CUES
    length = DELAY + 1
    observations = np.full((n_episodes, length), N_CUES)
    observations[:, 0], observations[:, -1] = cues, N_CUES + 1
    return ExpertDataset(verbose=0, traj_data=dict(
        obs=observations.reshape(-1, 1), actions=np.repeat(cues, length)[:, None],
        rewards=np.zeros(n_episodes * length), episode_returns=np.ones(n_episodes),
        episode_starts=np.arange(n_episodes * length) % length == 0))


def make(n_envs=1, policy='MlpLstmPolicy', **options):
    env = DummyVecEnv([lambda: CueEnv(N_CUES, DELAY) for _ in range(n_envs)])
    options = dict(dict(timesteps_per_batch=24 * n_envs, sequence_length=6, g_step=1, cg_iters=2, seed=0,
                        adversary_n_lstm=4, hidden_size_adversary=5, policy_kwargs=dict(n_lstm=4, net_arch=['lstm'])),
                   **options)
    return GAIL(policy, env, demonstrations(), **options)


def step_by_step(classifier, observations, actions, starts):
    """Rewards [T, n] of steps [T, n], one after the other."""
    rewards, states = [], classifier.empty_memory(observations.shape[1])
    for some_observations, some_actions, some_starts in zip(observations, actions, starts):
        states = np.where(some_starts[:, None], 0.0, states)
        reward, states = classifier.get_reward_and_states(some_observations, some_actions, states)
        rewards.append(reward[:, 0])
    return np.array(rewards)


@pytest.mark.parametrize('n_envs', [3])
def test_rewards_of_a_segment_depend_on_what_went_before(n_envs):
    model, random = make(n_envs), np.random.RandomState(0)
    model._prepare_learning()
    observations, actions = random.randint(N_CUES + 2, size=(48, n_envs)), random.randint(N_CUES, size=(48, n_envs))
    starts = random.uniform(size=(48, n_envs)) < 0.3
    starts[0] = True
    expected = step_by_step(model.reward_giver, observations, actions, starts)
    found = [model._reward_source()(*[array[half].reshape(-1) for array in (observations, actions, actions, starts)])
             for half in (slice(0, 24), slice(24, 48))]  # the second segment goes on with the memory of the first
    assert np.allclose(np.concatenate(found).reshape(48, n_envs), expected, rtol=1e-5, atol=1e-6)
    assert np.ptp(expected[(observations == 1) & (actions == 1) & ~starts]) > 1e-5


def test_an_update_lowers_the_loss_of_its_batch():
    model = make()
    kept, update = [], model._training.update
    model._training.update = lambda segment, *rest: kept.append(segment) or update(segment, *rest)
    model.learn(24)
    losses = []
    for _ in range(30):
        model._training.begin(model.expert_dataset, 24, 1, np.random.RandomState(0))
        model.expert_dataset.seed(0)  # the same expert's sequences again
        losses.append(update(kept[0], 1, 0.01))
    first, last = [loss['generator_loss'] + loss['expert_loss'] for loss in (losses[0], losses[-1])]
    assert last < 0.9 * first


@pytest.mark.parametrize('n_envs, d_step', [(2, 3), (1, 100)])
def test_whole_life(n_envs, d_step, tmp_path):
    model = make(n_envs, d_step=d_step)
    assert isinstance(model.reward_giver, SequenceClassifier)
    before = model.get_parameters()
    model.learn(50)
    after = model.get_parameters()
    for name in ('adversary/lstm/wh:0', 'adversary/lstm/wx:0', 'adversary/logit/weights:0', 'model/lstm1/wh:0'):
        assert not np.array_equal(before[name], after[name]), name
    observations, actions = np.array([0, 2, 3, 1]), np.array([0, 1, 0, 1])
    rewards = model.reward_giver.get_reward(observations, actions)
    assert rewards.shape == (4, 1)
    model.save(str(tmp_path / 'model'))
    loaded = GAIL.load(str(tmp_path / 'model'), env=CueEnv(N_CUES, DELAY), expert_dataset=demonstrations())
    assert np.array_equal(loaded.reward_giver.get_reward(observations, actions), rewards)
    state = np.random.RandomState(0).normal(size=(4, 8))
    assert np.array_equal(loaded.action_probability(observations, state), model.action_probability(observations, state))
    loaded.learn(24)


def test_same_seed_same_bits():
    found = [make(2).learn(100).get_parameters() for _ in range(2)]
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])


def test_memory_follows_the_policy_s():
    assert make(adversary_n_lstm=None).reward_giver.n_lstm == 64
    assert type(make(adversary_n_lstm=0).reward_giver) is TransitionClassifier
    make(adversary_n_lstm=0).learn(24)
    plain = dict(policy='MlpPolicy', policy_kwargs={})
    assert type(make(adversary_n_lstm=None, **plain).reward_giver) is TransitionClassifier
    with pytest.raises(ValueError, match="adversary_n_lstm=4: .*policy with memory, such as 'MlpLstmPolicy'"):
        make(**plain)
    with pytest.raises((TypeError, ValueError), match='adversary_n_lstm'):
        make(adversary_n_lstm=-1)
