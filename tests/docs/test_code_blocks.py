"""The Python code of the README and of the documentation's pages runs as it stands, only with fewer steps."""
import pytest

from stable_baselines import logger
from stable_baselines.gail import ExpertDataset
from tests.docs.code_blocks import DOCS, ROOT, bounded, named_blocks, python_blocks

# gail.rst shows the published example, which has a test of its own; its other example is run below.
PAGES = [ROOT / 'README.md'] + [DOCS / (name + '.rst') for name in ('index', 'quickstart', 'trpo', 'sac', 'rewards',
                                                                    'regularization', 'presets', 'dataset',
                                                                    'formats', 'cloning',
                                                                    'custom_policy', 'recurrent', 'save', 'callbacks',
                                                                     'logging', 'plots', 'vec_envs', 'env_checker')]
LEAVES = {'README': ['balance.npz', 'gail_cartpole.zip'],
          'quickstart': ['balance.npz', 'gail_cartpole.zip'],
          'trpo': ['trpo_cartpole.zip'],
          'sac': ['sac_pendulum.zip'],
          'dataset': ['expert_cartpole.npz', 'few.png', 'few_cartpole.npz', 'pid_cartpole.npz'],
          'formats': ['cartpole.csv', 'mine.csv'],
          'custom_policy': ['expert_wide.npz', 'gail_counting.zip', 'trpo_wide.zip'],
          'recurrent': ['trpo_recurrent.zip'],
          'save': ['checkpoints', 'gail_cartpole.zip', 'older_format.pkl', 'sac_pendulum.zip',
                   'sac_pendulum_buffer.npz', 'trpo_cartpole.zip'],
          'plots': ['episodes.png', 'log', 'monitors', 'seeds.png', 'settings.png', 'training.png'],
          'callbacks': ['best', 'checkpoints', 'evaluations'],
          'logging': ['log', 'runs'],
          'vec_envs': ['gail_normalized.statistics', 'gail_normalized.zip']}


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    blocks = python_blocks(page)
    assert blocks
    monkeypatch.chdir(tmp_path)
    names = {'__name__': 'page'}
    try:
        for block in blocks:
            # Empty lines before it make a traceback name the page's lines.
            exec(compile('\n' * (block.line - 1) + bounded(block.code), str(page), 'exec'), names)
    finally:
        logger.reset()
    assert sorted(path.name for path in tmp_path.iterdir()) == LEAVES.get(page.stem, [])


def test_every_page_with_code_is_covered():
    pages = [ROOT / 'README.md'] + sorted(DOCS.glob('*.rst'))
    assert {page.stem for page in pages if python_blocks(page)} == {page.stem for page in PAGES} | {'gail'}
    assert set(named_blocks(DOCS / 'gail.rst')) == {'published-example-classic', 'published-example-modern',
                                                    'images-example'}


def test_the_example_of_images_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {'__name__': 'page'}
    exec(bounded(named_blocks(DOCS / 'gail.rst')['images-example']), names)
    assert names['demonstrations']['episode_returns'].tolist() == [10.0, 10.0]
    assert names['model'].num_timesteps == 2 * 1024
    assert capsys.readouterr().out.splitlines()[-1].startswith('(')  # mean and standard deviation
    assert not list(tmp_path.iterdir())


def test_the_controllers_shown_are_experts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for page, name in ((DOCS / 'quickstart.rst', 'balance.npz'), (DOCS / 'dataset.rst', 'pid_cartpole.npz')):
        code = next(block.code for block in python_blocks(page) if name.split('.')[0] in block.code)
        exec(compile(code, str(page), 'exec'), {'__name__': 'page'})
        assert ExpertDataset(name, verbose=0).avg_ret >= 475


def test_bounds_change_numbers_only():
    assert bounded('f(total_timesteps=300000, n_episodes=1, s=9000)') == 'f(total_timesteps=300, n_episodes=1, s=9000)'
