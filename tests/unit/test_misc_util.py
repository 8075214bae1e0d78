"""Seeds, flags, lists, text for terminals."""
import argparse
import random

import numpy as np
import pytest

from stable_baselines.common.console_util import colorize, fmt_item, fmt_row
from stable_baselines.common.misc_util import boolean_flag, flatten_lists, mpi_rank_or_zero, set_global_seeds, zipsame
from stable_baselines.common.tf1 import tf


def draw_everywhere(seed):
    with tf.Graph().as_default():
        set_global_seeds(seed)
        noise = tf.random_normal([3])
        with tf.Session() as session:
            return random.random(), np.random.rand(), session.run(noise).tolist()


def test_equal_seeds_give_equal_numbers_everywhere():
    first, again, other = draw_everywhere(3), draw_everywhere(np.int64(3)), draw_everywhere(4)
    assert first == again
    assert all(mine != theirs for mine, theirs in zip(first, other))


def test_no_seed_gives_new_numbers():
    draw_everywhere(3)
    assert all(mine != theirs for mine, theirs in zip(draw_everywhere(None), draw_everywhere(None)))


@pytest.mark.parametrize('seed', [-1, 2 ** 32, 1.5, 'one', True])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ValueError, match='seed='):
        set_global_seeds(seed)


@pytest.mark.parametrize('default, arguments, expected', [
    (False, [], False), (True, [], True), (False, ['--be-kind'], True), (True, ['--no-be-kind'], False),
    (False, ['--be-kind', '--no-be-kind'], False)])
def test_boolean_flag(default, arguments, expected):
    parser = argparse.ArgumentParser()
    boolean_flag(parser, 'be-kind', default=default, help_msg='whether to be kind')
    assert parser.parse_args(arguments).be_kind is expected
    assert 'whether to be kind' in parser.format_help()


def test_lists():
    assert flatten_lists([[1], [], [2, 3]]) == [1, 2, 3]
    assert list(zipsame([1, 2], 'ab')) == [(1, 'a'), (2, 'b')]
    with pytest.raises(ValueError, match=r'lengths \[2, 1\]'):
        zipsame([1, 2], 'a')


def test_rank_without_mpi_is_zero():
    assert mpi_rank_or_zero() == 0


def test_fmt_item_aligns_to_the_right():
    assert fmt_item(0.123456789, 10) == '  0.123457'
    assert fmt_item(np.float32(2.5), 5) == '  2.5'
    assert fmt_item(np.array(7), 3) == '  7'
    assert fmt_item('ab', 4) == '  ab'
    assert fmt_item('longer than that', 4) == 'longer than that'


def test_fmt_row():
    assert fmt_row(4, ['a', 1.5, 2]) == '   a |  1.5 |    2'
    assert fmt_row(2, ['a', 'b'], header=True) == ' a |  b\n-------'


def test_colorize():
    assert colorize('hi', 'red') == '\x1b[31mhi\x1b[0m'
    assert colorize('hi', 'red', bold=True) == '\x1b[31;1mhi\x1b[0m'
    assert colorize('hi', 'red', highlight=True) == '\x1b[41mhi\x1b[0m'
    with pytest.raises(ValueError, match="color='puce'.*yellow"):
        colorize('hi', 'puce')
