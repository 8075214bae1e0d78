"""A human's play without a window: keys, what they mean, and the episodes that come of it."""
import numpy as np
import pytest

from stable_baselines.common.catch_env import CatchEnv
from stable_baselines.common.gym_api import gym, spaces
from stable_baselines.gail.dataset.human.key_bindings import KeyBindings, keys_of_env
from stable_baselines.gail.dataset.human.keyboard_window import Keys
from stable_baselines.gail.dataset.human.played_episodes import Controls, HumanPlay

CODES = {'left': 1001, 'right': 1002, 'up': 1003, 'space': 32}
START, RESTART, DISCARD, QUIT = 1, 2, 3, 4
BOX = spaces.Box(-1.0, 1.0, (2,), np.float32)


def code_of(name):
    return ord(name) if len(name) == 1 else CODES.get(name)


def bindings(keys_to_action, noop=None, space=None):
    return KeyBindings(keys_to_action, noop, space or spaces.Discrete(4), code_of)


def action_of(bound, *held):
    binding = bound.pressed(held)
    return None if binding is None else binding.action


@pytest.mark.parametrize('keys', ['wa', 'aw', ('w', 'a'), (97, 119), (np.int64(97), 'w'), frozenset('wa')])
def test_keys_are_written_in_several_ways(keys):
    bound = bindings({keys: 3, 'left': 0, 97: 1, 'w': 2})
    assert action_of(bound, 97, 119) == 3
    assert [action_of(bound, *held) for held in ((97,), (119,), (1001,), (), (5,))] == [1, 2, 0, None, None]
    assert bound.keys == {97, 119, 1001}


def test_the_largest_combination_counts_and_of_equals_the_first():
    bound = bindings({'right': 1, 'left': 0, ('left', 'space'): 2})
    assert action_of(bound, 1001, 32, 7) == 2
    assert action_of(bound, 1001, 1002) == 1


def test_nothing_held_is_the_noop():
    assert action_of(bindings({'left': 0}, noop=3)) == 3
    assert action_of(bindings({(): 2, 'left': 0})) == 2  # as Atari environments say it
    assert action_of(bindings({(): 2, 'left': 0}, noop=1)) == 1


def test_actions_become_elements_of_the_space():
    bound = bindings({'left': [-3, 0], 'right': (0.5, 1)}, noop=np.zeros(2), space=BOX)
    np.testing.assert_array_equal(action_of(bound, 1001), np.float32([-1, 0]))
    assert action_of(bound, 1002).dtype == np.float32 and action_of(bound).shape == (2,)
    assert isinstance(action_of(bindings({'left': np.int64(1)}), 1001), int)


@pytest.mark.parametrize('keys_to_action, noop, message', [
    ({}, None, 'keys_to_action={}: a dict'),
    ([('left', 0)], None, 'a dict from keys to actions is needed'),
    ({'lefft': 0}, None, "keys_to_action\\['lefft'\\]: 'lefft' is no key"),
    ({(3.5,): 0}, None, '3.5 is no key'),
    ({('left', None): 0}, None, 'None is no key'),
    ({-1: 0}, None, '-1 is no key'),
    ({'a': 0, 97: 1}, None, 'keys_to_action\\[97\\]: the same keys are there twice'),
    ({'left': 4}, None, "keys_to_action\\['left'\\]=4 is no action"),
    ({'left': 'fire'}, None, "keys_to_action\\['left'\\]='fire' is no action"),
    ({'left': 0}, 9, 'noop=9 is no action'),
])
def test_what_cannot_be_meant_is_named(keys_to_action, noop, message):
    with pytest.raises(ValueError, match=message):
        bindings(keys_to_action, noop)


class Walk(gym.Env):
    """Ends after ``length`` steps; speaks gym's older dialect, and changes its observation in place."""

    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = spaces.Discrete(3)
    metadata = {'render.modes': ['rgb_array'], 'video.frames_per_second': 500}

    def __init__(self, length=3):
        self.length, self.n_resets, self.taken = length, 0, []
        self.state = np.zeros(2, np.float32)

    def reset(self):
        self.n_resets += 1
        self.state[:] = (self.n_resets, 0)
        return self.state

    def step(self, action):
        self.taken.append(action)
        self.state[1] += 1
        return self.state, 10.0 * self.n_resets + action, self.state[1] >= self.length, {}

    def render(self, mode='human'):
        return np.full((4, 5, 3), int(self.state[1]), np.uint8)

    def get_keys_to_action(self):
        return {(ord('a'),): 0, (ord('b'),): 2}


def press(*codes):
    return Keys(frozenset(codes), codes, False)


def hold(*codes):
    return Keys(frozenset(codes), (), False)


CLOSE = Keys(frozenset(), (), True)
A, B, NOTHING = hold(97), hold(98), hold()


class Window:
    """Gives out keys that a test wrote down."""

    def __init__(self, *script):
        self.script, self.pictures, self.titles = list(script), [], []

    def keys(self):
        found = self.script.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    def show(self, picture):
        self.pictures.append(int(picture[0, 0, 0]))

    def title(self, text):
        self.titles.append(text)

    def key_name(self, code):
        return 'key{}'.format(code)


def play(*script, wanted=None, noop=None, env=None):
    env, window = env or Walk(), Window(*script)
    bound = KeyBindings(keys_of_env(env), noop, env.action_space, code_of)
    human = HumanPlay(env, window, bound, Controls(START, RESTART, DISCARD, QUIT), wanted, None, None)
    try:
        human.run()
    finally:
        env.window = window
    assert not window.script
    return human, env


def test_steps_are_recorded_as_they_were_seen_and_done(capsys):
    human, env = play(NOTHING, press(START), A, NOTHING, B, A, press(QUIT))
    [episode] = human.finished
    assert [row.tolist() for row in episode.observations] == [[1, 0], [1, 1], [1, 2]]
    assert [int(action) for action in episode.actions] == [0, 2, 0] == env.taken
    assert episode.rewards == [10, 12, 10]
    assert all(isinstance(action, int) for action in env.taken)
    assert env.window.pictures == [0, 1, 2, 3, 0]
    out = capsys.readouterr().out
    assert 'Episode 1: return 32.00, 3 steps' in out
    for line in ('key97                action 0', 'key1                 start an episode',
                 'key4                 save and quit'):
        assert line in out


def test_time_goes_on_with_a_noop_only():
    assert play(press(START), NOTHING, NOTHING, NOTHING, press(QUIT), noop=1)[1].taken == [1, 1, 1]
    assert play(press(START), NOTHING, NOTHING, NOTHING, press(QUIT))[1].taken == []


def test_an_episode_can_be_given_up_and_only_whole_ones_count(capsys):
    human, env = play(press(START), A, A, press(RESTART), press(START), B, B, B, press(START), A, CLOSE)
    assert [episode.rewards for episode in human.finished] == [[22, 22, 22]]
    assert env.n_resets == 3
    out = capsys.readouterr().out
    assert 'Given up after 2 steps.' in out and 'not whole, and is left out' in out


def test_the_last_finished_episode_can_be_taken_back(capsys):
    one = (press(START), A, A, A)
    human, _ = play(*(one + one + (press(DISCARD),) + one + (press(START), A, press(DISCARD, 97), A) + (press(QUIT),)))
    assert [episode.rewards[0] for episode in human.finished] == [10, 40]
    assert capsys.readouterr().out.count('Discarded: 1 episodes are left.') == 2
    assert play(press(DISCARD), press(QUIT))[0].finished == []


def test_it_ends_after_the_episodes_wanted_and_asks_before():
    one = (press(START), A, A, A)
    human, env = play(*one, *one, NOTHING, A, press(START), wanted=2)
    assert len(human.finished) == 2 and env.n_resets == 2
    human, env = play(*one, press(DISCARD), *one, press(START), wanted=1)
    assert [episode.rewards[0] for episode in human.finished] == [20]
    assert 'save' in env.window.titles[-1]


@pytest.mark.parametrize('problem', [KeyboardInterrupt(), RuntimeError('broken')])
def test_finished_episodes_are_there_after_an_interruption(problem):
    one = (press(START), A, A, A)
    env = Walk()
    human = HumanPlay(env, Window(*one, press(START), A, problem), KeyBindings(
        keys_of_env(env), None, env.action_space, code_of), Controls(START, RESTART, DISCARD, QUIT), None, None, None)
    with pytest.raises(type(problem)):
        human.run()
    assert len(human.finished) == 1


def test_keys_are_those_of_the_environment_below_its_wrappers():
    assert keys_of_env(Walk()) == {(97,): 0, (98,): 2}
    assert keys_of_env(CatchEnv()) is None
