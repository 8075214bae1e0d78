"""GAIL on images: its discriminator in files, its options."""
import io
import zipfile

import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.catch_env import CatchEnv, catch_expert
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv_to_fc, linear
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from tests.environments import RandomEnv, random_demonstrations
from tests.integration.hostile_files import archive, members_of, npz

SMALL = dict(timesteps_per_batch=24, g_step=1, cg_iters=2, seed=0)


def small_features(scaled_images):
    """A module's own function, which a file can only refer to by a pickle."""
    return tf.nn.relu(linear(conv_to_fc(scaled_images), 'all', 4))


def doubled_features(scaled_images):
    return 2.0 * small_features(scaled_images)


@pytest.fixture(scope='module')
def dataset():
    env = CatchEnv()
    env.seed(0)
    return ExpertDataset(traj_data=generate_expert_traj(catch_expert, None, env, n_episodes=2), verbose=0)


def reward(model, dataset):
    return model.reward_giver.get_reward(dataset.observations[:9], np.arange(9) % 3)


def discriminator_shapes(model):
    return [value.shape for name, value in model.get_parameters().items() if '/fully_connected' in name]


@pytest.mark.parametrize('policy, net_arch, sizes', [('CnnPolicy', None, [6, 6, 1]), ('MlpPolicy', [5], [5, 1]),
                                                     ('MlpPolicy', [], [1])], ids=str)
def test_whole_life(policy, net_arch, sizes, dataset, tmp_path):
    model = GAIL(policy, CatchEnv(), dataset, hidden_size_adversary=6, adversary_net_arch=net_arch, **SMALL)
    assert [shape[-1] for shape in discriminator_shapes(model)[::2]] == sizes
    before = model.get_parameters()
    model.learn(24)
    after = model.get_parameters()
    for name in ('adversary/cnn/c1/w:0', 'adversary/cnn/c2/b:0', 'adversary/fully_connected/weights:0'):
        assert not np.array_equal(before[name], after[name]), name
    assert not [name for name in after if 'obfilter' in name]

    model.save(str(tmp_path / 'model'))
    loaded = GAIL.load(str(tmp_path / 'model'), env=CatchEnv(), expert_dataset=dataset)
    assert loaded.adversary_net_arch == net_arch
    assert np.array_equal(reward(loaded, dataset), reward(model, dataset))
    assert np.array_equal(loaded.predict(dataset.observations[:9], deterministic=True)[0],
                          model.predict(dataset.observations[:9], deterministic=True)[0])
    loaded.learn(24)


def test_the_discriminators_size_is_that_of_the_file(dataset, tmp_path):
    GAIL('MlpPolicy', CatchEnv(), dataset, adversary_net_arch=[5], **SMALL).save(str(tmp_path / 'model'))
    for name, value, saved in (('adversary_net_arch', [7], [5]), ('adversary_net_arch', None, [5]),
                               ('hidden_size_adversary', 7, 100)):
        with pytest.raises(ValueError) as caught:
            GAIL.load(str(tmp_path / 'model'), **{name: value})
        assert '{}: {!r} given, the saved model has {!r}'.format(name, value, saved) in str(caught.value)
    assert GAIL.load(str(tmp_path / 'model'), adversary_net_arch=(5,), hidden_size_adversary=100).params


def test_a_trunk_of_ones_own_in_files(dataset, tmp_path):
    """As with functions in policy_kwargs: in the file as a pickle, which is not run unless allowed."""
    model = GAIL('MlpPolicy', CatchEnv(), dataset, adversary_cnn_extractor=small_features, **SMALL)
    model.learn(24)
    path = str(tmp_path / 'model.zip')
    model.save(path)
    assert b'adversary_cnn_extractor' in zipfile.ZipFile(path).read('data')
    with pytest.raises(ValueError, match="custom_objects={'adversary_cnn_extractor': ...}"):
        GAIL.load(path)
    for allowed in (dict(custom_objects=dict(adversary_cnn_extractor=small_features)), dict(allow_pickle=True)):
        assert np.array_equal(reward(GAIL.load(path, **allowed), dataset), reward(model, dataset))
    other = GAIL.load(path, custom_objects=dict(adversary_cnn_extractor=doubled_features))
    assert not np.allclose(reward(other, dataset), reward(model, dataset))

    fresh = GAIL('MlpPolicy', CatchEnv(), dataset, adversary_cnn_extractor=small_features, **dict(SMALL, seed=1))
    assert not np.array_equal(reward(fresh, dataset), reward(model, dataset))
    fresh.load_parameters(path)  # parameters are no code: nothing needs to be allowed
    assert np.array_equal(reward(fresh, dataset), reward(model, dataset))


def test_biases_of_convolutions_in_files_of_earlier_versions(dataset, tmp_path):
    model = GAIL('CnnPolicy', CatchEnv(), dataset, **SMALL).learn(24)
    model.save(str(tmp_path / 'model'))
    members = members_of((tmp_path / 'model.zip').read_bytes())
    turned = 0
    for name in ('parameters', 'training_state'):
        with np.load(io.BytesIO(members[name])) as file:
            arrays = {key: file[key] for key in file.files}
        for key, value in arrays.items():
            if value.ndim == 4 and value.shape == (1, value.shape[1], 1, 1):
                arrays[key], turned = value.reshape(1, 1, 1, -1), turned + 1
        members[name] = npz(**arrays)
    assert turned == 3 * 4  # layers; policy and old policy, and the moments of the value function's optimizer
    (tmp_path / 'older.zip').write_bytes(archive(members))
    older = GAIL.load(str(tmp_path / 'older'), env=CatchEnv(), expert_dataset=dataset)
    assert np.array_equal(reward(older, dataset), reward(model, dataset))
    same = GAIL.load(str(tmp_path / 'model'), env=CatchEnv(), expert_dataset=dataset)
    for loaded in (older, same):
        loaded.env.seed(0)
        loaded.learn(24)
    for name, value in same.get_parameters().items():
        assert np.array_equal(older.get_parameters()[name], value), name


def test_net_arch_without_images(tmp_path):
    space, actions = CatchEnv().action_space, CatchEnv().action_space
    dataset = random_demonstrations(space, actions)
    model = GAIL('MlpPolicy', RandomEnv(space, actions), dataset, adversary_net_arch=[4, 3, 2], **SMALL)
    assert discriminator_shapes(model)[::2] == [(6, 4), (4, 3), (3, 2), (2, 1)]
    model.learn(24)
