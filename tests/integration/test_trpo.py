"""TRPO as a whole: updates, steps, callbacks, logs, files."""
import glob
import os

import numpy as np
import pytest

from stable_baselines import TRPO, logger
from stable_baselines.common.callbacks import BaseCallback
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.policies import MlpPolicy
from stable_baselines.common.tf1 import tf
from stable_baselines.common.vec_env import DummyVecEnv, VecEnvWrapper
from stable_baselines.trpo_mpi.trust_region import policy_step
from tests.environments import RandomEnv, random_demonstrations
from tests.fakes import CheckedEnv

SMALL = dict(cg_iters=3, policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]))
VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)


class Counter(BaseCallback):
    """Counts what it hears, and stops when told to."""

    def __init__(self, stop_after=None):
        super().__init__()
        self.stop_after, self.events, self.steps, self.reported = stop_after, [], [], []

    def _on_training_start(self):
        self.events.append('training start')

    def _on_rollout_start(self):
        self.events.append('rollout start')

    def _on_step(self):
        self.steps.append((self.num_timesteps, self.locals['dones'][0]))
        self.reported.append(self.locals['self'])
        return self.stop_after is None or self.n_calls < self.stop_after

    def _on_rollout_end(self):
        self.events.append('rollout end')

    def _on_training_end(self):
        self.events.append('training end')


@pytest.fixture(scope='module')
def model():
    """For tests that leave nothing behind but other parameters."""
    return TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), timesteps_per_batch=32, seed=0, **SMALL)


def changed(before, after):
    return {name for name in before if not np.array_equal(before[name], after[name])}


# ---------------------------------------------------------------- steps and callbacks

@pytest.mark.parametrize('asked, made', [(32, 32), (1, 32), (33, 64), (64, 64), (0, 0)])
def test_steps_are_rounded_up_to_whole_batches(model, asked, made):
    env = RandomEnv(VECTOR, DISCRETE)
    model.set_env(env)
    assert model.learn(asked) is model
    assert (model.num_timesteps, env.n_steps) == (made, made)


def test_steps_go_on_counting_when_told_so(model):
    model.learn(32)
    model.learn(32, reset_num_timesteps=False)
    assert model.num_timesteps == 64
    model.learn(32)
    assert model.num_timesteps == 32


def test_callbacks_hear_each_step_once(model):
    callback, environment = Counter(), RandomEnv(VECTOR, DISCRETE, episode_length=7)
    model.set_env(environment)
    model.learn(64, callback=callback)
    assert [number for number, _ in callback.steps] == list(range(1, 65))
    assert [done for _, done in callback.steps] == [step % 7 == 0 for step in range(1, 65)]
    assert callback.events == ['training start'] + ['rollout start', 'rollout end'] * 2 + ['training end']
    assert set(callback.reported) == {model}


def test_a_callback_may_stop_in_the_middle(model):
    callback, before = Counter(stop_after=40), model.get_parameters()
    model.learn(1000, callback=callback)
    assert model.num_timesteps == 40
    assert callback.events[-2:] == ['rollout start', 'training end']
    assert model.predict(np.zeros(3))[0] in (0, 1)
    assert changed(before, model.get_parameters())  # of the first batch, which was whole
    model.learn(32)
    assert model.num_timesteps == 32


def test_functions_and_lists_are_callbacks(model):
    heard, counter = [], Counter()

    def function(locals_, globals_):
        heard.append((locals_['self'].num_timesteps, 'TRPO' in globals_))
        return len(heard) < 5

    model.learn(32, callback=[function, counter])
    assert heard == [(number, True) for number in range(1, 6)]
    assert len(counter.steps) == 5


def test_callbacks_see_what_happened(model):
    seen = []

    def function(locals_, globals_):
        seen.append({name: locals_[name] for name in ('obs', 'actions', 'rewards', 'dones', 'infos', 'new_obs')})

    model.set_env(CheckedEnvOfThree(episode_length=3))
    model.learn(32, callback=function)
    assert [int(step['obs'][0, 1]) for step in seen[:4]] == [0, 1, 2, 0]
    assert [int(step['new_obs'][0, 1]) for step in seen[:4]] == [1, 2, 0, 1]
    assert seen[2]['infos'][0]['terminal_observation'][1] == 3


class CheckedEnvOfThree(CheckedEnv):
    """The counting environment with the spaces of the module's model."""

    def __init__(self, **kwargs):
        super().__init__(action_space=DISCRETE, **kwargs)
        self.observation_space = VECTOR
        self._observation = np.zeros(3, np.float32)

    def _observe(self):
        self._observation[:2] = self.episode, self.step_in_episode
        return self._observation


@pytest.mark.parametrize('n_envs, made', [(2, 32), (3, 33)])
def test_several_environments_share_a_batch(n_envs, made):
    envs = [RandomEnv(VECTOR, DISCRETE) for _ in range(n_envs)]
    model = TRPO('MlpPolicy', DummyVecEnv([lambda env=env: env for env in envs]), timesteps_per_batch=32, **SMALL)
    callback = Counter()
    model.learn(1, callback=callback)
    assert model.num_timesteps == made
    assert [env.n_steps for env in envs] == [made // n_envs] * n_envs
    assert [number for number, _ in callback.steps] == list(range(n_envs, made + 1, n_envs))
    assert model.predict(np.zeros((5, 3)))[0].shape == (5,)


class Careless(VecEnvWrapper):
    """A vectorized environment that is careless about types."""

    def reset(self):
        return self.venv.reset().astype(np.float64)

    def step_wait(self):
        observations, rewards, dones, infos = self.venv.step_wait()
        return observations.astype(np.float64), rewards.tolist(), dones.tolist(), infos


def test_environments_may_be_careless_about_types():
    parameters = []
    for wrapper in (lambda env: env, Careless):
        env = wrapper(DummyVecEnv([lambda: RandomEnv(VECTOR, DISCRETE)] * 2))
        trained = TRPO('MlpPolicy', env, timesteps_per_batch=32, seed=0, **SMALL)
        parameters.append(trained.learn(64).get_parameters())
    for name, value in parameters[0].items():
        assert np.allclose(parameters[1][name], value, atol=1e-3), name


def test_nothing_is_added_to_the_graph_after_the_first_time(model, tmp_path):
    def use():
        model.learn(32)
        model.predict(np.zeros(3))
        model.action_probability(np.zeros(3), actions=1)
        model.save(str(tmp_path / 'model'))
        model.load_parameters(model.get_parameters())
        model.set_env(RandomEnv(VECTOR, DISCRETE))
        model.pretrain(random_demonstrations(VECTOR, DISCRETE), n_epochs=1)
        return len(model.graph.get_operations())

    assert use() == use()


# ---------------------------------------------------------------- what an update does

def test_policy_and_values_learn_and_the_old_policy_follows(model):
    before = model.get_parameters()
    model.learn(32)
    after = model.get_parameters()
    moved = changed(before, after)
    for name in ('model/pi_fc0/w:0', 'model/pi/w:0', 'model/vf_fc0/w:0', 'model/vf/w:0'):
        assert name in moved
    assert not {name for name in moved if '/q/' in name}
    # the old policy is the one that acted: the policy from before its step
    assert np.array_equal(after['oldpi/model/pi/w:0'], before['model/pi/w:0'])


@pytest.mark.parametrize('timesteps_per_batch', [1, 2, 16, 127])
def test_values_are_learned_from_small_batches_too(timesteps_per_batch):
    model = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), timesteps_per_batch=timesteps_per_batch, **SMALL)
    before = model.get_parameters()
    model.learn(timesteps_per_batch)
    assert 'model/vf/w:0' in changed(before, model.get_parameters())
    assert model.sess.run(model.trpo_graph.value_optimizer.n_steps) == 3


def test_without_value_iterations_values_stay():
    model = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), timesteps_per_batch=32, vf_iters=0, **SMALL)
    before = model.get_parameters()
    model.learn(32)
    assert not {name for name in changed(before, model.get_parameters()) if name.startswith('model/vf')}


def batch_of(model, rows=64):
    random = np.random.RandomState(0)
    return (random.normal(size=(rows, 3)).astype(np.float32), random.randint(2, size=rows),
            random.normal(size=rows).astype(np.float32))


def test_the_step_stays_in_the_trust_region_and_improves(model):
    batch = batch_of(model)
    start = model.trpo_graph.natural_gradient(*batch)
    figures = policy_step(model.trpo_graph, start, batch, model.max_kl)
    assert figures['step_size'] > 0.0
    after = model.trpo_graph.losses(*batch, start.old_flat)
    assert 0.0 < after.meankl <= 1.5 * model.max_kl
    assert after.optimgain >= start.losses.optimgain
    assert figures['meankl'] == after.meankl


def test_a_step_that_nothing_improves_is_not_taken(model, monkeypatch):
    batch = batch_of(model)
    start = model.trpo_graph.natural_gradient(*batch)
    before = model.get_parameters()
    figures = policy_step(model.trpo_graph, start._replace(direction=-start.direction), batch, model.max_kl)
    assert figures['step_size'] == 0.0
    assert not changed(before, model.get_parameters())


@pytest.mark.parametrize('advantage', [0.0, np.nan, np.inf])
def test_advantages_without_information_change_nothing(model, advantage):
    observations, actions, _ = batch_of(model)
    batch = observations, actions, np.full(64, advantage, np.float32)
    start = model.trpo_graph.natural_gradient(*batch)
    before = model.get_parameters()
    figures = policy_step(model.trpo_graph, start, batch, model.max_kl)
    assert figures['step_size'] == 0.0
    assert not changed(before, model.get_parameters())


def test_entropy_coefficient_is_the_weight_of_the_bonus(model):
    weighted = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), entcoeff=0.5, seed=0, **SMALL)
    weighted.load_parameters(model.get_parameters())
    batch = batch_of(model)
    plain, bonus = model.trpo_graph.natural_gradient(*batch), weighted.trpo_graph.natural_gradient(*batch)
    assert plain.losses.entloss == 0.0
    assert bonus.losses.entloss == pytest.approx(0.5 * bonus.losses.entropy)
    assert bonus.losses.optimgain == pytest.approx(bonus.losses.surrgain + bonus.losses.entloss, abs=1e-6)
    assert not np.allclose(plain.gradient, bonus.gradient)


class Endless(RandomEnv):
    """Each step yields 1; whether ends are time limits is the only difference between two of these."""

    def step(self, action):
        observation, _, done, info = super().step(action)
        return observation, 1.0, done, info


def test_time_limits_are_bootstrapped():
    """An endless stream of ones is worth 1 / (1 - gamma); cut every 7 steps it must not be worth less."""
    values = {}
    for time_limit in (True, False):
        model = TRPO('MlpPolicy', Endless(VECTOR, DISCRETE, time_limit=time_limit), gamma=0.9, lam=0.9,
                     vf_stepsize=0.02, timesteps_per_batch=256, vf_iters=10, seed=0, **SMALL)
        model.learn(256 * 25)
        values[time_limit] = model.trpo_graph.values(np.zeros((1, 3), np.float32))[0]
    assert values[True] == pytest.approx(10.0, abs=1.0)
    assert values[False] < 5.5


# ---------------------------------------------------------------- logs

def test_verbose_prints_a_table(model, capsys):
    model.verbose = 1
    model.learn(64)
    out = capsys.readouterr().out
    model.verbose = 0
    assert out.count('EpRewMean') == 1  # one table for each log_interval=100 steps
    for name in ('optimgain', 'meankl', 'entloss', 'surrgain', 'entropy', 'explained_variance_tdlam_before',
                 'EpLenMean', 'EpThisIter', 'EpisodesSoFar', 'TimestepsSoFar', 'TimeElapsed'):
        assert name in out, name
    model.learn(64)
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('log_interval, tables', [(1, 4), (33, 2), (64, 2), (1000, 1), (None, 0)])
def test_log_interval(model, capsys, log_interval, tables):
    model.verbose = 1
    model.learn(128, log_interval=log_interval)
    model.verbose = 0
    assert capsys.readouterr().out.count('TimestepsSoFar') == tables


def test_logger_collects_the_figures(model, tmp_path):
    model.verbose = 1
    with logger.ScopedConfigure(str(tmp_path), ['csv']):
        model.learn(64, log_interval=1)
    model.verbose = 0
    rows = (tmp_path / 'progress.csv').read_text().splitlines()
    assert len(rows) == 3
    assert {'optimgain', 'meankl', 'EpRewMean'} <= set(rows[0].split(','))


def read_events(folder):
    found = {}
    for path in glob.glob(os.path.join(str(folder), 'events*')):
        for event in tf.train.summary_iterator(path):
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value))
    return found


def test_tensorboard(model, tmp_path):
    model.tensorboard_log = str(tmp_path)
    model.learn(64)
    model.learn(32, tb_log_name='other')
    model.learn(32, reset_num_timesteps=False, tb_log_name='other')
    model.full_tensorboard_log = True
    model.learn(32)
    model.tensorboard_log, model.full_tensorboard_log = None, False
    assert sorted(os.listdir(str(tmp_path))) == ['TRPO_1', 'TRPO_2', 'other_1']
    events = read_events(tmp_path / 'TRPO_1')
    assert [step for step, _ in events['loss/approximate_kullback-leibler']] == [32, 64]
    assert 'episode/EpRewMean' in events
    assert sorted(step for step, _ in read_events(tmp_path / 'other_1')[
        'loss/approximate_kullback-leibler']) == [32, 64]
    assert any(value.HasField('histo') for _, value in read_events(tmp_path / 'TRPO_2')['batch/rewards'])


# ---------------------------------------------------------------- acting and files

def test_predictions(model):
    one, state = model.predict([0.1, 0.2, 0.3])
    assert (np.shape(one), state) == ((), None)
    many = model.predict(np.zeros((6, 3)))[0]
    assert many.shape == (6,)
    certain = {int(model.predict(np.zeros(3), deterministic=True)[0]) for _ in range(20)}
    assert len(certain) == 1
    probabilities = model.action_probability(np.zeros((2, 3)))
    assert probabilities.shape == (2, 2)
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    given = model.action_probability(np.zeros((2, 3)), actions=[0, 1])
    assert np.allclose(given[:, 0], probabilities[[0, 1], [0, 1]], rtol=1e-5)
    assert np.allclose(model.action_probability(np.zeros((2, 3)), actions=[0, 1], logp=True), np.log(given), rtol=1e-5)


def test_acting_uses_the_latest_parameters(model):
    parameters = model.get_parameters()
    for action in (0, 1):
        bias = np.zeros(2, np.float32)
        bias[action] = 50.0
        model.load_parameters({'model/pi/b:0': bias}, exact_match=False)
        assert set(model.predict(np.zeros((50, 3)))[0]) == {action}
        assert model.action_probability(np.zeros(3))[action] == pytest.approx(1.0)
    model.load_parameters(parameters)


def test_save_and_load(model, tmp_path):
    model.learn(32)
    path = tmp_path / 'model'
    model.save(path)
    observations = np.random.RandomState(0).normal(size=(20, 3))
    loaded = TRPO.load(path)
    assert not changed(model.get_parameters(), loaded.get_parameters())
    assert np.array_equal(loaded.predict(observations, deterministic=True)[0],
                          model.predict(observations, deterministic=True)[0])
    assert np.array_equal(loaded.action_probability(observations), model.action_probability(observations))
    for name in TRPO.hyperparameters + ('policy_kwargs', 'seed', 'num_timesteps', 'n_cpu_tf_sess', 'policy'):
        assert getattr(loaded, name) == getattr(model, name), name
    with pytest.raises(ValueError, match='no environment to learn in'):
        loaded.learn(32)
    loaded.set_env(RandomEnv(VECTOR, DISCRETE))
    loaded.learn(32)


def test_hyperparameters_may_change_on_load(model, tmp_path):
    model.save(str(tmp_path / 'model'))
    loaded = TRPO.load(str(tmp_path / 'model'), env=RandomEnv(VECTOR, DISCRETE), gamma=0.5, timesteps_per_batch=16,
                       verbose=1)
    assert (loaded.gamma, loaded.timesteps_per_batch, loaded.verbose) == (0.5, 16, 1)
    loaded.learn(16, log_interval=None)
    assert loaded.num_timesteps == 16
    with pytest.raises(TypeError, match='load: speed is no hyperparameter of TRPO; those are gamma, '):
        TRPO.load(str(tmp_path / 'model'), speed=2)
    with pytest.raises(ValueError, match='policy_kwargs: .* cannot be changed'):
        TRPO.load(str(tmp_path / 'model'), policy_kwargs=dict(layers=[3]))
    with pytest.raises(ValueError, match='gamma=2: expected a number from 0 to 1'):
        TRPO.load(str(tmp_path / 'model'), gamma=2)


class AlwaysOne(MlpPolicy):
    """Acts by a step of its own."""

    def step(self, obs, state=None, mask=None, deterministic=False):
        return np.ones(len(obs), int), np.zeros(len(obs)), None, np.zeros(len(obs))


class Cumulative(MlpPolicy):
    """Has a network that NumPy does not translate."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, act_fun=lambda tensor: tf.tanh(tf.cumsum(tensor, axis=1)), **kwargs)


@pytest.mark.parametrize('policy', [AlwaysOne, Cumulative])
def test_own_policies(policy, tmp_path):
    env = RandomEnv(VECTOR, DISCRETE)
    model = TRPO(policy, env, timesteps_per_batch=32, **SMALL)
    model.learn(64)
    if policy is AlwaysOne:
        assert set(map(int, env.actions)) == {1}
        assert model.predict(np.zeros(3))[0] == 1
    else:
        assert set(map(int, env.actions)) == {0, 1}
    model.save(str(tmp_path / 'model'))
    loaded = TRPO.load(str(tmp_path / 'model'))
    observations = np.random.RandomState(0).normal(size=(20, 3))
    assert np.array_equal(loaded.predict(observations, deterministic=True)[0],
                          model.predict(observations, deterministic=True)[0])


def test_two_models_live_side_by_side(model):
    other = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), timesteps_per_batch=32, seed=5, **SMALL)
    before = model.get_parameters()
    other.learn(32)
    assert not changed(before, model.get_parameters())
    assert tf.get_default_graph() not in (model.graph, other.graph)


def test_environments_by_name():
    model = TRPO('MlpPolicy', 'CartPole-v1', timesteps_per_batch=32, **SMALL)
    model.learn(32)
    assert model.get_env().observation_space.shape == (4,)
    assert model.predict(model.get_env().observation_space.sample() * 0.0)[0] in (0, 1)
