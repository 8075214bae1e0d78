"""What the page on GAIL says of spaces: demonstrations recorded in them can be imitated, others are refused by name."""
import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.gym_api import spaces
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from tests.environments import RandomEnv, sample

BOX = spaces.Box(-1.0, 1.0, (2,), np.float32)
SUPPORTED = {
    'Box of rank 2 -> Box of rank 2': (spaces.Box(-1.0, 1.0, (2, 3), np.float64), spaces.Box(-1.0, 1.0, (2, 2))),
    'MultiBinary of rank 2 -> Box open on one side': (spaces.MultiBinary([2, 2]),
                                                      spaces.Box(np.float32([0.0]), np.float32([np.inf]))),
    'Discrete -> Discrete': (spaces.Discrete(4), spaces.Discrete(3)),
    'MultiDiscrete -> MultiDiscrete': (spaces.MultiDiscrete([2, 3]), spaces.MultiDiscrete([2, 3])),
    'MultiBinary -> MultiBinary': (spaces.MultiBinary(3), spaces.MultiBinary(2)),
}
REFUSED = {
    'Tuple': (spaces.Tuple((BOX, BOX)), BOX),
    'Dict': (spaces.Dict({'position': BOX}), BOX),
    'MultiDiscrete': (spaces.MultiDiscrete(np.array([[2, 3], [2, 2]])), BOX),
    'MultiDiscrete actions of rank 2': (BOX, spaces.MultiDiscrete(np.array([[2, 3], [2, 2]]))),
    'MultiBinary actions of rank 2': (BOX, spaces.MultiBinary([2, 3])),
    'Box of integers': (BOX, spaces.Box(0, 5, (2,), np.int64)),
    'Box that is empty': (BOX, spaces.Box(-1.0, 1.0, (0,), np.float32)),
    'Box of crossed bounds': (BOX, spaces.Box(np.float32([1.0]), np.float32([0.0]))),
}


@pytest.mark.parametrize('observation_space, action_space', list(SUPPORTED.values()), ids=list(SUPPORTED))
def test_recorded_demonstrations_can_be_imitated(observation_space, action_space, tmp_path):
    random = np.random.RandomState(0)
    env = RandomEnv(observation_space, action_space)
    generate_expert_traj(lambda observation: sample(action_space, random), tmp_path / 'expert', env, n_episodes=3)
    dataset = ExpertDataset(tmp_path / 'expert.npz', verbose=0)
    model = GAIL('MlpPolicy', env, dataset, timesteps_per_batch=24, g_step=1, seed=0, policy_kwargs=dict(net_arch=[8]))
    before = model.get_parameters()['adversary/fully_connected/weights:0']
    model.pretrain(dataset, n_epochs=1)
    model.learn(24)
    assert not np.array_equal(model.get_parameters()['adversary/fully_connected/weights:0'], before)


@pytest.mark.parametrize('name', list(REFUSED))
def test_other_spaces_are_refused_by_name(name):
    with pytest.raises(ValueError, match=name.split()[0]):
        GAIL('MlpPolicy', RandomEnv(*REFUSED[name]))
