"""Behaviour cloning through the models."""
import numpy as np
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.gail import ExpertDataset
from tests.environments import RandomEnv

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
BOX = spaces.Box(-1.0, 1.0, (2,), np.float32)
SMALL = dict(cg_iters=2, policy_kwargs=dict(net_arch=[dict(pi=[16], vf=[16])]))


def expert(action_space=DISCRETE, rows=400, seed=None):
    """Acts by the sign of the first number."""
    obs = np.random.RandomState(0).uniform(-1.0, 1.0, (rows, 3))
    actions = (obs[:, :1] > 0.0).astype(int) if action_space is DISCRETE else np.sign(obs[:, :2]) * 0.5
    return ExpertDataset(traj_data=dict(obs=obs, actions=actions, episode_starts=np.arange(rows) % 100 == 0,
                                        episode_returns=np.zeros(rows // 100)), verbose=0, seed=seed)


def accuracy(model, dataset):
    return np.mean(model.predict(dataset.observations, deterministic=True)[0] == dataset.actions[:, 0])


def changed(before, after):
    return {name for name in before if not np.array_equal(before[name], after[name])}


@pytest.fixture(scope='module')
def model():
    return GAIL('MlpPolicy', RandomEnv(VECTOR, DISCRETE), expert(), timesteps_per_batch=32, seed=0,
                hidden_size_adversary=8, **SMALL)


@pytest.fixture(scope='module')
def box_model():
    return TRPO('MlpPolicy', RandomEnv(VECTOR, BOX), timesteps_per_batch=32, seed=0, **SMALL)


def test_the_policy_learns_to_agree_with_the_expert(model):
    before = accuracy(model, expert())
    assert model.pretrain(expert(), n_epochs=20, learning_rate=1e-2) is model
    assert accuracy(model, expert()) > max(0.97, before)


def test_gaussian_policies_too(box_model):
    dataset = expert(BOX)
    errors = []
    for _ in range(2):
        predicted, _ = box_model.predict(dataset.observations, deterministic=True)
        errors.append(np.mean(np.square(predicted - dataset.actions)))
        box_model.pretrain(dataset, n_epochs=20, learning_rate=1e-2)
    assert errors[1] < 0.3 * errors[0]


def test_nothing_but_the_policy_changes(model, box_model):
    for trained, dataset in ((model, expert()), (box_model, expert(BOX))):
        trained.learn(32)
        before = trained.get_parameters()
        trained.pretrain(dataset, n_epochs=1)
        moved = changed(before, trained.get_parameters())
        assert moved == {'model/pi_fc0/w:0', 'model/pi_fc0/b:0', 'model/pi/w:0', 'model/pi/b:0'}


def test_a_rate_of_zero_changes_no_bit(model):
    model.learn(32)
    before = model.get_parameters()
    model.pretrain(expert(), n_epochs=2, learning_rate=0.0)
    assert not changed(before, model.get_parameters())
    everything = model.sess.run(model.trpo_graph.value_optimizer.state + model.discriminator_step.optimizer.state)
    assert any(np.any(value != 0) for value in everything)  # what was learned before is not begun anew


def test_any_number_of_times_and_between_learning(model):
    for _ in range(2):
        model.pretrain(expert(), n_epochs=1)
        model.pretrain(expert(), n_epochs=1, adam_epsilon=1e-5)
        model.learn(32)
        model.pretrain(expert(), n_epochs=1)


def test_after_loading(model, tmp_path):
    model.save(str(tmp_path / 'model'))
    loaded = GAIL.load(str(tmp_path / 'model'))
    before = loaded.get_parameters()
    loaded.pretrain(expert(), n_epochs=20, learning_rate=1e-2)
    assert 'model/pi/w:0' in changed(before, loaded.get_parameters())
    assert accuracy(loaded, expert()) > 0.97


def test_without_an_environment_s_steps(model):
    environment = RandomEnv(VECTOR, DISCRETE)
    model.set_env(environment)
    model.pretrain(expert(), n_epochs=1)
    assert environment.n_steps == 0


def test_a_single_row_is_enough(model):
    dataset = ExpertDataset.from_episodes([(np.zeros((1, 3)), np.zeros(1, int))], verbose=0)
    model.pretrain(dataset, n_epochs=2)
    assert 'val_loss' not in model.pretrain_history and len(model.pretrain_history['train_loss']) == 2
    with pytest.raises(ValueError, match='early_stopping=2: there are no rows for validation. .* several rows'):
        model.pretrain(dataset, n_epochs=2, early_stopping=2)
    GAIL('MlpPolicy', RandomEnv(VECTOR, DISCRETE), dataset, timesteps_per_batch=32, hidden_size_adversary=8,
         **SMALL).learn(32)


def test_same_seed_same_result():
    parameters = []
    for seed in (1, 1, 2):
        trained = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), seed=seed, **SMALL)
        parameters.append(trained.pretrain(expert(), n_epochs=2).get_parameters())
    assert not changed(parameters[0], parameters[1])
    assert changed(parameters[0], parameters[2])


def test_the_dataset_s_own_seed_governs_its_order():
    parameters = []
    for seed in (1, 1, 2):
        trained = TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), seed=0, **SMALL)
        parameters.append(trained.pretrain(expert(seed=seed), n_epochs=2).get_parameters())
    assert not changed(parameters[0], parameters[1])
    assert changed(parameters[0], parameters[2])


def test_a_failure_leaves_the_model_as_it_was(model):
    before, dataset = model.get_parameters(), expert()
    taken = []

    def breaks(split=None):
        taken.append(split)
        if len(taken) == 4:
            raise OSError('the disk is gone')
        return type(dataset).get_next_batch(dataset, split)

    dataset.get_next_batch = breaks
    with pytest.raises(OSError):
        model.pretrain(dataset, n_epochs=5, learning_rate=0.1)
    assert not changed(before, model.get_parameters())
    observations = np.random.RandomState(0).normal(size=(50, 3)).astype(np.float32)
    expected = model.policy_pi.step(observations, deterministic=True)[0]
    assert np.array_equal(model.predict(observations, deterministic=True)[0], expected)


def test_progress_and_losses_are_shown(model, capsys):
    model.verbose = 1
    model.pretrain(expert(), n_epochs=4, val_interval=2)
    model.verbose = 0
    assert capsys.readouterr().out.count('validation loss') == 2
