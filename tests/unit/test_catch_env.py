"""The game of ball and paddle: its pictures, its rules, its expert."""
import numpy as np
import pytest

from stable_baselines.common.catch_env import BALL, PADDLE, CatchEnv, catch_expert
from stable_baselines.common.input import is_image_space
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import generate_expert_traj


def columns(observation, cell=1):
    """Of ball and paddle."""
    return tuple(int(np.argwhere(observation[:, :, 0] == value)[0][1]) // cell for value in (BALL, PADDLE))


def play(env, choose, n_episodes):
    """Return of each episode."""
    returns = []
    for _ in range(n_episodes):
        observation, done = env.reset(), False
        returns.append(0.0)
        while not done:
            observation, reward, done, _ = env.step(choose(observation))
            returns[-1] += reward
    return returns


def seeded(seed, **kwargs):
    env = CatchEnv(**kwargs)
    assert env.seed(seed) == [seed]
    return env


def test_pictures():
    env = seeded(0)
    observation = env.reset()
    assert observation.shape == (36, 36, 1) and observation.dtype == np.uint8
    assert is_image_space(env.observation_space) and env.observation_space.contains(observation)
    assert env.action_space.n == 3
    assert (observation == BALL).sum() == (observation == PADDLE).sum() == 16
    assert (observation == 0).sum() == 36 * 36 - 32
    assert (observation[:4] == BALL).any() and (observation[-4:] == PADDLE).any()
    assert np.array_equal(env.render(), np.repeat(observation, 3, axis=2))


def test_rules():
    env = seeded(0, n_columns=3, n_rows=4, cell=1, n_balls=2)
    observation = env.reset()
    for n_ball in range(2):
        ball, _ = columns(observation)
        for row in (1, 2):
            observation, reward, done, info = env.step(0)
            assert (reward, done, info) == (0.0, False, {})
            assert observation[row, ball, 0] == BALL and columns(observation)[0] == ball
        paddle = columns(observation)[1]
        observation, reward, done, _ = env.step(2)
        assert reward == float(ball == paddle + 1)
        assert done == (n_ball == 1)


def test_the_paddle_goes_where_it_is_told_and_not_through_walls():
    env = seeded(3, n_columns=5, n_rows=20, cell=1)
    _, before = columns(env.reset())
    for action, expected in [(1, before), (0, before - 1), (2, before), (2, before + 1)]:
        assert columns(env.step(action)[0])[1] == min(max(expected, 0), 4)
    assert [columns(env.step(0)[0])[1] for _ in range(5)][-2:] == [0, 0]
    assert [columns(env.step(2)[0])[1] for _ in range(5)][-2:] == [4, 4]


@pytest.mark.parametrize('kwargs', [{}, dict(n_columns=3, n_rows=3, cell=12), dict(n_columns=7, n_rows=9, cell=1)])
def test_the_expert_catches_every_ball(kwargs):
    env = seeded(0, **kwargs)
    assert play(env, catch_expert, 25) == [env.n_balls] * 25


def test_chance_catches_few():
    env = seeded(0)
    random = np.random.RandomState(0)
    assert np.mean(play(env, lambda _: random.randint(3), 150)) < 0.2 * env.n_balls


def test_seeds():
    def images(seed):
        venv = DummyVecEnv([CatchEnv, CatchEnv])
        venv.seed(seed)
        return np.array([venv.reset()] + [venv.step([1, 1])[0] for _ in range(20)])

    assert np.array_equal(images(1), images(1))
    assert not np.array_equal(images(1), images(2))
    assert not np.array_equal(images(1)[:, 0], images(1)[:, 1])


def test_the_expert_can_be_recorded():
    recorded = generate_expert_traj(catch_expert, None, seeded(0), n_episodes=3)
    assert recorded['obs'].shape == (3 * 10 * 8, 36, 36, 1) and recorded['obs'].dtype == np.uint8
    assert recorded['episode_returns'].tolist() == [10.0, 10.0, 10.0]


@pytest.mark.parametrize('kwargs, part', [
    (dict(n_columns=1), 'n_columns=1'), (dict(n_columns=9, n_rows=8), 'n_rows=8: expected a whole number, 9 or more'),
    (dict(cell=0), 'cell=0'), (dict(n_balls=0.5), 'n_balls=0.5')])
def test_bad_numbers(kwargs, part):
    with pytest.raises(ValueError, match=part):
        CatchEnv(**kwargs)


def test_bad_calls():
    env = seeded(0, n_balls=1)
    with pytest.raises(RuntimeError, match='reset'):
        env.step(0)
    env.reset()
    with pytest.raises(ValueError, match='action=3'):
        env.step(3)
    with pytest.raises(ValueError, match="mode='human'"):
        env.render('human')
