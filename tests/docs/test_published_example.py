"""The GAIL example that was published with stable-baselines runs, taken from the documentation's page."""
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from stable_baselines.gail.dataset.formats import registry
from tests.docs.code_blocks import DOCS, ROOT, named_blocks

CLASSIC = sys.version_info < (3, 8)
TIMEOUT = 400  # seconds; it takes some ten, on a machine that does nothing else
STEPS = 20
# Of the published text, so that nobody mends the example instead of the library.
PUBLISHED = 'e6e5dd35040677baba5c3833ea63c20f1b14884a771aa87e3dbc090f03f3da52'

# gym 0.17.3 draws with pyglet, which needs a display and OpenGL, and continuous integration has neither. So the module
# that talks to pyglet is replaced there; the environment's own render() runs, and says what it wants drawn. gym 0.26
# draws with pygame, which has a driver without a display: there everything is real.
WITHOUT_DISPLAY = '''
import runpy, sys
from unittest import mock
rendering = mock.MagicMock()
sys.modules['gym.envs.classic_control.rendering'] = rendering
runpy.run_path(sys.argv[1], run_name='__main__')
print('frames drawn:', rendering.Viewer.return_value.render.call_count)
'''


@pytest.fixture(scope='module')
def examples():
    blocks = named_blocks(DOCS / 'gail.rst')
    return blocks['published-example-classic'], blocks['published-example-modern']


def test_the_page_shows_it_word_for_word(examples):
    assert hashlib.sha256(examples[0].encode()).hexdigest() == PUBLISHED


def test_the_modern_one_differs_in_gyms_names_only(examples):
    until_gym, mark, loop = examples[1].partition("env = gym.make('Pendulum-v1'")
    assert mark and 'model.predict(obs)' in loop and 'env.render()' in loop
    assert until_gym.replace('Pendulum-v1', 'Pendulum-v0') == examples[0].partition("env = gym.make('Pendulum-v0'")[0]


@pytest.mark.skipif(not CLASSIC and importlib.util.find_spec('pygame') is None, reason='pygame is missing')
def test_it_runs(examples, tmp_path):
    code, n_loops = re.subn('^while True:$', 'for _ in range({}):'.format(STEPS), examples[0 if CLASSIC else 1],
                            flags=re.MULTILINE)
    assert n_loops == 1
    scripts, work = tmp_path / 'scripts', tmp_path / 'work'
    scripts.mkdir()
    work.mkdir()
    (scripts / 'example.py').write_text(code)
    (scripts / 'without_display.py').write_text(textwrap.dedent(WITHOUT_DISPLAY))
    command = [sys.executable] + (['without_display.py'] if CLASSIC else []) + ['example.py']
    command[1:] = [str(scripts / name) for name in command[1:]]
    variables = dict(os.environ, SDL_VIDEODRIVER='dummy', PYTHONPATH=str(ROOT), TF_CPP_MIN_LOG_LEVEL='3')

    result = subprocess.run(command, cwd=str(work), env=variables, timeout=TIMEOUT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    assert result.returncode == 0, result.stdout[-5000:]
    assert sorted(os.listdir(str(work))) == ['expert_pendulum.npz', 'gail_pendulum.zip']
    recorded = registry.read(work / 'expert_pendulum.npz')
    assert recorded.observations.shape == (2000, 3) and recorded.actions.shape == (2000, 1)
    assert recorded.episode_returns.shape == (10,) and np.all(recorded.episode_returns < 0)
    assert 'Demonstrations: 10 episodes, 2000 steps' in result.stdout
    assert re.search(r'TimestepsSoFar +\| 1024', result.stdout)
    if CLASSIC:
        assert 'frames drawn: {}'.format(STEPS) in result.stdout
