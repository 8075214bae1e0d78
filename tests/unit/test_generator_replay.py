"""Past rows of the policy: which are kept, which are drawn, and that a saved model keeps them."""
import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.save_util import write_model
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from stable_baselines.gail.replay import GeneratorReplay
from tests.environments import RandomEnv, Shifted, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)
SMALL = dict(cg_iters=2, hidden_size_adversary=8, seed=0, timesteps_per_batch=32, n_cpu_tf_sess=1, g_step=1)
SHAPES = (2,), ()


def rows(*numbers):
    numbers = np.array(numbers)
    return np.stack([numbers, -numbers], axis=1).astype(np.float32), numbers


def filled(size, *parts):
    replay = GeneratorReplay(size)
    for part in parts:
        replay.add(*rows(*part))
    return replay


@pytest.mark.parametrize('parts, kept', [([[1, 2]], [1, 2]), ([[1, 2], [3, 4, 5]], [1, 2, 3, 4, 5]),
                                         ([[1, 2, 3], [4, 5], [6, 7]], [3, 4, 5, 6, 7]),
                                         ([[1, 2], list(range(3, 20))], [15, 16, 17, 18, 19])])
def test_the_latest_rows_are_kept_in_their_order(parts, kept):
    replay = filled(5, *parts)
    assert len(replay) == len(kept)
    assert replay.arrays()['actions'].tolist() == kept
    assert replay.arrays()['observations'].tolist() == [[number, -number] for number in kept]


def test_what_is_drawn_is_what_is_kept():
    observations, actions = filled(5, range(1, 9)).draw(1000, np.random.RandomState(0))
    assert set(actions.tolist()) == {4, 5, 6, 7, 8}
    np.testing.assert_array_equal(observations[:, 0], actions)
    counts = np.bincount(actions)[4:]
    assert counts.min() > 150 and counts.max() < 250


@pytest.mark.parametrize('parts', [[], [[1, 2]], [[1, 2, 3], [4, 5], [6, 7]]])
def test_what_is_restored_draws_the_same(parts):
    replay, other = filled(5, *parts), GeneratorReplay(5)
    other.restore(replay.arrays(), SHAPES)
    assert len(other) == len(replay)
    for one in (replay, other):
        one.add(*rows(50, 51))
    drawn = [one.draw(20, np.random.RandomState(1))[1].tolist() for one in (replay, other)]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize('size, kept', [(3, [5, 6, 7]), (9, [3, 4, 5, 6, 7])])
def test_another_size_takes_the_latest(size, kept):
    other = GeneratorReplay(size)
    other.restore(filled(5, [1, 2, 3], [4, 5], [6, 7]).arrays(), SHAPES)
    assert other.arrays()['actions'].tolist() == kept
    other.add(*rows(8))
    assert other.arrays()['actions'].tolist() == (kept + [8])[-size:]


def test_types_are_joined():
    replay = filled(5, [1, 2])
    replay.add(np.full((1, 2), 0.1), np.array([7]))
    assert replay.arrays()['observations'][-1, 0] == 0.1


# ---------------------------------------------------------------- in training

def test_half_of_a_batch_is_past(monkeypatch):
    model = GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), random_demonstrations(VECTOR, BOX, seed=3), d_step=2,
                 generator_replay=40, **SMALL)
    batches, step = [], model.discriminator_step

    class Watching:
        figures = property(lambda self: step.figures)

        def __call__(self, *batch, **options):
            batches.append(batch[:2])
            return step(*batch, **options)
    model._training.step = Watching()
    model.learn(32)
    assert [len(batch[0]) for batch in batches] == [16, 16] and len(model._training.replay) == 32
    first = {tuple(row) for row in model._training.replay.arrays()['observations'].tolist()}
    assert all({tuple(row) for row in batch[0].tolist()} <= first for batch in batches)  # nothing is past yet
    del batches[:]
    model.learn(32, reset_num_timesteps=False)
    for observations, actions in batches:
        past = [tuple(row) in first for row in observations.tolist()]
        assert past == [False] * 8 + [True] * 8 and actions.shape == (16, 2)
    assert len(model._training.replay) == 40


def test_past_rows_are_normalized_as_the_present_ones():
    """They are kept as the environment gave them: statistics of their time would tell them from the expert's."""
    venv = VecNormalize(DummyVecEnv([Shifted, Shifted]))
    data = random_demonstrations(venv.observation_space, venv.action_space, seed=3)
    model = GAIL('MlpPolicy', venv, data, generator_replay=50, **SMALL).learn(64)
    kept = model._training.replay.arrays()['observations']
    assert 15 < kept[:, 0].mean() < 25  # the environment's numbers
    observations, _ = model._training._with_past(np.zeros((10, 3), np.float32), np.zeros((10, 2)))
    shown = {tuple(row) for row in venv.normalize_obs(kept).tolist()}
    assert {tuple(row) for row in observations[5:].tolist()} <= shown


def saved(tmp_path, **options):
    model = GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), random_demonstrations(VECTOR, BOX, seed=3), generator_replay=40,
                 **dict(SMALL, **options)).learn(96)
    model.save(tmp_path / 'model')
    return model


@pytest.mark.parametrize('size, n_kept', [(40, 40), (10, 10), (100, 40)])
def test_a_saved_model_keeps_them(tmp_path, size, n_kept):
    model = saved(tmp_path)
    loaded = GAIL.load(tmp_path / 'model', generator_replay=size)
    for name in ('observations', 'actions'):
        np.testing.assert_array_equal(loaded._training.replay.arrays()[name],
                                      model._training.replay.arrays()[name][-n_kept:])
    assert GAIL.load(tmp_path / 'model', generator_replay=0)._training.replay is None


@pytest.mark.parametrize('name, array, match', [
    ('observations', np.zeros((4, 3)), "'observations' of the kept rows has shape"),
    ('observations', np.zeros((40, 2)), "'observations' of the kept rows has shape"),
    ('observations', np.full((40, 3), np.nan), "'observations' of the kept rows holds"),
    ('actions', np.zeros((40, 5)), "'actions' of the kept rows has shape"), ('place', np.zeros(3), "'place'")])
def test_damaged_rows_are_refused(tmp_path, name, array, match):
    model = saved(tmp_path)
    arrays = dict(model._training.arrays())
    arrays['generator_replay/' + name] = array
    write_model(tmp_path / 'bad.zip', model._data_to_save(), model.get_parameters(), arrays)
    with pytest.raises(FileFormatError, match='bad.zip: .*' + match):
        GAIL.load(tmp_path / 'bad.zip')
    del arrays['generator_replay/' + name]
    write_model(tmp_path / 'bad.zip', model._data_to_save(), model.get_parameters(), arrays)
    with pytest.raises(FileFormatError, match='bad.zip'):
        GAIL.load(tmp_path / 'bad.zip')


def test_bad_sizes():
    for value in (-1, 2.5, None, True):
        with pytest.raises(ValueError, match='generator_replay={}'.format(value)):
            GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), generator_replay=value)
