"""The page on logging names every figure, as the catalogue has it."""
import pytest

from stable_baselines import GAIL
from stable_baselines.common.figures import EPISODE_LENGTH, EPISODE_REWARD, SAC_FIGURES
from tests.docs.code_blocks import DOCS

FIGURES = [figure for group in [*GAIL.figures, *SAC_FIGURES] for figure in group]


@pytest.fixture(scope='module')
def page():
    return (DOCS / 'logging.rst').read_text(encoding='utf-8')


@pytest.mark.parametrize('figure', FIGURES, ids=lambda figure: figure.tag)
def test_each_figure_has_a_row(page, figure):
    assert '   * - ``{}``\n     - ``{}``\n     -{}\n     - {}\n'.format(
        figure.column, figure.tag, ' ' + figure.unit if figure.unit else '', figure.meaning) in page


def test_so_have_the_tags_of_episodes(page):
    assert '``{}``'.format(EPISODE_REWARD) in page and '``{}``'.format(EPISODE_LENGTH) in page
