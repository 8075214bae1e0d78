"""What follows the end of an episode: how many steps, what they are worth, how much they weigh."""
import gym
import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.bench import Monitor
from stable_baselines.common import gym_api
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.rollout import Segment
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.common.vec_env import DummyVecEnv, SubprocVecEnv, VecFrameStack, VecNormalize
from stable_baselines.gail import ExpertDataset
from stable_baselines.gail.absorbing import AbsorbingStates, steps_after
from stable_baselines.gail.losses import AbsorbingRows, discriminator_losses
from tests.environments import RandomEnv, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)
IMAGE, BITS = spaces.Box(0, 255, (36, 36, 1), np.uint8), spaces.MultiBinary(4)
SMALL = dict(cg_iters=2, hidden_size_adversary=8, seed=0, timesteps_per_batch=64, n_cpu_tf_sess=1)
TimeLimit = gym.wrappers.TimeLimit


# ---------------------------------------------------------------- how many steps

@pytest.mark.parametrize('gamma', [0.5, 0.99, 1.0])
def test_steps_after_an_end(gamma):
    lengths = np.array([1, 7, 19, 20, 25])
    expected = [1.0 / (1.0 - gamma) if gamma < 1.0 else max(20 - length, 0) for length in lengths]
    np.testing.assert_allclose(steps_after(lengths, gamma, 20), expected, rtol=1e-12)


def test_steps_after_an_end_without_a_limit():
    np.testing.assert_allclose(steps_after(np.array([3, 900]), 0.9, None), [10.0, 10.0])
    assert steps_after(np.array([]), 0.9, None).shape == steps_after(np.array([]), 0.9, 5).shape == (0,)


def demonstrations(lengths, subsample=1, seed=None):
    rows = sum(lengths)
    starts = np.zeros(rows, bool)
    starts[np.cumsum([0] + list(lengths[:-1]))] = True
    random = np.random.RandomState(0)
    return ExpertDataset(traj_data=dict(
        obs=random.uniform(-1, 1, (rows, 3)).astype(np.float32), actions=random.uniform(-0.5, 0.25, (rows, 2)),
        rewards=np.ones(rows), episode_starts=starts, episode_returns=np.array(lengths, float)),
        verbose=0, batch_size=8, subsample=subsample, seed=seed)


def limited(limit, n_envs=1, observations=VECTOR, actions=BOX, **options):
    """Environments of gym's older kind, which newer TimeLimits cannot step: they only say that there is one."""
    def make():
        env = RandomEnv(observations, actions, **options)
        env._max_episode_steps = limit
        return env
    return DummyVecEnv([make] * n_envs)


def test_share_of_the_expert():
    """Episodes of 4 and 6 steps ended by themselves, that of 10 by the time limit."""
    found = AbsorbingStates(limited(10), demonstrations([4, 10, 6]), 0.9).of_expert
    assert found == pytest.approx(steps_after(np.array([4, 6]), 0.9, 10).sum() / 20)
    assert AbsorbingStates(limited(None), demonstrations([4, 10, 6]), 0.9).of_expert == pytest.approx(30 / 20)
    assert AbsorbingStates(limited(10), demonstrations([10, 10]), 1.0).of_expert == 0.0


@pytest.mark.parametrize('seed', range(4))
def test_share_of_a_subsampled_expert(seed):
    """Which rows are kept is drawn; those who reach the limit must count as such whatever was drawn."""
    assert AbsorbingStates(limited(100), demonstrations([100, 100], 20, seed), 0.99).of_expert == 0.0
    found = AbsorbingStates(limited(1000), demonstrations([100, 140], 20, seed), 0.99).of_expert
    expected = steps_after(np.array([100, 140]), 0.99, 1000).sum() / 240
    assert found == pytest.approx(expected, rel=0.1)


def test_without_discount_and_limit_it_would_last_forever():
    with pytest.raises(ValueError, match='absorbing_states=True: gamma=1.0.*without a time limit.*TimeLimit'):
        AbsorbingStates(limited(None), demonstrations([4, 6]), 1.0)
    model = GAIL('MlpPolicy', limited(None), demonstrations([4, 6]), absorbing_states=True, gamma=1.0, **SMALL)
    with pytest.raises(ValueError, match='absorbing_states=True: gamma=1.0'):
        model.learn(64)
    AbsorbingStates(limited(10), demonstrations([4, 6]), 1.0)


def test_different_limits_are_refused():
    venv = DummyVecEnv([lambda: TimeLimit(RandomEnv(VECTOR, BOX), 10), lambda: RandomEnv(VECTOR, BOX)])
    with pytest.raises(ValueError, match='absorbing_states=True: .*different numbers of steps'):
        AbsorbingStates(venv, demonstrations([4, 6]), 0.9)


# ---------------------------------------------------------------- what they are worth

def segment(ends, terminals):
    ends, terminals = np.array(ends, bool), np.array(terminals, bool)
    values = np.arange(ends.size, dtype=np.float32).reshape(ends.shape)
    return Segment(*[None] * 5, next_values=np.where(terminals, np.float32(0), values + 1), episode_starts=None,
                   ends=ends, terminals=terminals)


def test_ends_are_followed_over_environments_and_segments():
    absorbing = AbsorbingStates(limited(10, n_envs=2), demonstrations([4, 6]), 0.9)
    first = segment([[0, 0], [0, 1], [1, 0]], [[0, 0], [0, 1], [0, 0]])  # the first environment's by a time limit
    found, share = absorbing.follow(first, -2.0)
    expected = first.next_values.copy()
    expected[1, 1] = -2.0 * steps_after(np.array([2]), 0.9, 10)[0]
    np.testing.assert_allclose(found.next_values, expected, rtol=1e-6)
    assert share == pytest.approx(steps_after(np.array([2]), 0.9, 10)[0] / 6)
    assert first.next_values[1, 1] == 0.0  # what was given stays
    # the first environment begins anew; the second has made a step already
    second = segment([[0, 0], [1, 1]], [[0, 0], [1, 1]])
    found, share = absorbing.follow(second, 3.0)
    steps = steps_after(np.array([2, 3]), 0.9, 10)
    np.testing.assert_allclose(found.next_values[1], 3.0 * steps, rtol=1e-6)
    np.testing.assert_array_equal(found.next_values[0], second.next_values[0])
    assert share == pytest.approx(steps.sum() / 4)
    assert absorbing.follow(segment([[0, 0]], [[0, 0]]), 1.0)[1] == 0.0


def test_a_constant_reward_makes_all_ends_worth_the_same():
    """What the option is for: with one reward everywhere, an end is worth what going on is."""
    gamma, limit, reward = 0.9, 12, 0.7
    for end in (1, 5, 11):
        absorbing = AbsorbingStates(limited(limit), demonstrations([4, 6]), gamma)
        ends = np.zeros((end, 1))
        ends[-1] = 1
        found, _ = absorbing.follow(segment(ends, ends), reward)
        value = sum(gamma ** step * reward for step in range(end)) + gamma ** end * found.next_values[-1, 0]
        assert value == pytest.approx(reward / (1 - gamma), rel=1e-6)


# ---------------------------------------------------------------- how much they weigh

@pytest.mark.parametrize('smoothing', [0.0, 0.1])
def test_losses_are_means_over_real_and_absorbing_rows(smoothing):
    random = np.random.RandomState(0)
    generator, expert, absorbing = random.normal(size=(6, 1)), random.normal(size=(4, 1)), 0.3
    weights = 0.5, 0.25  # three rows after ends for the policy's six, one for the expert's four
    with tf.Graph().as_default(), make_session(1) as sess:
        rows = AbsorbingRows(tf.constant([[absorbing]], tf.float32), *map(tf.constant, weights))
        losses = sess.run(discriminator_losses(tf.constant(generator, tf.float32), tf.constant(expert, tf.float32),
                                               0.01, smoothing, rows))
        plain = sess.run(discriminator_losses(tf.constant(generator, tf.float32), tf.constant(expert, tf.float32),
                                              0.01, smoothing))
    of_policy = np.logaddexp(0, np.append(generator, [absorbing] * 3))
    logits = np.append(expert, [absorbing])
    of_expert = (1 - smoothing) * np.logaddexp(0, -logits) + smoothing * np.logaddexp(0, logits)
    assert losses.generator_loss == pytest.approx(of_policy.mean(), rel=1e-5)
    assert losses.expert_loss == pytest.approx(of_expert.mean(), rel=1e-5)
    assert (losses.entropy, losses.generator_acc, losses.expert_acc) == (plain.entropy, plain.generator_acc,
                                                                         plain.expert_acc)


def test_the_discriminator_learns_whose_ends_they_are():
    """Where only the policy's episodes end, the absorbing state becomes the policy's; and the other way round."""
    for absorbing, sign in (((1.0, 0.0), -1), ((0.0, 1.0), 1)):
        model = GAIL('MlpPolicy', limited(10), demonstrations([4, 6]), absorbing_states=True, reward_type='airl',
                     **SMALL)
        random = np.random.RandomState(0)
        for _ in range(60):
            rows = [random.normal(size=(8, 3)), random.normal(size=(8, 2)), random.normal(size=(8, 3)),
                    random.normal(size=(8, 2))]
            model.discriminator_step(*rows, 1e-2, absorbing=absorbing)
        assert sign * model.reward_giver.get_absorbing_reward() > 1.0


# ---------------------------------------------------------------- models

@pytest.mark.parametrize('reward_type', ['gail', 'log_d'])
@pytest.mark.parametrize('space, actions, n_envs', [(VECTOR, spaces.Discrete(3), 1), (VECTOR, BOX, 8),
                                                    (IMAGE, spaces.Discrete(3), 1), (BITS, BITS, 8),
                                                    (spaces.Discrete(5), BITS, 1)])
def test_models_learn_with_it(space, actions, n_envs, reward_type):
    venv = limited(50, n_envs, space, actions)
    policy = 'CnnPolicy' if space is IMAGE else 'MlpPolicy'
    model = GAIL(policy, venv, random_demonstrations(space, actions), absorbing_states=True, reward_type=reward_type,
                 gradient_penalty=1.0, **SMALL)
    before = model.reward_giver.get_absorbing_reward()
    model.learn(200)
    after, of_expert = model._training.absorbing
    assert model.reward_giver.get_absorbing_reward() != before
    # every episode of 7 steps ends by itself, and goes on for 43
    n_ends = (64 // n_envs) * n_envs // 7
    assert 0.5 < after * 64 / (n_ends * steps_after(np.array([7]), model.gamma, 50)[0]) < 1.6
    assert of_expert == pytest.approx(steps_after(np.array([20]), model.gamma, 50)[0] / 20)


@pytest.mark.parametrize('time_limit', [True, False])
def test_only_ends_of_their_own_count(time_limit):
    venv = limited(7 if time_limit else 50, time_limit=time_limit)
    model = GAIL('MlpPolicy', venv, demonstrations([7, 7]), absorbing_states=True, **SMALL).learn(64)
    assert (model._training.absorbing[0] == 0.0) is time_limit


def test_a_normalized_environment():
    venv = VecNormalize(limited(20, n_envs=2))
    model = GAIL('MlpPolicy', venv, demonstrations([4, 6, 8]), absorbing_states=True, **SMALL).learn(200)
    assert model._absorbing.limit == 20 and model._training.absorbing[0] > 0


def test_saved_loaded_and_gone_on_with(tmp_path):
    data = demonstrations([4, 6, 8])
    model = GAIL('MlpPolicy', limited(20), data, absorbing_states=True, **SMALL).learn(128)
    model.save(tmp_path / 'model')
    loaded = GAIL.load(tmp_path / 'model', env=limited(20), expert_dataset=data)
    assert loaded.absorbing_states
    assert loaded.reward_giver.get_absorbing_reward() == model.reward_giver.get_absorbing_reward()
    loaded.learn(64, reset_num_timesteps=False)
    assert loaded.num_timesteps == 192
    with pytest.raises(ValueError, match='absorbing_states: False given, the saved model has True'):
        GAIL.load(tmp_path / 'model', absorbing_states=False)


def test_a_memory_refuses_it():
    with pytest.raises(ValueError, match='absorbing_states=True: a discriminator with memory.*adversary_n_lstm=0'):
        GAIL('MlpLstmPolicy', limited(20), absorbing_states=True)
    GAIL('MlpLstmPolicy', limited(20), demonstrations([4, 6]), absorbing_states=True, adversary_n_lstm=0,
         **dict(SMALL, policy_kwargs=dict(n_lstm=4))).learn(64)


# ---------------------------------------------------------------- where the limit is found

def test_time_limits_of_environments():
    assert gym_api.time_limit(gym_api.make('CartPole-v1')) == 500
    assert gym_api.time_limit(TimeLimit(RandomEnv(VECTOR, BOX), 30)) == 30
    assert gym_api.time_limit(TimeLimit(gym_api.make('CartPole-v1'), 30)) == 30  # the lowest
    assert gym_api.time_limit(TimeLimit(gym_api.make('CartPole-v1'), 900)) == 500
    assert gym_api.time_limit(Monitor(TimeLimit(RandomEnv(VECTOR, BOX), 30), None)) == 30  # beneath others
    assert gym_api.time_limit(RandomEnv(VECTOR, BOX)) is None
    assert gym_api.time_limit(gym_api.make('CartPole-v1').unwrapped) is None  # registered, but nothing ends episodes


def test_time_limits_of_vectors():
    venv = DummyVecEnv([lambda: gym_api.make('CartPole-v0'), lambda: gym_api.make('CartPole-v1')])
    assert venv.time_limits() == VecNormalize(VecFrameStack(venv, 2)).time_limits() == [200, 500]
    workers = SubprocVecEnv([lambda: gym_api.make('CartPole-v0'), lambda: gym_api.make('CartPole-v1').unwrapped])
    try:
        assert VecNormalize(workers).time_limits() == [200, None]
    finally:
        workers.close()
