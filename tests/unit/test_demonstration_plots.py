"""Four panels: drawn from the right numbers, and written where there is no window."""
import os

import numpy as np
import pytest

from stable_baselines.gail.dataset import ExpertDataset
from tests.demonstrations import make_arrays

matplotlib = pytest.importorskip('matplotlib')


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    matplotlib.use('Agg')
    monkeypatch.chdir(str(tmp_path))


def plotted(**changes):
    figure = ExpertDataset(traj_data=dict(make_arrays(), **changes), verbose=0).plot()
    assert len(figure.axes) == 4
    return figure.axes


def heights(axes):
    return [patch.get_height() for patch in axes.patches]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_returns_and_lengths_hold_every_episode():
    returns, lengths, _, _ = plotted()
    assert sum(heights(returns)) == sum(heights(lengths)) == 3
    assert returns.get_title() == 'returns' and '13.5 +/- 10.35' in returns.get_xlabel()
    assert lengths.get_xlabel() == 'length (steps)'


def test_unknown_returns_are_said_to_be_unknown():
    dataset = ExpertDataset.from_episodes([(np.zeros((3, 2)), np.zeros(3))], verbose=0)
    returns = dataset.plot().axes[0]
    assert texts(returns) == ['unknown'] and not returns.patches


def test_categories_are_counted():
    actions = plotted(actions=np.array([0, 0, 0, 2, 2, 0, 0, 0, 0]).reshape(9, 1))[2]
    assert heights(actions) == [7, 0, 2] and actions.get_xticks().tolist() == [0, 1, 2]
    actions = plotted(actions=np.tile([[1, 0]], (9, 1)).astype(bool))[2]
    assert heights(actions) == [0, 9, 9, 0]
    assert [text.get_text() for text in actions.get_legend().get_texts()] == ['element 0', 'element 1']
    assert heights(plotted(actions=np.full((9, 1), -5))[2]) == [9]


def test_numbers_have_a_histogram_for_each_element():
    actions = plotted(actions=np.random.RandomState(0).uniform(-1, 1, (9, 3)).astype(np.float32))[2]
    assert len(actions.patches) == 3 and actions.get_legend() is not None
    assert len(plotted(actions=np.linspace(0, 1, 9).reshape(9, 1))[2].patches) == 1
    assert len(plotted(actions=np.zeros((9, 1)))[2].patches) == 1  # all alike


def test_many_elements_become_a_map():
    actions = plotted(actions=np.tile(np.linspace(-1, 1, 17), (9, 1)))[2]
    counts = actions.collections[0].get_array().reshape(17, -1)
    assert counts.sum() == 9 * 17 and (counts.sum(axis=1) == 9).all()
    plotted(actions=np.zeros((9, 17)))
    plotted(actions=np.tile([0, 2 ** 40], (9, 1)))  # whole numbers, but no categories


@pytest.mark.parametrize('dtype', [np.float32, np.float16, np.int8, np.uint8, np.int64])
def test_observations_go_from_smallest_to_largest(dtype):
    obs = np.array([[-5, 100], [3, 120]]).clip(np.iinfo(dtype).min if np.dtype(dtype).kind in 'iu' else -9, None)
    observations = plotted(obs=np.concatenate([obs] * 4 + [obs[:1]]).astype(dtype))[3]
    low, high = obs.min(axis=0), obs.max(axis=0)
    assert [patch.get_y() for patch in observations.patches] == low.tolist()
    assert heights(observations) == (high - low).tolist()


def test_long_observations_become_a_band():
    observations = plotted(obs=np.random.RandomState(0).rand(9, 200))[3]
    assert not observations.patches and len(observations.collections) == 1 and len(observations.lines) == 1


def test_images_show_how_bright_they_are():
    obs = np.zeros((9, 6, 5, 3), np.uint8)
    obs[..., 1] = 255
    observations = plotted(obs=obs)[3]
    assert 'of 9' in observations.get_title() and 'images 6 x 5' in observations.get_xlabel()
    curves = [line.get_ydata() for line in observations.lines]
    assert [curve.argmax() for curve in curves] == [0, 31, 0] and all(np.isclose(curve.sum(), 1) for curve in curves)


def test_one_row_can_be_plotted():
    figure = ExpertDataset(traj_data=make_arrays((1,)), verbose=0, train_fraction=1.0).plot()
    assert len(figure.axes) == 4


def test_subsampling_is_said():
    figure = ExpertDataset(traj_data=make_arrays((30, 20)), verbose=0, subsample=5).plot()
    assert figure.axes[1].get_xlabel() == 'length (steps kept: 1 of 5)'


def test_without_a_window_the_plot_is_a_file_that_is_named(capsys, tmp_path):
    np.savez('expert', **make_arrays())
    ExpertDataset('expert', verbose=0).plot()
    assert capsys.readouterr().out == 'Plot written to {}\n'.format(os.path.abspath('expert_plot.png'))
    ExpertDataset(['expert', 'expert'], verbose=0).plot()
    ExpertDataset(traj_data=make_arrays(), verbose=0).plot()
    assert sorted(os.listdir('.')) == ['demonstrations_plot.png', 'expert.npz', 'expert_plot.png']
    with open('expert_plot.png', 'rb') as file:
        assert file.read(8) == b'\x89PNG\r\n\x1a\n'


@pytest.mark.parametrize('given, written', [('a', 'a.png'), ('a.PDF', 'a.PDF'), ('new/a.svg', 'new/a.svg')])
def test_the_file_can_be_chosen(given, written):
    ExpertDataset(traj_data=make_arrays(), verbose=0).plot(given)
    assert os.path.getsize(written) > 1000


@pytest.mark.parametrize('given, message', [('a.npz', r"save_path='a.npz': pictures of type '.npz' .* \.png"),
                                            (3, 'save_path=3: the name of a picture file')])
def test_other_files_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        ExpertDataset(traj_data=make_arrays(), verbose=0).plot(given)
    assert os.listdir('.') == []


def test_figures_do_not_pile_up():
    import matplotlib.pyplot as plt
    before = len(plt.get_fignums())
    ExpertDataset(traj_data=make_arrays(), verbose=0).plot()
    assert len(plt.get_fignums()) == before


def test_where_there_are_windows_one_is_opened(monkeypatch):
    import matplotlib.pyplot as plt
    shown = []
    monkeypatch.setattr(plt, 'get_backend', lambda: 'TkAgg')
    monkeypatch.setattr(plt, 'show', lambda: shown.append(True))
    dataset = ExpertDataset(traj_data=make_arrays(), verbose=0)
    plt.close(dataset.plot())
    assert shown == [True] and os.listdir('.') == []
    dataset.plot('chosen')
    assert shown == [True] and os.listdir('.') == ['chosen.png']


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    import sys
    monkeypatch.setitem(sys.modules, 'matplotlib', None)
    monkeypatch.setitem(sys.modules, 'matplotlib.pyplot', None)
    with pytest.raises(ImportError, match=r'pip install \.\[plots\]'):
        ExpertDataset(traj_data=make_arrays(), verbose=0).plot()
