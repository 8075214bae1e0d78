"""The pages on rewards, regularization and presets say what the library has."""
import inspect
import re
import runpy

import pytest

from stable_baselines import GAIL
from stable_baselines.gail.options import ACTIVATIONS
from stable_baselines.gail.presets import PRESETS
from stable_baselines.gail.rewards import REWARD_FORMS
from tests.docs.code_blocks import DOCS, ROOT

README = (ROOT / 'README.md').read_text(encoding='utf-8')
OPTIONS = {
    'rewards': ['reward_type', 'absorbing_states', 'env_reward_weight', 'use_actions'],
    'regularization': ['gradient_penalty', 'spectral_normalization', 'label_smoothing', 'input_noise',
                       'generator_replay', 'adversary_entcoeff', 'adversary_net_arch', 'adversary_activation', 'd_step',
                       'd_stepsize', 'max_kl', 'observation_normalization', 'hidden_size_adversary'],
}


def page(name):
    return (DOCS / (name + '.rst')).read_text(encoding='utf-8')


@pytest.fixture(scope='module')
def conf():
    return runpy.run_path(str(DOCS / 'conf.py'))


@pytest.mark.parametrize('name', list(OPTIONS))
def test_each_option_is_explained_and_exists(name):
    arguments = GAIL.hyperparameters
    for option in OPTIONS[name]:
        assert option in arguments
        assert re.search('``{}[`=]'.format(option), page(name)), option


def test_each_new_option_has_a_row_on_the_page_of_gail():
    text = page('gail').split('What GAIL can do beside the original', 1)[1].split('Notes\n-----', 1)[0]
    for option in OPTIONS['rewards'] + OPTIONS['regularization'][:5] + ['adversary_activation', 'd_stepsize', 'max_kl',
                                                                        'observation_normalization']:
        assert '``{}'.format(option) in text, option
        assert option in inspect.signature(GAIL).parameters or option in ('max_kl', 'observation_normalization')


def test_each_form_of_the_reward_has_a_row():
    assert re.findall(r"^   \* - ``'(\w+)'``$", page('rewards'), re.MULTILINE) == list(REWARD_FORMS)


def test_each_activation_is_named():
    assert all("``'{}'``".format(name) in page('regularization') for name in ACTIVATIONS)


def test_the_table_of_presets_is_made_of_them(conf):
    source = [page('presets')]
    app = type('App', (), {'env': type('Env', (), {'note_dependency': staticmethod(lambda path: None)})})
    conf['insert_presets'](app, 'presets', source)
    assert conf['PRESETS_MARK'] not in source[0]
    common, table = source[0].split('All of them have in common: ', 1)[1].split('.. list-table::', 1)
    rows = {row.split('``')[1]: row for row in table.split('\n\n')[1].split('   * - ')[2:]}
    assert list(rows) == list(PRESETS)
    for name, preset in PRESETS.items():
        for key, value in preset.settings.items():
            text = '``{}={!r}``'.format(key, value)
            assert (text in common) != (text in rows[name]), (name, text)
        cells = [cell.strip() for cell in rows[name].split('\n     - ')]
        assert cells[1] == preset.description
        assert int(cells[3].replace('\u00a0', '')) == preset.timesteps
        assert int(cells[4]) == preset.subsample


def test_a_page_without_the_place_of_the_table_is_an_error(conf):
    app = type('App', (), {'env': type('Env', (), {'note_dependency': staticmethod(lambda path: None)})})
    with pytest.raises(ValueError, match='docs/presets.rst'):
        conf['insert_presets'](app, 'presets', ['no place'])


def test_the_recommended_kinds_exist():
    assert set(re.findall(r"^     - ``'([a-z-]+)'``$", page('presets'), re.MULTILINE)) == {'mujoco', 'ends-soon',
                                                                                         'stays-alive'} <= set(PRESETS)


def test_the_readme_has_the_papers_table():
    assert re.findall('<!-- paper:[a-z]+ -->', README) == ['<!-- paper:begin -->', '<!-- paper:end -->']
    table = README.split('<!-- paper:begin -->\n', 1)[1].split('<!-- paper:end -->', 1)[0].splitlines()
    cells = [line.strip('|').split('|') for line in table]
    included = (DOCS / 'paper.inc').read_text(encoding='utf-8')
    assert [cell.strip() for row in cells[:1] + cells[2:] for cell in row] == [
        cell.strip() for cell in re.findall(r'^   [* ] -(.*)$', included, re.MULTILINE)]
    assert '.. include:: paper.inc' in page('presets')


def test_demonstrations_of_experts_are_listed():
    folder = ROOT / 'benchmarks' / 'experts'
    listed = re.findall(r'^\| `([\w.-]+)`', (folder / 'README.md').read_text(encoding='utf-8'), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in folder.glob('*.npz'))
