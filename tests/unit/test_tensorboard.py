"""Event files for TensorBoard."""
import os

import numpy as np
import pytest

from stable_baselines.common import tensorboard
from stable_baselines.common.tensorboard import (
    ScalarWriter,
    TensorboardWriter,
    run_folder,
    total_episode_reward_logger,
)
from stable_baselines.common.tf1 import tf


def read_events(folder):
    return [event for name in sorted(os.listdir(folder))
            for event in tf.train.summary_iterator(os.path.join(folder, name))]


def small_graph():
    graph = tf.Graph()
    with graph.as_default():
        tf.constant(1.0, name='the_one')
    return graph


def test_runs_are_numbered(tmp_path):
    log_dir = str(tmp_path)
    assert run_folder(log_dir, 'GAIL') == os.path.join(log_dir, 'GAIL_1')
    assert run_folder(log_dir, 'GAIL', new_run=False) == os.path.join(log_dir, 'GAIL_1')
    for name in ('GAIL_2', 'GAIL_10', 'GAIL_x', 'GAIL_10_old', 'GAILS_99'):
        os.mkdir(os.path.join(log_dir, name))
    assert run_folder(log_dir, 'GAIL') == os.path.join(log_dir, 'GAIL_11')
    assert run_folder(log_dir, 'GAIL', new_run=False) == os.path.join(log_dir, 'GAIL_10')


def test_special_characters_in_names_are_only_characters(tmp_path):
    log_dir = str(tmp_path / 'a[b]')
    os.makedirs(os.path.join(log_dir, 'r*[1]_3'))
    assert os.path.basename(run_folder(log_dir, 'r*[1]')) == 'r*[1]_4'


def test_scalars_histograms_and_graph_are_written(tmp_path):
    with ScalarWriter.open(str(tmp_path), 'GAIL') as writer:
        writer.add_scalars({'loss': 0.5, 'kl': np.float32(0.25)}, step=100)
        writer.add_scalars({'loss': np.float64(0.125)}, step=np.int64(200))
        writer.add_histograms({'weights': np.array([[0.0, 1.0], [3.0, np.nan]])}, step=200)
        writer.add_graph(small_graph())
    assert writer.folder == str(tmp_path / 'GAIL_1')
    writer.close()
    events = read_events(writer.folder)
    numbers = [(event.step, value.tag, value.simple_value) for event in events for value in event.summary.value
               if value.HasField('simple_value')]
    assert numbers == [(100, 'loss', 0.5), (100, 'kl', 0.25), (200, 'loss', 0.125)]
    histogram, = [value.histo for event in events for value in event.summary.value if value.HasField('histo')]
    assert (histogram.num, histogram.min, histogram.max) == (3, 0, 3)
    assert (histogram.sum, histogram.sum_squares, sum(histogram.bucket)) == (4, 10, 3)
    assert len(histogram.bucket) == len(histogram.bucket_limit) and histogram.bucket_limit[-1] == 3
    assert any(b'the_one' in event.graph_def for event in events)


@pytest.mark.parametrize('values', [np.full(5, 2.0), np.zeros(0)])
def test_histograms_of_one_value_or_none(tmp_path, values):
    with ScalarWriter(str(tmp_path)) as writer:
        writer.add_histograms({'weights': values}, step=1)
    histogram, = [value.histo for event in read_events(writer.folder) for value in event.summary.value]
    assert histogram.num == sum(histogram.bucket) == len(values)


def test_flushed_values_are_there_before_the_end(tmp_path):
    writer = ScalarWriter(str(tmp_path))
    writer.add_scalars({'loss': 1.0}, step=1)
    writer.flush()
    assert [value.tag for event in read_events(str(tmp_path)) for value in event.summary.value] == ['loss']
    writer.close()


def test_a_run_that_goes_on_at_once_keeps_what_was_written(tmp_path):
    for step in (1, 2, 3):
        with ScalarWriter(str(tmp_path)) as writer:
            writer.add_scalars({'loss': step}, step)
    assert [event.step for event in read_events(str(tmp_path)) if event.summary.value] == [1, 2, 3]


def test_context_manager_of_a_training_run(tmp_path):
    graph = small_graph()
    for new_run, number in ((True, 1), (True, 2), (False, 2)):
        with TensorboardWriter(graph, str(tmp_path), 'run', new_run) as writer:
            writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag='x', simple_value=number)]), 7)
        events = read_events(str(tmp_path / 'run_{}'.format(number)))
        assert [value.simple_value for event in events for value in event.summary.value][-1] == number
        assert any(b'the_one' in event.graph_def for event in events)
    assert sorted(os.listdir(str(tmp_path))) == ['run_1', 'run_2']


def test_without_a_folder_there_is_no_writer():
    with TensorboardWriter(small_graph(), None, 'run') as writer:
        assert writer is None


def test_two_runs_never_take_the_same_number(tmp_path, monkeypatch):
    """Here another process takes it between the look at the folder and its creation."""
    plain = tensorboard.run_folder

    def late(*arguments):
        folder = plain(*arguments)
        if not os.path.exists(str(tmp_path / 'run_1')):
            os.makedirs(str(tmp_path / 'run_1'))
        return folder
    monkeypatch.setattr(tensorboard, 'run_folder', late)
    with ScalarWriter.open(str(tmp_path), 'run') as writer:
        assert writer.folder == str(tmp_path / 'run_2')


def test_returns_of_episodes_as_a_plain_loop_finds_them(tmp_path):
    random = np.random.RandomState(0)
    gathered, running, expected = np.array([5.0, 0.0, -2.0]), [5.0, 0.0, -2.0], []
    writer = ScalarWriter(str(tmp_path))
    for batch in range(3):
        rewards, masks = random.normal(size=(3, 10)), random.random_sample((3, 10)) < 0.3
        masks[2] = False
        for env in range(3):
            for step in range(10):
                if masks[env, step]:
                    expected.append((100 * batch + step, running[env]))
                    running[env] = 0.0
                running[env] += rewards[env, step]
        found = total_episode_reward_logger(gathered, rewards, masks, writer.file_writer, 100 * batch)
        assert found is gathered
        np.testing.assert_allclose(gathered, running)
    writer.close()
    values = [(event.step, value) for event in read_events(str(tmp_path)) for value in event.summary.value]
    assert {value.tag for _, value in values} == {'episode_reward'}
    assert [step for step, _ in values] == [step for step, _ in expected] and len(expected) > 10
    np.testing.assert_allclose([value.simple_value for _, value in values], [total for _, total in expected], rtol=1e-6)


@pytest.mark.parametrize('shapes', [((2,), (3, 5), (3, 5)), ((3,), (3, 5), (3, 4)), ((3,), (3,), (3,))])
def test_returns_of_episodes_need_shapes_that_fit(shapes):
    with pytest.raises(ValueError, match='n_envs, n_steps'):
        total_episode_reward_logger(*[np.zeros(shape) for shape in shapes], None, 0)
