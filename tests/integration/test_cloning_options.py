"""What ``pretrain`` can be asked for, and what reinforcement learning after it needs."""
import numpy as np
import pytest
from scipy import stats

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from stable_baselines.gail import ExpertDataset
from tests.environments import RandomEnv, Shifted, random_demonstrations

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
BOX = spaces.Box(np.float32([-2.0, 0.0]), np.float32([1.0, 5.0]))
SMALL = dict(n_cpu_tf_sess=1, seed=0)
HEADS = dict(policy_kwargs=dict(net_arch=[dict(pi=[16], vf=[16])]), cg_iters=2, timesteps_per_batch=32)


def expert(action_space, rows=300, scatter=0.0, **options):
    """Acts by the first two numbers, with some scatter."""
    random = np.random.RandomState(0)
    obs = random.uniform(-1.0, 1.0, (rows, 3)).astype(np.float32)
    actions = (obs[:, :1] > 0.0).astype(int)
    if action_space is BOX:
        actions = (0.4 * obs[:, :2] + random.normal(0.0, scatter, (rows, 2))) * [1.5, 2.5] + [-0.5, 2.5]
    return ExpertDataset(traj_data=dict(obs=obs, actions=actions, episode_starts=np.arange(rows) % 100 == 0,
                                        rewards=np.arange(rows) / 10.0, episode_returns=np.zeros(rows // 100)),
                         verbose=0, **options)


def make_sac(action_space=BOX, **options):
    return SAC('MlpPolicy', RandomEnv(VECTOR, action_space),
               **dict(dict(SMALL, policy_kwargs=dict(layers=[16]), learning_starts=12, batch_size=8), **options))


def make_trpo(action_space=BOX, **options):
    return TRPO('MlpPolicy', RandomEnv(VECTOR, action_space), **dict(SMALL, **HEADS, **options))


def changed(before, after):
    return {name for name in before if not np.array_equal(before[name], after[name])}


@pytest.mark.parametrize('make, names', [
    (lambda: make_trpo(DISCRETE), {'train_loss', 'val_loss', 'train_accuracy', 'val_accuracy'}),
    (make_trpo, {'train_loss', 'val_loss'}), (make_sac, {'train_loss', 'val_loss'})], ids=['discrete', 'box', 'sac'])
def test_the_history_of_an_epoch_each(make, names):
    model = make()
    assert model.pretrain_history == {}
    model.pretrain(expert(model.action_space if names != {'train_loss', 'val_loss'} else BOX), n_epochs=7,
                   learning_rate=1e-2)
    assert set(model.pretrain_history) == names
    assert all(len(values) == 7 for values in model.pretrain_history.values())
    assert model.pretrain_history['val_loss'][-1] < model.pretrain_history['val_loss'][0]
    first = dict(model.pretrain_history)
    with pytest.raises(ValueError, match='n_epochs'):
        model.pretrain(expert(BOX if isinstance(model.action_space, spaces.Box) else DISCRETE), n_epochs=-1)
    assert model.pretrain_history == first


@pytest.mark.parametrize('make', [make_trpo, lambda: make_sac(policy_kwargs=dict(layers=[64, 64])),
                                  lambda: make_trpo(DISCRETE)], ids=['trpo', 'sac', 'discrete'])
@pytest.mark.parametrize('options, early_stopping', [
    (dict(), None), (dict(), 3), (dict(train_fraction=1.0), None)])
def test_a_policy_that_the_last_step_broke_is_not_left_behind(make, options, early_stopping):
    model = make()
    before, demonstrations = model.get_parameters(), expert(model.action_space, rows=100, batch_size=100, **options)
    with pytest.raises(ValueError, match='pretrain: the last step made .* in epoch 1. Choose a smaller learning_rate'):
        model.pretrain(demonstrations, n_epochs=1, learning_rate=1e38, early_stopping=early_stopping)
    assert not changed(before, model.get_parameters()) and model.pretrain_history == {}
    assert np.isfinite(model.predict(np.zeros(3, np.float32))[0]).all()


def test_a_likelihood_that_no_number_can_hold_is_refused():
    model = make_trpo()
    with pytest.raises(ValueError, match='pretrain: the last step made the loss .* in epoch 1'):
        model.pretrain(expert(BOX, rows=100, batch_size=100), n_epochs=1, learning_rate=1e3, loss='nll')


def test_accuracy_is_the_share_of_the_expert_s_actions():
    model, dataset = make_trpo(DISCRETE), expert(DISCRETE, train_fraction=1.0)
    model.pretrain(dataset, n_epochs=1, learning_rate=0.0)
    chosen = model.predict(dataset.observations, deterministic=True)[0]
    assert model.pretrain_history['train_accuracy'] == [pytest.approx(np.mean(chosen == dataset.actions[:, 0]))]


@pytest.mark.parametrize('make', [make_trpo, make_sac], ids=['trpo', 'sac'])
def test_log_probability_as_loss_fits_the_spread(make):
    model, dataset = make(), expert(BOX, scatter=0.1, rows=600)
    model.pretrain(dataset, n_epochs=60, learning_rate=1e-2, loss='nll')
    _, deviations = model.action_probability(dataset.observations)
    scale = 0.1 if make is make_sac else np.array([0.15, 0.25])  # SAC's actions run from -1 to 1, before squashing
    assert np.allclose(deviations.mean(axis=0), scale, rtol=0.3)


def test_the_loss_of_sac_is_minus_the_log_density_of_its_actions():
    model, dataset = make_sac(), expert(BOX, train_fraction=1.0, scatter=0.2)
    model.pretrain(dataset, n_epochs=1, learning_rate=0.0, loss='nll')
    logarithms = model.action_probability(dataset.observations, actions=dataset.actions, logp=True)
    half_span = (BOX.high - BOX.low) / 2.0  # the loss is about actions from -1 to 1
    expected = -logarithms.mean() - np.log(half_span).sum()
    assert model.pretrain_history['train_loss'][0] == pytest.approx(expected, rel=1e-3)


def test_the_loss_of_trpo_is_minus_the_log_density_of_its_actions():
    model, dataset = make_trpo(), expert(BOX, train_fraction=1.0, scatter=0.2)
    model.pretrain(dataset, n_epochs=1, learning_rate=0.0, loss='nll')
    mean, std = model.action_probability(dataset.observations)
    expected = -stats.norm.logpdf(dataset.actions, mean, std).sum(axis=1).mean()
    assert model.pretrain_history['train_loss'][0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize('options, message', [
    (dict(loss='l1'), "loss='l1': expected 'mse'"),
    (dict(loss='mse'), "loss='mse': squared errors are for Box actions"),
    (dict(early_stopping=0), 'early_stopping=0: expected a whole number, 1 or more'),
    (dict(weight_decay=-1.0), 'weight_decay=-1.0: expected a number, 0 or more')])
def test_bad_options_change_nothing(options, message):
    model = make_trpo(DISCRETE)
    before = model.get_parameters()
    with pytest.raises(ValueError, match=message):
        model.pretrain(expert(DISCRETE), **options)
    assert not changed(before, model.get_parameters()) and model.pretrain_history == {}


@pytest.mark.parametrize('make', [make_trpo, make_sac, lambda: TRPO(
    'MlpLstmPolicy', RandomEnv(VECTOR, BOX), timesteps_per_batch=32, sequence_length=8,
    policy_kwargs=dict(n_lstm=4), **SMALL)], ids=['trpo', 'sac', 'recurrent'])
def test_early_stopping_ends_with_the_best_policy(make):
    model, dataset = make(), expert(BOX, scatter=1.0)  # mostly scatter: what is learned of it does not hold elsewhere
    model.pretrain(dataset, n_epochs=200, learning_rate=0.02, early_stopping=5)
    losses = model.pretrain_history['val_loss']
    assert len(losses) < 200 and int(np.argmin(losses)) == len(losses) - 6
    history = model.pretrain(dataset, n_epochs=1, learning_rate=0.0).pretrain_history
    assert history['val_loss'][0] == pytest.approx(min(losses), rel=1e-4)


def test_weight_decay_makes_weights_smaller():
    sizes = []
    for weight_decay in (0.0, 1.0):
        model = make_trpo().pretrain(expert(BOX), n_epochs=40, learning_rate=1e-2, weight_decay=weight_decay)
        sizes.append(np.abs(model.get_parameters()['model/pi_fc0/w:0']).mean())
    assert sizes[1] < 0.8 * sizes[0]


def test_a_failure_takes_back_the_statistics_too():
    env = VecNormalize(DummyVecEnv([Shifted]))
    model = TRPO('MlpPolicy', env, **dict(SMALL, **HEADS))
    before = env.obs_rms.mean.copy(), env.obs_rms.count
    dataset = random_demonstrations(env.observation_space, env.action_space)
    for options in (dict(n_epochs=-1), dict(early_stopping=3, n_epochs=0.5)):
        with pytest.raises(ValueError, match='n_epochs'):
            model.pretrain(dataset, **options)
    assert np.array_equal(env.obs_rms.mean, before[0]) and env.obs_rms.count == before[1]
    model.pretrain(dataset, n_epochs=1)
    assert env.obs_rms.count > 1


# ---------------------------------------------------------------- reinforcement learning after it

@pytest.mark.parametrize('algorithm', [TRPO, GAIL])
def test_the_policy_rests_while_values_warm_up(algorithm):
    further = (random_demonstrations(VECTOR, DISCRETE),) if algorithm is GAIL else ()
    model = algorithm('MlpPolicy', RandomEnv(VECTOR, DISCRETE), *further, **dict(SMALL, **HEADS))
    policy = {'model/pi_fc0/w:0', 'model/pi/w:0'}
    before = model.get_parameters()
    model.learn(96, value_warm_up=70)  # three batches of 32, of which the third begins before step 70
    moved = changed(before, model.get_parameters())
    assert 'model/vf/w:0' in moved and not policy & moved
    assert algorithm is TRPO or 'adversary/fully_connected_1/weights:0' in moved
    before = model.get_parameters()
    model.learn(128, value_warm_up=96)
    assert policy <= changed(before, model.get_parameters())
    before = model.get_parameters()
    model.learn(32)  # the warm-up was that of one call
    assert policy <= changed(before, model.get_parameters())
    with pytest.raises(ValueError, match='value_warm_up=-1: expected a whole number, 0 or more'):
        model.learn(32, value_warm_up=-1)


def test_the_policy_of_sac_rests_while_critics_warm_up():
    model = make_sac(learning_starts=0)
    before = model.get_parameters()
    model.learn(30, value_warm_up=30)
    moved = changed(before, model.get_parameters())
    assert {'model/values_fn/vf/vf/kernel:0', 'model/values_fn/qf1/qf1/kernel:0',
            'target/values_fn/vf/vf/kernel:0'} <= moved
    assert not [name for name in moved if name.startswith(('model/pi', 'model/log'))]
    first = model.sess.run(model.sac_graph.optimizer.n_steps)
    model.learn(30, value_warm_up=20)
    assert {'model/pi/dense/kernel:0', 'model/log_ent_coef:0'} <= changed(before, model.get_parameters())
    assert first > 20 and model.sess.run(model.sac_graph.optimizer.n_steps) == 10  # moments began anew after step 20
    model.learn(10, reset_num_timesteps=False)
    assert model.sess.run(model.sac_graph.optimizer.n_steps) == 20  # and go on otherwise
    with pytest.raises(ValueError, match='value_warm_up=-1: expected a whole number, 0 or more'):
        model.learn(10, value_warm_up=-1)


def test_critics_alone_take_the_steps_that_they_take_with_the_rest():
    together, alone = make_sac(seed=3), make_sac(seed=3)
    random = np.random.RandomState(0)
    batch = [random.uniform(-1.0, 1.0, shape).astype(np.float32) for shape in ((8, 3), (8, 2), (8,), (8, 3))]
    batch += [np.zeros(8, np.float32), np.zeros((8, 2), np.float32), 1e-3]
    figures = together.sac_graph.train_and_track(*batch)
    assert np.allclose(figures, alone.sac_graph.train_critics_and_track(*batch), rtol=1e-5)
    one, other = together.get_parameters(), alone.get_parameters()
    values = [name for name in one if 'values_fn' in name]
    assert values and all(np.allclose(one[name], other[name], atol=1e-6) for name in values)


def steps_at_random(model, n_steps=10):
    """Whether the first actions of a training are uniformly distributed rather than the policy's."""
    model.load_parameters({name: np.zeros_like(value) for name, value in model.get_parameters().items()
                           if name.startswith('model/pi')}, exact_match=False)
    model.load_parameters({'model/pi/dense_1/bias:0': np.full(2, -10.0)}, exact_match=False)  # hardly any spread
    env = RandomEnv(VECTOR, BOX)
    model.set_env(env)
    model.learn(n_steps)
    return np.std(env.actions, axis=0).min() > 0.1


@pytest.mark.parametrize('asked, cloned, expected', [
    (None, False, True), (None, True, False), (True, True, True), (False, False, False)])
def test_sac_does_not_act_at_random_after_cloning_unless_asked(asked, cloned, expected, tmp_path):
    model = make_sac(random_start=asked)
    if cloned:
        model.pretrain(expert(BOX), n_epochs=1)
    model.save(str(tmp_path / 'model'))
    assert steps_at_random(model) == expected
    assert steps_at_random(SAC.load(str(tmp_path / 'model'))) == expected


def test_a_random_start_is_yes_or_no():
    with pytest.raises(ValueError, match="random_start='no': expected True, False or None"):
        make_sac(random_start='no')


def test_the_replay_buffer_is_filled_with_what_followed_what():
    model, dataset = make_sac(), expert(BOX)
    assert model.prefill_replay_buffer(dataset) == 297  # three episodes, without the last step of each
    observations, actions, rewards, following, dones = zip(*model.replay_buffer.storage)
    rows = np.flatnonzero(np.arange(300) % 100 != 99)
    assert np.array_equal(observations, dataset.observations[rows])
    assert np.array_equal(following, dataset.observations[rows + 1])
    assert np.allclose(rewards, dataset.trajectories.rewards[rows]) and not np.any(dones)
    assert np.allclose(model.scaling.to_env(np.array(actions)), dataset.actions[rows], atol=1e-6)
    model.learn(30)  # and it is trained on


def test_the_replay_buffer_is_filled_with_raw_observations():
    env = VecNormalize(DummyVecEnv([Shifted]))
    model = SAC('MlpPolicy', env, policy_kwargs=dict(layers=[8]), learning_starts=4, batch_size=4, **SMALL)
    dataset = random_demonstrations(env.observation_space, env.action_space, n_episodes=2)
    dataset.trajectories = dataset.trajectories._replace(rewards=np.ones(dataset.num_transition))
    count = model.prefill_replay_buffer(dataset)
    assert count == dataset.num_transition - 2
    assert np.array_equal(model.replay_buffer.storage[0][0], dataset.observations[0])
    model.learn(10)


def test_the_replay_buffer_is_not_filled_without_rewards():
    model, dataset = make_sac(), expert(BOX)
    dataset.trajectories = dataset.trajectories._replace(rewards=None)
    with pytest.raises(ValueError, match='dataset: its rewards are not known'):
        model.prefill_replay_buffer(dataset)
    with pytest.raises(ValueError, match='action'):
        model.prefill_replay_buffer(expert(DISCRETE))
    with pytest.raises(TypeError, match='dataset'):
        model.prefill_replay_buffer('expert.npz')
    assert len(model.replay_buffer) == 0
