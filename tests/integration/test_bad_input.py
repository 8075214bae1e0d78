"""What TRPO and GAIL say to input that they cannot use: one exception; what it is, what was found, what is expected."""
import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.gym_api import gym, spaces
from stable_baselines.gail import ExpertDataset
from tests.environments import RandomEnv, random_demonstrations

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
SMALL = dict(cg_iters=1, timesteps_per_batch=16, policy_kwargs=dict(net_arch=[4]))


@pytest.fixture(scope='module')
def trpo():
    return TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), **SMALL)


@pytest.fixture(scope='module')
def gail():
    return GAIL('MlpPolicy', RandomEnv(VECTOR, DISCRETE), random_demonstrations(VECTOR, DISCRETE), **SMALL)


def assert_refused(function, error, *parts):
    """Exactly this kind of exception, with these parts in one short message that no deeper layer wrote."""
    with pytest.raises(error) as caught:
        function()
    message = str(caught.value)
    for part in parts:
        assert part in message, message
    assert len(message) < 700
    for foreign in ('Traceback', 'node', 'defined at', 'Tensor('):
        assert foreign not in message


# ---------------------------------------------------------------- constructors

@pytest.mark.parametrize('algorithm', [TRPO, GAIL])
@pytest.mark.parametrize('arguments, error, parts', [
    (dict(env=None), ValueError, ['env=None', 'needs an environment', '.load(path)']),
    (dict(env='NoSuchEnv-v0'), ValueError, ["env='NoSuchEnv-v0'", 'gym ' + gym.__version__]),
    (dict(env=3), TypeError, ['env=3', 'expected an environment id', 'int']),
    (dict(env=RandomEnv), TypeError, ['env=', 'expected an environment id']),
    (dict(policy='NoSuchPolicy'), ValueError, ["policy='NoSuchPolicy'", 'CnnPolicy, MlpPolicy']),
    (dict(policy=int), ValueError, ['policy=', 'ActorCriticPolicy']),
    (dict(policy='CnnPolicy'), ValueError, ['CnnPolicy: images expected', 'Box(3,) float32', "'MlpPolicy'"]),
    (dict(policy_kwargs=dict(size=3)), TypeError, ["['size']", 'policy_kwargs']),
    (dict(policy_kwargs=dict(net_arch=[0])), ValueError, ['net_arch=[0]', 'whole number']),
    (dict(policy_kwargs=dict(act_fun='tanh')), TypeError, ["act_fun='tanh'", 'tf.nn.relu']),
    (dict(policy_kwargs=[64, 64]), ValueError, ['policy_kwargs=[64, 64]', 'dictionary']),
    (dict(gamma=1.5), ValueError, ['gamma=1.5', 'from 0 to 1']),
    (dict(gamma='0.9'), ValueError, ["gamma='0.9'"]),
    (dict(lam=-0.1), ValueError, ['lam=-0.1', 'from 0 to 1']),
    (dict(timesteps_per_batch=0), ValueError, ['timesteps_per_batch=0', '1 or more']),
    (dict(timesteps_per_batch=10.5), ValueError, ['timesteps_per_batch=10.5', 'whole number']),
    (dict(max_kl=0.0), ValueError, ['max_kl=0.0', 'above 0']),
    (dict(max_kl=float('inf')), ValueError, ['max_kl=inf']),
    (dict(cg_iters=0), ValueError, ['cg_iters=0', '1 or more']),
    (dict(cg_damping=-1.0), ValueError, ['cg_damping=-1.0', '0 or more']),
    (dict(vf_stepsize=-1e-3), ValueError, ['vf_stepsize=-0.001', '0 or more']),
    (dict(vf_iters=-1), ValueError, ['vf_iters=-1', '0 or more']),
    (dict(entcoeff=float('nan')), ValueError, ['entcoeff=nan', 'finite']),
    (dict(seed='zero'), ValueError, ["seed='zero'", 'whole number']),
    (dict(seed=-1), ValueError, ['seed=-1', '0 or more']),
    (dict(n_cpu_tf_sess=1.5), ValueError, ['n_cpu_tf_sess=1.5', 'whole number']),
])
def test_arguments(algorithm, arguments, error, parts):
    arguments = dict(dict(policy='MlpPolicy', env=RandomEnv(VECTOR, DISCRETE)), **arguments)
    assert_refused(lambda: algorithm(**arguments), error, *parts)


@pytest.mark.parametrize('name, value, error, part', [
    ('g_step', 0, ValueError, '1 or more'), ('d_step', 0, ValueError, '1 or more'),
    ('hidden_size_adversary', 0, ValueError, '1 or more'), ('d_stepsize', -1.0, ValueError, '0 or more'),
    ('adversary_entcoeff', None, ValueError, 'a finite number'),
    ('adversary_net_arch', [0], ValueError, 'whole number, 1 or more'),
    ('adversary_net_arch', 100, ValueError, 'list of the sizes'),
    ('adversary_cnn_extractor', 'nature_cnn', TypeError, 'expected a function'),
    ('adversary_cnn_extractor', abs, ValueError, 'observation space Box(3,) float32 found'),
    ('expert_dataset', 'expert.npz', TypeError, 'an ExpertDataset expected, str found')])
def test_arguments_of_gail(name, value, error, part):
    assert_refused(lambda: GAIL('MlpPolicy', RandomEnv(VECTOR, DISCRETE), **{name: value}), error,
                   '{}={!r}'.format(name, value), part)


@pytest.mark.parametrize('observation_space, action_space, parts', [
    (spaces.Tuple([VECTOR]), DISCRETE, ['observation space', 'Tuple']),
    (spaces.Dict(dict(a=VECTOR)), DISCRETE, ['observation space', 'Dict']),
    (VECTOR, spaces.Tuple([DISCRETE]), ['action space Tuple: not supported', 'Box']),
    (VECTOR, spaces.Dict(dict(a=DISCRETE)), ['action space Dict: not supported', 'MultiBinary']),
    (VECTOR, spaces.Box(0, 5, (2,), np.int64), ['action space Box(2,) int64: not supported']),
])
@pytest.mark.parametrize('algorithm', [TRPO, GAIL])
def test_spaces(algorithm, observation_space, action_space, parts):
    assert_refused(lambda: algorithm('MlpPolicy', RandomEnv(observation_space, action_space)), ValueError, *parts)


def test_sac_needs_continuous_actions():
    assert_refused(lambda: SAC('MlpPolicy', RandomEnv(VECTOR, DISCRETE)), ValueError, 'Discrete(2)', 'SAC', 'Box')


# ---------------------------------------------------------------- learning

@pytest.mark.parametrize('arguments, error, parts', [
    (dict(total_timesteps=-1), ValueError, ['total_timesteps=-1', '0 or more']),
    (dict(total_timesteps='many'), ValueError, ["total_timesteps='many'"]),
    (dict(total_timesteps=float('nan')), ValueError, ['total_timesteps=nan']),
    (dict(total_timesteps=float('inf')), ValueError, ['total_timesteps=inf']),
    (dict(total_timesteps=16, callback=3), TypeError, ['callback=3']),
    (dict(total_timesteps=16, callback=[3]), TypeError, ['callback=3']),
    (dict(total_timesteps=16, log_interval='often'), ValueError, ["log_interval='often'"]),
    (dict(total_timesteps=16, log_interval=-1), ValueError, ['log_interval=-1', '0 or more']),
])
def test_learn(trpo, gail, arguments, error, parts):
    for model in (trpo, gail):
        before = model.get_parameters()
        assert_refused(lambda model=model: model.learn(**arguments), error, *parts)
        assert all(np.array_equal(before[name], value) for name, value in model.get_parameters().items())


def test_learn_without_a_graph_or_an_environment(trpo, tmp_path):
    unfinished = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), _init_setup_model=False)
    for action in (lambda: unfinished.learn(1), lambda: unfinished.predict(np.zeros(3)), unfinished.get_parameters,
                   lambda: unfinished.save(str(tmp_path / 'x'))):
        assert_refused(action, RuntimeError, '_init_setup_model=False', 'setup_model()')
    trpo.save(str(tmp_path / 'model'))
    assert_refused(lambda: TRPO.load(str(tmp_path / 'model')).learn(1), ValueError, 'env', 'set_env(env)')


@pytest.mark.parametrize('changes, parts', [
    (dict(obs=np.zeros((4, 5))), ['observations', '(5,)', 'Box(3,) float32', '(3,)']),
    (dict(obs=np.zeros((4, 3, 1))), ['observations', '(3, 1)', '(3,)']),
    (dict(actions=np.zeros((4, 2))), ['actions', '(2,)', 'Discrete(2)']),
    (dict(actions=np.full((4, 1), 2)), ['action', '2', 'Discrete(2)', '0 to 1']),
    (dict(actions=np.full((4, 1), 0.5)), ['action', '0.5', 'whole numbers']),
])
def test_demonstrations_of_another_environment(gail, changes, parts):
    data = dict(dict(obs=np.zeros((4, 3)), actions=np.zeros((4, 1), int), episode_starts=np.arange(4) == 0,
                     episode_returns=np.zeros(1)), **changes)
    wrong, right = ExpertDataset(traj_data=data, verbose=0), gail.expert_dataset
    gail.expert_dataset = wrong
    assert_refused(lambda: gail.learn(16), ValueError, *parts)
    gail.expert_dataset = right
    assert_refused(lambda: gail.pretrain(wrong), ValueError, *parts)
    gail.learn(16)


@pytest.mark.parametrize('changes, parts', [
    (dict(obs=None), ["'obs'", 'missing']),
    (dict(actions=np.zeros((3, 1))), ["'obs' has 4 rows but 'actions' has 3"]),
    (dict(obs=np.zeros((0, 3)), actions=np.zeros((0, 1)), episode_starts=np.zeros(0)), ["'obs'", 'empty']),
    (dict(obs=np.full((4, 3), np.nan)), ["'obs' holds nan in row 0"]),
])
def test_demonstrations_that_are_none(changes, parts):
    data = dict(dict(obs=np.zeros((4, 3)), actions=np.zeros((4, 1), int), episode_starts=np.arange(4) == 0,
                     episode_returns=np.zeros(1)), **changes)
    assert_refused(lambda: ExpertDataset(traj_data=data, verbose=0), ValueError, *parts)


def test_fewer_episodes_than_asked_for():
    data = dict(obs=np.zeros((4, 3)), actions=np.zeros((4, 1), int), episode_starts=np.arange(4) == 0,
                episode_returns=np.zeros(1))
    with pytest.warns(UserWarning, match='traj_limitation=5, but traj_data holds only 1'):
        assert ExpertDataset(traj_data=data, traj_limitation=5, verbose=0).num_traj == 1


def test_no_demonstrations(gail):
    right, gail.expert_dataset = gail.expert_dataset, None
    assert_refused(lambda: gail.learn(16), ValueError, 'expert_dataset=None', 'ExpertDataset(path)')
    gail.expert_dataset = 'expert.npz'
    assert_refused(lambda: gail.learn(16), TypeError, "expert_dataset='expert.npz'", 'ExpertDataset')
    gail.expert_dataset = right
    assert_refused(lambda: gail.pretrain(None), TypeError, 'dataset=None', 'ExpertDataset')


@pytest.mark.parametrize('name, value', [('n_epochs', -1), ('n_epochs', 'all'), ('learning_rate', -1.0),
                                         ('adam_epsilon', 0.0), ('val_interval', 0)])
def test_pretrain(gail, name, value):
    assert_refused(lambda: gail.pretrain(gail.expert_dataset, **{name: value}), ValueError,
                   '{}={!r}'.format(name, value))


class Broken(RandomEnv):
    """Gives one number that is none."""

    def __init__(self, what):
        super().__init__(VECTOR, DISCRETE)
        self.what = what

    def step(self, action):
        observation, reward, done, info = super().step(action)
        if self.n_steps == 3:
            observation = observation * np.nan if self.what == 'observation' else observation
            reward = np.inf if self.what == 'reward' else reward
        return observation, reward, done, info


@pytest.mark.parametrize('what, found', [('observation', 'nan'), ('reward', 'inf')])
def test_environments_that_break(trpo, what, found):
    before = trpo.get_parameters()
    trpo.set_env(Broken(what))
    assert_refused(lambda: trpo.learn(16), ValueError, 'env', what, found, 'finite')
    assert all(np.array_equal(before[name], value) for name, value in trpo.get_parameters().items())


@pytest.mark.parametrize('env, error, parts', [
    (None, TypeError, ['env=None']),
    (RandomEnv(spaces.Box(-1.0, 1.0, (4,), np.float32), DISCRETE), ValueError, ['space Box(4,)', 'Box(3,)']),
    (RandomEnv(spaces.Box(-2.0, 1.0, (3,), np.float32), DISCRETE), ValueError, ['from -2 to 1', 'from -1 to 1']),
    (RandomEnv(VECTOR, spaces.Discrete(3)), ValueError, ['action space Discrete(3)', 'Discrete(2)']),
])
def test_environments_that_do_not_fit(trpo, env, error, parts, tmp_path):
    environment = trpo.get_env()
    assert_refused(lambda: trpo.set_env(env), error, *parts)
    assert trpo.get_env() is environment
    if env is not None:
        trpo.save(str(tmp_path / 'model'))
        assert_refused(lambda: TRPO.load(str(tmp_path / 'model'), env=env), error, *parts)


# ---------------------------------------------------------------- acting

@pytest.mark.parametrize('observation, parts', [
    (None, ['observation', 'NoneType']),
    ('left', ['observation', 'str']),
    (np.zeros(4), ['observation', '(4,)', 'Box(3,) float32', '(n, 3)']),
    (np.zeros((2, 2, 3)), ['observation', '(2, 2, 3)']),
    ([[0.0], [0.0, 1.0]], ['observation', 'different lengths']),
    ((np.zeros(3), {}), ['obs, info = env.reset()']),
])
def test_observations(trpo, observation, parts):
    assert_refused(lambda: trpo.predict(observation), ValueError, *parts)
    assert_refused(lambda: trpo.action_probability(observation), ValueError, *parts)


@pytest.mark.parametrize('actions, parts', [
    ([0, 1, 2], ['actions', '[0, 1, 2]', 'outside', 'Discrete(2)']),
    ([0, 1], ['actions: 2 found for 3 observations']),
    ([0.5, 0, 1], ['actions', 'whole numbers', '0.5']),
    (np.zeros((3, 2)), ['actions', '(3, 2)', 'Discrete(2)']),
    ('left', ['actions', 'str']),
])
def test_actions(trpo, actions, parts):
    assert_refused(lambda: trpo.action_probability(np.zeros((3, 3)), actions=actions), ValueError, *parts)


def test_log_probability_of_what(trpo):
    assert_refused(lambda: trpo.action_probability(np.zeros(3), logp=True), ValueError, 'logp=True', 'actions')


# ---------------------------------------------------------------- files and parameters

def test_files(trpo, gail, tmp_path, data_path):
    assert_refused(lambda: TRPO.load(str(tmp_path / 'none')), FileNotFoundError, str(tmp_path / 'none'), 'none.zip')
    (tmp_path / 'text.zip').write_text('no archive')
    assert_refused(lambda: TRPO.load(str(tmp_path / 'text.zip')), ValueError, 'text.zip')
    gail.save(str(tmp_path / 'gail'))
    trpo.save(str(tmp_path / 'trpo'))
    assert_refused(lambda: TRPO.load(str(tmp_path / 'gail')), ValueError, 'holds a GAIL model', 'GAIL.load')
    assert_refused(lambda: GAIL.load(str(tmp_path / 'trpo')), ValueError, 'holds a TRPO model', 'TRPO.load')
    assert_refused(lambda: TRPO.load(str(tmp_path / 'trpo'), speed=1), TypeError, 'speed', 'gamma')
    of_others = data_path / 'gae.npz'
    assert_refused(lambda: TRPO.load(str(of_others)), FileFormatError, 'gae.npz')


@pytest.mark.parametrize('algorithm, name', [(TRPO, 'sac_pendulum.zip'), (GAIL, 'sac_pendulum.zip'),
                                             (TRPO, 'gail_box.zip'), (GAIL, 'trpo_cartpole.zip')])
@pytest.mark.filterwarnings('ignore::UserWarning')
def test_files_of_stable_baselines_of_another_algorithm(algorithm, name, data_path):
    assert_refused(lambda: algorithm.load(str(data_path / name)), FileFormatError, name, algorithm.__name__)


@pytest.mark.parametrize('values, error, parts', [
    ({}, RuntimeError, ['no value for model/', 'exact_match=False']),
    ({'model/none:0': 1.0}, RuntimeError, ['model/none:0 not known']),
    ([1.0, 2.0], ValueError, ['a list of 2 found']),
    ('nowhere.zip', FileNotFoundError, ['nowhere.zip']),
])
def test_parameters(trpo, values, error, parts):
    before = trpo.get_parameters()
    assert_refused(lambda: trpo.load_parameters(values), error, *parts)
    assert all(np.array_equal(before[name], value) for name, value in trpo.get_parameters().items())


def test_parameters_of_another_shape_change_nothing(trpo):
    before = trpo.get_parameters()
    values = dict(before, **{'model/pi/b:0': np.zeros(7)})
    assert_refused(lambda: trpo.load_parameters(values), ValueError, 'model/pi/b:0', '(2,)', '(7,)')
    assert all(np.array_equal(before[name], value) for name, value in trpo.get_parameters().items())
