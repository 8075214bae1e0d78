"""Checkpoints: how many stay, which is taken, what lies beside them, and what a kill leaves."""
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from stable_baselines import SAC, TRPO
from stable_baselines.common.callbacks import CheckpointCallback
from stable_baselines.common.checkpoints import newest_checkpoint, remove_all_but
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from tests.environments import RandomEnv
from tests.integration.resume import BOX, DISCRETE, SMALL, VECTOR, sac, second_part

ROOT = Path(__file__).resolve().parents[2]


def make_trpo(env=None):
    return TRPO('MlpPolicy', env or RandomEnv(VECTOR, DISCRETE), seed=0, **SMALL)


def names(folder):
    return sorted(os.listdir(str(folder)))


def test_the_last_ones_stay(tmp_path):
    (tmp_path / 'notes_1_steps.zip').write_text('somebody else\'s')
    make_trpo().learn(96, callback=CheckpointCallback(16, str(tmp_path), keep_last=2))
    assert names(tmp_path) == ['notes_1_steps.zip', 'rl_model_80_steps.zip', 'rl_model_96_steps.zip']
    make_trpo().learn(32, callback=CheckpointCallback(16, str(tmp_path), keep_last=3))  # counts from 0 again
    assert names(tmp_path) == ['notes_1_steps.zip', 'rl_model_16_steps.zip', 'rl_model_32_steps.zip',
                               'rl_model_96_steps.zip']
    make_trpo().learn(32, callback=CheckpointCallback(8, str(tmp_path / 'all')))
    assert len(names(tmp_path / 'all')) == 4
    with pytest.raises(ValueError, match='keep_last=0 must be at least 1'):
        CheckpointCallback(8, str(tmp_path), keep_last=0)


def test_a_folder_stands_for_its_newest_whole_checkpoint(tmp_path):
    model = make_trpo()
    model.learn(64, callback=CheckpointCallback(32, str(tmp_path)))
    assert TRPO.load(tmp_path).num_timesteps == 64
    broken = tmp_path / 'rl_model_96_steps.zip'
    broken.write_bytes((tmp_path / 'rl_model_64_steps.zip').read_bytes()[:5000])
    (tmp_path / 'rl_model_128_steps.zip').mkdir()
    damaged = bytearray((tmp_path / 'rl_model_64_steps.zip').read_bytes())
    damaged[len(damaged) // 2] ^= 255
    (tmp_path / 'rl_model_200_steps.zip').write_bytes(bytes(damaged))
    assert newest_checkpoint(tmp_path) == str(tmp_path / 'rl_model_64_steps.zip')
    expected, found = [second_part(TRPO.load(path, env=RandomEnv(VECTOR, DISCRETE)))
                       for path in (tmp_path / 'rl_model_64_steps', str(tmp_path))]
    assert all(np.array_equal(expected[name], found[name]) for name in expected)


@pytest.mark.parametrize('bytes_missing', [1, 50, 200, 2000])
def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path, bytes_missing):
    """Also where what is left ends with an archive within the archive."""
    make_trpo().save(tmp_path / 'rl_model_100_steps')
    whole = (tmp_path / 'rl_model_100_steps.zip').read_bytes()
    (tmp_path / 'rl_model_999_steps.zip').write_bytes(whole[:-bytes_missing])
    assert newest_checkpoint(tmp_path) == str(tmp_path / 'rl_model_100_steps.zip')
    TRPO.load(tmp_path)
    with pytest.raises(FileFormatError, match='rl_model_999_steps.zip: it is not a readable'):
        TRPO.load(tmp_path / 'rl_model_999_steps.zip')


def test_an_archive_of_something_else_is_passed_over(tmp_path):
    make_trpo().save(tmp_path / 'rl_model_100_steps')
    np.savez(str(tmp_path / 'arrays.npz'), data=np.zeros(3))
    (tmp_path / 'arrays.npz').rename(tmp_path / 'rl_model_999_steps.zip')
    assert newest_checkpoint(tmp_path) == str(tmp_path / 'rl_model_100_steps.zip')


def test_a_link_to_nowhere_is_passed_over(tmp_path):
    make_trpo().save(tmp_path / 'rl_model_100_steps')
    (tmp_path / 'rl_model_999_steps.zip').symlink_to(tmp_path / 'nowhere.zip')
    assert newest_checkpoint(tmp_path) == str(tmp_path / 'rl_model_100_steps.zip')


def test_what_killed_saves_left_is_removed_with_the_old_ones(tmp_path):
    """But nothing that is as new as what stays: it may be a save of another process."""
    old = ['rl_model_1_steps.zip', 'rl_model_replay_buffer_1_steps.npz', 'rl_model_vecnormalize_2_steps.pkl',
           '.rl_model_3_steps.zip.0123456789ab.tmp', '.rl_model_replay_buffer_3_steps.npz.0123456789ab.tmp']
    kept = ['rl_model_4_steps.zip', 'rl_model_replay_buffer_4_steps.npz', 'rl_model_5_steps.zip']
    others = ['rl_model_4_steps.txt', 'notes_1_steps.zip', 'rl_model_more_vecnormalize_2_steps.pkl',
              '.notes.zip.01.tmp']
    new = ['rl_model_replay_buffer_6_steps.npz', '.rl_model_6_steps.zip.0123456789ab.tmp']
    for moment, name in enumerate(others + old + kept + new):
        (tmp_path / name).write_text('x')
        os.utime(str(tmp_path / name), (moment, moment))
    remove_all_but(2, tmp_path, 'rl_model')
    assert names(tmp_path) == sorted(kept + others + new)


def test_a_folder_without_checkpoints_says_what_was_expected(tmp_path):
    (tmp_path / 'model.zip').write_text('x')
    with pytest.raises(FileNotFoundError, match='No checkpoint in .*rl_model_1000_steps.zip'):
        TRPO.load(tmp_path)
    with pytest.raises(FileNotFoundError, match='No model file'):
        TRPO.load(tmp_path / 'nowhere')


def test_what_lies_beside_a_checkpoint(tmp_path):
    env = VecNormalize(DummyVecEnv([lambda: RandomEnv(VECTOR, BOX)]))
    model = SAC('MlpPolicy', env, policy_kwargs=dict(layers=[8]), batch_size=8, learning_starts=10, buffer_size=50,
                seed=0)
    callback = CheckpointCallback(10, tmp_path, 'sac', keep_last=1, save_replay_buffer=True, save_vecnormalize=True)
    model.learn(30, callback=callback)
    assert names(tmp_path) == ['sac_30_steps.zip', 'sac_replay_buffer_30_steps.npz', 'sac_vecnormalize_30_steps.pkl']
    venv = VecNormalize.load(str(tmp_path / 'sac_vecnormalize_30_steps.pkl'),
                             DummyVecEnv([lambda: RandomEnv(VECTOR, BOX)]))
    loaded = SAC.load(tmp_path, env=venv)
    loaded.load_replay_buffer(tmp_path / 'sac_replay_buffer_30_steps')
    assert len(loaded.replay_buffer) == 29  # the callback is told of a step before the buffer is
    make_trpo().learn(32, callback=CheckpointCallback(32, tmp_path / 'trpo', save_replay_buffer=True,
                                                      save_vecnormalize=True))
    assert names(tmp_path / 'trpo') == ['rl_model_32_steps.zip']


SAVER = '''
import sys
from tests.integration.test_checkpoints import make_trpo, sac, RandomEnv, VECTOR, BOX
models = [make_trpo(), sac(RandomEnv(VECTOR, BOX), seed=0)]
models[1].learn(60)
print('ready', flush=True)
while True:
    models[0].save(sys.argv[1] + '/trpo')
    models[1].save(sys.argv[1] + '/sac')
    models[1].save_replay_buffer(sys.argv[1] + '/buffer')
'''


def test_kills_at_random_moments_leave_whole_files(tmp_path):
    """SIGKILL while models and a replay buffer are saved in a loop. KILLS=200 in the environment for the long run."""
    generator = random.Random(0)
    environment = dict(os.environ, PYTHONPATH=str(ROOT), TF_CPP_MIN_LOG_LEVEL='3')
    kills = int(os.environ.get('KILLS', 3))
    for left in reversed(range(kills)):
        process = subprocess.Popen([sys.executable, '-c', SAVER, str(tmp_path)], cwd=str(ROOT), env=environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout.readline() == b'ready\n'
        deadline = time.monotonic() + 30
        while left == 0 and not (tmp_path / 'trpo.zip').exists() and time.monotonic() < deadline:
            time.sleep(0.01)  # a slow machine may not have come to it before
        time.sleep(generator.uniform(0.0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for algorithm, name in ((TRPO, 'trpo'), (SAC, 'sac')):
            if (tmp_path / (name + '.zip')).exists():
                algorithm.load(tmp_path / name)
        if (tmp_path / 'buffer.npz').exists():
            sac(RandomEnv(VECTOR, BOX)).load_replay_buffer(tmp_path / 'buffer')
    assert (tmp_path / 'trpo.zip').exists()
