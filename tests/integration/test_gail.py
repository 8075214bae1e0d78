"""GAIL as a whole: rewards, discriminator, steps, files."""
import json
import pickle
import zipfile

import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.callbacks import BaseCallback
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset
from stable_baselines.gail.discriminator_step import DiscriminatorStep
from tests.environments import RandomEnv, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)
SMALL = dict(cg_iters=2, hidden_size_adversary=8, policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]))


@pytest.fixture(scope='module')
def dataset():
    return random_demonstrations(VECTOR, BOX, seed=3)


@pytest.fixture(scope='module')
def model(dataset):
    """For tests that leave nothing behind but other parameters."""
    return GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), dataset, timesteps_per_batch=32, seed=0, **SMALL)


@pytest.fixture
def steps(monkeypatch):
    """What each discriminator step was given and gave."""
    seen, plain = [], DiscriminatorStep.__call__

    def recorded(self, *batch):
        losses = plain(self, *batch)
        seen.append((batch, losses))
        return losses

    monkeypatch.setattr(DiscriminatorStep, '__call__', recorded)
    return seen


class Segments(BaseCallback):
    """Counts steps and batches."""

    def __init__(self):
        super().__init__()
        self.n_steps = self.n_batches = 0

    def _on_rollout_start(self):
        self.n_batches += 1

    def _on_step(self):
        self.n_steps += 1
        return True


def changed(before, after):
    return {name for name in before if not np.array_equal(before[name], after[name])}


@pytest.mark.parametrize('asked, made', [(1, 32), (32, 32), (33, 64), (96, 96), (100, 128), (200, 224)])
def test_steps_are_rounded_up_to_whole_batches(model, asked, made):
    """Every batch counts, also those between two discriminator updates; an iteration may end early."""
    callback, environment = Segments(), RandomEnv(VECTOR, BOX)
    model.set_env(environment)
    model.learn(asked, callback=callback)
    assert (model.num_timesteps, environment.n_steps, callback.n_steps) == (made, made, made)
    assert callback.n_batches == made // 32


@pytest.mark.parametrize('g_step, d_step, steps_made, updates', [
    (1, 1, 3, 3), (3, 1, 3, 1), (3, 2, 6, 4), (2, 3, 3, 6), (1, 20, 1, 20), (1, 100, 1, 32)])
def test_rhythm_of_both_sides(model, dataset, steps, g_step, d_step, steps_made, updates):
    model.g_step, model.d_step = g_step, d_step
    model.learn(32 * steps_made)
    model.g_step, model.d_step = 3, 1
    assert len(steps) == updates
    for (observations, actions, expert_observations, expert_actions, rate), _ in steps:
        assert len(observations) == len(actions) == max(32 // d_step, 1)
        assert 0 < len(expert_observations) == len(expert_actions) <= max(32 // d_step, 1)
        assert rate == model.d_stepsize


def test_policy_discriminator_and_normalizer_learn(model):
    before = model.get_parameters()
    model.learn(96)
    moved = changed(before, model.get_parameters())
    assert {'model/pi/w:0', 'model/vf/w:0', 'adversary/fully_connected/weights:0', 'adversary/obfilter/runningsum:0',
            'adversary/fully_connected_2/biases:0', 'adversary/obfilter/count:0'} <= moved


def test_without_a_rate_the_discriminator_stays(model):
    rate, model.d_stepsize = model.d_stepsize, 0.0
    before = model.get_parameters()
    model.learn(32)
    model.d_stepsize = rate
    assert not {name for name in changed(before, model.get_parameters()) if 'fully_connected' in name}


def test_rewards_are_those_of_the_discriminator(model, monkeypatch):
    segments, plain = [], GAIL._update_policy

    def recorded(self, segment):
        executed = np.clip(segment.actions[:, 0], BOX.low, BOX.high)
        segments.append((segment, self.reward_giver.get_reward(segment.observations[:, 0], executed)))
        return plain(self, segment)

    monkeypatch.setattr(GAIL, '_update_policy', recorded)
    model.learn(64)
    assert len(segments) == 2
    for segment, expected in segments:
        assert np.allclose(segment.rewards, expected, rtol=1e-6)
        assert (segment.rewards > 0.0).all()
        assert not np.allclose(segment.rewards, segment.true_rewards)


def test_both_sides_are_clipped_alike(model, steps):
    loud = ExpertDataset(traj_data=dict(obs=np.zeros((8, 3)), actions=np.full((8, 2), 9.0),
                                        episode_starts=np.arange(8) == 0, episode_returns=np.zeros(1)), verbose=0)
    quiet, model.expert_dataset = model.expert_dataset, loud
    model.learn(32)
    model.expert_dataset = quiet
    (_, actions, _, expert_actions, _), _ = steps[0]
    for given in (actions, expert_actions):
        assert (given >= BOX.low).all()
        assert (given <= BOX.high).all()
    assert np.allclose(expert_actions, 0.25)
    assert (actions == BOX.low).any()  # a policy that starts with a standard deviation of 1 hits these bounds


def test_more_rows_than_the_expert_has(model, steps):
    few = random_demonstrations(VECTOR, BOX, n_episodes=1, episode_length=5)
    plenty, model.expert_dataset = model.expert_dataset, few
    model.learn(96)
    model.expert_dataset = plenty
    assert all(len(batch[2]) == 5 for batch, _ in steps)


def test_figures_of_both_sides_are_logged(model, capsys):
    model.verbose = 1
    model.learn(96)
    model.verbose = 0
    out = capsys.readouterr().out
    for name in ('generator_loss', 'expert_loss', 'entropy_loss', 'generator_acc', 'expert_acc', 'meankl',
                 'EpTrueRewMean'):
        assert name in out


def test_a_callback_may_stop_in_the_middle(model, steps):
    calls = []
    model.learn(1000, callback=lambda locals_, globals_: calls.append(1) or len(calls) < 40)
    assert model.num_timesteps == 40
    assert not steps
    assert BOX.contains(model.predict(np.zeros(3))[0])
    model.learn(32)


def test_several_environments(dataset, steps):
    envs = [RandomEnv(VECTOR, BOX) for _ in range(3)]
    model = GAIL('MlpPolicy', DummyVecEnv([lambda env=env: env for env in envs]), dataset, timesteps_per_batch=32,
                 **SMALL)
    model.learn(99)
    assert model.num_timesteps == 99  # three batches of 33
    assert [env.n_steps for env in envs] == [33] * 3
    assert [len(batch[0]) for batch, _ in steps] == [33]


@pytest.mark.parametrize('column', [False, True])
def test_observations_of_one_number_may_be_columns(column, steps):
    """Recordings hold Discrete observations as [N] or [N, 1]."""
    observation_space = spaces.Discrete(4)
    obs = np.random.RandomState(0).randint(4, size=(12, 1) if column else 12)
    demonstrations = ExpertDataset(traj_data=dict(obs=obs, actions=np.zeros((12, 1), int),
                                                  episode_starts=np.arange(12) == 0, episode_returns=np.zeros(1)),
                                   verbose=0)
    model = GAIL('MlpPolicy', RandomEnv(observation_space, spaces.Discrete(2)), demonstrations, timesteps_per_batch=16,
                 **SMALL)
    model.learn(16)
    model.pretrain(demonstrations, n_epochs=1)
    assert len(steps) == 1


# ---------------------------------------------------------------- files

def test_everything_survives_saving(model, dataset, tmp_path):
    model.learn(96)
    model.save(str(tmp_path / 'model'))
    loaded = GAIL.load(str(tmp_path / 'model'), env=RandomEnv(VECTOR, BOX), expert_dataset=dataset)
    assert not changed(model.get_parameters(), loaded.get_parameters())
    random = np.random.RandomState(0)
    observations, actions = random.normal(size=(20, 3)), random.uniform(-0.5, 0.25, size=(20, 2))
    assert np.array_equal(loaded.reward_giver.get_reward(observations, actions),
                          model.reward_giver.get_reward(observations, actions))
    assert np.array_equal(loaded.predict(observations, deterministic=True)[0],
                          model.predict(observations, deterministic=True)[0])
    for name in GAIL.hyperparameters:
        assert getattr(loaded, name) == getattr(model, name), name
    assert loaded.expert_dataset is dataset
    loaded.learn(32)


def test_demonstrations_may_come_as_a_custom_object_or_later(model, dataset, tmp_path):
    model.save(str(tmp_path / 'model'))
    assert GAIL.load(str(tmp_path / 'model'), custom_objects={'expert_dataset': dataset}).expert_dataset is dataset
    loaded = GAIL.load(str(tmp_path / 'model'), env=RandomEnv(VECTOR, BOX))
    with pytest.raises(ValueError, match='expert_dataset=None: GAIL needs demonstrations'):
        loaded.learn(32)
    loaded.expert_dataset = dataset
    loaded.learn(32)


def test_files_hold_no_demonstrations_and_no_pickles(model, tmp_path):
    model.save(str(tmp_path / 'model'))
    with zipfile.ZipFile(str(tmp_path / 'model.zip')) as archive:
        data = json.loads(archive.read('data').decode())
    assert 'expert_dataset' not in data
    assert ':serialized:' not in json.dumps(data)


def test_other_models_are_refused_by_name(model, tmp_path):
    from stable_baselines import TRPO
    model.save(str(tmp_path / 'model'))
    with pytest.raises(ValueError, match=r'model: holds a GAIL model; load it with GAIL.load'):
        TRPO.load(str(tmp_path / 'model'))


def test_the_older_format(model, tmp_path):
    model.save(str(tmp_path / 'model'), cloudpickle=True)
    with open(str(tmp_path / 'model.pkl'), 'rb') as file:
        assert isinstance(pickle.load(file), tuple)
    with pytest.raises(ValueError, match='allow_pickle'):
        GAIL.load(str(tmp_path / 'model.pkl'))
    loaded = GAIL.load(str(tmp_path / 'model.pkl'), allow_pickle=True)
    assert not changed(model.get_parameters(), loaded.get_parameters())
