"""What TRPO and GAIL say to input that they cannot use: one exception; what it is, what was found, what is expected."""
import warnings

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.gym_api import gym, spaces
from stable_baselines.common.policies import ActorCriticPolicy, CnnPolicy, FeedForwardPolicy, MlpPolicy
from stable_baselines.gail import ExpertDataset
from stable_baselines.sac import CnnPolicy as SACCnnPolicy
from stable_baselines.sac import MlpPolicy as SACMlpPolicy
from tests.environments import RandomEnv, random_demonstrations

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
IMAGE, BOX = spaces.Box(0, 255, (36, 36, 3), np.uint8), spaces.Box(-1.0, 1.0, (2,), np.float32)
NESTED = spaces.MultiDiscrete(np.array([[2, 3], [2, 2]]))
SMALL = dict(cg_iters=1, timesteps_per_batch=16, policy_kwargs=dict(net_arch=[4]))


class Unfinished(ActorCriticPolicy):
    """Never calls ``_setup_init``."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._proba_distribution, self._policy, self.q_value = self.pdtype.proba_distribution_from_latent(
            self.processed_obs, self.processed_obs)
        self._value_fn = self.q_value[:, :1]


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
    (dict(policy='NoSuchPolicy'), ValueError,
     ["policy='NoSuchPolicy'", 'CnnLnLstmPolicy, CnnLstmPolicy, CnnPolicy, MlpLnLstmPolicy, MlpLstmPolicy, MlpPolicy']),
    (dict(policy=int), ValueError, ['policy=', 'ActorCriticPolicy']),
    (dict(policy='CnnPolicy'), ValueError, ['CnnPolicy: images expected', 'Box(3,) float32', "'MlpPolicy'"]),
    (dict(policy_kwargs=dict(size=3)), TypeError, ["['size']", 'policy_kwargs']),
    (dict(policy_kwargs=dict(net_arch=[0])), ValueError, ['net_arch=[0]', 'whole number']),
    (dict(policy_kwargs=dict(act_fun='tanh')), TypeError, ["act_fun='tanh'", 'tf.nn.relu']),
    (dict(policy_kwargs=[64, 64]), ValueError, ['policy_kwargs=[64, 64]', 'dictionary']),
    (dict(policy_kwargs=dict(layers=5)), ValueError, ['layers=5', 'list of the sizes']),
    (dict(policy_kwargs=dict(layers='ab')), ValueError, ["layers='ab'", 'whole number']),
    (dict(policy='MlpLstmPolicy', policy_kwargs=dict(layers=5)), ValueError, ['layers=5', 'list of the sizes']),
    (dict(policy_kwargs=dict(feature_extraction='cnn')), TypeError,
     ["MlpPolicy: feature_extraction='cnn'", 'FeedForwardPolicy']),
    (dict(policy='MlpLstmPolicy', policy_kwargs=dict(layer_norm=True)), TypeError,
     ['MlpLstmPolicy: layer_norm=True', 'LstmPolicy']),
    (dict(policy=FeedForwardPolicy, policy_kwargs=dict(cnn_extractor='nature')), TypeError,
     ["cnn_extractor='nature'", 'nature_cnn']),
    (dict(policy=ActorCriticPolicy), TypeError, ['policy=ActorCriticPolicy', 'proba_distribution', '_setup_init()']),
    (dict(policy=Unfinished), TypeError, ['policy=Unfinished', 'value_flat', '_setup_init()']),
    (dict(verbose='x'), ValueError, ["verbose='x'", 'finite number']),
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


@pytest.mark.parametrize('options, error, parts', [
    (dict(layers=5), ValueError, ['layers=5', 'list of the sizes']),
    (dict(layers=[0]), ValueError, ['layers=[0]', '1 or more']),
    (dict(act_fun='relu'), TypeError, ["act_fun='relu'", 'tf.nn.relu']),
    (dict(reg_weight='a'), ValueError, ["reg_weight='a'", '0 or more']),
    (dict(reg_weight=-1), ValueError, ['reg_weight=-1', '0 or more']),
    (dict(layer_norm=True), TypeError, ['MlpPolicy: layer_norm=True', 'its name']),
    (dict(size=3), TypeError, ["['size']", 'policy_kwargs']),
])
def test_options_of_policies_of_sac(options, error, parts):
    assert_refused(lambda: SAC('MlpPolicy', RandomEnv(VECTOR, BOX), policy_kwargs=options), error, *parts)


@pytest.mark.parametrize('name, value, error, part', [
    ('g_step', 0, ValueError, '1 or more'), ('d_step', 0, ValueError, '1 or more'),
    ('hidden_size_adversary', 0, ValueError, '1 or more'), ('d_stepsize', -1.0, ValueError, '0 or more'),
    ('adversary_entcoeff', None, ValueError, 'a number, 0 or more'),
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
    (NESTED, DISCRETE, ['observation space MultiDiscrete([[2, 3], [2, 2]])', 'rank 2', 'Flatten']),
    (VECTOR, NESTED, ['action space MultiDiscrete([[2, 3], [2, 2]]): not supported', 'rank 1']),
    (spaces.Box(-1.0, 1.0, (0,), np.float32), DISCRETE, ['observation space Box(0,) float32', 'empty']),
    (VECTOR, spaces.Box(-1.0, 1.0, (0,), np.float32), ['action space Box(0,) float32', 'empty']),
    (VECTOR, spaces.Box(np.float32([1.0]), np.float32([0.0])), ['action space Box(1,) float32', 'lower bound']),
])
@pytest.mark.parametrize('algorithm', [TRPO, GAIL])
def test_spaces(algorithm, observation_space, action_space, parts):
    assert_refused(lambda: algorithm('MlpPolicy', RandomEnv(observation_space, action_space)), ValueError, *parts)


@pytest.mark.parametrize('observation_space, action_space, parts', [
    (VECTOR, DISCRETE, ['Discrete(2)', 'SAC', 'Box', 'TRPO and GAIL']),
    (VECTOR, NESTED, ['MultiDiscrete([[2, 3], [2, 2]])', 'SAC needs a Box']),
    (VECTOR, spaces.MultiBinary(3), ['MultiBinary(3)', 'SAC needs a Box']),
    (VECTOR, spaces.Tuple((BOX, BOX)), ['action space Tuple', 'SAC needs a Box']),
    (VECTOR, spaces.Dict(dict(a=BOX)), ['action space Dict', 'SAC needs a Box']),
    (VECTOR, spaces.Box(0, 5, (2,), np.int64), ['action space Box(2,) int64', 'Box of floats']),
    (VECTOR, spaces.Box(np.float32([0.0]), np.float32([np.inf])), ['Box(1,) float32', '[inf]', 'finite bounds']),
    (VECTOR, spaces.Box(-np.inf, np.inf, (2,), np.float32), ['Box(2,) float32', 'finite bounds', 'Wrap']),
    (spaces.Dict(dict(a=VECTOR)), BOX, ['observation space Dict: not supported']),
    (spaces.Tuple([VECTOR]), BOX, ['observation space Tuple: not supported']),
    (NESTED, BOX, ['observation space MultiDiscrete([[2, 3], [2, 2]])']),
    (spaces.Box(-1.0, 1.0, (0,), np.float32), BOX, ['observation space Box(0,) float32', 'empty']),
])
def test_spaces_of_sac(observation_space, action_space, parts):
    assert_refused(lambda: SAC('MlpPolicy', RandomEnv(observation_space, action_space)), ValueError, *parts)


@pytest.mark.parametrize('algorithm, policy, better', [
    (TRPO, 'MlpPolicy', 'CnnPolicy'),
    (GAIL, 'MlpLnLstmPolicy', 'CnnLnLstmPolicy'),
    (SAC, 'LnMlpPolicy', 'LnCnnPolicy'),
])
def test_policies_for_vectors_warn_of_images(algorithm, policy, better):
    image = spaces.Box(0, 255, (36, 40, 1), np.uint8)
    message = r"{}: reads images \(Box\(36, 40, 1\) uint8\).*'{}'".format(policy, better)
    with pytest.warns(UserWarning, match=message):
        algorithm(policy, RandomEnv(image, BOX))
    with warnings.catch_warnings():
        warnings.simplefilter('error', UserWarning)
        algorithm('MlpPolicy', RandomEnv(spaces.Box(0, 255, (8, 8, 1), np.uint8), BOX))  # too small for convolutions


@pytest.mark.parametrize('algorithm', [TRPO, GAIL, SAC])
@pytest.mark.parametrize('space, parts', [
    (VECTOR, ['CnnPolicy: images expected', 'Box(3,) float32', 'MlpPolicy']),
    (spaces.Box(0.0, 1.0, (36, 36, 3), np.float32), ['images expected', 'uint8, 0 to 255', 'Box(36, 36, 3) float32']),
    (spaces.Box(0, 255, (36, 36), np.uint8), ['images expected', '(height, width, channels)', 'Box(36, 36) uint8']),
    (spaces.Box(0, 255, (20, 40, 3), np.uint8), ['36 x 36 pixels expected', '(20, 40, 3) found', 'MlpPolicy']),
    (spaces.Box(0, 255, (3, 36, 36), np.uint8), ['36 x 36 pixels expected', '(3, 36, 36) found', 'channels last']),
    (DISCRETE, ['images expected', 'Discrete(2)']),
])
def test_image_policies_need_images(algorithm, space, parts):
    assert_refused(lambda: algorithm('CnnPolicy', RandomEnv(space, BOX)), ValueError, *parts)


@pytest.mark.parametrize('algorithm, policy, family', [
    (TRPO, SACMlpPolicy, 'ActorCriticPolicy'), (GAIL, SACMlpPolicy, 'ActorCriticPolicy'),
    (GAIL, SACCnnPolicy, 'ActorCriticPolicy'), (SAC, MlpPolicy, 'SACPolicy'), (SAC, CnnPolicy, 'SACPolicy')])
def test_policies_of_another_algorithm(algorithm, policy, family):
    assert_refused(lambda: algorithm(policy, RandomEnv(IMAGE, BOX)), ValueError, 'policy=', policy.__module__,
                   '{} needs a subclass of'.format(algorithm.__name__), family, 'belongs to another algorithm')


@pytest.mark.parametrize('algorithm, name', [(TRPO, 'LnMlpPolicy'), (GAIL, 'LnCnnPolicy'), (SAC, 'FeedForwardPolicy')])
def test_names_of_another_algorithm(algorithm, name):
    assert_refused(lambda: algorithm(name, RandomEnv(VECTOR, BOX)), ValueError, 'policy={!r}'.format(name), 'MlpPolicy')


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


FROM_0_TO_1 = np.random.RandomState(0).random_sample((36, 36, 3))


@pytest.mark.parametrize('space, observation, parts', [
    (VECTOR, [0.0, np.nan, 0.0], ['finite numbers', 'Box(3,) float32', '[nan] found']),
    (VECTOR, [0.0, np.inf, 1e300], ['finite numbers', '[inf, 1e+300] found']),
    (IMAGE, FROM_0_TO_1, ['whole numbers', 'Box(36, 36, 3) uint8', 'float64', '0 to 255', 'scales']),
    (IMAGE, FROM_0_TO_1[None].astype(np.float32), ['whole numbers', 'Box(36, 36, 3) uint8', 'float32']),
    (IMAGE, np.zeros((3, 36, 36), np.uint8), ['(3, 36, 36) found', '(36, 36, 3) for one', 'np.moveaxis']),
    (IMAGE, np.zeros((5, 3, 36, 36), np.uint8), ['(5, 3, 36, 36) found', '(n, 36, 36, 3)', 'np.moveaxis']),
    (IMAGE, np.zeros((36, 36), np.uint8), ['(36, 36) found', '(36, 36, 3) for one']),
    (IMAGE, np.zeros((1, 1, 36, 36, 3), np.uint8), ['(1, 1, 36, 36, 3) found', '(n, 36, 36, 3)']),
    (IMAGE, np.arange(36 * 36 * 3).reshape(36, 36, 3), ['256', 'outside', 'Box(36, 36, 3) uint8']),
    (DISCRETE, 2, ['[2] is outside', 'Discrete(2)']),
    (DISCRETE, [0, -1], ['[0, -1] is outside', 'Discrete(2)']),
    (DISCRETE, 0.5, ['whole numbers', 'Discrete(2)', '[0.5]']),
    (DISCRETE, np.nan, ['whole numbers', '[nan]']),
    (DISCRETE, [[0, 1]], ['(1, 2) found', 'Discrete(2)']),
    (spaces.MultiDiscrete([3, 2]), [2, 2], ['[2, 2] is outside', 'MultiDiscrete([3, 2])']),
    (spaces.MultiDiscrete([3, 2]), [0, 1, 0], ['(3,) found', '(n, 2)']),
    (spaces.MultiBinary(3), [0, 2, 1], ['[0, 2, 1] is outside', 'MultiBinary(3)']),
    (spaces.Box(-4, 4, (2,), np.int64), [0.5, 1.0], ['whole numbers', 'Box(2,) int64', '[0.5]']),
    (spaces.Box(0, 200, (2,), np.uint8), [-1, 300], ['[-1, 300] is outside', 'Box(2,) uint8']),
])
def test_observations_of_other_spaces(models_by_space, space, observation, parts):
    for model in models_by_space(space):
        for ask in (model.predict, model.action_probability):
            assert_refused(lambda ask=ask: ask(observation), ValueError, 'observation: ', *parts)


@pytest.fixture(scope='module')
def models_by_space():
    """TRPO and SAC for an observation space, built once for each."""
    built = {}

    def models(space):
        if str(space) not in built:
            built[str(space)] = [TRPO('MlpPolicy', RandomEnv(space, DISCRETE), **SMALL),
                                 SAC('MlpPolicy', RandomEnv(space, BOX), policy_kwargs=dict(layers=[4]))]
        return built[str(space)]
    return models


def test_lists_and_other_numbers_are_taken(models_by_space):
    for space, one in ((VECTOR, [0, 1, 0]), (VECTOR, np.ones(3)), (DISCRETE, 1.0), (IMAGE, np.ones((36, 36, 3)))):
        for model in models_by_space(space):
            wanted = model.predict(np.asarray(one, space.dtype), deterministic=True)[0]
            assert np.array_equal(model.predict(one, deterministic=True)[0], wanted)
            assert np.array_equal(model.predict([one], deterministic=True)[0][0], wanted)


@pytest.mark.parametrize('made_of, parts', [
    (VECTOR, ['observations have shape (3,)', 'Box(36, 36, 3) uint8']),
    (spaces.Box(0, 255, (3, 36, 36), np.uint8), ['observations have shape (3, 36, 36)', 'Box(36, 36, 3) uint8']),
    (spaces.Box(0.0, 1.0, (36, 36, 3), np.float32), ['observation 0.', 'uint8', 'whole numbers', 'scale']),
    (spaces.Box(0, 300, (36, 36, 3), np.int64), ['Box(36, 36, 3) uint8', 'whole numbers from 0 to 255'])])
def test_demonstrations_for_an_image_policy(models_by_space, made_of, parts):
    dataset = random_demonstrations(made_of, DISCRETE)
    assert_refused(lambda: models_by_space(IMAGE)[0].pretrain(dataset), ValueError, *parts)
    gail = GAIL('CnnPolicy', RandomEnv(IMAGE, DISCRETE), dataset, **SMALL)
    assert_refused(lambda: gail.learn(16), ValueError, *parts)


def test_images_for_a_policy_of_vectors(gail):
    dataset = random_demonstrations(IMAGE, DISCRETE)
    assert_refused(lambda: gail.pretrain(dataset), ValueError, 'shape (36, 36, 3)', 'Box(3,) float32')


def test_actions_that_are_none(models_by_space):
    sac = models_by_space(VECTOR)[1]
    assert_refused(lambda: sac.action_probability(np.zeros(3), actions=[np.nan, 0.0]), ValueError, 'actions: finite')


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
