"""Training warns of what it is: each situation by real training, and silence where all is well."""
import warnings

import numpy as np
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common import gym_api, mpi
from stable_baselines.common.errors import TrainingWarning
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset
from stable_baselines.gail.diagnosis import ITERATIONS
from stable_baselines.trpo_mpi.diagnosis import KL_ITERATIONS
from tests.environments import RandomEnv, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-1.0, 1.0, (2,), np.float32)
DISCRETE = spaces.Discrete(2)
SMALL = dict(cg_iters=3, timesteps_per_batch=64, seed=0, policy_kwargs=dict(net_arch=[8]))


def warned(model, steps, **options):
    """Texts of the warnings of a training run."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter('always')
        model.learn(steps, **options)
    return [str(warning.message) for warning in seen if issubclass(warning.category, TrainingWarning)]


def far_away_demonstrations():
    """In a corner that the policy hardly ever sees."""
    random = np.random.RandomState(0)
    return ExpertDataset.from_episodes([(random.uniform(0.9, 1.0, (20, 3)).astype(np.float32),
                                         random.uniform(-1, 1, (20, 2)).astype(np.float32)) for _ in range(5)],
                                       verbose=0)


def make_gail(dataset, **options):
    return GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), dataset, **dict(SMALL, g_step=1, hidden_size_adversary=16,
                                                                     **options))


@pytest.fixture(scope='module')
def dataset():
    return random_demonstrations(VECTOR, BOX, seed=3)


def test_a_discriminator_that_wins_outright():
    model = make_gail(far_away_demonstrations(), d_stepsize=0.02, d_step=4)
    message, = warned(model, 64 * (ITERATIONS + 60))
    assert 'wins outright' in message
    assert len(warned(model, 64 * (ITERATIONS + 5))) == 1  # once in each run


@pytest.mark.parametrize('options, word', [(dict(adversary_entcoeff=100.0, d_stepsize=0.01), 'the same for all'),
                                           (dict(d_stepsize=0.0), 'stand still')])
def test_a_discriminator_that_collapsed(dataset, options, word):
    message, = warned(make_gail(dataset, **options), 64 * (3 * ITERATIONS))
    assert 'collapsed' in message and word in message


@pytest.mark.parametrize('options, word', [(dict(max_kl=50.0), 'rejected'), (dict(cg_damping=1e3), 'cg_damping')])
def test_a_policy_that_hardly_moves(options, word):
    model = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), **dict(SMALL, **options))
    message, = warned(model, 64 * (KL_ITERATIONS + 10))
    assert 'hardly moves' in message and word in message


def test_iterations_of_a_run_that_goes_on_are_counted_through():
    """Many short calls of learn() are one run; a new run begins to count anew, and may be warned of again."""
    model = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), **dict(SMALL, max_kl=50.0))
    part = KL_ITERATIONS // 2
    assert warned(model, 64 * part) == [] and warned(model, 64 * part) == []
    message, = warned(model, 64 * part, reset_num_timesteps=False)
    assert 'hardly moves' in message
    assert warned(model, 64 * (KL_ITERATIONS + 10), reset_num_timesteps=False) == []
    assert len(warned(model, 64 * (KL_ITERATIONS + 10))) == 1


def test_a_policy_whose_entropy_is_gone():
    model = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), **SMALL)
    parameters = model.get_parameters()
    parameters['model/pi/b:0'] = np.array([30.0, -30.0], np.float32)
    model.load_parameters(parameters)
    message, = warned(model, 64 * (KL_ITERATIONS + 2))
    assert 'hardly moves' in message


def test_a_policy_that_rests_by_order():
    model = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), **SMALL)
    assert warned(model, 64 * (KL_ITERATIONS + 5), value_warm_up=64 * (KL_ITERATIONS + 5)) == []


def test_demonstrations_of_varying_lengths():
    random = np.random.RandomState(0)
    episodes = [(random.uniform(-1, 1, (length, 3)).astype(np.float32),
                 random.uniform(-1, 1, (length, 2)).astype(np.float32)) for length in (10, 20, 30)]
    model = make_gail(ExpertDataset.from_episodes(episodes, verbose=0))
    message, = warned(model, 64)
    assert 'survival bias' in message and '10 to 30 steps' in message
    assert warned(model, 64, reset_num_timesteps=False) == []
    assert len(warned(model, 64)) == 1


@pytest.mark.parametrize('env_id', ['MountainCar-v0', 'Acrobot-v1'])
def test_presets_of_tasks_that_end_soon_are_silent(env_id):
    """Demonstrations of different lengths, a reward that is never positive: just what is recommended."""
    random = np.random.RandomState(0)
    env = gym_api.make(env_id)
    size = env.observation_space.shape[0]
    episodes = [(random.uniform(-0.5, 0.5, (length, size)).astype(np.float32), random.randint(3, size=length))
                for length in (75, 86, 120)]
    model = GAIL.from_preset(env, ExpertDataset.from_episodes(episodes, verbose=0), timesteps_per_batch=64, seed=0)
    assert warned(model, 64) == []


def test_a_graph_that_is_built_anew_in_a_run(dataset):
    model = make_gail(dataset)
    model.learn(64)
    model.setup_model()
    model.learn(64 * ITERATIONS, reset_num_timesteps=False)


@pytest.mark.parametrize('kind', ['TRPO', 'GAIL', 'decorated GAIL'])
def test_rounding_points_at_the_line_that_calls_learn(dataset, kind, monkeypatch):
    if kind == 'decorated GAIL':
        monkeypatch.setattr(GAIL, 'learn', mpi.joint_call()(GAIL.learn))
    env = DummyVecEnv([lambda: RandomEnv(VECTOR, BOX)] * 3)
    model = TRPO('MlpPolicy', env, **SMALL) if kind == 'TRPO' else GAIL('MlpPolicy', env, dataset, **SMALL)
    with pytest.warns(UserWarning, match='timesteps_per_batch=64 is rounded up') as seen:
        model.learn(1)
    told, = [warning for warning in seen if 'rounded up' in str(warning.message)]
    assert told.filename == __file__


@pytest.mark.learning
@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('task', ['cartpole', 'pendulum'])
def test_a_healthy_imitation_is_silent(task, seed):
    from benchmarks.tasks import CARTPOLE, PENDULUM, expert_dataset
    env_id = dict(cartpole=CARTPOLE, pendulum=PENDULUM)[task]
    model = GAIL('MlpPolicy', env_id, expert_dataset(task, 10), seed=seed)
    assert warned(model, 120000) == []


@pytest.mark.learning
@pytest.mark.parametrize('seed', range(2))
def test_healthy_reinforcement_learning_is_silent(seed):
    from benchmarks.tasks import CARTPOLE
    assert warned(TRPO('MlpPolicy', CARTPOLE, seed=seed), 100000) == []
