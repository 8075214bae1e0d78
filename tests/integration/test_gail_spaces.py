"""GAIL on every kind of space: learn, predict, action_probability, save, load, pretrain."""
import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.gym_api import spaces
from tests.environments import RandomEnv, random_demonstrations, sample

LOPSIDED = spaces.Box(np.float32([-1.0, 0.0]), np.float32([0.5, 2.0]))
# each kind of observation and each kind of action at least once
CASES = {
    'float64 -> scalar': (spaces.Box(-3.0, 3.0, (3,), np.float64), spaces.Box(-1.0, 1.0, (), np.float32)),
    'int64 -> lopsided': (spaces.Box(-4, 4, (3,), np.int64), LOPSIDED),
    'uint8 -> matrix': (spaces.Box(0, 200, (3,), np.uint8), spaces.Box(-0.5, 0.3, (2, 2), np.float32)),
    'scalar -> float64': (spaces.Box(-1.0, 1.0, (), np.float32), spaces.Box(-0.1, 0.1, (2,), np.float64)),
    'matrix -> unbounded': (spaces.Box(-1.0, 1.0, (2, 3), np.float32), spaces.Box(-np.inf, np.inf, (2,), np.float32)),
    'unbounded -> discrete': (spaces.Box(-np.inf, np.inf, (2,), np.float32), spaces.Discrete(2)),
    'image -> multi-discrete': (spaces.Box(0, 255, (6, 5, 3), np.uint8), spaces.MultiDiscrete([3, 2])),
    'discrete -> multi-binary': (spaces.Discrete(5), spaces.MultiBinary(4)),
    'multi-discrete -> discrete': (spaces.MultiDiscrete([3, 2]), spaces.Discrete(3)),
    'multi-binary -> lopsided': (spaces.MultiBinary(4), LOPSIDED),
}


@pytest.mark.parametrize('observation_space, action_space', list(CASES.values()), ids=list(CASES))
def test_whole_life(observation_space, action_space, tmp_path):
    env = RandomEnv(observation_space, action_space)
    model = GAIL('MlpPolicy', env, random_demonstrations(observation_space, action_space), seed=0, g_step=1,
                 timesteps_per_batch=24, hidden_size_adversary=8, cg_iters=2,
                 policy_kwargs=dict(net_arch=[8]))
    before = model.get_parameters()
    model.learn(24)
    assert env.n_steps == 24
    after = model.get_parameters()
    for scope in ('model/pi/w:0', 'model/vf/w:0', 'adversary/fully_connected_1/weights:0'):
        assert not np.array_equal(before[scope], after[scope]), scope
    assert all(np.isfinite(value).all() for value in after.values())
    model.pretrain(model.expert_dataset, n_epochs=1)

    random = np.random.RandomState(2)
    observations = np.array([sample(observation_space, random) for _ in range(5)])
    for deterministic in (True, False):
        actions, state = model.predict(observations, deterministic=deterministic)
        assert state is None
        assert actions.shape == (5,) + tuple(action_space.shape or ())
        assert all(action_space.contains(action) for action in actions)
    action, _ = model.predict(observations[0], deterministic=True)
    assert np.shape(action) == tuple(action_space.shape or ())
    assert action_space.contains(action)

    expert_actions = np.array([sample(action_space, random) for _ in range(5)])
    assert model.action_probability(observations, actions=expert_actions, logp=True).shape == (5, 1)
    assert model.action_probability(observations[0], actions=expert_actions[0]).shape == (1,)
    rewards = model.reward_giver.get_reward(observations, expert_actions)
    assert rewards.shape == (5, 1)
    assert (rewards > 0.0).all()

    model.save(str(tmp_path / 'model'))
    loaded = GAIL.load(str(tmp_path / 'model'), env=RandomEnv(observation_space, action_space),
                       expert_dataset=model.expert_dataset)
    assert np.array_equal(loaded.predict(observations, deterministic=True)[0],
                          model.predict(observations, deterministic=True)[0])
    assert np.array_equal(np.concatenate([np.ravel(part) for part in loaded.action_probability(observations)]),
                          np.concatenate([np.ravel(part) for part in model.action_probability(observations)]))
    assert np.array_equal(loaded.reward_giver.get_reward(observations, expert_actions), rewards)
    loaded.learn(24)
