"""A saved GAIL model knows its demonstrations by their file and digest, and finds them again."""
import warnings

import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.save_util import read_model, write_model
from stable_baselines.gail import ExpertDataset
from tests.environments import RandomEnv, random_demonstrations
from tests.integration.resume import BOX, SMALL, VECTOR, second_part


def write(path, seed=0, n_episodes=6):
    dataset = random_demonstrations(VECTOR, BOX, n_episodes=n_episodes)
    rows = dataset.trajectories._replace(observations=dataset.observations + np.float32(seed))
    ExpertDataset(traj_data=rows, verbose=0).save(path)


def save_model(folder, model_seed=1, **options):
    write(folder / 'expert.npz')
    dataset = ExpertDataset(folder / 'expert.npz', verbose=0, **options)
    model = GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), dataset, seed=model_seed, hidden_size_adversary=4, **SMALL)
    model.learn(32)
    model.save(folder / 'model')
    return model


def quietly(*arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        return GAIL.load(*arguments, **options)


OPTIONS = [{}, dict(traj_limitation=2), dict(subsample=3, seed=4), dict(seed=2), dict(randomize=False),
           dict(train_fraction=0.3, batch_size=3, sequential_preprocessing=True, out_of_bounds='refuse')]


@pytest.mark.parametrize('options', OPTIONS)
def test_demonstrations_are_found_by_their_path(tmp_path, options):
    model = save_model(tmp_path, **options)
    loaded = quietly(tmp_path / 'model', env=RandomEnv(VECTOR, BOX))
    assert loaded.expert_dataset.digest() == model.expert_dataset.digest()
    model.set_env(RandomEnv(VECTOR, BOX))
    expected, found = second_part(model), second_part(loaded)
    assert all(np.array_equal(expected[name], found[name]) for name in expected)


@pytest.mark.parametrize('seed, options', [(1, OPTIONS[4]), (None, OPTIONS[5])])
def test_they_are_given_out_as_before(tmp_path, seed, options):
    """Also where they are found only when learning begins; and the generator that programs share is where it was."""
    model = save_model(tmp_path, seed, **options)
    state = np.random.get_state()[1]
    loaded = quietly(tmp_path / 'model')
    assert seed is None or np.array_equal(np.random.get_state()[1], state)
    model.set_env(RandomEnv(VECTOR, BOX))
    results = []
    for one in (model, loaded):
        one.set_env(RandomEnv(VECTOR, BOX))
        np.random.seed(5)
        second_part(one)
        one.pretrain(one.expert_dataset, n_epochs=1)
        results.append(dict(one.get_parameters(), shared=np.random.get_state()[1]))
    for name in ('train_fraction', 'batch_size', 'randomize', 'sequential_preprocessing', 'out_of_bounds'):
        assert getattr(loaded.expert_dataset, name) == getattr(model.expert_dataset, name)
    assert [name for name in results[0] if not np.array_equal(results[0][name], results[1][name])] == []


def test_a_reference_of_an_older_version_serves(tmp_path):
    save_model(tmp_path)
    data, parameters = read_model(tmp_path / 'model')
    older = {name: data['expert_reference'][name] for name in (
        'paths', 'digest', 'traj_limitation', 'subsample', 'subsample_seed', 'sharded', 'is_seeded')}
    write_model(tmp_path / 'model', dict(data, expert_reference=older), parameters)
    assert quietly(tmp_path / 'model', env=RandomEnv(VECTOR, BOX)).expert_dataset.num_traj == 6


def test_only_a_model_that_goes_on_learning_needs_them(tmp_path):
    save_model(tmp_path)
    loaded = quietly(tmp_path / 'model')
    assert loaded.expert_dataset is None
    loaded.set_env(RandomEnv(VECTOR, BOX))
    loaded.learn(32)
    assert loaded.expert_dataset.num_traj == 6
    loaded = quietly(tmp_path / 'model')
    loaded.save(tmp_path / 'again')  # without them at hand
    (tmp_path / 'expert.npz').unlink()
    again = quietly(tmp_path / 'again', env=RandomEnv(VECTOR, BOX))
    assert again.expert_dataset is None
    with pytest.raises(ValueError, match='those it learned from are not there any more: .*expert.npz. Pass'):
        again.learn(32)


def test_a_damaged_file_of_demonstrations_does_not_cost_the_model(tmp_path):
    save_model(tmp_path)
    (tmp_path / 'expert.npz').write_bytes(b'PK not any more')
    with pytest.warns(UserWarning, match='cannot be used any more. .*expert.npz.* Pass expert_dataset='):
        loaded = GAIL.load(tmp_path / 'model', env=RandomEnv(VECTOR, BOX))
    assert loaded.expert_dataset is None
    with pytest.raises(ValueError, match='expert.npz'):
        loaded.learn(32)
    loaded.expert_dataset = random_demonstrations(VECTOR, BOX)
    loaded.learn(32)


def test_others_are_warned_of(tmp_path):
    save_model(tmp_path)
    write(tmp_path / 'other.npz', seed=1)
    other = ExpertDataset(tmp_path / 'other.npz', verbose=0)
    with pytest.warns(UserWarning, match='expert_dataset: .*other.npz .6 episodes.* is not what the model learned '
                                         'from, .*expert.npz. It goes on'):
        GAIL.load(tmp_path / 'model', env=RandomEnv(VECTOR, BOX), expert_dataset=other)
    same = ExpertDataset(tmp_path / 'expert.npz', verbose=0)
    assert quietly(tmp_path / 'model', env=RandomEnv(VECTOR, BOX), expert_dataset=same).expert_dataset is same
    write(tmp_path / 'expert.npz', seed=3)
    with pytest.warns(UserWarning, match='is not what the model learned from'):
        GAIL.load(tmp_path / 'model', env=RandomEnv(VECTOR, BOX))


def test_demonstrations_that_were_no_file(tmp_path):
    model = GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), random_demonstrations(VECTOR, BOX), seed=1,
                 hidden_size_adversary=4, **SMALL)
    model.save(tmp_path / 'model')
    loaded = quietly(tmp_path / 'model', env=RandomEnv(VECTOR, BOX))
    with pytest.raises(ValueError, match='demonstrations that were in no file'):
        loaded.learn(32)
    quietly(tmp_path / 'model', env=RandomEnv(VECTOR, BOX), expert_dataset=random_demonstrations(VECTOR, BOX))


@pytest.mark.parametrize('reference', [7, {}, dict(paths='x'), dict(
    paths=[], digest='', traj_limitation=-1, subsample=1, subsample_seed=None, sharded=False, is_seeded=False,
    batch_size='x'), dict(
    paths=[1], digest='', traj_limitation=-1, subsample=1, subsample_seed=None, sharded=False, is_seeded=False)])
def test_a_malformed_reference_is_none(tmp_path, reference):
    save_model(tmp_path)
    data, parameters = read_model(tmp_path / 'model')
    write_model(tmp_path / 'model', dict(data, expert_reference=reference), parameters)
    assert quietly(tmp_path / 'model', env=RandomEnv(VECTOR, BOX)).expert_dataset is None


def test_the_rows_are_not_in_the_file(tmp_path):
    save_model(tmp_path)
    data, _ = read_model(tmp_path / 'model')
    assert data['expert_reference']['paths'] == [str(tmp_path / 'expert.npz')]
    assert len(data['expert_reference']['digest']) == 64
