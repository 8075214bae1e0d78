"""Records of episodes."""
import json
import os
import sys

import gym
import numpy as np
import pytest

from stable_baselines.bench.monitor import LoadMonitorResultsError, Monitor, get_monitor_files, load_results
from stable_baselines.common import gym_api
from stable_baselines.common.vec_env import DummyVecEnv
from tests.fakes import CheckedEnv, CheckedNewApiEnv

both_dialects = pytest.mark.parametrize('env_class', [CheckedEnv, CheckedNewApiEnv])


def play(env, episodes=1):
    infos = []
    for _ in range(episodes):
        gym_api.reset(env)
        done = False
        while not done:
            _, _, done, info = gym_api.step(env, 1)
        infos.append(info)
    return infos


def lines_of(path):
    with open(str(path)) as file:
        return file.read().splitlines()


@both_dialects
@pytest.mark.parametrize('time_limit', [False, True])
def test_episodes_are_recorded(env_class, time_limit, tmp_path):
    env = Monitor(env_class(episode_length=3, reward=np.float32(0.1), time_limit=time_limit), str(tmp_path / 'run'))
    first, second = play(env, 2)
    assert sorted(first['episode']) == ['l', 'r', 't']
    assert first['episode']['r'] == pytest.approx(0.3, abs=1e-6) and first['episode']['l'] == 3
    assert 0 < first['episode']['t'] < second['episode']['t']
    assert bool(first.get('TimeLimit.truncated', False)) is time_limit
    header, columns, *rows = lines_of(tmp_path / 'run.monitor.csv')
    assert header[0] == '#' and sorted(json.loads(header[1:])) == ['env_id', 't_start']
    assert columns == 'r,l,t'
    assert [row.split(',')[:2] for row in rows] == [['0.3', '3']] * 2
    assert env.get_total_steps() == 6 and env.get_episode_lengths() == [3, 3]
    np.testing.assert_allclose(env.get_episode_rewards(), [0.3, 0.3], rtol=1e-6)
    assert len(env.get_episode_times()) == 2
    env.close()
    assert env.env.closed and env.file_handler.closed


def test_what_the_environment_returns_passes_through():
    old, new = Monitor(CheckedEnv(), None), Monitor(CheckedNewApiEnv(), None)
    assert isinstance(old.reset(), np.ndarray) and len(old.step(1)) == 4
    observation, info = new.reset(seed=3)
    assert isinstance(observation, np.ndarray) and info == {} and len(new.step(1)) == 5
    assert new.env.seeds == [3]


def test_seeding_reaches_the_environment():
    old, new = Monitor(CheckedEnv(), None), Monitor(CheckedNewApiEnv(), None)
    assert gym_api.seed(old, 3) is None and old.env.seeds == [3]
    assert gym_api.seed(new, 3) == 3 and new.env.seeds == []


def test_the_header_names_a_registered_environment(tmp_path):
    env = Monitor(gym_api.make('CartPole-v1'), str(tmp_path))
    env.close()
    assert json.loads(lines_of(tmp_path / 'monitor.csv')[0][1:])['env_id'] == 'CartPole-v1'


def test_file_names(tmp_path):
    for name, expected in (('', 'monitor.csv'), ('0', '0.monitor.csv'), ('new/1.monitor.csv', 'new/1.monitor.csv')):
        Monitor(CheckedEnv(), os.path.join(str(tmp_path), name)).close()
        assert os.path.isfile(os.path.join(str(tmp_path), expected))
    assert [os.path.basename(name) for name in get_monitor_files(str(tmp_path))] == ['0.monitor.csv', 'monitor.csv']


def test_without_a_name_there_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    env = Monitor(CheckedEnv(), None)
    play(env)
    env.close()
    assert os.listdir(str(tmp_path)) == [] and env.get_episode_lengths() == [5]


def test_further_columns(tmp_path):
    class Task(CheckedEnv):
        def reset(self, level=None):
            return super().reset()

    env = Monitor(Task(episode_length=2), str(tmp_path), reset_keywords=('level',), info_keywords=('step',))
    env.reset(level='a, hard one')
    env.step(0)
    info = env.step(0)[3]
    assert info['episode']['level'] == 'a, hard one' and info['episode']['step'] == 2
    _, columns, row = lines_of(tmp_path / 'monitor.csv')
    assert columns == 'r,l,t,level,step' and row.endswith(',"a, hard one",2')
    with pytest.raises(ValueError, match=r"reset_keywords holds 'level': call reset\(level="):
        env.reset()
    missing = Monitor(CheckedEnv(episode_length=1), None, info_keywords=('score',))
    missing.reset()
    with pytest.raises(ValueError, match="info_keywords holds 'score'"):
        missing.step(0)


def test_early_resets():
    strict = Monitor(CheckedEnv(episode_length=2), None, allow_early_resets=False)
    strict.reset()
    strict.step(0)
    with pytest.raises(RuntimeError, match='not over after 1 steps'):
        strict.reset()
    strict.step(0)
    strict.reset()
    lenient = Monitor(CheckedEnv(episode_length=2), None)
    lenient.reset()
    lenient.step(0)
    play(lenient)
    assert lenient.get_episode_lengths() == [2] and lenient.get_total_steps() == 3


def test_a_step_needs_an_episode():
    env = Monitor(CheckedEnv(episode_length=1), None)
    with pytest.raises(RuntimeError, match='reset'):
        env.step(0)
    play(env)
    with pytest.raises(RuntimeError, match='reset'):
        env.step(0)


@both_dialects
def test_in_a_vec_env(env_class, tmp_path):
    venv = DummyVecEnv([lambda: Monitor(env_class(episode_length=2), str(tmp_path))])
    venv.reset()
    venv.step([0])
    _, _, dones, infos = venv.step([0])
    assert dones.tolist() == [True] and infos[0]['episode']['l'] == 2
    assert len(lines_of(tmp_path / 'monitor.csv')) == 3  # readable while the run goes on
    venv.close()


class KeepingInfo(CheckedEnv):
    """Has one info for ever."""

    def step(self, action):
        observation, reward, done, _ = super().step(action)
        self.info = getattr(self, 'info', {})
        return observation, reward, done, self.info


def test_a_time_limit_is_said_of_its_own_episode_only():
    class Limit(gym.Wrapper):  # as gym's, which notes it in the environment's own info
        limits = [2, 9, 9]

        def reset(self):
            self.left = self.limits.pop(0)
            return self.env.reset()

        def step(self, action):
            observation, reward, done, info = self.env.step(action)
            self.left -= 1
            if self.left == 0:
                info['TimeLimit.truncated'] = not done
                done = True
            return observation, reward, done, info
    venv = DummyVecEnv([lambda: Monitor(Limit(KeepingInfo(episode_length=3)), None)])
    venv.reset()
    said = []
    while len(said) < 2:
        _, _, dones, infos = venv.step([0])
        if dones[0]:
            said.append(infos[0].get('TimeLimit.truncated', False))
    assert said == [True, False]


def test_results_of_several_files_are_joined(tmp_path):
    pytest.importorskip('pandas')
    for name, start, rows in (('b', 1000.0, '1,10,5\n2,20,30\n'), ('a', 1010.0, '3,30,1.5\n4,40,')):
        with open(str(tmp_path / (name + '.monitor.csv')), 'w') as file:
            file.write('#{{"t_start": {}, "env_id": null}}\nr,l,t\n{}'.format(start, rows))
    results = load_results(str(tmp_path))
    assert results['t'].tolist() == [5, 11.5, 30]  # since the first file; the unfinished line is left out
    assert results['r'].tolist() == [1, 3, 2] and results['l'].tolist() == [10, 30, 20]
    assert results.index.tolist() == [0, 1, 2]
    assert results.headers == [{'t_start': 1010.0, 'env_id': None}, {'t_start': 1000.0, 'env_id': None}]


def test_results_of_a_run_without_a_finished_episode(tmp_path):
    pytest.importorskip('pandas')
    Monitor(CheckedEnv(), str(tmp_path)).close()
    results = load_results(str(tmp_path))
    assert len(results) == 0 and list(results.columns) == ['r', 'l', 't']


@pytest.mark.parametrize('content', ['', 'r,l,t\n1,2,3\n', '#{"env_id": null}\nr,l,t\n', '#{"t_start": 0}\n',
                                     '#{"t_start": 0}\nr,l\n1,2\n', '#{"t_start": 0}\nr,l,t\n1,2,x\n'])
def test_files_that_are_no_records_are_named(content, tmp_path):
    pytest.importorskip('pandas')
    with open(str(tmp_path / 'x.monitor.csv'), 'w') as file:
        file.write(content)
    with pytest.raises(LoadMonitorResultsError, match=r'x\.monitor\.csv: (the first line|not a table)'):
        load_results(str(tmp_path))


def test_a_folder_without_records_is_refused(tmp_path, monkeypatch):
    pytest.importorskip('pandas')
    with pytest.raises(LoadMonitorResultsError, match='no file'):
        load_results(str(tmp_path))


def test_without_pandas_loading_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pandas', None)
    with pytest.raises(ImportError, match=r'load_results\(\) needs pandas'):
        load_results(str(tmp_path))
