"""When training warns: on figures made by hand."""
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from stable_baselines.gail import diagnosis
from stable_baselines.gail.diagnosis import (
    ITERATIONS,
    DiscriminatorCollapsed,
    DiscriminatorWins,
    survival_bias,
    warn_of_survival_bias,
)
from stable_baselines.trpo_mpi.diagnosis import KL_ITERATIONS, PolicyStandsStill


def answers(watch, figures, count):
    return [watch(figures) for _ in range(count)]


class Weights:
    """Weights that move by a share of themselves between two looks."""

    def __init__(self, moves):
        self.moves, self.value = moves, np.ones(10)

    def __call__(self):
        self.value = self.value * (1.0 + self.moves)
        return self.value


def discriminator(generator_acc, expert_acc, reward=0.7, std=0.2):
    return dict(generator_acc=generator_acc, expert_acc=expert_acc, imitation_reward=reward, imitation_reward_std=std)


def test_a_discriminator_wins_when_both_sides_are_told_for_long():
    found = answers(DiscriminatorWins(), discriminator(1.0, 0.98), ITERATIONS)
    assert found[:-1] == [None] * (ITERATIONS - 1)
    for word in ('wins', str(ITERATIONS), 'd_stepsize', 'd_step', 'g_step', 'gradient_penalty', 'adversary_entcoeff'):
        assert word in found[-1]


@pytest.mark.parametrize('figures', [discriminator(1.0, 0.9), discriminator(0.9, 1.0), discriminator(0.94, 0.94)])
def test_one_side_is_not_enough_to_win(figures):
    assert not any(answers(DiscriminatorWins(), figures, 200))


def test_the_iterations_must_follow_one_another():
    watch = DiscriminatorWins()
    for _ in range(5):
        assert not any(answers(watch, discriminator(1.0, 1.0), ITERATIONS - 1))
        assert watch(discriminator(0.5, 1.0)) is None


@pytest.mark.parametrize('figures', [discriminator(0.5, 0.5, std=0.001), discriminator(0.0, 1.0, std=0.01),
                                     discriminator(0.5, 0.5, reward=-0.7, std=0.001)])
def test_guesses_with_one_reward_for_all_are_a_collapse(figures):
    found = answers(DiscriminatorCollapsed(Weights(0.1)), figures, ITERATIONS)
    assert found[:-1] == [None] * (ITERATIONS - 1)
    for word in ('collapsed', 'same', 'd_stepsize', 'adversary_entcoeff'):
        assert word in found[-1]


def test_guesses_by_weights_that_stand_still_are_a_collapse():
    found = answers(DiscriminatorCollapsed(Weights(1e-5)), discriminator(0.3, 0.6), ITERATIONS)
    assert 'stand still' in found[-1] and not any(found[:-1])


def test_equilibrium_is_no_collapse():
    """The policy acts as the expert does; the discriminator goes on learning, its rewards differ from row to row."""
    assert not any(answers(DiscriminatorCollapsed(Weights(0.01)), discriminator(0.5, 0.5), 300))


@pytest.mark.parametrize('accuracy', [0.75, 1.0])
def test_a_discriminator_that_knows_has_not_collapsed(accuracy):
    watch = DiscriminatorCollapsed(Weights(0.0))
    assert not any(answers(watch, discriminator(accuracy, accuracy, std=0.0), 300))


def policy(kl, step_size=1.0):
    return dict(meankl=kl, step_size=step_size, entropy=0.01)


@pytest.mark.parametrize('figures, word', [(policy(1e-4), 'entcoeff'), (policy(0.0, 0.0), 'timesteps_per_batch')])
def test_a_policy_that_stands_still(figures, word):
    found = answers(PolicyStandsStill(0.01, lambda: False), figures, KL_ITERATIONS)
    assert found[:-1] == [None] * (KL_ITERATIONS - 1)
    for expected in ('hardly moves', 'max_kl=0.01', word):
        assert expected in found[-1]


def test_a_policy_that_moves_now_and_then_or_rests_by_order():
    watch = PolicyStandsStill(0.01, lambda: False)
    for _ in range(10):
        assert not any(answers(watch, policy(1e-4), KL_ITERATIONS - 1)) and watch(policy(0.009)) is None
    assert not any(answers(PolicyStandsStill(0.01, lambda: True), policy(0.0, 0.0), 100))


@pytest.mark.parametrize('sign, word, option', [(1, 'further step', 'log_d'), (-1, 'ending early', 'gail')])
def test_survival_bias(sign, word, option):
    message = survival_bias(np.array([20, 50, 35]), sign)
    for expected in ('20 to 50 steps', 'survival bias', word, "reward_type='{}'".format(option),
                     'absorbing_states=True', 'EpTrueRewMean'):
        assert expected in message


@pytest.mark.parametrize('options, word', [
    (dict(), 'never negative'), (dict(reward_type='log_d'), 'never positive'), (dict(reward_type='airl'), None),
    (dict(reward_type='fairl'), None), (dict(absorbing_states=True), None),
    (dict(reward_type='log_d', absorbing_states=True), None)])
@pytest.mark.parametrize('subsample', [1, 5])
def test_models_warn_by_the_sign_of_their_reward(options, word, subsample):
    """Which steps of the demonstrations were kept makes no difference to how long they were."""
    trajectories = SimpleNamespace(episode_starts=np.isin(np.arange(40), [0, 10]), subsample=subsample)
    model = SimpleNamespace(**dict(dict(reward_type='gail', absorbing_states=False), **options))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        warn_of_survival_bias(model, SimpleNamespace(trajectories=trajectories))
    if word is None:
        assert not caught
    else:
        assert '{} to {} steps'.format(10 * subsample, 30 * subsample) in str(caught[0].message)
        assert word in str(caught[0].message)


@pytest.mark.parametrize('reward_type, subsample, limits, silent', [
    ('log_d', 1, [31], True), ('log_d', 1, [500, 31], True), ('log_d', 1, [30], False), ('log_d', 1, [500, 30], False),
    ('log_d', 1, [None], False), ('log_d', 1, [500, None], False), ('log_d', 1, [], False), ('gail', 1, [31], False),
    ('log_d', 5, [155], True), ('log_d', 5, [154], False)])
def test_being_quick_with_a_reward_below_zero_is_as_it_should_be(reward_type, subsample, limits, silent):
    """Where all demonstrations, of 10 and 30 rows, end before the environment would have ended them."""
    trajectories = SimpleNamespace(episode_starts=np.isin(np.arange(40), [0, 10]), subsample=subsample)
    model = SimpleNamespace(reward_type=reward_type, absorbing_states=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        warn_of_survival_bias(model, SimpleNamespace(trajectories=trajectories), limits)
    assert bool(caught) != silent


@pytest.mark.parametrize('lengths, sign', [([20, 50, 35], 0), ([500] * 10, 1), ([500] * 10, -1), ([195, 200, 200], 1),
                                           ([7], 1), ([], 1)])
def test_no_survival_bias(lengths, sign):
    assert survival_bias(np.array(lengths), sign) is None


def test_thresholds_are_documented(request):
    page = (request.config.rootpath / 'docs' / 'logging.rst').read_text(encoding='utf-8')
    for value in ('{:.0%}'.format(diagnosis.WON_ACCURACY), '{:.0%}'.format(diagnosis.GUESSING_ACCURACY),
                  '{:.0%}'.format(diagnosis.FLAT_REWARD), '{:.0%}'.format(diagnosis.LENGTH_VARIATION),
                  str(ITERATIONS), str(KL_ITERATIONS)):
        assert value.replace('%', ' %') in page, value
