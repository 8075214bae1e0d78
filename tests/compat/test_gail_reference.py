"""The discriminator computes what stable-baselines 2.10.2 computed."""
import numpy as np
import pytest

from stable_baselines.common.gym_api import spaces
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.gail.adversary import TransitionClassifier
from stable_baselines.gail.discriminator_step import DiscriminatorStep

SPACES = {'discrete': (spaces.Box(-5.0, 5.0, (4,), np.float32), spaces.Discrete(2)),
          'box': (spaces.Box(-8.0, 8.0, (3,), np.float32), spaces.Box(-2.0, 2.0, (1,), np.float32))}


def relative(found, expected):
    found, expected = np.float64(found), np.float64(expected)
    assert found.shape == expected.shape
    return np.abs(found - expected).max() / np.abs(expected).max()


class Reference:
    """A recording and a discriminator with its weights."""

    def __init__(self, path, kind):
        with np.load(str(path)) as file:
            self.data = {name: file[name] for name in file.files}
        self.session = make_session(1)
        self.classifier = TransitionClassifier(*SPACES[kind], int(self.data.get('hidden_size', 100)), sess=self.session,
                                               entcoeff=float(self['adversary_entcoeff']))
        self.step = DiscriminatorStep(self.session, self.classifier)
        self.variables = self.classifier.get_trainable_variables() + self.classifier.get_normalizer_variables()
        self.placeholders = {variable.name: tf.placeholder(variable.dtype.base_dtype) for variable in self.variables}
        self.assign = [tf.assign(variable, tf.ensure_shape(self.placeholders[variable.name], variable.shape))
                       for variable in self.variables]
        self.initialize = tf.global_variables_initializer()
        self.restore()

    def __getitem__(self, name):
        return self.data[name]

    @property
    def batch(self):
        return [self[name] for name in ('generator_obs', 'generator_actions', 'expert_obs', 'expert_actions')]

    def restore(self):
        self.session.run(self.initialize)
        self.session.run(self.assign, {self.placeholders[variable.name]: self['init/' + variable.name]
                                       for variable in self.variables})

    def reward(self):
        return self.classifier.get_reward(self['generator_obs'], self['generator_actions'])


@pytest.fixture(scope='module', params=['discrete', 'box'])
def built(request, data_path):
    with tf.Graph().as_default():
        reference = Reference(data_path / 'discriminator_{}.npz'.format(request.param), request.param)
        yield reference
        reference.session.close()


@pytest.fixture
def reference(built):
    built.restore()
    return built


def test_variables_have_the_recorded_names(reference):
    assert {variable.name for variable in reference.variables} == {
        name[len('init/'):] for name in reference.data if name.startswith('init/')}


def test_normalizer_losses_and_gradient(reference):
    classifier = reference.classifier
    losses = reference.step(*reference.batch, 0.0)
    assert list(losses) == reference['loss_names'].tolist()
    assert np.allclose(list(losses.values()), reference['losses'], rtol=1e-5, atol=1e-7)
    mean, std = reference.session.run([classifier.obs_rms.mean, classifier.obs_rms.std])
    assert relative(mean, reference['norm_mean']) < 1e-5
    assert relative(std, reference['norm_std']) < 1e-5
    feed = dict(zip([classifier.generator_obs_ph, classifier.generator_acs_ph, classifier.expert_obs_ph,
                     classifier.expert_acs_ph], reference.batch))
    assert relative(reference.session.run(reference.step.gradient, feed), reference['grad']) < 1e-4
    assert relative(reference.reward(), reference['reward_before']) < 1e-5


def test_one_step(reference):
    rate = float(reference['d_stepsize'])
    reference.step(*reference.batch, rate)
    for variable in reference.variables:
        found, expected = reference.session.run(variable), reference['after/' + variable.name]
        assert np.allclose(found, expected, rtol=1e-4, atol=1e-4 * rate), variable.name
    assert relative(reference.reward(), reference['reward_after']) < 1e-5
