"""What the discriminator sees of images: all of them, scaled, at any size."""
import numpy as np
import pytest

from stable_baselines.common.gym_api import spaces
from stable_baselines.common.policies import nature_cnn
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.common.tf_layers import conv_to_fc
from stable_baselines.gail.adversary import TransitionClassifier
from stable_baselines.gail.discriminator_step import DiscriminatorStep
from stable_baselines.gail.trunk import convolutional_trunk, features_of, image_features, plan_convolutions, readable
from tests.graphs import evaluate

SHAPES = [(1, 1, 1), (6, 5, 3), (3, 40, 2), (24, 25, 1), (36, 36, 1), (84, 84, 4), (210, 160, 3)]
VECTOR, CHOICES = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(3)


def image_space(*shape):
    return spaces.Box(0, 255, shape, np.uint8)


def random_images(n_images, shape, seed=0):
    return np.random.RandomState(seed).randint(256, size=(n_images,) + shape).astype(np.uint8)


def make_classifier(space, action_space=CHOICES, **kwargs):
    """In the current graph, with all variables initialized."""
    np.random.seed(0)
    sess = make_session(1)
    classifier = TransitionClassifier(space, action_space, 16, sess=sess, **kwargs)
    step = DiscriminatorStep(sess, classifier)
    sess.run(tf.global_variables_initializer())
    return classifier, step


def two_kinds_of_images(shape, n_images=24):
    """Images that differ only in where the bright square is, and their actions, which tell nothing."""
    random, images = np.random.RandomState(0), np.zeros((2, n_images) + shape, np.uint8)
    side = max(shape[0] // 6, 1)
    for kind in range(2):
        for image in images[kind]:
            row, column = random.randint(shape[0] // 2 - side + 1), random.randint(shape[1] - side + 1)
            row += kind * (shape[0] // 2)
            image[row:row + side, column:column + side] = 255
    return images, random.randint(3, size=(2, n_images))


@pytest.mark.parametrize('shape', SHAPES, ids=str)
def test_any_size(shape):
    with tf.Graph().as_default():
        features = convolutional_trunk(tf.placeholder(tf.float32, (None,) + shape))
        weights = tf.trainable_variables()
    assert features.shape.ndims == 2 and 0 < int(features.shape[1]) <= 12 * 12 * 32
    assert [variable.name for variable in weights][:4] == ['c1/w:0', 'c1/b:0', 'c2/w:0', 'c2/b:0']
    assert int(weights[0].shape[2]) == shape[2]


@pytest.mark.parametrize('side, strides', [(5, [2, 2]), (24, [2, 2]), (25, [4, 2]), (84, [4, 2]), (97, [4, 2, 2]),
                                           (400, [4, 2, 2, 2, 2])])
def test_plan(side, strides):
    assert [layer.stride for layer in plan_convolutions(side, 3)] == strides
    assert plan_convolutions(side, 3) == plan_convolutions(3, side)
    for layer in plan_convolutions(side, side):
        assert layer.filter_size >= layer.stride  # or pixels would go unseen


def test_features_by_hand():
    """One pixel through both layers, whose filters then show nothing but one weight each."""
    with tf.Graph().as_default():
        image = np.full((1, 1, 1, 1), 102, np.uint8)
        features = image_features(readable(image_space(1, 1, 1), tf.constant(image)))
        values, (w1, b1, w2, b2) = evaluate([features, tf.trainable_variables()])
    hidden = np.maximum(102.0 / 255.0 * w1[1, 1, 0] + b1, 0.0)
    assert np.allclose(values[0], np.maximum(hidden @ w2[1, 1] + b2, 0.0), atol=1e-6)


def test_pixels_are_scaled_by_one_number():
    seen = []

    def extractor(scaled_images):
        seen.append(scaled_images)
        return conv_to_fc(scaled_images)

    images = random_images(3, (4, 4, 2))
    with tf.Graph().as_default():
        features = evaluate(features_of(image_space(4, 4, 2), readable(image_space(4, 4, 2), tf.constant(images)),
                                        extractor))
    assert seen[0].shape.as_list() == [3, 4, 4, 2] and seen[0].dtype == tf.float32
    assert np.allclose(features, images.reshape(3, -1) / 255.0)


def test_there_is_no_normalizer_for_images():
    with tf.Graph().as_default():
        classifier, _ = make_classifier(image_space(6, 5, 3))
        assert classifier.get_normalizer_variables() == []
        names = [variable.name for variable in classifier.get_trainable_variables()]
    assert names == ['adversary/' + name for name in (
        'cnn/c1/w:0', 'cnn/c1/b:0', 'cnn/c2/w:0', 'cnn/c2/b:0', 'fully_connected/weights:0', 'fully_connected/biases:0',
        'fully_connected_1/weights:0', 'fully_connected_1/biases:0', 'fully_connected_2/weights:0',
        'fully_connected_2/biases:0')]


@pytest.mark.parametrize('shape', [(6, 5, 3), (36, 36, 1), (84, 84, 4)], ids=str)
def test_every_pixel_has_a_say(shape):
    """The gradient of the logit by the image, from several images, because a rectifier may be shut for one of them."""
    with tf.Graph().as_default():
        classifier, _ = make_classifier(image_space(*shape))
        images = tf.placeholder(tf.float32, (None,) + shape)
        logits = classifier.build_graph(images, classifier.generator_acs_ph, reuse=True)
        gradient, = classifier.sess.run(tf.gradients(logits, images), {
            images: random_images(8, shape), classifier.generator_acs_ph: np.arange(8) % 3})
    assert gradient.shape == (8,) + shape
    assert (np.abs(gradient).max(axis=0) > 0.0).all()


def test_the_action_has_a_say_in_what_an_image_is_worth():
    with tf.Graph().as_default():
        classifier, _ = make_classifier(image_space(6, 5, 3))
        images = random_images(4, (6, 5, 3))
        by_action = [classifier.get_reward(images, np.full(4, action)) for action in range(3)]
    assert not np.allclose(by_action[0], by_action[1]) and not np.allclose(by_action[1], by_action[2])
    difference = by_action[0] - by_action[1]
    assert np.ptp(difference) > 1e-6  # not the same for all images


@pytest.mark.parametrize('shape', [(6, 5, 3), (36, 36, 1)], ids=str)
def test_a_step_on_images_lowers_its_own_loss(shape):
    (generator, expert), (generator_actions, expert_actions) = two_kinds_of_images(shape)
    batch = (generator, generator_actions, expert, expert_actions)
    with tf.Graph().as_default():
        classifier, step = make_classifier(image_space(*shape))

        def total(rate):
            losses = step(*batch, rate)
            return losses['generator_loss'] + losses['expert_loss'] + losses['entropy_loss']

        before = total(1e-3)
        for _ in range(5):
            after = total(1e-3)  # of before this step
            assert after < before
            before = after
        for _ in range(60):
            losses = step(*batch, 3e-3)
        assert losses['generator_acc'] == losses['expert_acc'] == 1.0
        rewards = [classifier.get_reward(images, actions) for images, actions in zip(
            (generator, expert), (generator_actions, expert_actions))]
    assert rewards[1].min() > rewards[0].max()


def test_what_a_classifier_tells_apart_is_the_picture_not_its_place_in_the_batch():
    with tf.Graph().as_default():
        classifier, _ = make_classifier(image_space(36, 36, 1))
        images, actions = random_images(5, (36, 36, 1)), np.arange(5) % 3
        together = classifier.get_reward(images, actions)
        one_by_one = [classifier.get_reward(image, action)[0] for image, action in zip(images, actions)]
    assert together.shape == (5, 1)
    assert np.allclose(together, one_by_one, rtol=1e-5)


@pytest.mark.parametrize('net_arch, sizes', [([], [1]), ([7], [7, 1]), ((5, 4, 3), [5, 4, 3, 1]), (None, [16, 16, 1])],
                         ids=str)
@pytest.mark.parametrize('space', [VECTOR, image_space(6, 5, 3)], ids=['vector', 'image'])
def test_net_arch(space, net_arch, sizes):
    with tf.Graph().as_default():
        classifier, _ = make_classifier(space, net_arch=net_arch)
        weights = [variable for variable in classifier.get_trainable_variables() if 'fully_connected' in variable.name]
    assert [int(variable.shape[-1]) for variable in weights[::2]] == sizes
    assert [variable.name.split('/')[1] for variable in weights[::2]] == [
        'fully_connected' + ('_{}'.format(number) if number else '') for number in range(len(sizes))]


def test_without_hidden_layers_the_logit_is_linear():
    with tf.Graph().as_default():
        classifier, _ = make_classifier(VECTOR, VECTOR, net_arch=[], normalize=False)
        weights, biases = classifier.sess.run(classifier.get_trainable_variables())
        rows = np.random.RandomState(0).normal(size=(2, 4, 3)).astype(np.float32)
        rewards = classifier.get_reward(rows[0], rows[1])
    assert np.allclose(rewards, np.logaddexp(0.0, np.concatenate(list(rows), axis=1) @ weights + biases), atol=1e-6)


def test_a_trunk_of_ones_own():
    with tf.Graph().as_default():
        classifier, _ = make_classifier(image_space(36, 36, 1), cnn_extractor=nature_cnn)
        names = [variable.name for variable in classifier.get_trainable_variables()]
        assert classifier.get_reward(random_images(2, (36, 36, 1)), [0, 1]).shape == (2, 1)
    assert names[:8] == ['adversary/cnn/{}/{}:0'.format(*name) for name in (
        ('c1', 'w'), ('c1', 'b'), ('c2', 'w'), ('c2', 'b'), ('c3', 'w'), ('c3', 'b'), ('fc1', 'w'), ('fc1', 'b'))]


@pytest.mark.parametrize('kwargs, error, part', [
    (dict(net_arch=[0]), ValueError, r'net_arch=\[0\]: size of a layer=0: expected a whole number, 1 or more'),
    (dict(net_arch=64), ValueError, 'net_arch=64: int found. Give a list'),
    (dict(net_arch='big'), ValueError, "net_arch='big': str found"),
    (dict(cnn_extractor='nature'), TypeError, "cnn_extractor='nature': expected a function"),
    (dict(cnn_extractor=lambda images: None), ValueError, 'it returned None; expected a tensor'),
    (dict(cnn_extractor=lambda images: images[:, 0, 0, 0]), ValueError, 'expected a tensor'),
])
def test_bad_options(kwargs, error, part):
    with tf.Graph().as_default(), pytest.raises(error, match=part):
        make_classifier(image_space(36, 36, 1), **kwargs)


def test_a_trunk_needs_images():
    with tf.Graph().as_default(), pytest.raises(ValueError, match=r'images expected .* Box\(3,\) float32 found'):
        make_classifier(VECTOR, cnn_extractor=nature_cnn)


@pytest.mark.parametrize('space, rows, expected', [
    (VECTOR, [[0.5, -1.0, 1.0]], [[0.5, -1.0, 1.0]]), (spaces.Discrete(3), [1], [[0, 1, 0]]),
    (spaces.MultiDiscrete([2, 3]), [[1, 2]], [[0, 1, 0, 0, 1]]), (spaces.MultiBinary(2), [[1, 0]], [[1, 0]]),
    (spaces.Box(0, 200, (1, 1, 2), np.uint8), [[[[3, 200]]]], [[3, 200]])], ids=str)
def test_everything_else_is_flattened_or_one_hot(space, rows, expected):
    with tf.Graph().as_default():
        inputs = readable(space, tf.constant(np.array(rows, space.dtype)))
        features = evaluate(features_of(space, inputs))
    assert np.allclose(features, expected)
