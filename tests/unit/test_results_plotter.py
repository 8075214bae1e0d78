"""Learning curves."""
import sys

import numpy as np
import pytest

from stable_baselines.bench.monitor import LoadMonitorResultsError
from stable_baselines.results_plotter import (
    COLORS,
    X_EPISODES,
    X_TIMESTEPS,
    X_WALLTIME,
    main,
    plot_curves,
    plot_results,
    rolling_window,
    ts2xy,
    window_func,
)


@pytest.fixture
def plots():
    matplotlib = pytest.importorskip('matplotlib')
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    yield
    plt.close('all')


class Column(list):
    """As much of a column of pandas as is needed."""

    @property
    def values(self):
        return np.array(self)


RECORDS = {'r': Column([1.0, 2.0, 3.0]), 'l': Column([10, 20, 30]), 't': Column([3600.0, 5400.0, 7200.0])}


def test_rolling_window():
    array = np.arange(5)
    assert rolling_window(array, 3).tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert rolling_window(array.reshape(1, 5), 5).tolist() == [[[0, 1, 2, 3, 4]]]
    assert rolling_window([1.0, 2.0], 1).tolist() == [[1.0], [2.0]]
    for window in (0, 6):
        with pytest.raises(ValueError, match='window={}.*length of the array, 5'.format(window)):
            rolling_window(array, window)


def test_window_func():
    x, y = window_func(np.array([10, 20, 30, 40]), np.array([1.0, 3.0, 5.0, 0.0]), 2, np.mean)
    assert x.tolist() == [20, 30, 40] and y.tolist() == [2.0, 4.0, 2.5]
    assert window_func([1, 2, 3], [3, 1, 2], 3, np.max)[1].tolist() == [3]


@pytest.mark.parametrize('axis, expected', [(X_TIMESTEPS, [10, 30, 60]), (X_EPISODES, [0, 1, 2]),
                                            (X_WALLTIME, [1.0, 1.5, 2.0])])
def test_curves_of_records(axis, expected):
    x, y = ts2xy(RECORDS, axis)
    assert x.tolist() == expected and y.tolist() == [1, 2, 3]


def test_an_unknown_axis_is_refused():
    for function in (lambda: ts2xy(RECORDS, 'days'), lambda: plot_curves([([1], [1])], 'days', 'title'),
                     lambda: plot_results(['x'], None, 'days', 'title')):
        with pytest.raises(ValueError, match="xaxis='days'.*'walltime_hrs'"):
            function()


def test_plot_curves(plots):
    long, short = (np.arange(150) * 7, np.arange(150.0)), (np.arange(3), np.ones(3))
    figure = plot_curves([long, short], X_TIMESTEPS, 'CartPole', labels=['long', 'short'])
    axes, = figure.axes
    assert axes.get_title() == 'CartPole' and axes.get_xlabel() == 'environment steps'
    assert axes.get_ylabel() == 'return of an episode'
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ['long', 'short']
    line, = axes.lines  # the mean of 100 episodes, where there are as many
    assert line.get_xdata().tolist() == (np.arange(99, 150) * 7).tolist() and line.get_ydata()[0] == 49.5
    assert [len(dots.get_offsets()) for dots in axes.collections] == [150, 3]
    assert plot_curves([short], X_EPISODES, 'One').axes[0].get_legend() is None


def test_plot_curves_draws_a_run_without_episodes(plots):
    assert plot_curves([(np.array([]), np.array([]))], X_TIMESTEPS, 'empty').axes


@pytest.mark.parametrize('curves, labels', [([], None), ([([1], [1])], ['one', 'two'])])
def test_curves_and_labels_must_fit(curves, labels):
    with pytest.raises(ValueError, match='xy_list must hold at least one curve'):
        plot_curves(curves, X_TIMESTEPS, 'title', labels=labels)


def test_plot_results(plots, tmp_path):
    pytest.importorskip('pandas')
    folders = [str(tmp_path / name) for name in ('one', 'two')]
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
        with open(str(tmp_path / name / 'monitor.csv'), 'w') as file:
            file.write('#{"t_start": 0.0, "env_id": "x"}\nr,l,t\n1,10,1\n2,20,2\n3,30,3\n')
    figure = plot_results(folders, 30, X_TIMESTEPS, 'Task')
    assert [dots.get_offsets().tolist() for dots in figure.axes[0].collections] == [[[10, 1], [30, 2]]] * 2
    assert len(plot_results(folders[:1], None, X_EPISODES, 'Task').axes[0].collections[0].get_offsets()) == 3
    with pytest.raises(LoadMonitorResultsError):
        plot_results([str(tmp_path)], None, X_EPISODES, 'Task')


def test_the_program_shows_a_window(plots, tmp_path, monkeypatch):
    pytest.importorskip('pandas')
    import matplotlib.pyplot as plt
    (tmp_path / 'monitor.csv').write_text('#{"t_start": 0.0, "env_id": "x"}\nr,l,t\n1,10,1\n2,20,2\n3,30,3\n')
    shown = []
    monkeypatch.setattr(plt, 'show', lambda: shown.append(plt.gcf().axes[0]))
    main(['--dirs', str(tmp_path), '--num_timesteps', '30', '--xaxis', 'episodes', '--task_name', 'Task'])
    axes, = shown
    assert axes.get_title() == 'Task' and axes.collections[0].get_offsets().tolist() == [[0, 1], [1, 2]]
    with pytest.raises(SystemExit):
        main(['--xaxis', 'days'])


def test_each_curve_has_a_colour_of_its_own(plots):
    from matplotlib.colors import to_rgba
    curve = (np.arange(3), np.ones(3))
    figure = plot_curves([curve] * (len(COLORS) + 1), X_TIMESTEPS, 'many')
    found = [tuple(dots.get_facecolor()[0][:3]) for dots in figure.axes[0].collections]
    assert found == [to_rgba(color)[:3] for color in COLORS + COLORS[:1]] and len(set(found)) == len(COLORS) == 24


def test_without_matplotlib_plotting_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, 'matplotlib.pyplot', None)
    with pytest.raises(ImportError, match=r'plot_curves\(\) needs matplotlib'):
        plot_curves([([1], [1])], X_EPISODES, 'title')
