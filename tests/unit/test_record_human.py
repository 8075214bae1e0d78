"""Recording a human in a window of pygame, which SDL's dummy driver keeps off the screen. Keys come from the test."""
import os
import sys

import numpy as np
import pytest

from stable_baselines.common import gym_api
from stable_baselines.common.gym_api import gym, spaces
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset, record_human
from tests.unit.test_human_play import Walk

pygame = pytest.importorskip('pygame')

MODERN = bool(gym_api.render_kwargs('rgb_array'))
DOWN, UP = pygame.KEYDOWN, pygame.KEYUP
RETURN, ESCAPE, BACKSPACE, TAB = pygame.K_RETURN, pygame.K_ESCAPE, pygame.K_BACKSPACE, pygame.K_TAB
A, B = ord('a'), ord('b')


@pytest.fixture(autouse=True)
def dummy_screen(monkeypatch):
    monkeypatch.setenv('SDL_VIDEODRIVER', 'dummy')
    yield
    pygame.display.quit()


@pytest.fixture
def typing(monkeypatch):
    """Lets a test's keys be pressed as time goes by."""
    def start(*items):
        remaining = list(items)

        class Clock:
            def tick(self, fps):
                assert fps == 500 or fps == 7
                item = remaining.pop(0)
                if isinstance(item, BaseException):
                    raise item
                for kind, key in ([] if item is None else item if isinstance(item, list) else [item]):
                    pygame.event.post(pygame.event.Event(kind, **({} if key is None else {'key': key})))

        monkeypatch.setattr(pygame.time, 'Clock', Clock)
        return remaining
    return start


QUIT_EVENT = (pygame.QUIT, None)
# One episode: 'a' is held for two looks, 'b' for one.
EPISODE = [(DOWN, RETURN), (DOWN, A), [(UP, RETURN)], [(UP, A), (DOWN, B)], (UP, B)]


def test_a_file_like_that_of_the_recorder_is_written(typing, tmp_path, capsys):
    remaining = typing(*EPISODE, *EPISODE, (DOWN, ESCAPE))
    env = Walk()
    data = record_human(env, tmp_path / 'new' / 'human', fps=7)
    assert remaining == []
    assert os.listdir(str(tmp_path / 'new')) == ['human.npz']
    dataset = ExpertDataset(tmp_path / 'new' / 'human.npz', verbose=0)
    assert dataset.actions.tolist() == [[0], [0], [2]] * 2
    np.testing.assert_array_equal(dataset.observations, [[1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]])
    assert dataset.observations.dtype == np.float32
    assert dataset.returns.tolist() == [32, 62] and dataset.num_traj == 2
    assert sorted(data) == ['actions', 'episode_returns', 'episode_starts', 'obs', 'rewards']
    assert 'Recorded 2 episodes, 6 steps, return 47.00 +/- 15.00' in capsys.readouterr().out
    env.reset()  # it is left open


def test_a_key_that_is_struck_and_let_go_at_once_counts(typing, tmp_path):
    tap = [(DOWN, A), (UP, A)]
    typing((DOWN, RETURN), tap, None, tap, None, tap, (DOWN, ESCAPE))
    assert record_human(Walk(), None)['actions'].tolist() == [[0], [0], [0]]
    assert not os.listdir(str(tmp_path))


def test_keys_let_go_while_another_window_has_the_keyboard_do_not_stick(typing):
    typing((DOWN, RETURN), (DOWN, A), (pygame.WINDOWFOCUSLOST, None), None, (DOWN, B), None, (DOWN, ESCAPE))
    assert record_human(Walk(), None)['actions'].tolist() == [[0], [2], [2]]


@pytest.mark.parametrize('end', [(DOWN, ESCAPE), QUIT_EVENT, KeyboardInterrupt()])
def test_what_was_finished_is_kept_however_it_ends(typing, tmp_path, end):
    typing(*EPISODE, (DOWN, RETURN), (DOWN, A), end)
    record_human(Walk(), tmp_path / 'human.npz')
    assert ExpertDataset(tmp_path / 'human.npz', verbose=0).num_traj == 1
    assert not pygame.display.get_init()


def test_an_exception_is_raised_after_what_was_finished_was_saved(typing, tmp_path):
    typing(*EPISODE, (DOWN, RETURN), (DOWN, A), RuntimeError('the simulator broke'))
    with pytest.raises(RuntimeError, match='the simulator broke'):
        record_human(Walk(), tmp_path / 'human.npz')
    assert ExpertDataset(tmp_path / 'human.npz', verbose=0).num_traj == 1


@pytest.mark.parametrize('end, error', [((DOWN, ESCAPE), RuntimeError), (KeyboardInterrupt(), KeyboardInterrupt)])
def test_nothing_is_written_where_nothing_was_finished(typing, tmp_path, end, error):
    typing((DOWN, RETURN), (DOWN, A), end)
    with pytest.raises(error):
        record_human(Walk(), tmp_path / 'human.npz')
    assert not os.listdir(str(tmp_path)) and not pygame.display.get_init()


def test_the_last_episode_can_be_discarded_and_the_number_be_limited(typing, tmp_path):
    typing(*EPISODE, (DOWN, BACKSPACE), *EPISODE, None, (DOWN, RETURN))
    data = record_human(Walk(), tmp_path / 'human.npz', n_episodes=1)
    assert data['episode_returns'].tolist() == [62]


def test_images_become_png_files_that_move_with_the_recording(typing, tmp_path, monkeypatch):
    pytest.importorskip('PIL')

    class Pictures(Walk):
        observation_space = spaces.Box(0, 255, (4, 5, 3), np.uint8)

        def reset(self):
            super().reset()
            return self.render()

        def step(self, action):
            return (self.render(),) + super().step(action)[1:]

    monkeypatch.chdir(tmp_path)
    os.mkdir('work')
    monkeypatch.chdir(tmp_path / 'work')
    typing(*EPISODE, (DOWN, RETURN), (DOWN, A), (DOWN, TAB), *EPISODE[:-1], (DOWN, BACKSPACE), (DOWN, ESCAPE))
    data = record_human(Pictures(), '../out/human', image_folder='pictures')
    names = sorted(os.listdir(str(tmp_path / 'out' / 'pictures')))
    assert names == ['human_0.png', 'human_1.png', 'human_2.png'] and len(data['obs']) == 3
    (tmp_path / 'out').rename(tmp_path / 'moved')
    dataset = ExpertDataset(tmp_path / 'moved' / 'human.npz', verbose=0, randomize=False, train_fraction=1.0)
    assert dataset.get_next_batch('train')[0][:, 0, 0, 0].tolist() == [0, 0, 1]


def test_a_second_recording_by_hand_overwrites_no_image(typing, tmp_path):
    pytest.importorskip('PIL')

    class Lit(Walk):
        brightness = 10
        observation_space = spaces.Box(0, 255, (4, 5, 3), np.uint8)

        def reset(self):
            super().reset()
            return np.full((4, 5, 3), self.brightness, np.uint8)

        def step(self, action):
            return (np.full((4, 5, 3), self.brightness, np.uint8),) + super().step(action)[1:]

    for env, name in ((Lit(), 'first.npz'), (Lit(), 'second.npz')):
        env.brightness = 10 if name == 'first.npz' else 20
        typing(*EPISODE, (DOWN, ESCAPE))
        record_human(env, tmp_path / 'human.npz')
        os.replace(str(tmp_path / 'human.npz'), str(tmp_path / name))
    for name, brightness in (('first.npz', 10), ('second.npz', 20)):
        dataset = ExpertDataset(tmp_path / name, verbose=0, train_fraction=1.0)
        assert set(dataset.get_next_batch('train')[0][:, 0, 0, 0]) == {brightness}


def test_continuous_actions_and_keys_of_ones_own(typing):
    class Steer(Walk):
        action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)

        def step(self, action):
            assert isinstance(action, np.ndarray) and action.dtype == np.float32
            action += 1  # an environment that changes what it is given
            return super().step(0)

    left, up = pygame.K_LEFT, pygame.K_UP
    typing((DOWN, RETURN), [(UP, RETURN), (DOWN, left)], (DOWN, up), [(UP, left), (UP, up)], (DOWN, ESCAPE))
    keys = {'left': [-1, 0], ('left', 'up'): [-1, 0.5]}
    data = record_human(Steer(), None, keys_to_action=keys, noop=[0, 0])
    np.testing.assert_array_equal(data['actions'], np.float32([[-1, 0], [-1, 0.5], [0, 0]]))


def test_the_id_of_an_environment_serves_and_the_five_results_of_newer_gyms(typing, monkeypatch):
    closed = []
    if not MODERN:  # gym 0.17.3 draws CartPole with pyglet, which needs a screen
        monkeypatch.setattr('gym.envs.classic_control.cartpole.CartPoleEnv.render',
                            lambda self, mode='human': np.zeros((40, 60, 3), np.uint8))
    original = gym_api.make

    def make(*args, **kwargs):
        env = original(*args, **kwargs)
        close = env.close
        env.close = lambda: (closed.append(True), close())
        return env

    monkeypatch.setattr(gym_api, 'make', make)
    typing((DOWN, RETURN), *[(DOWN, pygame.K_LEFT)] * 15, (DOWN, ESCAPE), *[(DOWN, ESCAPE)] * 5)
    data = record_human('CartPole-v1', None, {'left': 0, 'right': 1}, fps=7, seed=3)
    assert 8 <= len(data['obs']) <= 12 and not data['actions'].any() and data['obs'].shape[1] == 4
    typing((DOWN, RETURN), *[(DOWN, pygame.K_LEFT)] * 15, (DOWN, ESCAPE), *[(DOWN, ESCAPE)] * 5)
    again = record_human('CartPole-v1', None, {'left': 0, 'right': 1}, fps=7, seed=3)
    np.testing.assert_array_equal(again['obs'], data['obs'])
    assert closed == [True, True]


def test_environments_of_gymnasium_serve(typing):
    gymnasium = pytest.importorskip('gymnasium')
    env = gymnasium.make('CartPole-v1', render_mode='rgb_array')
    typing((DOWN, RETURN), *[(DOWN, pygame.K_LEFT)] * 15, *[(DOWN, ESCAPE)] * 6)
    assert not record_human(env, None, {'left': 0}, fps=7)['actions'].any()
    with pytest.raises(ValueError, match='render_mode=None'):
        record_human(gymnasium.make('CartPole-v1'), None, {'left': 0}, fps=7)


def test_the_picture_is_shown_and_magnified(typing, monkeypatch):
    shown = []
    original = pygame.display.flip

    def flip():
        screen = pygame.display.get_surface()
        shown.append((screen.get_size(), tuple(screen.get_at((3, 3)))[:3]))
        original()

    monkeypatch.setattr(pygame.display, 'flip', flip)
    typing(*EPISODE, (DOWN, ESCAPE))
    record_human(Walk(), None)
    assert [size for size, _ in shown] == [(500, 400)] * 5
    assert [colour[0] for _, colour in shown] == [0, 1, 2, 3, 0]
    shown.clear()
    typing(*EPISODE, (DOWN, ESCAPE))
    record_human(Walk(), None, zoom=2.5)
    assert {size for size, _ in shown} == {(12, 10)}
    shown.clear()
    typing((pygame.VIDEOEXPOSE, None), *EPISODE, (DOWN, ESCAPE))
    record_human(Walk(), None)
    assert [colour[0] for _, colour in shown] == [0, 0, 1, 2, 3, 0]  # drawn anew after another window had covered it


class Blind(Walk):
    def render(self, mode='human'):
        return None


class Late(Walk):
    """As environments are since gym 0.26."""

    render_mode = None

    def render(self):
        return None


class Named(Late):
    render_mode = 'human'


class Nameless(Walk):
    get_keys_to_action = None


class OfDicts(Walk):
    observation_space = spaces.Dict({'position': Walk.observation_space})


@pytest.mark.parametrize('env, arguments, error, message', [
    (3, {}, TypeError, 'env=3 is not an environment'),
    (DummyVecEnv([Walk]), {}, TypeError, 'a VecEnv does not serve'),
    ('Nothing-v0', {}, ValueError, "env='Nothing-v0' cannot be built"),
    (Nameless(), {}, ValueError, 'keys_to_action=None: Nameless has no get_keys_to_action'),
    (OfDicts(), {}, ValueError, 'the observation space Dict'),
    (Blind(), {}, ValueError, "render.. of Blind gave NoneType for 'rgb_array'"),
    (Late(), {}, ValueError, "Late was built with render_mode=None.*render_mode='rgb_array'"),
    (Named(), {}, ValueError, "render_mode='human'"),
    (Walk(), dict(n_episodes=0), ValueError, 'n_episodes=0'),
    (Walk(), dict(fps=0), ValueError, 'fps=0: a number above 0'),
    (Walk(), dict(zoom=-1), ValueError, 'zoom=-1'),
    (Walk(), dict(zoom='big'), ValueError, "zoom='big'"),
    (Walk(), dict(quit_key='a'), ValueError, "quit_key='a': this key has another meaning"),
    (Walk(), dict(quit_key='tab'), ValueError, "quit_key='tab': this key has another meaning"),
    (Walk(), dict(start_key='enterr'), ValueError, "start_key='enterr': no key has this name"),
    (Walk(), dict(start_key=None), ValueError, 'start_key=None'),
    (Walk(), dict(noop=5), ValueError, 'noop=5 is no action'),
    (Walk(), dict(keys_to_action={'left': 7}), ValueError, 'is no action'),
])
def test_bad_arguments_are_named_and_nothing_stays_behind(typing, tmp_path, env, arguments, error, message):
    typing((DOWN, ESCAPE))
    with pytest.raises(error, match=message):
        record_human(env, tmp_path / 'human.npz', **arguments)
    assert not os.listdir(str(tmp_path)) and not pygame.display.get_init()


def test_a_missing_screen_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv('SDL_VIDEODRIVER', 'no such driver')
    with pytest.raises(RuntimeError, match='No window can be opened here'):
        record_human(Walk(), tmp_path / 'human.npz')


def test_a_display_that_was_open_before_stays_open(typing):
    pygame.display.init()
    typing(*EPISODE, (DOWN, ESCAPE))
    record_human(Walk(), None)
    assert pygame.display.get_init()


def test_missing_pygame_is_named_with_its_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'pygame', None)
    with pytest.raises(ImportError, match=r'pip install .\[render\]'):
        record_human(Walk(), tmp_path / 'human.npz', {'left': 0})


def test_gyms_environment_without_render_mode_is_refused():
    env = gym.make('CartPole-v1') if MODERN else Late()  # gym 0.17.3 chooses the mode in render()
    with pytest.raises(ValueError, match='was built with render_mode=None'):
        record_human(env, None, {'left': 0})
