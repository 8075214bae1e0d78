"""What ``import stable_baselines`` brings with it, and what it does without."""
import os
import subprocess
import sys
from pathlib import Path

BLOCKED = ('mpi4py', 'matplotlib', 'PIL', 'scipy', 'pandas', 'gymnasium', 'pytest', 'hypothesis', 'pygame', 'imitation')

BLOCK = '''
import sys

class Block:
    """As if these packages were not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {blocked!r}:
            raise ModuleNotFoundError('No module named ' + repr(name), name=name)

sys.meta_path.insert(0, Block())
'''.format(blocked=BLOCKED)


def run(program):
    done = subprocess.run([sys.executable, '-W', 'default', '-c', program], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode(), done.stderr.decode()


def complaints(stderr):
    """Lines that do not carry a time stamp or process number of their own."""
    of_their_own = ('I0000', 'WARNING: All log messages')
    return [line for line in stderr.splitlines() if line and not line.startswith(of_their_own)]


def test_nothing_optional_is_needed():
    out, _ = run(BLOCK + '''
import numpy as np
from stable_baselines import GAIL, SAC, TRPO
from stable_baselines import logger, results_plotter
from stable_baselines.gail import DataLoader, ExpertDataset, generate_expert_traj
from stable_baselines.bench import Monitor
from stable_baselines.common import make_vec_env, set_global_seeds
from stable_baselines.common.callbacks import EvalCallback
from stable_baselines.common.vec_env import DummyVecEnv

model = TRPO('MlpPolicy', 'CartPole-v1', timesteps_per_batch=32, cg_iters=1, policy_kwargs=dict(net_arch=[4]))
model.learn(32)
model.predict(np.zeros(4))
data = generate_expert_traj(model, None, n_episodes=2)
dataset = ExpertDataset(traj_data=data, verbose=0)
model.pretrain(dataset, n_epochs=1)
print('done')
''')
    assert out.split()[-1] == 'done'


def test_importing_says_nothing_and_loads_nothing_optional():
    program = '''
import sys
import tensorflow.compat.v1
import gym
{}
print(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))
'''
    names, texts = [], []
    for line in ('', 'import stable_baselines'):
        out, err = run(program.format(line))
        lines = out.splitlines()
        names.append(set(lines[-1].split()))
        texts.append((lines[:-1], complaints(err)))
    assert texts[1] == texts[0]
    added = names[1] - names[0]
    assert 'stable_baselines' in added
    assert not added & set(BLOCKED)


def test_names_are_found_on_first_use():
    run('''
import sys
import stable_baselines
assert {'GAIL', 'SAC', 'TRPO', 'gail', 'logger', '__version__'} <= set(dir(stable_baselines))
from stable_baselines.common.cmd_util import make_vec_env
from stable_baselines.common.vec_env import SubprocVecEnv, VecNormalize
assert 'tensorflow' not in sys.modules  # workers need none of it
assert stable_baselines.gail.GAIL is stable_baselines.GAIL and stable_baselines.logger.__name__.endswith('logger')
import stable_baselines.gail.dataset as dataset
assert dataset.dataset.ExpertDataset is stable_baselines.gail.ExpertDataset is dataset.ExpertDataset
assert dataset.record_expert.generate_expert_traj is stable_baselines.gail.generate_expert_traj
assert stable_baselines.gail.adversary.TransitionClassifier and stable_baselines.gail.model.GAIL
for package in (stable_baselines.gail, dataset):
    assert all(getattr(package, name).__name__ == name for name in package.__all__), package
    assert set(package.__all__) <= set(dir(package))
    assert not hasattr(package, 'PPO')
from stable_baselines import *
assert GAIL.__name__ == 'GAIL' and SAC is stable_baselines.SAC and TRPO is stable_baselines.TRPO
try:
    stable_baselines.PPO
except AttributeError as error:
    assert "'stable_baselines' has no attribute 'PPO'" in str(error)
else:
    raise AssertionError
''')


def test_importing_makes_no_files_and_keeps_tensorflow_as_it_is(tmp_path):
    program = '''
import os
import stable_baselines
from stable_baselines import logger
assert os.listdir('.') == [], os.listdir('.')
import tensorflow as tf
before = tf.version.VERSION.startswith('2')
assert getattr(tf, 'executing_eagerly')() is before
from stable_baselines import TRPO
TRPO('MlpPolicy', 'CartPole-v1', cg_iters=1, policy_kwargs=dict(net_arch=[4]))
assert tf.executing_eagerly() is before
'''
    done = subprocess.run([sys.executable, '-c', program], cwd=str(tmp_path), capture_output=True, timeout=300,
                          env=dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2])))
    assert done.returncode == 0, done.stderr.decode()
