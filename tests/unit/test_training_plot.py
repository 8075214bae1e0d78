"""Pictures of training runs."""
import os
import warnings

import numpy as np
import pytest

from stable_baselines import logger
from stable_baselines.bench.monitor import LoadMonitorResultsError
from stable_baselines.common.training_curves import Curve, find_runs, read_run, spread_of
from stable_baselines.results_plotter import plot_training

pytest.importorskip('matplotlib')
GAIL_ROW = dict(EpRewMean=1.0, EpTrueRewMean=20.0, expert_acc=0.9, generator_acc=0.8, meankl=0.009, max_kl=0.01,
                value_loss=3.0)


def write_log(folder, rows):
    with logger.ScopedConfigure(str(folder), ['csv']):
        for row in rows:
            logger.logkvs(row)
            logger.dumpkvs()
    return str(folder)


def gail_log(folder, n_rows=5, scale=1.0, every=100, **changes):
    return write_log(folder, [dict(GAIL_ROW, TimestepsSoFar=every * number, **dict(
        dict(EpTrueRewMean=scale * number), **changes)) for number in range(1, n_rows + 1)])


def write_monitor(folder, text, name='0.monitor.csv'):
    os.makedirs(str(folder), exist_ok=True)
    with open(os.path.join(str(folder), name), 'w') as file:
        file.write(text)
    return str(folder)


def labels_of(axes):
    legend = axes.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def levels_of(axes):
    return {line.get_label(): line.get_ydata()[0] for line in axes.lines if len(set(line.get_xdata())) == 2
            and list(line.get_xdata()) == [0, 1]}


def test_a_run_of_gail_has_four_panels(tmp_path):
    figure = plot_training(gail_log(tmp_path), expert_return=4.0, random_return=0.5, title='A task',
                           save_to=str(tmp_path / 'new' / 'a.png'))
    returns, accuracies, divergence, losses = figure.axes
    assert [axes.get_ylabel() for axes in figure.axes] == [
        'return per episode (sum of rewards)', 'discriminator accuracy (0 to 1)', 'mean KL divergence (nats)',
        'value loss (squared return)']
    assert {axes.get_xlabel() for axes in figure.axes} == {'environment steps'}
    assert labels_of(returns) == ['policy, mean of 40 episodes', 'expert (4)', 'random (0.5)']
    assert returns.lines[0].get_xdata().tolist() == [100, 200, 300, 400, 500]
    assert returns.lines[0].get_ydata().tolist() == [1, 2, 3, 4, 5]
    assert levels_of(returns) == {'expert (4)': 4.0, 'random (0.5)': 0.5}
    assert labels_of(accuracies) == ["expert's rows", "policy's rows", 'guessing']
    assert accuracies.lines[0].get_ydata()[0] == 0.9 and accuracies.lines[1].get_ydata()[0] == 0.8
    assert levels_of(divergence) == {'limit (0.01)': 0.01}  # the log tells it
    assert losses.lines[0].get_ydata().tolist() == [3] * 5
    assert 'A task' in [text.get_text() for text in figure.texts]
    assert (tmp_path / 'new' / 'a.png').read_bytes().startswith(b'\x89PNG')


def test_nothing_overlaps(tmp_path):
    figure = plot_training([gail_log(tmp_path / str(seed)) for seed in range(3)], expert_return=4.0, random_return=0.5,
                           title='A task', save_to=str(tmp_path / 'a.png'))
    renderer = figure.canvas.get_renderer()
    boxes = [axes.get_tightbbox(renderer) for axes in figure.axes]
    boxes += [text.get_window_extent(renderer) for text in figure.texts]
    for number, box in enumerate(boxes):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:number])
    for axes in figure.axes:  # legends hide no curve
        assert axes.get_legend().get_window_extent(renderer).y0 >= axes.get_window_extent(renderer).y1 - 1


@pytest.mark.parametrize('scale, label', [(1.0, '4'), (2e6, '10M'), (1e9, '4G'), (1e-6, '4\u00b5'), (-3e7, '-120M')])
def test_values_of_any_size_have_labels_of_their_own(tmp_path, scale, label):
    """No factor such as 1e9 over the axis, where it would stand on the legend."""
    log = gail_log(tmp_path, scale=scale, value_loss=abs(scale), meankl=1e-7)
    figure = plot_training(log, save_to=str(tmp_path / 'a.png'))
    for axes in figure.axes:
        assert axes.yaxis.get_offset_text().get_text() == axes.xaxis.get_offset_text().get_text() == ''
    labels = [text.get_text().replace('\u2212', '-').replace('\u03bc', '\u00b5')
              for text in figure.axes[0].get_yticklabels()]
    assert label in [text[:-2] if text.endswith('.0') else text for text in labels]


def test_values_that_differ_little_have_labels_of_their_own(tmp_path):
    rows = [dict(GAIL_ROW, TimestepsSoFar=100 * number, EpTrueRewMean=50000.0 + 0.01 * number) for number in range(5)]
    figure = plot_training(write_log(tmp_path, rows), save_to=str(tmp_path / 'a.png'))
    assert figure.axes[0].yaxis.get_offset_text().get_text() == ''


@pytest.mark.parametrize('title, n_lines', [('A very long title ' * 8, 2), ('M' * 200, 4), ('two\nlines', 2), ('', 1),
                                            ('short', 1)], ids=['words', 'letters', 'lines', 'none', 'short'])
def test_titles_stay_inside(tmp_path, title, n_lines):
    figure = plot_training(gail_log(tmp_path), expert_return=4.0, title=title, save_to=str(tmp_path / 'a.png'))
    drawn, = figure.texts
    assert len(drawn.get_text().split('\n')) == n_lines
    assert ''.join(drawn.get_text().split()) == ''.join(title.split())
    renderer = figure.canvas.get_renderer()
    box = drawn.get_window_extent(renderer)
    assert not title or (box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1)
    assert not any(box.overlaps(axes.get_tightbbox(renderer)) for axes in figure.axes)


def test_no_window_is_needed_for_a_file(tmp_path, monkeypatch):
    import matplotlib.pyplot as plt
    monkeypatch.setattr(plt, 'figure', lambda *args, **kwargs: pytest.fail('a window'))
    for name in ('a', 'b.svg', 'c.PDF'):
        plot_training(gail_log(tmp_path), save_to=tmp_path / name)
    assert {'a.png', 'b.svg', 'c.PDF'} <= set(os.listdir(str(tmp_path)))
    with pytest.raises(ValueError, match="save_to='.*d.xyz': pictures of type '.xyz' cannot be written; use one of"):
        plot_training(str(tmp_path), save_to=str(tmp_path / 'd.xyz'))


def test_several_seeds_are_a_mean_and_a_band(tmp_path):
    folders = [gail_log(tmp_path / name, scale=scale) for name, scale in (('0', 1.0), ('1', 3.0))]
    for log_dir in (folders, [folders], str(tmp_path), [str(tmp_path)]):
        figure = plot_training(log_dir, save_to=str(tmp_path / 'a.png'))
        line, = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 5]
        np.testing.assert_allclose(line.get_ydata(), 2.0 * np.arange(1, 6))
        band = figure.axes[0].collections[0].get_paths()[0].vertices
        assert band[:, 1].min() == 1.0 and band[:, 1].max() == 15.0  # mean and one standard deviation
        assert [text.get_text() for text in figure.texts] == [
            'lines and bands: mean and standard deviation of 2 runs']


def test_runs_are_interpolated_to_the_steps_that_all_reached():
    one, other = Curve(np.array([0.0, 10, 20, 30]), np.array([0.0, 1, 2, 3])), Curve(np.array([5.0, 29]),
                                                                                    np.array([5.0, 29]))
    spread = spread_of([one, other], ['a', 'b'])
    assert (spread.steps[0], spread.steps[-1], spread.n_runs) == (5, 29, 2)
    np.testing.assert_allclose(spread.mean, (spread.steps * 0.1 + spread.steps) / 2)
    with pytest.warns(UserWarning, match='log_dir: b ends after 15 of 30 steps'):
        assert spread_of([one, Curve(np.array([0.0, 15]), np.zeros(2))], ['a', 'b']).steps[-1] == 15


def test_long_curves_are_averaged_to_what_can_be_seen():
    spread = spread_of([Curve(np.arange(3000.0), np.arange(3000.0) % 10)], ['a'])
    assert len(spread.steps) == 300 and np.allclose(spread.mean, 4.5) and spread.steps[0] == 4.5


def test_groups_are_compared(tmp_path):
    first, second = gail_log(tmp_path / 'a'), gail_log(tmp_path / 'b', scale=2.0)
    figure = plot_training({'small': [first], 'large': second}, save_to=str(tmp_path / 'a.png'))
    assert labels_of(figure.axes[0]) == ['small', 'large']
    assert labels_of(figure.axes[1]) == ["expert's rows", "policy's rows", 'guessing']
    colors = [line.get_color() for line in figure.axes[0].lines]
    assert len(set(colors)) == 2 and figure.axes[1].lines[0].get_color() == figure.axes[1].lines[1].get_color()
    figure = plot_training([[first], [second]], labels=['x', 'y'], save_to=str(tmp_path / 'a.png'))
    assert labels_of(figure.axes[0]) == ['x', 'y']


def test_panels_without_data_are_left_out(tmp_path):
    sac = write_log(tmp_path / 'sac', [{'total timesteps': 10 * n, 'mean 100 episode reward': -n, 'value_loss': 1.0}
                                       for n in (1, 2)])
    figure = plot_training(sac, save_to=str(tmp_path / 'a.png'))
    assert [axes.get_ylabel()[:12] for axes in figure.axes] == ['return per e', 'value loss (']
    assert labels_of(figure.axes[0]) == ['policy, mean of 100 episodes']
    trpo = write_log(tmp_path / 'trpo', [dict(TimestepsSoFar=8, explained_variance_tdlam_before=0.5, EpRewMean=2.0)])
    figure = plot_training(trpo, save_to=str(tmp_path / 'a.png'))
    assert [axes.get_ylabel()[:12] for axes in figure.axes] == ['return per e', 'explained va']


def test_levels_of_the_log_are_those_of_all_runs_or_none(tmp_path):
    same = [gail_log(tmp_path / name, expert_return=4.5) for name in ('a', 'b')]
    assert levels_of(plot_training(same, save_to=str(tmp_path / 'a.png')).axes[0]) == {'expert (4.5)': 4.5}
    other = gail_log(tmp_path / 'c', expert_return=7.0)
    assert levels_of(plot_training(same + [other], save_to=str(tmp_path / 'a.png')).axes[0]) == {}


def test_monitors_alone_will_do(tmp_path):
    write_monitor(tmp_path, '#{"t_start": 0}\nr,l,t\n1,10,1\n3,10,3\n5,10,', '0.monitor.csv')  # still being written
    write_monitor(tmp_path, '#{"t_start": 0}\nr,l,t\n2,5,2\n', '1.monitor.csv')
    run = read_run(str(tmp_path))
    assert run.curves['return'].steps.tolist() == [10, 15, 25] and run.curves['return'].values.tolist() == [1, 1.5, 2]
    figure = plot_training(str(tmp_path), save_to=str(tmp_path / 'a.png'))
    assert len(figure.axes) == 1 and labels_of(figure.axes[0]) == ['policy, mean of 100 episodes']
    write_monitor(tmp_path, 'nonsense\n', '2.monitor.csv')
    with pytest.raises(LoadMonitorResultsError, match='2.monitor.csv'):
        plot_training(str(tmp_path), save_to=str(tmp_path / 'a.png'))


def test_steps_of_a_second_learn_count_on(tmp_path):
    write_log(tmp_path, [dict(TimestepsSoFar=steps, EpRewMean=1.0) for steps in (10, 20, 10, 20, 5)])
    assert read_run(str(tmp_path)).curves['return'].steps.tolist() == [10, 20, 30, 40, 45]


def test_a_log_that_is_being_written(tmp_path):
    folder = gail_log(tmp_path)
    with open(os.path.join(folder, 'progress.csv'), 'a') as file:
        file.write('1,2,')
    assert len(read_run(folder).curves['return'].steps) == 5
    with open(os.path.join(folder, 'progress.csv'), 'a') as file:
        file.write('\n\nnonsense\n')
    assert len(read_run(folder).curves['return'].steps) == 5


def test_returns_where_both_are_the_same_stand_in_one_column(tmp_path):
    write_log(tmp_path, [dict(TimestepsSoFar=10, EpRewMean=1.0), dict(TimestepsSoFar=20, EpRewMean=5.0,
                                                                      EpTrueRewMean=2.0)])
    assert read_run(str(tmp_path)).curves['return'].values.tolist() == [1.0, 2.0]


def test_where_runs_are_found(tmp_path):
    one, two = gail_log(tmp_path / 'runs' / '1'), gail_log(tmp_path / 'runs' / '2')
    (tmp_path / 'runs' / 'notes').mkdir()
    assert find_runs(tmp_path / 'runs') == [one, two] and find_runs(one) == [one]
    assert find_runs(os.path.join(one, 'progress.csv')) == [one]
    for nothing, message in ((tmp_path, 'neither progress.csv nor'), (tmp_path / 'no', 'no such folder')):
        with pytest.raises(FileNotFoundError, match=r"log_dir=.*{}.*logger\.configure\(folder".format(message)):
            plot_training(nothing)


@pytest.mark.parametrize('log_dir, options, message', [
    ([], {}, r'log_dir=\[\]: a folder, a list of folders'), ([[]], {}, 'at least one folder'),
    (None, {}, 'log_dir=None: a folder, a list'), (['x', 3], {}, 'a folder, a list'), ({}, {}, 'a folder, a list'),
    ('x', dict(labels=['a', 'b']), r'labels=.*1 name\(s\) expected')])
def test_bad_arguments(log_dir, options, message):
    with pytest.raises(ValueError, match=message):
        plot_training(log_dir, **options)


def test_bad_levels_and_empty_logs(tmp_path):
    with pytest.raises(ValueError, match='expert_return=nan: expected a finite number'):
        plot_training(gail_log(tmp_path / 'a'), expert_return=np.nan)
    empty = write_log(tmp_path / 'b', [])
    with pytest.raises(ValueError, match='log_dir: it hold.* no row of figures yet'):
        plot_training(empty)


def test_one_row_is_drawn_as_a_dot_without_warnings(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        figure = plot_training(gail_log(tmp_path, n_rows=1), save_to=str(tmp_path / 'a.png'))
    assert figure.axes[0].lines[0].get_marker() == 'o'


def test_without_a_file_pyplot_knows_the_figure(tmp_path):
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    figure = plot_training(gail_log(tmp_path))
    assert figure.number in plt.get_fignums()
    plt.close(figure)
