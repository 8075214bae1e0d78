"""Step sizes that change while training goes on: max_kl of TRPO and GAIL, d_stepsize of GAIL."""
import numpy as np
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common.gym_api import spaces
from tests.environments import RandomEnv, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)
SMALL = dict(cg_iters=2, timesteps_per_batch=32, seed=0, n_cpu_tf_sess=1)


def make(algorithm, **options):
    further = [random_demonstrations(VECTOR, BOX, seed=3)] if algorithm is GAIL else []
    options = dict(dict(hidden_size_adversary=8, g_step=1) if algorithm is GAIL else {}, **options)
    return algorithm('MlpPolicy', RandomEnv(VECTOR, BOX), *further, **dict(SMALL, **options))


def rates(model):
    """Those that the discriminator's steps take from now on."""
    found, step = [], model.discriminator_step

    class Watching:
        figures = property(lambda self: step.figures)

        def __call__(self, *arguments, **options):
            found.append(arguments[-1])
            return step(*arguments, **options)
    model._training.step = Watching()
    return found


def limits(model):
    found, update = [], model._update_policy

    def watching(segment):
        figures = update(segment)
        found.append((figures['max_kl'], figures['meankl']))
        return figures
    model._update_policy = watching
    return found


def asked(values):
    def schedule(ahead):
        values.append(ahead)
        return 1e-3 * ahead + 1e-5
    return schedule


@pytest.mark.parametrize('algorithm', [TRPO, GAIL])
def test_the_trust_region_shrinks(algorithm):
    model = make(algorithm, max_kl=lambda ahead: 0.02 * ahead)  # would be 0 after the last batch
    found = limits(model)
    model.learn(128)
    expected = [0.02 * ahead for ahead in (1.0, 0.75, 0.5, 0.25)]
    np.testing.assert_allclose([limit for limit, _ in found], expected, rtol=1e-9)
    assert all(kl <= 1.5 * limit for limit, kl in found)  # the line search allows half as much again
    del found[:]
    model.learn(64, reset_num_timesteps=False)  # a training of its own
    np.testing.assert_allclose([limit for limit, _ in found], [0.02, 0.01], rtol=1e-9)


@pytest.mark.parametrize('pair', [(0.02, 0.001), [0.001, 0.02]])
def test_a_pair_is_a_straight_line(pair, tmp_path):
    """Unlike a function, it is plain data: files keep it."""
    model = make(GAIL, max_kl=pair, d_stepsize=pair)
    found, limited = rates(model), limits(model)
    model.learn(128)
    expected = [ahead * pair[0] + (1.0 - ahead) * pair[1] for ahead in (1.0, 0.75, 0.5, 0.25)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose([limit for limit, _ in limited], expected, rtol=1e-9)
    model.save(tmp_path / 'model')
    loaded = GAIL.load(tmp_path / 'model')
    assert tuple(loaded.d_stepsize) == tuple(loaded.max_kl) == tuple(pair)


def test_the_discriminators_rate_falls():
    values = []
    model = make(GAIL, d_stepsize=asked(values), d_step=2)
    found = rates(model)
    model.learn(128)
    expected = np.repeat([1.0, 0.75, 0.5, 0.25], 2)
    np.testing.assert_allclose(found, 1e-3 * expected + 1e-5, rtol=1e-9)
    assert min(values) == 0.25 and max(values) == 1.0


def test_an_iteration_of_several_batches():
    """The discriminator's rate is that of the first of them; each batch has a trust region of its own."""
    model = make(GAIL, d_stepsize=lambda ahead: ahead, max_kl=(0.02, 0.01), g_step=2)
    found, limited = rates(model), limits(model)
    model.learn(4 * 32 - 1)
    np.testing.assert_allclose(found, [1.0, 63 / 127], rtol=1e-9)
    expected = [0.01 + 0.01 * ahead / 127 for ahead in (127, 95, 63, 31)]
    np.testing.assert_allclose([limit for limit, _ in limited], expected, rtol=1e-9)


@pytest.mark.parametrize('value', [-1e-3, np.nan, np.inf, None, 'fast', True])
def test_what_gives_no_rate_is_named(value):
    with pytest.raises(ValueError, match='d_stepsize='):
        make(GAIL, d_stepsize=lambda ahead: value).learn(32)
    for algorithm in (TRPO, GAIL):
        with pytest.raises(ValueError, match='max_kl='):
            make(algorithm, max_kl=lambda ahead: value).learn(32)


def test_no_trust_region_is_no_learning():
    """A rate of 0 rests; a trust region of 0 is a mistake."""
    make(GAIL, d_stepsize=lambda ahead: 0.0).learn(32)
    with pytest.raises(ValueError, match='max_kl=0.0: expected a number above 0'):
        make(TRPO, max_kl=lambda ahead: 0.0).learn(32)


@pytest.mark.parametrize('options', [
    dict(d_stepsize=-1.0), dict(d_stepsize='fast'), dict(max_kl=0), dict(max_kl=None), dict(max_kl=(0.01, 0.0)),
    dict(d_stepsize=(0.01, -0.01)), dict(d_stepsize=(0.01, None)), dict(d_stepsize=(1, 2, 3)), dict(max_kl=())])
def test_constants_are_checked_when_the_model_is_made(options):
    with pytest.raises(ValueError, match='{}=.*: expected a number.* a pair of them'.format(next(iter(options)))):
        make(GAIL, **options)


@pytest.mark.parametrize('name', ['d_stepsize', 'max_kl'])
def test_functions_in_files_need_trust_or_are_given_anew(tmp_path, name):
    """As learning_rate of SAC: a file may not name what is to be run."""
    schedule = eval('lambda ahead: 0.001 * ahead + 0.5')
    make(GAIL, **{name: schedule}).save(tmp_path / 'model')
    with pytest.warns(UserWarning, match=r"model.zip: '{}'.*default.*custom_objects=\{{'{}'".format(name, name)):
        loaded = GAIL.load(tmp_path / 'model')
    assert getattr(loaded, name) == {'d_stepsize': 3e-4, 'max_kl': 0.01}[name]
    assert getattr(GAIL.load(tmp_path / 'model', allow_pickle=True), name)(1.0) == 0.501
    assert getattr(GAIL.load(tmp_path / 'model', custom_objects={name: schedule}), name) is schedule
