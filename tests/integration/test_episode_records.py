"""``model.ep_info_buf``: a Monitor's records of the latest episodes, for callbacks, and in SAC's rows."""
import csv
import os

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO, logger
from stable_baselines.bench import Monitor
from stable_baselines.common.callbacks import BaseCallback
from stable_baselines.common.episode_records import keep_ended, keep_ended_of_segment, new_records
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.vec_env import DummyVecEnv, VecMonitor
from tests.environments import RandomEnv, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)
LENGTH = 7
SMALL = dict(cg_iters=2, timesteps_per_batch=32, seed=0, policy_kwargs=dict(net_arch=[8]))
SAC_SMALL = dict(policy_kwargs=dict(layers=[8]), n_cpu_tf_sess=1, seed=0, learning_starts=8, batch_size=4)
KINDS = ('TRPO', 'GAIL', 'SAC')


def monitored(n_envs=2):
    return DummyVecEnv([lambda: Monitor(RandomEnv(VECTOR, BOX, LENGTH), None)] * n_envs)


def make_model(kind, env, **options):
    if kind == 'SAC':
        return SAC('MlpPolicy', env, **dict(SAC_SMALL, **options))
    if kind == 'TRPO':
        return TRPO('MlpPolicy', env, **dict(SMALL, **options))
    return GAIL('MlpPolicy', env, random_demonstrations(VECTOR, BOX, seed=3), hidden_size_adversary=8, g_step=1,
                **dict(SMALL, **options))


class Watching(BaseCallback):
    """Notes how many records there are after each step."""

    def __init__(self):
        super().__init__()
        self.counts = []

    def _on_step(self):
        self.counts.append(len(self.model.ep_info_buf))
        return True


@pytest.mark.parametrize('kind', KINDS)
def test_the_buffer_has_the_records_of_all_environments(kind):
    env = monitored()
    model = make_model(kind, env)
    assert model.ep_info_buf is None and model.episode_reward is None
    model.learn(32)
    assert [record['l'] for record in model.ep_info_buf] == [LENGTH] * 4
    assert [record['r'] for record in list(model.ep_info_buf)[::2]] == pytest.approx(
        env.envs[0].get_episode_rewards(), abs=1e-5)
    assert all(set(record) == {'r', 'l', 't'} for record in model.ep_info_buf)
    assert model.ep_info_buf.maxlen == 100
    np.testing.assert_array_equal(model.episode_reward, np.zeros(2))


@pytest.mark.parametrize('kind', KINDS)
def test_callbacks_find_each_record_from_its_step_on(kind):
    watching = Watching()
    make_model(kind, monitored()).learn(32, callback=watching)
    assert watching.counts == [2 * (step // LENGTH) for step in range(1, 17)]


@pytest.mark.parametrize('kind', KINDS)
def test_the_buffer_lives_on_until_the_environment_changes(kind):
    model = make_model(kind, monitored())
    model.learn(32)
    buffer = model.ep_info_buf
    model.learn(32)
    assert model.ep_info_buf is buffer and len(buffer) == 8
    model.set_env(VecMonitor(DummyVecEnv([lambda: RandomEnv(VECTOR, BOX, LENGTH)])))
    assert model.ep_info_buf is None and model.episode_reward is None
    model.learn(32)
    assert len(model.ep_info_buf) == 4 and model.episode_reward.shape == (1,)


@pytest.mark.parametrize('kind', KINDS)
def test_without_a_monitor_it_stays_empty_and_no_file_holds_it(kind, tmp_path):
    model = make_model(kind, RandomEnv(VECTOR, BOX, LENGTH)).learn(32)
    assert len(model.ep_info_buf) == 0
    model.save(str(tmp_path / 'model'))
    assert type(model).load(str(tmp_path / 'model')).ep_info_buf is None


def test_only_the_latest_are_kept_and_only_records():
    records = new_records()
    for number in range(120):
        keep_ended(records, [True, False], [{'episode': dict(r=number, l=1)}, {'episode': dict(r=-1, l=1)}])
    assert [record['r'] for record in records] == list(range(20, 120))
    for other in ({}, {'episode': 7}, {'episode': {}}, {'episode': None}):
        keep_ended(records, np.array([True]), [other])
        keep_ended_of_segment(records, np.array([[True]]), [[other]])
    assert len(records) == 100 and records[-1]['r'] == 119
    keep_ended_of_segment(records, np.array([[False, True], [True, False]]), [
        [{}, {'episode': dict(r=1.0, l=1)}], [{'episode': dict(r=2.0, l=1)}, {}]])
    assert [record['r'] for record in list(records)[-2:]] == [1.0, 2.0]
    keep_ended(None, [True], [{}])
    keep_ended_of_segment(None, np.array([[True]]), [[{}]])


class Successful(RandomEnv):
    """Says of each second episode that it was a success."""

    n_episodes = 0

    def step(self, action):
        observation, reward, done, info = super().step(action)
        if done:
            self.n_episodes += 1
            info['is_success'] = self.n_episodes % 2 == 0
        return observation, reward, done, info


def rows_of_sac(env, folder):
    model = make_model('SAC', env)
    model.set_logger(logger.make_logger(str(folder), ['csv']))
    model.learn(4 * LENGTH, log_interval=1)
    with open(os.path.join(str(folder), 'progress.csv'), newline='') as file:
        return list(csv.DictReader(file)), model


def test_sac_s_rows_have_the_means_of_the_records(tmp_path):
    rows, model = rows_of_sac(Monitor(Successful(VECTOR, BOX, LENGTH), None), tmp_path)
    returns = [record['r'] for record in model.ep_info_buf]
    assert [float(row['ep_rewmean']) for row in rows] == pytest.approx(
        [np.mean(returns[:count]) for count in range(1, 5)])
    assert {float(row['eplenmean']) for row in rows} == {LENGTH}
    assert [float(row['success rate']) for row in rows] == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])


def test_and_lack_them_where_nobody_tells(tmp_path):
    rows, _ = rows_of_sac(RandomEnv(VECTOR, BOX, LENGTH), tmp_path)
    assert len(rows) == 4 and not {'ep_rewmean', 'eplenmean', 'success rate'} & set(rows[0])
