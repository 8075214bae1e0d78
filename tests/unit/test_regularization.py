"""Regularizers of the discriminator: their values, their gradients, and that they do what they are for."""
import numpy as np
import pytest

from stable_baselines import GAIL
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.gail.adversary import TransitionClassifier
from stable_baselines.gail.discriminator_step import DiscriminatorStep
from stable_baselines.gail.losses import discriminator_losses
from stable_baselines.gail.options import AdversaryOptions
from stable_baselines.gail.regularization import Regularization, gradient_penalty, interpolated, noisy
from tests.environments import RandomEnv, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)
IMAGE = spaces.Box(0, 255, (8, 8, 1), np.uint8)
SEED = [3, 4]


class Built:
    """A discriminator with one kind of regularization."""

    def __init__(self, observation_space=VECTOR, action_space=BOX, **regularization):
        np.random.seed(0)
        self.graph = tf.Graph()
        with self.graph.as_default():
            tf.set_random_seed(0)
            self.sess = make_session(1)
            self.judge = TransitionClassifier(observation_space, action_space, 6, sess=self.sess,
                                              options=AdversaryOptions(regularization=Regularization(**regularization)))
            self.step = DiscriminatorStep(self.sess, self.judge)
            self.sess.run(tf.global_variables_initializer())
        random = np.random.RandomState(1)
        self.rows = [np.stack([_sample(space, random) for _ in range(12)])
                     for space in (observation_space, action_space, observation_space, action_space)]
        placeholders = [self.judge.generator_obs_ph, self.judge.generator_acs_ph, self.judge.expert_obs_ph,
                        self.judge.expert_acs_ph]
        self.feed = dict(zip(placeholders, self.rows))
        self.feed[self.judge.seed_ph] = SEED


def _sample(space, random):
    if space.dtype == np.uint8:
        return random.randint(0, 256, space.shape).astype(np.uint8)
    return random.uniform(-1.0, 1.0, space.shape).astype(np.float32)


def _with(built, tensor, variable, value):
    before = built.sess.run(variable)
    built.sess.run(variable.initializer, {variable.initializer.inputs[1]: value})
    found = built.sess.run(tensor, built.feed)
    built.sess.run(variable.initializer, {variable.initializer.inputs[1]: before})
    return found


@pytest.mark.parametrize('space', [VECTOR, IMAGE], ids=str)
def test_gradient_penalty_against_finite_differences(space):
    """The value: slopes of the logit by each input. Its gradient: by some weights."""
    built = Built(space, gradient_penalty=10.0)
    judge, step = built.judge, 1e-3
    with built.graph.as_default(), judge._variables(reuse=True):
        points = interpolated(judge._inputs(judge.generator_obs_ph, judge.generator_acs_ph),
                              judge._inputs(judge.expert_obs_ph, judge.expert_acs_ph), judge.seed_ph)
        given = [tf.placeholder(tf.float32, [None] + point.shape.as_list()[1:]) for point in points]
        logits = judge._logits(given)
    values = built.sess.run(points, built.feed)
    squares = np.zeros(12)
    for number, array in enumerate(values):
        for place in np.ndindex(*array.shape[1:]):
            both = []
            for sign in (1.0, -1.0):
                moved = [part.copy() for part in values]
                moved[number][(slice(None),) + place] += sign * step
                both.append(built.sess.run(logits, dict(zip(given, moved)))[:, 0].astype(np.float64))
            squares += np.square((both[0] - both[1]) / (2.0 * step))
    expected = np.mean(np.square(np.sqrt(squares) - 1.0))
    penalty = judge.figures['gradient_penalty']
    assert built.sess.run(penalty, built.feed) == pytest.approx(expected, rel=2e-2)

    variable = next(var for var in judge.get_trainable_variables() if 'fully_connected/weights' in var.name)
    with built.graph.as_default():
        gradient = built.sess.run(tf.gradients(penalty, variable)[0], built.feed)
    before = built.sess.run(variable)
    direction = np.random.RandomState(0).normal(size=before.shape).astype(np.float32)
    up, down = (_with(built, penalty, variable, before + sign * 1e-3 * direction) for sign in (1.0, -1.0))
    assert np.sum(gradient * direction) == pytest.approx((float(up) - float(down)) / 2e-3, rel=3e-2, abs=1e-3)


def test_the_penalty_is_weighed_into_the_loss_and_logged():
    built, plain = Built(gradient_penalty=10.0), Built()
    assert 'gradient_penalty' not in plain.judge.figures
    losses, penalty, total = built.sess.run([built.judge.losses, built.judge.figures['gradient_penalty'],
                                             built.judge.total_loss], built.feed)
    named = dict(zip(built.judge.loss_name, losses))
    expected = named['generator_loss'] + named['expert_loss'] + named['entropy_loss'] + 10.0 * penalty
    assert total == pytest.approx(expected, rel=1e-5)
    built.step(*built.rows, 1e-3, seed=SEED)
    assert built.step.figures['gradient_penalty'] == pytest.approx(penalty, rel=0.5)
    assert built.step.figures['discriminator_loss'] > 10.0 * built.step.figures['gradient_penalty']


def test_the_penalty_of_a_linear_function():
    with tf.Graph().as_default(), make_session(1) as sess:
        slope = tf.constant([[3.0], [4.0]])
        found = sess.run(gradient_penalty(lambda points: tf.matmul(points[0], slope), [tf.ones([7, 2])]))
    assert found == pytest.approx(16.0)  # (|(3, 4)| - 1) ** 2


def test_points_between():
    """On the line between a row and its partner, as many as the smaller side has; equal for equal seeds."""
    with tf.Graph().as_default(), make_session(1) as sess:
        points, again, others = sess.run([
            interpolated([tf.zeros([5, 2, 2])], [tf.ones([9, 2, 2])], tf.constant(seed))[0]
            for seed in (SEED, SEED, [3, 5])])
    assert points.shape == (5, 2, 2) and (points == points[:, :1, :1]).all() and len(np.unique(points)) == 5
    assert ((points >= 0) & (points <= 1)).all()
    np.testing.assert_array_equal(points, again)
    assert (points != others).any()


@pytest.mark.parametrize('space', [VECTOR, IMAGE], ids=str)
def test_spectral_normalization_against_singular_values(space):
    built = Built(space, spectral_normalization=True)
    with built.graph.as_default():
        iteration = built.judge.spectral_iteration()
    for _ in range(60):
        built.sess.run(iteration)
    spectral = built.judge._spectral
    vectors = {vector.name: value for vector, value in zip(spectral.variables, built.sess.run(spectral.variables))}
    assert len(vectors) == sum(len(var.shape) > 1 for var in built.judge.get_trainable_variables())
    for variable in built.judge.get_trainable_variables():
        if len(variable.shape) < 2:
            continue
        matrix = built.sess.run(variable).reshape(-1, variable.shape.as_list()[-1])
        left = vectors[variable.name.replace(':0', '_singular_vector:0')]
        estimate = left @ matrix @ (matrix.T @ left / np.linalg.norm(matrix.T @ left))
        assert estimate == pytest.approx(np.linalg.svd(matrix, compute_uv=False)[0], rel=1e-3)


def test_spectrally_normalized_logits_and_their_gradient():
    """One linear layer: the logit is x W / sigma(W), whatever the scale of W."""
    with tf.Graph().as_default(), make_session(1) as sess:
        np.random.seed(0)
        judge = TransitionClassifier(VECTOR, BOX, 4, sess=sess, net_arch=[], normalize=False, options=AdversaryOptions(
            regularization=Regularization(spectral_normalization=True)))
        iteration = judge.spectral_iteration()
        sess.run(tf.global_variables_initializer())
        weights = judge.get_trainable_variables()[0]
        logits = judge.build_graph(judge.generator_obs_ph, judge.generator_acs_ph, reuse=True)
        gradient = tf.gradients(tf.reduce_sum(logits), weights)[0]
        matrix = np.array([[3.0], [0.0], [4.0], [0.0], [0.0]], np.float32)
        sess.run(weights.initializer, {weights.initializer.inputs[1]: matrix})
        for _ in range(30):
            sess.run(iteration)
        feed = {judge.generator_obs_ph: [[1.0, 2.0, 3.0]], judge.generator_acs_ph: [[0.5, 0.5]]}
        found, slope = sess.run([logits, gradient], feed)
    row = np.array([1.0, 2.0, 3.0, 0.5, 0.5])
    assert found[0, 0] == pytest.approx((3.0 + 12.0) / 5.0, rel=1e-5)
    unit = matrix[:, 0] / 5.0
    np.testing.assert_allclose(slope[:, 0], (row - unit * (row @ unit)) / 5.0, rtol=1e-4, atol=1e-5)


def _layers(model):
    """By layer: the largest singular value by the model's vectors, and by NumPy."""
    values, found = model.get_parameters(), []
    for name in [name for name in values if name.endswith('_singular_vector:0')]:
        weights = values[name.replace('_singular_vector', '')]
        matrix = weights.reshape(-1, weights.shape[-1])
        found.append((np.linalg.norm(values[name] @ matrix), np.linalg.svd(matrix, compute_uv=False)[0]))
    assert found
    return np.transpose(found)


def _model(policy='MlpPolicy', space=VECTOR):
    options = dict(policy_kwargs=dict(n_lstm=4), adversary_n_lstm=30, sequence_length=16) if 'Lstm' in policy else {}
    return GAIL(policy, RandomEnv(space, BOX), random_demonstrations(space, BOX, seed=3), timesteps_per_batch=32,
                seed=0, spectral_normalization=True, reward_type='airl', **options)


@pytest.mark.parametrize('policy, space', [('MlpPolicy', VECTOR), ('MlpPolicy', IMAGE), ('MlpLstmPolicy', VECTOR)],
                         ids=['rows', 'images', 'memory'])
def test_fresh_weights_are_spectrally_normalized(policy, space):
    """Not only after the first step of the discriminator, which comes after the first batches."""
    estimated, exact = _layers(_model(policy, space))
    np.testing.assert_allclose(estimated, exact, rtol=0.01)


def test_weights_from_outside_are_spectrally_normalized():
    model = _model()
    given = {name: np.random.RandomState(len(name)).normal(size=value.shape)
             for name, value in model.get_parameters().items() if 'adversary' in name and 'vector' not in name}
    model.load_parameters(given, exact_match=False)
    estimated, exact = _layers(model)
    np.testing.assert_allclose(estimated, exact, rtol=0.01)


def test_vectors_that_are_given_are_kept():
    """So that training goes on as if it had not been interrupted; and other parameters leave them alone."""
    model = _model()
    given = {name: np.ones(value.shape) if 'vector' in name else value
             for name, value in model.get_parameters().items()}
    for load in (lambda: model.load_parameters(given), lambda: model.load_parameters(list(given.values())),
                 lambda: model.load_parameters({name: value for name, value in given.items() if 'model/' in name},
                                               exact_match=False)):
        load()
        assert all((value == 1.0).all() for name, value in model.get_parameters().items() if 'vector' in name)


def test_label_smoothing():
    generator, expert = np.array([[-1.0], [2.0]], np.float32), np.array([[0.5], [3.0], [-2.0]], np.float32)
    with tf.Graph().as_default(), make_session(1) as sess:
        logits = tf.constant(expert)
        smooth = discriminator_losses(tf.constant(generator), logits, 0.0, label_smoothing=0.2)
        plain = discriminator_losses(tf.constant(generator), logits, 0.0)
        values, others, slope = sess.run([smooth, plain, tf.gradients(smooth.expert_loss, logits)[0]])
    probability = 1.0 / (1.0 + np.exp(-expert))
    expected = np.mean(-0.8 * np.log(probability) - 0.2 * np.log(1.0 - probability))
    assert values.expert_loss == pytest.approx(expected, rel=1e-5)
    assert values.generator_loss == others.generator_loss  # one side only
    np.testing.assert_allclose(slope, (probability - 0.8) / 3.0, rtol=1e-4, atol=1e-6)


def test_noise():
    with tf.Graph().as_default(), make_session(1) as sess:
        inputs = [tf.zeros([4000, 3]), tf.ones([4000, 2])]
        first, again = (sess.run(noisy(inputs, 0.5, tf.constant(SEED))) for _ in range(2))
    for number, array in enumerate(first):
        assert array.mean() == pytest.approx(number, abs=0.03) and array.std() == pytest.approx(0.5, abs=0.02)
        np.testing.assert_array_equal(array, again[number])
    assert abs(np.corrcoef(first[0][:, 0], first[1][:, 0])[0, 1]) < 0.05


def test_rewards_are_judged_without_noise():
    noisy_one, plain = Built(input_noise=0.5), Built()
    for first, second in zip(noisy_one.judge.get_trainable_variables(), plain.judge.get_trainable_variables()):
        plain.sess.run(second.initializer, {second.initializer.inputs[1]: noisy_one.sess.run(first)})
    rows = plain.rows[:2]
    np.testing.assert_allclose(noisy_one.judge.get_reward(*rows), plain.judge.get_reward(*rows), rtol=1e-6)
    losses = [built.sess.run(built.judge.losses[0], built.feed) for built in (noisy_one, plain)]
    assert abs(losses[0] - losses[1]) > 1e-4


@pytest.mark.parametrize('options', [
    dict(gradient_penalty=1.0), dict(spectral_normalization=True), dict(label_smoothing=0.1), dict(input_noise=0.1),
    dict(generator_replay=50), dict(adversary_activation='relu'), dict(d_stepsize=lambda ahead: 1e-3 * ahead)],
    ids=lambda options: next(iter(options)))
def test_models_learn_save_and_go_on_with_it(options, tmp_path):
    dataset = random_demonstrations(VECTOR, BOX, seed=3)
    model = GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), dataset, timesteps_per_batch=32, seed=0, **options)
    model.learn(96)
    if 'd_stepsize' in options:
        return  # a function made here cannot be found by its name
    path = str(tmp_path / 'model.zip')
    model.save(path)
    loaded = GAIL.load(path, env=RandomEnv(VECTOR, BOX), expert_dataset=random_demonstrations(VECTOR, BOX, seed=3))
    rows = np.ones((4, 3)), np.zeros((4, 2))
    np.testing.assert_array_equal(loaded.reward_giver.get_reward(*rows), model.reward_giver.get_reward(*rows))
    loaded.learn(96)


@pytest.mark.parametrize('options, message', [
    (dict(gradient_penalty=-1.0), 'gradient_penalty=-1.0'), (dict(label_smoothing=-0.1), 'label_smoothing=-0.1'),
    (dict(label_smoothing=0.7), 'label_smoothing=0.7'), (dict(input_noise=-1), 'input_noise=-1'),
    (dict(adversary_entcoeff=-1e-3), 'adversary_entcoeff=-0.001: expected a number, 0 or more'),
    (dict(env_reward_weight=-1.0), 'env_reward_weight=-1.0'), (dict(gradient_penalty=np.nan), 'gradient_penalty=nan'),
    (dict(use_actions='no'), "use_actions='no': expected True or False"),
    (dict(absorbing_states='False'), "absorbing_states='False': expected True or False"),
    (dict(spectral_normalization=1), 'spectral_normalization=1: expected True or False'),
    (dict(reward_type='wgan'), "reward_type='wgan' is unknown; choose one of 'gail', 'log_d', 'airl', 'fairl'"),
    (dict(generator_replay=-1), 'generator_replay=-1'), (dict(d_stepsize=-1e-3), 'd_stepsize=-0.001'),
    (dict(adversary_activation='swish'), "adversary_activation='swish'.*'tanh'"),
    (dict(observation_normalization='yes'), "observation_normalization='yes'.*'running'.*'expert'")])
def test_bad_values_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), **options)


@pytest.mark.parametrize('options', [dict(gradient_penalty=1.0), dict(input_noise=0.1), dict(generator_replay=50),
                                     dict(absorbing_states=True)], ids=lambda options: next(iter(options)))
def test_a_discriminator_with_memory_says_what_it_cannot_do(options):
    with pytest.raises(ValueError, match='{}=.*adversary_n_lstm=0'.format(next(iter(options)))):
        GAIL('MlpLstmPolicy', RandomEnv(VECTOR, BOX), **options)


@pytest.mark.parametrize('options', [dict(reward_type='airl'), dict(spectral_normalization=True),
                                     dict(label_smoothing=0.1), dict(adversary_activation='elu'),
                                     dict(env_reward_weight=0.5)], ids=lambda options: next(iter(options)))
def test_a_discriminator_with_memory_takes_the_rest(options):
    GAIL('MlpLstmPolicy', RandomEnv(VECTOR, BOX), random_demonstrations(VECTOR, BOX, seed=3), cg_iters=2,
         policy_kwargs=dict(n_lstm=4), adversary_n_lstm=4, timesteps_per_batch=32, sequence_length=16, **options
         ).learn(96)
