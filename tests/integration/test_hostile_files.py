"""No file runs anything, hangs, or takes all the memory; each is read, or refused by one exception that names it."""
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_hostile_and_damaged_files(tmp_path):
    done = subprocess.run([sys.executable, '-m', 'tests.integration.hostile_files', str(tmp_path)], cwd=str(ROOT),
                          env=dict(os.environ, PYTHONPATH=str(ROOT)), capture_output=True, timeout=400)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    results = json.loads(done.stdout.decode().strip().splitlines()[-1])
    assert not any(executed for _, _, _, executed in results)
    assert [result for result in results if result[2] not in ('read', 'refused')] == []
    counts = Counter(outcome for _, _, outcome, _ in results)
    assert len(results) >= 300 and counts['refused'] > 0.8 * len(results)
    hostile = [result for result in results if 'damaged' not in result[1]]
    # a hyperparameter that is refused falls back to its default, with a warning
    taken = {name.split(' in ')[-1] for _, name, outcome, _ in hostile if outcome == 'read'}
    assert taken == {'gamma', 'tensorboard_log'}
