"""Code called while a model trains."""
import os

import numpy as np
import pytest

from stable_baselines import logger
from stable_baselines.common import mpi
from stable_baselines.common.callbacks import (
    BaseCallback,
    CallbackList,
    CheckpointCallback,
    ConvertCallback,
    EvalCallback,
    EventCallback,
    EveryNTimesteps,
    NullCallback,
    StopTrainingOnRewardThreshold,
    as_callback,
)
from stable_baselines.common.vec_env import DummyVecEnv
from tests.fakes import CheckedEnv, CheckedNewApiEnv, ScriptedModel


class Recorder(BaseCallback):
    """Notes its events; its steps return what it is told."""

    def __init__(self, *answers, verbose=0):
        super().__init__(verbose)
        self.events = []
        self.answers = list(answers)

    def _init_callback(self):
        assert self.model is not None
        self.events.append('init')

    def _on_training_start(self):
        self.events.append('training_start')

    def _on_rollout_start(self):
        self.events.append('rollout_start')

    def _on_step(self):
        self.events.append(self.num_timesteps)
        return self.answers.pop(0) if self.answers else True

    def _on_rollout_end(self):
        self.events.append('rollout_end')

    def _on_training_end(self):
        self.events.append('training_end')


def start(callback, env='the env', locals_=None):
    model = ScriptedModel(env=env)
    callback.init_callback(model)
    callback.on_training_start({'self': model} if locals_ is None else locals_, {'a global': 1})
    return model


def run(callback, model, steps, step_size=1):
    answers = []
    for _ in range(steps):
        model.num_timesteps += step_size
        answers.append(callback.on_step())
    return answers


def test_what_a_callback_knows():
    callback = Recorder(verbose=2)
    model = start(callback)
    run(callback, model, 3, step_size=4)
    assert callback.model is model and callback.training_env == 'the env' and callback.logger is logger
    assert callback.locals['self'] is model and callback.globals == {'a global': 1}
    assert (callback.n_calls, callback.num_timesteps, callback.verbose, callback.parent) == (3, 12, 2, None)
    callback.update_locals({'reward': 5})
    assert callback.locals['reward'] == 5 and 'self' in callback.locals


def test_events_come_in_order():
    callback = Recorder()
    model = start(callback)
    callback.on_rollout_start()
    run(callback, model, 1)
    callback.on_rollout_end()
    callback.on_training_end()
    assert callback.events == ['init', 'training_start', 'rollout_start', 1, 'rollout_end', 'training_end']


class OnEveryStep(EventCallback):
    def _on_step(self):
        return self._on_event()


@pytest.mark.parametrize('answer, goes_on', [
    (True, True), (False, False), (None, True), (np.bool_(False), False), (np.bool_(True), True),
    (np.float64(1) > 2, False), (0, True), (0.0, True), ([], True), ('', True), (np.float32(0), True),
    (np.zeros(2, bool), True), (np.array(False), True)])
def test_what_a_step_answers(answer, goes_on):
    for callback in (Recorder(answer), CallbackList([Recorder(answer), Recorder()]), OnEveryStep(Recorder(answer)),
                     CallbackList([Recorder(), CallbackList([Recorder(answer)])]),
                     as_callback(lambda locals_, globals_: answer), as_callback([lambda locals_, globals_: answer])):
        found = run(callback, start(callback), steps=1)
        assert found == [goes_on] and isinstance(found[0], bool)


def test_a_callback_may_care_about_other_events_only():
    class Rollouts(BaseCallback):
        count = 0

        def _on_rollout_end(self):
            self.count += 1

    callback = Rollouts()
    assert run(callback, start(callback), steps=2) == [True, True]
    callback.on_rollout_end()
    assert (callback.count, callback.n_calls) == (1, 2)


def test_a_list_calls_all_even_when_one_stops():
    first, second = Recorder(True, False), Recorder()
    callback = CallbackList([first, second])
    locals_ = {'x': 1}
    model = start(callback, locals_=locals_)
    callback.on_rollout_start()
    assert run(callback, model, 3) == [True, False, True]
    callback.on_rollout_end()
    callback.on_training_end()
    callback.update_locals({'y': 2})
    expected = ['init', 'training_start', 'rollout_start', 1, 2, 3, 'rollout_end', 'training_end']
    assert first.events == second.events == expected
    assert second.model is model and second.locals == {'x': 1, 'y': 2}


def test_a_list_takes_callbacks_only():
    with pytest.raises(TypeError, match=r'callbacks\[1\]=.*is no BaseCallback'):
        CallbackList([Recorder(), lambda locals_, globals_: True])


def test_event_callback_calls_its_child_on_events():
    class EverySecond(EventCallback):
        def _on_step(self):
            return self._on_event() if self.n_calls % 2 == 0 else True

    child = Recorder(True, False)
    callback = EverySecond(child)
    model = start(callback)
    assert run(callback, model, 4, step_size=10) == [True, True, True, False]
    assert child.events == ['init', 'training_start', 20, 40] and child.parent is callback
    assert child.n_calls == 2
    callback.update_locals({'new': 1})
    assert child.locals['new'] == 1
    alone = EverySecond()
    assert run(alone, start(alone), 2) == [True, True]


@pytest.mark.parametrize('step_size, expected', [(1, [3, 6, 9]), (2, [4, 8]), (8, [8])])
def test_every_n_timesteps(step_size, expected):
    child = Recorder()
    callback = EveryNTimesteps(n_steps=3, callback=child)
    run(callback, start(callback), 10 // step_size, step_size)
    assert child.events[2:] == expected
    with pytest.raises(ValueError, match='n_steps=0'):
        EveryNTimesteps(0, child)


def test_every_n_steps_in_a_second_run():
    """Steps are counted from 0 again, or go on: it is called every n steps either way."""
    child = Recorder()
    callback = EveryNTimesteps(n_steps=3, callback=child)
    run(callback, start(callback), 10)
    assert [event for event in child.events if isinstance(event, int)] == [3, 6, 9]
    del child.events[:]
    model = start(callback)
    run(callback, model, 7)
    assert [event for event in child.events if isinstance(event, int)] == [3, 6]
    del child.events[:]
    callback.on_training_start({}, {})
    run(callback, model, 3)
    assert [event for event in child.events if isinstance(event, int)] == [9]


def test_functions():
    seen = []

    def function(locals_, globals_):
        seen.append((locals_['x'], globals_['a global']))
        return None if len(seen) == 1 else len(seen) < 3

    callback = ConvertCallback(function)
    model = start(callback, locals_={'x': 7})
    assert run(callback, model, 3) == [True, True, False]
    assert seen == [(7, 1)] * 3


def test_one_callback_of_anything():
    recorder = Recorder()
    assert as_callback(recorder) is recorder
    assert isinstance(as_callback(lambda locals_, globals_: True), ConvertCallback)
    nothing = as_callback(None)
    assert isinstance(nothing, NullCallback) and run(nothing, start(nothing), 2) == [True, True]
    mixed = as_callback([recorder, lambda locals_, globals_: False, None])
    assert isinstance(mixed, CallbackList) and run(mixed, start(mixed), 1) == [False]
    assert recorder.n_calls == 1


def test_whether_anybody_listens():
    assert [as_callback(callback).listens for callback in (None, [], [None, [None]], Recorder(), [None, Recorder()])
            ] == [False, False, False, True, True]


@pytest.mark.parametrize('callback', ['stop', 3, Recorder, EvalCallback, [Recorder(), 3]])
def test_what_is_no_callback_is_refused(callback):
    with pytest.raises(TypeError, match='callback=.*expected a callback object'):
        as_callback(callback)


def test_checkpoints(tmp_path, capsys):
    folder = tmp_path / 'deep' / 'checkpoints'
    callback = CheckpointCallback(save_freq=2, save_path=str(folder), name_prefix='gail', verbose=2)
    assert run(callback, start(callback), 5, step_size=10) == [True] * 5
    assert sorted(os.listdir(str(folder))) == ['gail_20_steps.zip', 'gail_40_steps.zip']
    assert capsys.readouterr().out.count('gail_20_steps') == 1
    with pytest.raises(ValueError, match='save_freq=0'):
        CheckpointCallback(0, str(folder))


def test_other_workers_write_and_print_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mpi, 'is_root', lambda: False)
    evaluate = EvalCallback(CheckedEnv(), eval_freq=1, log_path=str(tmp_path / 'log'),
                            best_model_save_path=str(tmp_path / 'best'))
    callback = CallbackList([CheckpointCallback(1, str(tmp_path / 'checkpoints'), verbose=2), evaluate])
    run(callback, start(callback), 2)
    assert evaluate.best_mean_reward == -np.inf  # the first one evaluates for all
    assert os.listdir(str(tmp_path)) == [] and capsys.readouterr().out == ''


def test_evaluation_writes_results_and_the_best_model(tmp_path, capsys):
    child = Recorder()
    callback = EvalCallback(CheckedEnv(episode_length=2), callback_on_new_best=child, n_eval_episodes=2, eval_freq=3,
                            log_path=str(tmp_path / 'log'), best_model_save_path=str(tmp_path / 'best'))
    model = start(callback)
    assert run(callback, model, 2) == [True, True]
    assert (callback.last_mean_reward, callback.best_mean_reward) == (-np.inf, -np.inf)
    for reward, best in ((1.0, 2.0), (3.0, 6.0), (2.0, 6.0), (3.0, 6.0)):
        callback.eval_env.set_attr('reward', reward)
        run(callback, model, 3)
        assert (callback.last_mean_reward, callback.best_mean_reward) == (2 * reward, best)
    with np.load(str(tmp_path / 'log' / 'evaluations.npz')) as data:
        assert sorted(data.files) == ['ep_lengths', 'results', 'timesteps']
        assert data['timesteps'].tolist() == [3, 6, 9, 12]
        assert data['results'].tolist() == [[2, 2], [6, 6], [4, 4], [6, 6]]
        assert data['ep_lengths'].tolist() == [[2, 2]] * 4
    assert model.saved == [str(tmp_path / 'best' / 'best_model')] * 2
    assert child.events[2:] == [3, 6] and child.parent is callback
    assert os.listdir(str(tmp_path / 'best')) == ['best_model.zip']
    assert os.listdir(str(tmp_path / 'log')) == ['evaluations.npz']
    printed = capsys.readouterr().out
    assert printed.count('Evaluation after') == 4 and printed.count('best so far') == 2


@pytest.mark.parametrize('env_class', [CheckedEnv, CheckedNewApiEnv])
def test_evaluation_in_several_environments(env_class, capsys):
    venv = DummyVecEnv([env_class] * 3)
    callback = EvalCallback(venv, eval_freq=1, n_eval_episodes=4, verbose=0, deterministic=False, render=False)
    model = start(callback)
    assert callback.eval_env is venv and run(callback, model, 1) == [True]
    assert callback.last_mean_reward == 5 and set(model.deterministic) == {False}
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('nested', [False, True])
def test_training_stops_at_the_threshold(nested, capsys):
    stop = StopTrainingOnRewardThreshold(5.0, verbose=1)
    callback = EvalCallback(CheckedEnv(reward=0.5), callback_on_new_best=CallbackList([stop]) if nested else stop,
                            eval_freq=1, verbose=0)
    model = start(callback)
    assert run(callback, model, 2) == [True, True]
    callback.eval_env.set_attr('reward', 1.0)
    assert run(callback, model, 1) == [False]
    assert 'threshold 5.0' in capsys.readouterr().out


def test_a_threshold_needs_an_evaluation():
    for callback in (StopTrainingOnRewardThreshold(5.0), EveryNTimesteps(1, StopTrainingOnRewardThreshold(5.0))):
        with pytest.raises(ValueError, match='callback_on_new_best'):
            start(callback)


def test_evaluation_can_be_switched_off():
    callback = EvalCallback(CheckedEnv(), eval_freq=-1)
    run(callback, start(callback), 3)
    assert callback.last_mean_reward == -np.inf
    with pytest.raises(ValueError, match='n_eval_episodes=0'):
        EvalCallback(CheckedEnv(), n_eval_episodes=0)
