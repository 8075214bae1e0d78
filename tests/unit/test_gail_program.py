"""python -m stable_baselines.gail: trains with a preset, saves, logs, scores; says what cannot be used."""
import os
import subprocess
import sys

import numpy as np
import pytest

from stable_baselines import GAIL, gail
from stable_baselines.common import mpi
from stable_baselines.common.gym_api import make
from stable_baselines.gail.__main__ import main
from stable_baselines.gail.presets import find_preset

DEMONSTRATIONS = os.path.join(os.path.dirname(gail.__file__), 'dataset', 'expert_cartpole.npz')


def test_it_trains_saves_logs_and_scores(tmp_path, capsys):
    saved, log = str(tmp_path / 'model'), str(tmp_path / 'log')
    assert main(['CartPole-v1', DEMONSTRATIONS, '--timesteps', '2000', '--trajectories', '2', '--seed', '0', '--save',
                 saved, '--log', log, '--episodes', '2']) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith('Return of 2 episodes: ')
    model = GAIL.load(saved, env=make('CartPole-v1'))
    assert model.num_timesteps == 2000 and model.expert_dataset.num_traj == 2
    for name, value in find_preset('CartPole-v1').settings.items():
        assert getattr(model, name) == value
    with open(os.path.join(log, 'progress.csv')) as file:
        assert len(file.readlines()) == 3  # the header, and two batches of 1000
    assert os.path.isdir(os.path.join(log, 'GAIL_1'))


def test_any_kind_of_preset(capsys):
    assert main(['CartPole-v1', DEMONSTRATIONS, '--preset', 'ends-soon', '--timesteps', '1', '--episodes', '0']) == 0
    assert 'Return' not in capsys.readouterr().out


@pytest.mark.parametrize('arguments, message', [
    (['Pong-v0', DEMONSTRATIONS], "preset='Pong-v0'"), (['CartPole-v1', 'no_such_file'], 'no_such_file'),
    (['CartPole-v1', DEMONSTRATIONS, '--preset', 'mujocoo'], "nearest: 'mujoco'"),
    (['CartPole-v1', DEMONSTRATIONS, '--timesteps', '-1'], 'total_timesteps=-1')])
def test_what_cannot_be_used_is_said_in_a_line(arguments, message, capsys):
    assert main(arguments) == 1
    printed = capsys.readouterr().err.strip()
    assert message in printed and '\n' not in printed.split(message)[1]


def test_demonstrations_that_another_worker_cannot_load(monkeypatch, capsys):
    monkeypatch.setattr(mpi, 'gather_objects', lambda problem: [problem, 'No file there.'])
    assert main(['CartPole-v1', DEMONSTRATIONS]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == 'No file there.'


def test_another_worker_tells_only_what_fails_in_training(monkeypatch, capsys):
    env = type(make('CartPole-v1').unwrapped)
    monkeypatch.setattr(mpi, 'rank', lambda: 1)
    for arguments in (['CartPole-v1', 'no_such_file'], ['CartPole-v1', DEMONSTRATIONS, '--timesteps', '-1']):
        assert main(arguments) == 1 and capsys.readouterr().err == ''
    with pytest.raises(SystemExit, match='2'):
        main([])
    assert capsys.readouterr().err == ''
    step = env.step
    monkeypatch.setattr(env, 'step', lambda self, action: (np.full(4, np.nan, np.float32),) + step(self, action)[1:])
    assert main(['CartPole-v1', DEMONSTRATIONS, '--timesteps', '1']) == 1
    assert 'nan' in capsys.readouterr().err


def test_what_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / 'file').write_text('in the way')
    assert main(['CartPole-v1', DEMONSTRATIONS, '--timesteps', '1', '--save', str(tmp_path / 'file' / 'model')]) == 1
    printed = capsys.readouterr()
    assert str(tmp_path / 'file') in printed.err and 'Return' not in printed.out


def test_it_runs_as_a_program_and_lists_the_presets():
    text = subprocess.run([sys.executable, '-m', 'stable_baselines.gail', '--help'], stdout=subprocess.PIPE,
                          check=True).stdout.decode()
    assert 'ends-soon' in text and 'MountainCar-v0' in text
    assert np.all([len(line) < 120 for line in text.splitlines()])
