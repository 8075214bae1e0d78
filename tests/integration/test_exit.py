"""A program ends in silence, whatever models it still holds."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = '''
from stable_baselines import TRPO
model = TRPO('MlpPolicy', 'CartPole-v1')
model.learn(1)
print('done')
'''


def test_nothing_is_left_to_complain_at_exit():
    result = subprocess.run([sys.executable, '-c', PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0 and result.stdout.split() == ['done']
    assert 'Exception ignored' not in result.stderr and 'Traceback' not in result.stderr, result.stderr
