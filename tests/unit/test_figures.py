"""The catalogue of figures, and how a table shows them."""
import io

import numpy as np
import pytest

from stable_baselines import GAIL, TRPO
from stable_baselines.common.figures import SAC_FIGURES, TRPO_FIGURES, groups_of, ordered, tagged, unit_of
from stable_baselines.common.log_formats import HumanOutputFormat


@pytest.mark.parametrize('catalogue', [TRPO.figures, GAIL.figures, SAC_FIGURES], ids=['TRPO', 'GAIL', 'SAC'])
def test_columns_and_tags_are_not_used_twice(catalogue):
    figures = [figure for group in catalogue for figure in group]
    assert len({figure.column for figure in figures}) == len({figure.tag for figure in figures}) == len(figures)
    assert all(figure.meaning and '/' in figure.tag for figure in figures)


def test_scripts_find_the_columns_and_tags_of_stable_baselines():
    tags = {figure.column: figure.tag for group in GAIL.figures for figure in group}
    assert {'EpLenMean', 'EpRewMean', 'EpTrueRewMean', 'EpThisIter', 'EpisodesSoFar', 'TimestepsSoFar', 'TimeElapsed',
            'explained_variance_tdlam_before', 'optimgain', 'meankl', 'entloss', 'surrgain', 'entropy'} <= set(tags)
    assert {tags[name] for name in ('optimgain', 'entropy', 'value_loss', 'meankl')} == {
        'loss/' + name for name in ('policy_gradient_loss', 'entropy_loss', 'value_function_loss',
                                    'approximate_kullback-leibler')}
    tags = {figure.column: figure.tag for group in SAC_FIGURES for figure in group}
    for name in ('policy_loss', 'qf1_loss', 'qf2_loss', 'value_loss', 'entropy', 'ent_coef', 'ent_coef_loss'):
        assert tags[name] == 'loss/' + name
    assert {'episodes', 'mean 100 episode reward', 'n_updates', 'current_lr', 'fps', 'time_elapsed',
            'total timesteps'} <= set(tags)


def test_rows_follow_the_catalogue():
    row = ordered({'mine': 1, 'value_loss': np.float32(0.5), 'meankl': np.array(0.25), 'TimestepsSoFar': 3},
                  TRPO_FIGURES)
    assert list(row.items()) == [('TimestepsSoFar', 3), ('meankl', 0.25), ('value_loss', 0.5), ('mine', 1)]
    assert type(row['meankl']) is float and type(row['value_loss']) is float
    assert tagged(row, TRPO_FIGURES) == {'time/TimestepsSoFar': 3, 'loss/approximate_kullback-leibler': 0.25,
                                         'loss/value_function_loss': 0.5, 'mine': 1}


def test_units_and_groups():
    assert (unit_of('TimeElapsed'), unit_of('meankl'), unit_of('mine')) == ('s', 'nats', '')
    assert groups_of('meankl') & groups_of('surrgain') and not groups_of('meankl') & groups_of('value_loss')
    assert not groups_of('mine')


def test_a_table_has_groups_and_units_and_the_user_s_own_values_last():
    out = io.StringIO()
    HumanOutputFormat(out).writekvs({'mine': 2, 'a': 1, 'TimeElapsed': 12.34, 'fps': 33100.4, 'meankl': 0.01})
    border = '-' * 31
    assert out.getvalue().splitlines() == [
        border, '| TimeElapsed | 12.3 s        |', '| fps         | 33100 steps/s |', border,
        '| meankl      | 0.01 nats     |', border, '| a           | 1             |', '| mine        | 2             |',
        border]


def test_columns_that_algorithms_share_break_no_group():
    out = io.StringIO()
    HumanOutputFormat(out).writekvs({figure.column: 1.0 for group in SAC_FIGURES for figure in group})
    assert sum(line[0] == '-' for line in out.getvalue().splitlines()) == len(SAC_FIGURES) + 1
