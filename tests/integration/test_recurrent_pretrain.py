"""Behaviour cloning of policies with memory."""
import numpy as np
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.memory_env import CueEnv, CueExpert
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from tests.environments import RandomEnv, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-1.0, 1.0, (2,), np.float32)
N_CUES, DELAY, LENGTH = 2, 3, 3  # a sequence is shorter than an episode: what it begins with matters
POLICY = dict(cg_iters=1, seed=0, policy_kwargs=dict(n_lstm=8, net_arch=['lstm']))


def demonstrations(n_episodes=40, **options):
    env = CueEnv(N_CUES, DELAY)
    env.seed(0)
    data = generate_expert_traj(CueExpert(env), None, env, n_episodes=n_episodes)
    return ExpertDataset(traj_data=data, **dict(dict(verbose=0, batch_size=12), **options))


def training_loss(model, dataset):
    """What an epoch without learning tells."""
    return model.pretrain(dataset, n_epochs=1, learning_rate=0.0).pretrain_history['train_loss'][0]


def changed(before, after):
    return {name for name in before if not np.array_equal(before[name], after[name])}


@pytest.fixture(scope='module')
def model():
    return GAIL('MlpLstmPolicy', CueEnv(N_CUES, DELAY), demonstrations(), timesteps_per_batch=12,
                sequence_length=LENGTH, hidden_size_adversary=4, adversary_n_lstm=4, g_step=1, **POLICY)


@pytest.fixture(scope='module')
def box_model():
    return TRPO('MlpLnLstmPolicy', RandomEnv(VECTOR, BOX), timesteps_per_batch=12, sequence_length=LENGTH, **POLICY)


def step_by_step(model, dataset, rows, error):
    """Mean error over episodes that the policy goes through with ``predict``'s state, one row after the other."""
    errors, state = [], None
    for row in rows:
        mask = [dataset.trajectories.episode_starts[row]]
        observation = dataset.observations[row].reshape(model.observation_space.shape)
        errors.append(error(observation, state, mask, dataset.actions[row]))
        _, state = model.predict(observation, state, mask)
    return np.mean(errors)


def test_a_policy_that_the_last_step_broke_is_not_left_behind(box_model):
    dataset = random_demonstrations(VECTOR, BOX)
    before = box_model.get_parameters()
    with pytest.raises(ValueError, match='pretrain: the last step made .* in epoch 1. Choose a smaller learning_rate'):
        box_model.pretrain(ExpertDataset(traj_data=dict(
            obs=dataset.observations[:LENGTH], actions=dataset.actions[:LENGTH], episode_starts=np.arange(LENGTH) == 0,
            episode_returns=np.zeros(1)), verbose=0, batch_size=1000), n_epochs=1, learning_rate=1e38)
    assert not changed(before, box_model.get_parameters())


@pytest.mark.parametrize('batch_size', [3, 12, 1000])
def test_the_loss_is_that_of_the_policy_with_its_memory(model, batch_size):
    """Across the ends of batches, in lanes of unequal length, and whatever only fills a lane does not count."""
    random = np.random.RandomState(0)
    model.load_parameters({name: random.normal(scale=0.7, size=value.shape) if name.startswith('model/') else value
                           for name, value in model.get_parameters().items()})
    model.pretrain(demonstrations(), n_epochs=0)
    dataset = demonstrations(9, batch_size=batch_size, train_fraction=1.0)

    def error(observation, state, mask, action):
        return -model.action_probability(observation, state, mask, actions=int(action[0]), logp=True)[0]

    expected = step_by_step(model, dataset, range(dataset.num_transition), error)
    assert training_loss(model, dataset) == pytest.approx(expected, rel=1e-4)


def test_so_is_that_of_gaussian_policies(box_model):
    dataset = random_demonstrations(VECTOR, BOX, n_episodes=2)
    dataset.train_fraction = 1.0
    dataset.seed(0)
    box_model.pretrain(dataset, n_epochs=0)

    def error(observation, state, mask, action):
        mean, _ = box_model.action_probability(observation, state, mask)
        return np.mean(np.square(mean - action))

    expected = step_by_step(box_model, dataset, range(dataset.num_transition), error)
    assert training_loss(box_model, dataset) == pytest.approx(expected, rel=1e-4)


def test_the_loss_falls(model, box_model):
    for trained, dataset in ((model, demonstrations()), (box_model, random_demonstrations(VECTOR, BOX))):
        trained.pretrain(dataset, n_epochs=0)
        before = training_loss(trained, dataset)
        assert trained.pretrain(dataset, n_epochs=5, learning_rate=1e-2) is trained
        assert training_loss(trained, dataset) < 0.9 * before


def test_nothing_but_the_policy_changes(model):
    model.learn(12)
    before = model.get_parameters()
    model.pretrain(demonstrations(), n_epochs=1)
    assert changed(before, model.get_parameters()) == {'model/lstm1/wx:0', 'model/lstm1/wh:0', 'model/lstm1/b:0',
                                                       'model/pi/w:0', 'model/pi/b:0'}


def test_between_learning_and_after_loading(model, tmp_path):
    for epsilon in (1e-8, 1e-5):  # the second one needs operations of its own
        model.pretrain(demonstrations(), n_epochs=1, adam_epsilon=epsilon)
        model.learn(12)
    model.save(str(tmp_path / 'model'))
    loaded = GAIL.load(str(tmp_path / 'model'))
    before = loaded.get_parameters()
    loaded.pretrain(demonstrations(), n_epochs=1)
    assert 'model/lstm1/wh:0' in changed(before, loaded.get_parameters())


def test_same_seed_same_result(model):
    start, found = model.get_parameters(), []
    for seed in (1, 1, 2):
        model.load_parameters(start)
        found.append(model.pretrain(demonstrations(seed=seed), n_epochs=2).get_parameters())
    assert not changed(found[0], found[1])
    assert changed(found[0], found[2])


@pytest.mark.parametrize('n_episodes, lines', [(1, 0), (10, 2)])
def test_single_episodes_leave_none_for_validation(model, capsys, n_episodes, lines):
    dataset = demonstrations(n_episodes)
    capsys.readouterr()
    model.verbose = 1
    model.pretrain(dataset, n_epochs=4, val_interval=2)
    model.verbose = 0
    printed = capsys.readouterr().out
    assert printed.count('training loss') == 2
    assert printed.count('validation loss') == lines


def test_a_failure_leaves_the_model_as_it_was(model):
    before, dataset, taken = model.get_parameters(), demonstrations(), []
    state = np.random.RandomState(0).normal(size=(4, 16))
    predictions = model.action_probability(np.arange(4), state)

    def breaks(split, n_steps):
        taken.append(split)
        for number, batch in enumerate(ExpertDataset.sequence_batches(dataset, split, n_steps)):
            if taken.count('train') == 2 and number == 2:
                raise OSError('the disk is gone')
            yield batch

    dataset.sequence_batches = lambda split, n_steps: Sized(list(ExpertDataset.sequence_batches(
        dataset, split, n_steps)), breaks(split, n_steps))
    with pytest.raises(OSError):
        model.pretrain(dataset, n_epochs=5, learning_rate=0.1)
    assert taken == ['train', 'val', 'train']
    assert not changed(before, model.get_parameters())
    assert np.array_equal(model.action_probability(np.arange(4), state), predictions)


class Sized:
    """A generator whose length is known."""

    def __init__(self, batches, generator):
        self.batches, self.generator = batches, generator

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        return self.generator


@pytest.mark.parametrize('sequential', [False, True])
def test_images_come_from_their_files(sequential, tmp_path):
    pytest.importorskip('PIL.Image')
    from tests.integration.test_image_datasets import Camera, record
    env = Camera((12, 12, 1), episode_length=5)
    record(tmp_path, env, n_episodes=4)
    dataset = ExpertDataset(str(tmp_path / 'expert.npz'), verbose=0, batch_size=4, train_fraction=1.0,
                            sequential_preprocessing=sequential)
    assert dataset.observations.dtype.kind == 'U'
    model = TRPO('MlpLstmPolicy', env, timesteps_per_batch=12, sequence_length=LENGTH, **POLICY)
    model.pretrain(dataset, n_epochs=0)
    before = training_loss(model, dataset)
    model.pretrain(dataset, n_epochs=3, learning_rate=1e-3)
    assert training_loss(model, dataset) < before
