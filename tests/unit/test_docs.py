"""What README and documentation name exists: files, make targets, extras, marks."""
import re
import runpy
from pathlib import Path

import pytest

from stable_baselines.version import __version__

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
README = (ROOT / 'README.md').read_text(encoding='utf-8')
INSTALL = (DOCS / 'install.rst').read_text(encoding='utf-8')
CHANGELOG = (ROOT / 'CHANGELOG.md').read_text(encoding='utf-8')


def test_links_of_the_readme_lead_to_files():
    links = re.findall(r'\]\(([^)]+)\)', README)
    assert len(links) >= 4
    assert [link for link in links if not link.startswith('http') and not (ROOT / link).is_file()] == []


def test_the_place_of_the_results_is_marked_once():
    assert re.findall('<!-- results:[a-z]+ -->', README) == ['<!-- results:begin -->', '<!-- results:end -->']
    assert (DOCS / 'results.inc').read_text(encoding='utf-8').strip()


@pytest.mark.parametrize('text', [README, INSTALL, (DOCS / 'index.rst').read_text(encoding='utf-8'),
                                  (DOCS / 'results.rst').read_text(encoding='utf-8')])
def test_make_targets_exist(text):
    targets = re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(encoding='utf-8'), re.MULTILINE)
    named = re.findall(r'(?:`|^ +)make ([a-z-]+)', text, re.MULTILINE)
    assert named
    assert set(named) <= set(targets)


def test_every_extra_is_described():
    setup = (ROOT / 'setup.py').read_text(encoding='utf-8')
    extras = set(re.findall(r'^    "(\w+)": ', setup.split('EXTRAS_REQUIRE', 1)[1], re.MULTILINE))
    assert 'mpi' in extras
    assert set(re.findall(r'``\.\[(\w+)\]``', INSTALL)) == extras
    rows = README.split('| extra | for |', 1)[1].split('\n\n', 1)[0].splitlines()[2:]
    assert set(re.findall(r'`(\w+)`', ' '.join(row.split('|')[1] for row in rows))) == extras


def test_the_changelog_knows_this_version():
    assert re.search(r'^## \[({}|Unreleased)\]'.format(re.escape(__version__)), CHANGELOG, re.MULTILINE)
    assert __version__ in CHANGELOG


def test_the_changelog_becomes_a_page():
    convert = runpy.run_path(str(DOCS / 'conf.py'))['markdown_as_rst']
    assert convert('# A log\n\n## [1.0] - 2026\n\n- `f(x)`: see [here](https://a.b/c)\n') == (
        'A log\n=====\n\n1.0 - 2026\n----------\n\n- ``f(x)``: see `here <https://a.b/c>`__\n')
    assert convert(CHANGELOG).startswith('Changelog\n=========\n')


def test_docstrings_keep_their_asterisks():
    keep = runpy.run_path(str(DOCS / 'conf.py'))['keep_asterisks']
    lines = [':return: [n, *shape]', '* an item', '``a * b`` and *c']
    keep(None, 'function', 'f', None, None, lines)
    assert lines == [r':return: [n, \*shape]', '* an item', r'``a * b`` and \*c']
