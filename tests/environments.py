"""Small environments and demonstrations for tests of algorithms. Workers import this, so it brings no TensorFlow."""
import gym
import numpy as np

from stable_baselines.common.vec_env import VecEnvWrapper


class RandomEnv(gym.Env):
    """
    Any spaces: random observations, and a complaint about any action that is not in its space.

    :param observation_space: the space
    :param action_space: the space
    :param episode_length: steps an episode
    :param time_limit: whether episodes end as by a time limit
    """

    metadata = {'render.modes': [], 'render_modes': []}

    def __init__(self, observation_space, action_space, episode_length=7, time_limit=False):
        self.observation_space, self.action_space = observation_space, action_space
        self.episode_length, self.time_limit = episode_length, time_limit
        self.random = np.random.RandomState(0)
        self.actions, self.n_steps, self.step_in_episode = [], 0, None

    def seed(self, seed=None):
        self.random = np.random.RandomState(seed)
        return [seed]

    def reset(self):
        self.step_in_episode = 0
        return sample(self.observation_space, self.random)

    def step(self, action):
        assert self.step_in_episode is not None, 'step() before reset()'
        assert self.action_space.contains(action), '{!r} is not in {}'.format(action, self.action_space)
        self.actions.append(np.copy(action))
        self.n_steps += 1
        self.step_in_episode += 1
        done = self.step_in_episode == self.episode_length
        info = {'TimeLimit.truncated': True} if done and self.time_limit else {}
        observation = sample(self.observation_space, self.random)
        if done:
            self.step_in_episode = None
        return observation, float(np.sum(action)), done, info


class Altered(RandomEnv):
    """
    Shows what a function makes of the random observations.

    :param alter: the function
    :param arguments: of ``RandomEnv``
    """

    def __init__(self, alter, *arguments, **options):
        super().__init__(*arguments, **options)
        self.alter = alter

    def reset(self):
        return self.alter(super().reset())

    def step(self, action):
        observation, *rest = super().step(action)
        return (self.alter(observation), *rest)


class Shifted(Altered):
    """Observations that need normalizing: far from 0, and of different spreads."""

    def __init__(self, episode_length=7, time_limit=False):
        super().__init__(shifted, gym.spaces.Box(-100.0, 100.0, (3,), np.float32),
                         gym.spaces.Box(-0.5, 0.25, (2,), np.float32), episode_length, time_limit)


def shifted(observation):
    """What ``Shifted`` does to observations of shape [..., 3]."""
    return (np.float32([20.0, -5.0, 0.0]) + observation * np.float32([1.0, 0.1, 5.0])).astype(np.float32)


def sample(space, random):
    """A random element, from a generator of the caller's."""
    kind = type(space).__name__
    if kind == 'Discrete':
        return int(random.randint(space.n))
    if kind == 'MultiDiscrete':
        return (random.random_sample(space.nvec.shape) * space.nvec).astype(space.dtype)
    if kind == 'MultiBinary':
        return random.randint(2, size=space.shape).astype(space.dtype)
    low, high = np.maximum(np.float64(space.low), -5.0), np.minimum(np.float64(space.high), 300.0)
    if space.dtype.kind == 'f':
        return np.asarray(random.uniform(low, np.minimum(high, 5.0))).astype(space.dtype)
    return np.asarray(np.floor(random.uniform(low, high + 1.0))).astype(space.dtype)


def random_demonstrations(observation_space, action_space, n_episodes=3, episode_length=20, seed=None):
    """Demonstrations of the two spaces without any sense in them."""
    from stable_baselines.gail import ExpertDataset
    random, rows = np.random.RandomState(1), n_episodes * episode_length
    starts = np.zeros(rows, dtype=bool)
    starts[::episode_length] = True
    actions = np.array([sample(action_space, random) for _ in range(rows)])
    return ExpertDataset(traj_data=dict(
        obs=np.array([sample(observation_space, random) for _ in range(rows)]),
        actions=actions[:, None] if type(action_space).__name__ == 'Discrete' else actions,
        rewards=np.ones(rows), episode_starts=starts, episode_returns=np.full(n_episodes, float(episode_length))),
        verbose=0, batch_size=16, seed=seed)


class Turned(VecEnvWrapper):
    """Changes the sign of observations, but not their shape."""

    def reset(self):
        return -self.venv.reset()

    def step_wait(self):
        observations, *rest = self.venv.step_wait()
        return (-observations, *rest)
