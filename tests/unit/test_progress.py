"""Progress bars."""
import io
import sys
from types import SimpleNamespace

import pytest

from stable_baselines.common import mpi, progress
from stable_baselines.common.callbacks import EvalCallback, ProgressBarCallback
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.progress import ProgressBar, beside_bars, slow_loop, some_bar_is_drawn, wants_bar
from tests.fakes import CheckedEnv, ScriptedModel


class Terminal(io.StringIO):
    """What a terminal would be told."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(progress, 'sys', SimpleNamespace(stderr=Terminal()))  # pytest has sys.stderr for itself
    monkeypatch.setattr(progress, 'SECONDS_BETWEEN_DRAWINGS', 0.0)
    return progress.sys.stderr


@pytest.fixture
def log_file(monkeypatch):
    monkeypatch.setattr(progress, 'sys', SimpleNamespace(stderr=io.StringIO()))
    return progress.sys.stderr


def test_who_gets_a_bar(log_file, monkeypatch):
    assert wants_bar(True) and not wants_bar(False) and not wants_bar('auto')
    monkeypatch.setattr(progress.sys, 'stderr', Terminal())
    assert wants_bar('auto') and not wants_bar(False)
    monkeypatch.setattr(mpi, 'is_root', lambda: False)
    assert not wants_bar(True) and not wants_bar('auto')
    monkeypatch.setattr(mpi, 'is_root', lambda: True)
    for nowhere in (None, io.StringIO()):
        monkeypatch.setattr(progress.sys, 'stderr', nowhere)
        assert not wants_bar('auto')


@pytest.mark.parametrize('value', ['yes', 1, None, 0.5])
def test_other_wishes_are_refused(value):
    with pytest.raises(ValueError, match="progress_bar={!r}: True draws a bar, False none, 'auto'".format(value)):
        ProgressBarCallback(value)


def test_a_bar_in_a_terminal(terminal):
    with ProgressBar(20, 'working', 'step', True) as bar:
        bar.advance(5, note='return 3')
        bar.move_to(12)
        assert some_bar_is_drawn()
    text = terminal.getvalue()
    assert 'working' in text and '5/20' in text and '12/20' in text and 'return 3' in text and 'step/s' in text
    assert not some_bar_is_drawn()


@pytest.mark.skipif(sys.platform == 'win32', reason='no pseudo-terminals')
def test_a_terminal_of_unknown_width(monkeypatch):
    import os
    import pty
    master, slave = pty.openpty()  # it has no size until somebody gives it one
    with os.fdopen(slave, 'w') as terminal:
        monkeypatch.setattr(progress, 'sys', SimpleNamespace(stderr=terminal))
        with ProgressBar(20, 'working', 'step', 'auto') as bar:
            bar.move_to(20)
        assert b'20/20' in os.read(master, 10000)
    os.close(master)


def test_more_than_the_total_enlarges_it(terminal):
    with ProgressBar(20, 'working', 'step', True) as bar:
        bar.move_to(24)
    assert '24/24' in terminal.getvalue()


def test_elsewhere_few_lines_are_written(log_file):
    with ProgressBar(1000, 'working', 'step', True) as bar:
        for _ in range(1000):
            bar.advance()
    lines = log_file.getvalue().split('\r')
    assert len(lines) <= 5 and '1000/1000' in lines[-1]
    with ProgressBar(10, 'working', 'step', False) as bar:
        bar.advance()
        assert not bar.is_due


def test_bars_nest_and_inner_ones_vanish(terminal):
    with ProgressBar(2, 'outer', 'step', True) as outer:
        with ProgressBar(3, 'inner', 'episode', 'auto') as inner:
            inner.advance(3)
        outer.advance(2)
    text = terminal.getvalue()
    assert '\n\rinner' in text and text.rstrip().split('\r')[-1].startswith('outer: 100%')


def test_inside_a_bar_that_was_asked_for_others_are_drawn(log_file):
    with ProgressBar(2, 'outer', 'step', True):
        with ProgressBar(3, 'inner', 'episode', 'auto') as inner:
            inner.advance(3)
    assert 'inner' in log_file.getvalue()
    with ProgressBar(3, 'alone', 'episode', 'auto') as inner:
        inner.advance(3)
    assert 'alone' not in log_file.getvalue()


def test_a_slow_loop_in_a_bar_gets_one(terminal, monkeypatch):
    assert list(slow_loop(iter('abc'), 3, 'loop', 'letter')) == ['a', 'b', 'c'] and terminal.getvalue() == ''
    with ProgressBar(2, 'outer', 'step', True):
        assert list(slow_loop('abc', 3, 'loop', 'letter')) == ['a', 'b', 'c']
        assert 'loop' not in terminal.getvalue()  # it was fast
        monkeypatch.setattr(progress, '_SECONDS_TO_BE_SLOW', 0.0)
        assert list(slow_loop('abc', 3, 'loop', 'letter')) == ['a', 'b', 'c']
        assert 'loop:  67%' in terminal.getvalue()


def test_what_is_printed_does_not_break_bars(terminal, monkeypatch):
    monkeypatch.setattr(sys, 'stdout', terminal)  # both on one screen
    monkeypatch.setattr(sys, 'stderr', terminal)
    with ProgressBar(2, 'outer', 'step', True):
        with beside_bars():
            print('a table')
    before, after = terminal.getvalue().split('a table')
    assert before.endswith('\r') and after.startswith('\n\router')


class Learner(ScriptedModel):
    """As much of a model as the callback sees."""


def test_the_callback_follows_a_run(terminal):
    callback, model = ProgressBarCallback(), Learner()
    model.num_timesteps = 50  # of an earlier run
    assert not callback.listens
    returns = []
    callback.init_callback(model)
    callback.on_training_start(dict(total_timesteps=100.0, episode_returns=returns), {})
    assert 'Learner:   0%' in terminal.getvalue()
    for number in range(1, 4):
        model.num_timesteps += 40
        callback.on_rollout_end()
        returns.append(number + 0.125)
    callback.on_training_end()
    text = terminal.getvalue()
    assert '40/100' in text and '80/100' in text and 'return 2.125' in text and '120/120' in text
    assert 'return 3.125' in text and not some_bar_is_drawn()


def test_a_failed_run_leaves_no_bar_behind(terminal):
    callback = ProgressBarCallback()
    callback.init_callback(Learner())
    callback.on_training_start(dict(total_timesteps=100), {})
    callback.release()
    assert not some_bar_is_drawn()
    callback.on_training_end()


def test_evaluation_may_have_a_bar(terminal):
    evaluate_policy(ScriptedModel(), CheckedEnv(), n_eval_episodes=4, progress_bar=True)
    assert 'evaluation' in terminal.getvalue() and '4/4' in terminal.getvalue()
    terminal.truncate(0)
    evaluate_policy(ScriptedModel(), CheckedEnv(), n_eval_episodes=4)
    assert 'evaluation' not in terminal.getvalue()


def test_the_bar_of_an_evaluation_is_inside_that_of_training(log_file, capsys):
    callback, model = EvalCallback(CheckedEnv(), eval_freq=1, n_eval_episodes=3, verbose=0), Learner()
    callback.init_callback(model)
    callback.on_training_start({}, {})
    callback.on_step()
    assert log_file.getvalue() == ''
    with ProgressBar(10, 'GAIL', 'step', True):
        callback.on_step()
    assert 'evaluation: 100%' in log_file.getvalue()
