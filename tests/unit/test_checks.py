"""Checks of arguments."""
import numpy as np
import pytest

from stable_baselines.common.checks import (
    check_demonstrations,
    check_layers,
    check_number,
    check_options,
    check_whole,
)


@pytest.mark.parametrize('value', [1, 7, np.int64(3), np.uint8(1)])
def test_whole_numbers_pass(value):
    check_whole('size', value, 1)


@pytest.mark.parametrize('value', [0, -1, 1.0, '1', None, True, np.nan, [1]])
def test_other_values_are_refused(value):
    with pytest.raises(ValueError) as caught:
        check_whole('size', value, 1)
    assert str(caught.value) == 'size={!r}: expected a whole number, 1 or more'.format(value)


@pytest.mark.parametrize('value', [0, 1, 0.5, np.float32(0.25), np.int64(1)])
def test_numbers_pass(value):
    check_number('share', value, 0.0, 1.0)


@pytest.mark.parametrize('value', [-0.1, 1.1, np.nan, np.inf, '0.5', None, True, np.zeros(1)])
def test_numbers_out_of_range_are_refused(value):
    with pytest.raises(ValueError, match='^share=.*: expected a number from 0 to 1$'):
        check_number('share', value, 0.0, 1.0)


@pytest.mark.parametrize('bounds, bad, expected', [
    (dict(), np.inf, 'a finite number'),
    (dict(least=0.0), -1, 'a number, 0 or more'),
    (dict(least=0.0, above=True), 0, 'a number above 0'),
    (dict(least=0.0, most=1.0, above=True), 0.0, 'a number above 0 and up to 1'),
])
def test_message_says_what_is_expected(bounds, bad, expected):
    with pytest.raises(ValueError) as caught:
        check_number('rate', bad, **bounds)
    assert str(caught.value) == 'rate={!r}: expected {}'.format(bad, expected)
    check_number('rate', 0.5, **bounds)


def test_options():
    check_options('policy_kwargs', dict(layers=[1]))
    for bad in (None, [1], {1: 2}):
        with pytest.raises(ValueError, match='policy_kwargs=.*dictionary'):
            check_options('policy_kwargs', bad)


def test_demonstrations():
    with pytest.raises(TypeError, match="expert_dataset='x.npz': an ExpertDataset expected, str found"):
        check_demonstrations('expert_dataset', 'x.npz')


@pytest.mark.parametrize('value', [None, [], (), [1], (64, np.int64(32))], ids=str)
def test_layers_pass(value):
    check_layers('net_arch', value)


@pytest.mark.parametrize('value, found', [(64, 'int found'), ('64', 'str found'), ({64: 1}, 'dict found'),
                                          ([64, 0], 'size of a layer=0'), ([[64]], r'size of a layer=\[64\]'),
                                          ((1.5,), 'size of a layer=1.5'), ([None], 'size of a layer=None')], ids=str)
def test_other_layers_are_refused(value, found):
    with pytest.raises(ValueError, match='^net_arch=.*: {}.* list of the sizes'.format(found)):
        check_layers('net_arch', value)
