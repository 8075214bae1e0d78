"""What all tests share. Set before anything imports NumPy, TensorFlow, gym or matplotlib."""
import gc
import os
from pathlib import Path

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
os.environ.setdefault('CUDA_VISIBLE_DEVICES', '')
os.environ.setdefault('MPLBACKEND', 'Agg')
os.environ.setdefault('SDL_VIDEODRIVER', 'dummy')
os.environ.setdefault('OMP_NUM_THREADS', '1')  # both stacks are tested at once, and small matrices gain nothing by more
os.environ.setdefault('PYGAME_HIDE_SUPPORT_PROMPT', '1')
os.environ.setdefault('TF_USE_LEGACY_KERAS', '1')  # TensorFlow 2 then imports no Keras 3, in half the time

import numpy as np
import pytest

DATA = Path(__file__).parent / 'data'


def pytest_collection_finish():
    """The garbage collector need not look again at all that TensorFlow's modules made: a thirtieth of all time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope='session')
def data_path():
    """Folder of the recorded files."""
    return DATA


@pytest.fixture(scope='session', autouse=True)
def threads_of_tensorflow():
    """In TensorFlow 1 the first session of a process decides how many threads operations have in all: not a test's."""
    from stable_baselines.common.tf1 import make_session
    make_session(1).close()


@pytest.fixture
def sess():
    """A session of one thread on a graph of its own; both are the default ones. NumPy's generator starts anew."""
    from stable_baselines.common.tf1 import make_session, tf
    np.random.seed(0)
    with tf.Graph().as_default(), make_session(1) as session:
        yield session


@pytest.fixture(autouse=True)
def registered_policies(monkeypatch):
    """Names that a test, or an example of the documentation, gives to policies are forgotten after it."""
    import stable_baselines.sac  # noqa: F401 - it names its policies now, or the first test to import it forgets them
    from stable_baselines.common.policies import registry
    monkeypatch.setattr(registry, '_registry', {family: dict(known) for family, known in registry._registry.items()})
