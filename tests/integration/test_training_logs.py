"""What training writes: one row an iteration, the same in tables, files and TensorBoard; each model's apart."""
import csv
import os
import threading

import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO, logger
from stable_baselines.common import mpi
from stable_baselines.common.callbacks import BaseCallback
from stable_baselines.common.figures import EPISODE_LENGTH, EPISODE_REWARD
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.tensorboard import read_runs
from stable_baselines.common.tf1 import tf
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.sac.report import SAC_FIGURES
from tests.environments import RandomEnv, random_demonstrations

VECTOR, BOX = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(-0.5, 0.25, (2,), np.float32)
SMALL = dict(cg_iters=2, timesteps_per_batch=64, seed=0, policy_kwargs=dict(net_arch=[8]))
MEMORY = dict(SMALL, policy_kwargs=dict(n_lstm=4, layers=[8]), sequence_length=8, adversary_n_lstm=4)
SAC_SMALL = dict(policy_kwargs=dict(layers=[8]), n_cpu_tf_sess=1, seed=0, learning_starts=8, batch_size=4)


@pytest.fixture(autouse=True)
def fresh_logger():
    logger.reset()
    logger.getkvs().clear()
    yield
    logger.reset()


def make_envs(n_envs=2):
    return DummyVecEnv([lambda: RandomEnv(VECTOR, BOX)] * n_envs)


def make_model(kind, **options):
    if kind == 'SAC':
        return SAC('MlpPolicy', make_envs(1), **dict(SAC_SMALL, **options))
    if kind == 'TRPO':
        return TRPO('MlpPolicy', make_envs(), **dict(SMALL, **options))
    demonstrations = random_demonstrations(VECTOR, BOX, seed=3)
    options.update(dict(gradient_penalty=2.0) if kind == 'GAIL with penalty' else {})
    policy, settings = ('MlpLstmPolicy', MEMORY) if kind == 'GAIL with memory' else ('MlpPolicy', SMALL)
    return GAIL(policy, make_envs(), demonstrations, **dict(settings, hidden_size_adversary=8, **options))


def read_csv(folder):
    with open(os.path.join(str(folder), 'progress.csv'), newline='') as file:
        return list(csv.DictReader(file))


def read_events(folder):
    """Tag -> [(step, value)], by TensorBoard itself."""
    from tensorboard.backend.event_processing import event_accumulator
    accumulator = event_accumulator.EventAccumulator(str(folder), size_guidance={'scalars': 0, 'histograms': 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    scalars = {tag: [(event.step, event.value) for event in accumulator.Scalars(tag)] for tag in tags['scalars']}
    return scalars, {tag: len(accumulator.Histograms(tag)) for tag in tags['histograms']}


KINDS = {'TRPO': 128, 'GAIL': 384, 'GAIL with penalty': 384, 'GAIL with memory': 384, 'SAC': 40}
NOT_HERE = {'TRPO': {'expert_return', 'EpTrueRewMean'}, 'GAIL': {'gradient_penalty'},  # columns
            'GAIL with memory': {'gradient_penalty'}, 'SAC': {'ep_rewmean', 'eplenmean', 'success rate'}}


@pytest.mark.parametrize('kind', list(KINDS))
def test_tensorboard_reads_the_values_of_the_file_at_the_environment_s_steps(kind, tmp_path):
    model = make_model(kind, tensorboard_log=str(tmp_path / 'tb'))
    model.set_logger(logger.make_logger(str(tmp_path), ['csv']))
    model.learn(KINDS[kind], log_interval=1, tb_log_name='run')
    model.learn(KINDS[kind], log_interval=1, tb_log_name='run', reset_num_timesteps=False)
    rows, (scalars, histograms) = read_csv(tmp_path), read_events(tmp_path / 'tb' / 'run_1')
    assert not histograms and os.listdir(str(tmp_path / 'tb')) == ['run_1']
    figures = [figure for group in (SAC_FIGURES if kind == 'SAC' else model.figures) for figure in group
               if figure.column not in NOT_HERE.get(kind, ())]
    assert set(scalars) == {figure.tag for figure in figures} | {EPISODE_REWARD, EPISODE_LENGTH}
    clock = 'total timesteps' if kind == 'SAC' else 'TimestepsSoFar'
    for figure in figures:
        expected = [(int(row[clock]), np.float32(row[figure.column])) for row in rows if row[figure.column] != '']
        assert len(expected) > 2 and scalars[figure.tag] == expected, figure
    n_envs = model.n_envs
    ends = [7 * n_envs * number for number in range(1, 2 * KINDS[kind] // (7 * n_envs) + 1)]
    # a learn() begins with new episodes
    ends = [step for step in ends if step <= KINDS[kind]]
    assert [step for step, _ in scalars[EPISODE_REWARD]] == sorted(
        [step + begin for step in ends for begin in (0, KINDS[kind])] * n_envs)
    assert {length for _, length in scalars[EPISODE_LENGTH]} == {7.0}


@pytest.mark.parametrize('weight', [0.0, 2.0])
def test_the_penalty_is_written_where_it_is_on(weight, tmp_path):
    model = make_model('GAIL', gradient_penalty=weight, g_step=1, tensorboard_log=str(tmp_path / 'tb'))
    model.set_logger(logger.make_logger(str(tmp_path), ['csv']))
    model.learn(64)
    row, = read_csv(tmp_path)
    scalars, _ = read_events(tmp_path / 'tb' / 'GAIL_1')
    assert ('gradient_penalty' in row) == ('discriminator/gradient_penalty' in scalars) == (weight > 0)
    penalty = float(row.get('gradient_penalty', 0.0))
    losses = sum(float(row[name]) for name in ('generator_loss', 'expert_loss', 'entropy_loss'))
    assert float(row['discriminator_loss']) == pytest.approx(losses + weight * penalty, rel=1e-5)
    assert (penalty > 0) == (weight > 0)


def test_the_reward_of_each_episode_is_the_environment_s(tmp_path):
    env = RandomEnv(VECTOR, BOX)
    model = TRPO('MlpPolicy', env, tensorboard_log=str(tmp_path), **SMALL)
    model.learn(64)
    totals = np.sum(env.actions[:63], axis=1).reshape(9, 7).sum(axis=1)  # the reward is the action's sum
    steps, rewards = zip(*read_events(tmp_path / 'TRPO_1')[0][EPISODE_REWARD])
    assert list(steps) == list(range(7, 64, 7))
    np.testing.assert_allclose(rewards, totals, rtol=1e-5)


def test_figures_are_what_they_say(tmp_path):
    model = make_model('GAIL', g_step=1)
    seen = []
    plain = model._training.update

    def recorded(segment, *rest):
        seen.append((segment, plain(segment, *rest)))
        return dict(seen[-1][1])
    model._training.update = recorded
    model.set_logger(logger.make_logger(str(tmp_path), ['csv']))
    start = {}
    natural = model.trpo_graph.natural_gradient

    def gradient(*batch):
        start['found'] = natural(*batch)
        start['product'] = model.trpo_graph.fisher_vector_product(batch[0][::5], start['found'].direction)
        return start['found']
    model.trpo_graph = model.trpo_graph._replace(natural_gradient=gradient)
    model.learn(64)
    row, = read_csv(tmp_path)
    segment, figures = seen[0]
    assert float(row['imitation_reward']) == pytest.approx(segment.rewards.mean())
    assert float(row['imitation_reward_std']) == pytest.approx(segment.rewards.std())
    assert float(row['discriminator_loss']) == pytest.approx(
        figures['generator_loss'] + figures['expert_loss'] + figures['entropy_loss'], rel=1e-5)
    assert float(row['entropy']) != pytest.approx(figures['discriminator_entropy'])
    found = start['found']
    assert float(row['policy_gradient_norm']) == pytest.approx(np.linalg.norm(found.gradient))
    left = np.linalg.norm(found.gradient - start['product']) / np.linalg.norm(found.gradient)
    assert float(row['cg_residual']) == pytest.approx(left, rel=1e-2, abs=1e-5)
    assert float(row['expert_return']) == pytest.approx(model.expert_dataset.avg_ret)
    speed = float(row['TimestepsSoFar']) / float(row['TimeElapsed'])
    assert float(row['fps']) == pytest.approx(speed)


def test_gradient_norms_and_the_value_loss_are_those_of_the_steps(tmp_path):
    model = make_model('GAIL', vf_stepsize=0.0, d_stepsize=0.0, vf_iters=1, g_step=1)
    model.learn(64)
    segment_steps = []
    graph, plain = model.trpo_graph, model.trpo_graph.value_step

    def value_step(observations, returns, rate):
        segment_steps.append((graph.values(observations), returns, plain(observations, returns, rate)))
        return segment_steps[-1][2]
    model.trpo_graph = graph._replace(value_step=value_step)
    model.set_logger(logger.make_logger(str(tmp_path), ['csv']))
    model.learn(64)
    values, returns, (loss, norm) = segment_steps[0]
    assert loss == pytest.approx(np.mean(np.square(values - returns)), rel=1e-4)
    row, = read_csv(tmp_path)
    assert float(row['value_loss']) == pytest.approx(float(loss)) and float(row['value_gradient_norm']) == norm > 0
    step = model.discriminator_step
    batch = model._training.dataset.get_next_batch()
    rows = (batch[0].reshape(-1, 3), batch[1])
    step(*rows, batch[0].reshape(-1, 3) + 1, batch[1], 0.0)
    classifier = model.reward_giver
    feed = dict(zip([classifier.generator_obs_ph, classifier.generator_acs_ph, classifier.expert_obs_ph,
                     classifier.expert_acs_ph], (*rows, batch[0].reshape(-1, 3) + 1, batch[1])))
    gradient = model.sess.run(step.gradient, feed)
    assert step.figures['discriminator_gradient_norm'] == pytest.approx(np.linalg.norm(gradient), rel=1e-4)


def test_full_tensorboard_log_adds_histograms(tmp_path):
    for kind in ('GAIL', 'SAC'):
        make_model(kind, tensorboard_log=str(tmp_path), full_tensorboard_log=True).learn(40)
        histograms = read_events(tmp_path / (kind + '_1'))[1]
        assert any(tag.startswith('parameters/model/') for tag in histograms)
        assert ('batch/rewards' in histograms) == (kind == 'GAIL')


class Further(BaseCallback):
    """Writes numbers of its own, as stable-baselines' guide does."""

    def __init__(self):
        super().__init__()
        self.summary_is_set = False

    def _on_step(self):
        if not self.summary_is_set and isinstance(self.model, SAC):
            with self.model.graph.as_default():
                tf.summary.scalar('value_target', tf.reduce_mean(self.model.value_target))
                self.model.summary = tf.summary.merge_all()
            self.summary_is_set = True
        summary = tf.Summary(value=[tf.Summary.Value(tag='number', simple_value=0.5 * self.num_timesteps)])
        self.locals['writer'].add_summary(summary, self.num_timesteps)
        return True


@pytest.mark.parametrize('kind', ['TRPO', 'GAIL', 'SAC'])
def test_callbacks_write_numbers_of_their_own(kind, tmp_path):
    model = make_model(kind, tensorboard_log=str(tmp_path))
    model.learn(64, callback=Further(), tb_log_name='run')
    scalars = read_events(tmp_path / 'run_1')[0]
    steps = range(model.n_envs, 65, model.n_envs)
    assert scalars['number'] == [(step, 0.5 * step) for step in steps]
    if kind == 'SAC':
        assert [step for step, _ in scalars['value_target']] == list(range(8, 65))  # learning starts at 8
        assert np.isfinite([value for _, value in scalars['value_target']]).all()
        assert model.value_target.shape.as_list() == [None, 1]


def test_callbacks_find_no_writer_where_nothing_is_written():
    for kind in ('TRPO', 'SAC'):
        model, seen = make_model(kind), []
        model.summary = 'never run'
        model.learn(16, callback=lambda locals_, globals_, seen=seen: seen.append(locals_['writer']))
        assert set(seen) == {None}


def test_skipped_tables_leave_tensorboard_all_iterations(tmp_path):
    model = make_model('TRPO', tensorboard_log=str(tmp_path))
    model.set_logger(logger.make_logger(str(tmp_path), ['csv']))
    model.learn(64 * 5, log_interval=128)
    assert [row['TimestepsSoFar'] for row in read_csv(tmp_path)] == ['64', '192', '320']
    steps = [step for step, _ in read_events(tmp_path / 'TRPO_1')[0]['loss/approximate_kullback-leibler']]
    assert steps == [64, 128, 192, 256, 320]


def test_a_run_goes_on_in_its_own_folder_whoever_came_after(tmp_path):
    one, two = [make_model('TRPO', tensorboard_log=str(tmp_path)) for _ in range(2)]
    one.learn(64)
    two.learn(128)
    one.learn(64, reset_num_timesteps=False)
    steps = [[step for step, _ in read_events(tmp_path / name)[0]['loss/entropy_loss']]
             for name in ('TRPO_1', 'TRPO_2')]
    assert steps == [[64, 128], [64, 128]]
    one.save(str(tmp_path / 'model'))
    again = TRPO.load(str(tmp_path / 'model'), env=make_envs())
    again.learn(64, reset_num_timesteps=False)
    assert sorted(name for name in os.listdir(str(tmp_path)) if name.startswith('TRPO')) == ['TRPO_1', 'TRPO_2']
    assert runs_of(again) == ['TRPO_1']


def runs_of(model):
    return [os.path.basename(folder) for folder in model.tensorboard_runs.values()]


def test_a_loaded_model_knows_its_run(tmp_path):
    """Where that is gone, or in another folder, it takes the latest, as stable-baselines does."""
    for folder in ('a/TRPO_1', 'a/TRPO_2', 'b/TRPO_1', 'b/TRPO_3'):
        (tmp_path / folder).mkdir(parents=True)
    runs, path = str(tmp_path / 'a'), str(tmp_path / 'model')
    model = make_model('TRPO', tensorboard_log=runs)
    model.tensorboard_runs = {(runs, 'TRPO'): runs + '/TRPO_1'}
    model.save(path)
    loaded = TRPO.load(path)
    assert loaded.tensorboard_runs == model.tensorboard_runs
    loaded.save(path)
    assert runs_of(TRPO.load(path)) == ['TRPO_1']
    for options in (dict(tensorboard_log=str(tmp_path / 'b')), dict(tensorboard_log=None),
                    dict(custom_objects=dict(tensorboard_log=str(tmp_path / 'b')))):
        assert runs_of(TRPO.load(path, **options)) == []
    (tmp_path / 'a' / 'TRPO_1').rmdir()
    assert runs_of(TRPO.load(path)) == []


@pytest.mark.parametrize('saved', [7, {}, dict(log_dir='runs'), dict(log_dir='runs', folders=dict(TRPO='../../etc')),
                                   dict(log_dir='runs', folders=dict(TRPO=['x'])), dict(log_dir=5, folders=[])])
def test_runs_of_a_file_that_are_none(saved):
    assert read_runs(saved, 'runs') == {}


def test_episodes_are_those_of_all_workers(tmp_path, monkeypatch):
    """Here the other worker's episodes are twice as long and worth 10."""
    model = make_model('TRPO', tensorboard_log=str(tmp_path))

    def gathered(ended):
        return [ended, [episode._replace(total=10.0, true_total=10.0, length=14) for episode in ended[:4]]]
    monkeypatch.setattr(mpi, 'gather_objects', gathered)
    model.set_logger(logger.make_logger(str(tmp_path), ['csv']))
    model.learn(64)
    row, = read_csv(tmp_path)
    assert row['EpisodesSoFar'] == row['EpThisIter'] == '12'
    assert float(row['EpLenMean']) == pytest.approx((8 * 7 + 4 * 14) / 12)
    rewards = [value for _, value in read_events(tmp_path / 'TRPO_1')[0][EPISODE_REWARD]]
    assert len(rewards) == 12 and rewards.count(10.0) == 4


# ---------------------------------------------------------------- screen and files

def test_verbose_speaks_of_the_screen_and_not_of_files(tmp_path, capsys):
    with logger.ScopedConfigure(str(tmp_path), ['stdout', 'csv', 'log', 'json']):
        capsys.readouterr()
        make_model('TRPO').learn(64)
        make_model('SAC', verbose=0).learn(20, log_interval=1)
    assert capsys.readouterr().out == ''
    assert len(read_csv(tmp_path)) == 3 and 'meankl' in (tmp_path / 'log.txt').read_text()
    assert len((tmp_path / 'progress.json').read_text().splitlines()) == 3
    make_model('TRPO').learn(64)
    make_model('TRPO', verbose=1).learn(64, log_interval=None)
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('kind', list(KINDS))
def test_tables_are_grouped_aligned_and_have_units(kind, capsys):
    make_model(kind, verbose=1).learn(KINDS[kind], log_interval=1)
    table = capsys.readouterr().out.splitlines()
    assert {line[0] for line in table} == {'|', '-'}
    ends = [number for number in range(1, len(table)) if table[number - 1][0] == table[number][0] == '-']
    first = table[:(ends + [len(table)])[0]]  # a border follows a border
    assert len(first) > 7 and len({len(line) for line in first}) == 1 and len(first[0]) < 80
    text = '\n'.join(table)
    if kind == 'SAC':
        assert ' steps ' in text and ' updates ' in text and ' nats ' in text
    else:
        positions = [text.index(name) for name in ('TimestepsSoFar', 'EpLenMean', 'surrgain', 'value_loss')]
        assert positions == sorted(positions)
        assert ' nats' in text and ' steps/s' in text and ' s ' in text


# ---------------------------------------------------------------- two models

class Inner(BaseCallback):
    """Trains another model in the middle of a training run, and logs before and after it."""

    def __init__(self, other=None):
        super().__init__()
        self.other, self.done = other, 0

    def _on_step(self):
        logger.logkv('mine', self.num_timesteps)
        if self.other is not None and self.n_calls % 16 == 5 and not self.done:
            self.done = 1
            logger.logkv('before', 1.0)
            self.other.learn(20 if isinstance(self.other, SAC) else 64, log_interval=1)
            self.logger.logkv('after', 2.0)
        return True


@pytest.mark.parametrize('own_loggers', [True, False])
def test_a_model_trained_inside_another_s_callback_mixes_with_nothing(own_loggers, tmp_path):
    outer, inner = make_model('TRPO', tensorboard_log=str(tmp_path)), make_model('SAC', tensorboard_log=str(tmp_path))
    logger.configure(str(tmp_path / 'program'), ['csv'])
    logger.logkv('of the program', 3.0)
    if own_loggers:
        outer.set_logger(logger.make_logger(str(tmp_path / 'outer'), ['csv']))
    inner.set_logger(logger.make_logger(str(tmp_path / 'inner'), ['csv']))
    outer.learn(128, Inner(inner), log_interval=1)
    rows, inner_rows = read_csv(tmp_path / ('outer' if own_loggers else 'program')), read_csv(tmp_path / 'inner')
    assert len(rows) == 2 and len(inner_rows) == 2
    assert set(rows[0]) & set(inner_rows[0]) <= {'entropy', 'value_loss', 'fps'}
    assert [row['before'] for row in rows] == ['1.0', ''] and [row['after'] for row in rows] == ['2.0', '']
    assert [row['mine'] for row in rows] == ['64', '128'] and 'of the program' not in rows[0]
    assert sorted(name for name in os.listdir(str(tmp_path)) if name[-2:] == '_1') == ['SAC_1', 'TRPO_1']
    assert dict(logger.getkvs()) == {'of the program': 3.0}
    assert not any(tag.startswith('policy/') for tag in read_events(tmp_path / 'SAC_1')[0])


def test_models_in_turns_keep_to_their_files(tmp_path):
    models = {kind: make_model(kind) for kind in ('TRPO', 'GAIL', 'SAC')}
    for kind, model in models.items():
        model.set_logger(logger.make_logger(str(tmp_path / kind), ['csv']))
    for _ in range(2):
        for model in models.values():
            model.learn(64, log_interval=1)
    assert {kind: len(read_csv(tmp_path / kind)) for kind in models} == {'TRPO': 2, 'GAIL': 2, 'SAC': 18}
    assert 'expert_loss' not in read_csv(tmp_path / 'TRPO')[0]


def test_values_of_a_callback_wait_for_the_next_table_of_their_model(tmp_path):
    one, two = make_model('TRPO'), make_model('TRPO')
    with logger.ScopedConfigure(str(tmp_path), ['csv']):
        one.learn(64, Inner(), log_interval=None)
        two.learn(64)
        one.learn(64)
    assert [row.get('mine') for row in read_csv(tmp_path)] == ['', '64']


def test_models_in_two_threads_log_apart(tmp_path):
    models = [make_model('TRPO') for _ in range(2)]
    for number, model in enumerate(models):
        model.set_logger(logger.make_logger(str(tmp_path / str(number)), ['csv']))
    threads = [threading.Thread(target=model.learn, args=(64 * 5, Inner(), 1)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(2):
        assert [row['mine'] for row in read_csv(tmp_path / str(number))] == ['64', '128', '192', '256', '320']
    assert not logger.getkvs()


def test_a_model_s_own_logger(tmp_path, capsys):
    model = make_model('TRPO')
    assert model.logger is logger
    own = logger.make_logger(str(tmp_path), ['csv', 'log'])
    model.set_logger(own)
    callback = Inner()
    model.learn(64, callback)
    assert model.logger is own is callback.logger and own.get_dir() == str(tmp_path)
    model.save(str(tmp_path / 'model'))
    assert TRPO.load(str(tmp_path / 'model')).logger is logger
    model.set_logger(None)
    assert model.logger is logger
    for wrong in ('folder', logger):
        with pytest.raises(TypeError, match='make_logger'):
            model.set_logger(wrong)
    assert capsys.readouterr().out == ''


def test_a_scope_opened_by_a_callback_is_its_own(tmp_path):
    def callback(locals_, _globals):
        if locals_['self'].num_timesteps == 10:
            with logger.ScopedConfigure(str(tmp_path / 'scope'), ['csv']):
                logger.logkv('inside', 1)
                logger.dumpkvs()
            logger.logkv('outside', 2)
    model = make_model('TRPO')
    model.set_logger(logger.make_logger(str(tmp_path / 'model'), ['csv']))
    model.learn(64, callback)
    assert read_csv(tmp_path / 'scope')[0] == {'inside': '1'}
    assert read_csv(tmp_path / 'model')[0]['outside'] == '2' and 'inside' not in read_csv(tmp_path / 'model')[0]


class ByTheClass(BaseCallback):
    """Logs as scripts do that know the class and not the functions."""

    def _on_step(self):
        logger.Logger.CURRENT.logkv('steps', self.num_timesteps)
        logger.Logger.CURRENT.name2val['calls'] += 1
        return True


@pytest.mark.parametrize('own_logger', [True, False])
def test_the_current_logger_is_the_model_s_while_it_trains(own_logger, tmp_path):
    logger.configure(str(tmp_path / 'program'), ['csv'])
    logger.Logger.CURRENT.logkv('of the program', 3.0)
    model = make_model('TRPO')
    if own_logger:
        model.set_logger(logger.make_logger(str(tmp_path / 'own'), ['csv']))
    model.learn(128, ByTheClass(), log_interval=1)
    rows = read_csv(tmp_path / ('own' if own_logger else 'program'))
    assert [row['steps'] for row in rows] == ['64', '128'] and [float(row['calls']) for row in rows] == [32.0, 32.0]
    assert dict(logger.getkvs()) == {'of the program': 3.0}
