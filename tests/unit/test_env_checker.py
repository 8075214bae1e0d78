"""The checker of environments: one wrong environment for each message."""
import re
import warnings

import gym
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common import gym_api
from stable_baselines.common.catch_env import CatchEnv
from stable_baselines.common.env_checker import check_env
from stable_baselines.common.identity_env import IdentityEnv, IdentityEnvBox
from stable_baselines.common.memory_env import CueEnv
from stable_baselines.common.vec_env import DummyVecEnv

VECTOR = spaces.Box(-1.0, 1.0, (3,), np.float32)


class Good(gym.Env):
    """Nothing is wrong with it, in the dialect before gym 0.26; tests replace a part of it."""

    metadata = {'render.modes': ['rgb_array'], 'render_modes': ['rgb_array'], 'render_fps': 30}
    observation_space, action_space = VECTOR, spaces.Discrete(2)
    observation, reward, done, info = np.zeros(3, np.float32), 1.0, None, None
    picture = np.zeros((4, 4, 3), np.uint8)

    def __init__(self, **changes):
        self.count, self.random = 0, np.random.RandomState()
        for name, value in changes.items():
            setattr(self, name, value)

    def seed(self, seed=None):
        self.random = np.random.RandomState(seed)

    def observe(self):
        return self.observation

    def reset(self):
        self.count = 0
        return self.observe()

    def step(self, action):
        self.count += 1
        done = self.count == 10 if self.done is None else self.done
        return self.observe(), self.reward, done, {} if self.info is None else self.info

    def render(self, mode='human'):
        return self.picture


class New(Good):
    """The same since gym 0.26."""

    seed, terminated, truncated, render_mode = None, None, False, 'rgb_array'

    def reset(self, seed=None, options=None):
        return super().reset(), {}

    def step(self, action):
        observation, reward, done, info = super().step(action)
        return observation, reward, done if self.terminated is None else self.terminated, self.truncated, info

    def render(self):
        return self.picture


def told(env, **options):
    """What is warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        check_env(env, **options)
    caught = [warning for warning in caught if issubclass(warning.category, UserWarning)]  # not gym's own
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize('env', [Good, New, CueEnv, lambda: IdentityEnv(3)])
def test_good_environments_pass_in_silence(env):
    assert told(env()) == []


@pytest.mark.parametrize('env, hint', [(CatchEnv, 'too small for CnnPolicy'),
                                       (lambda: gym_api.make('CartPole-v1'), 'of dtype float64, their space')])
def test_environments_with_nothing_but_a_hint(env, hint):
    assert all(hint in message for message in told(env()))


def test_drawing_of_good_environments():
    for env in (Good(), New(), CatchEnv()):
        assert [message for message in told(env, skip_render_check=False) if 'too small' not in message] == [
            'env: metadata says nothing of the speed, so films take 30 pictures a second. Set '
            "metadata['render_fps']."] * isinstance(env, CatchEnv)


def test_gymnasium():
    gymnasium = pytest.importorskip('gymnasium')
    check_env(gymnasium.make('CartPole-v1'), warn=False)

    class Wrong(gymnasium.Env):
        """Its rewards are arrays."""

        observation_space = gymnasium.spaces.Box(-1.0, 1.0, (3,), np.float32)
        action_space = gymnasium.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            return np.zeros(3, np.float32), {}

        def step(self, action):
            return np.zeros(3, np.float32), np.zeros(1), False, False, {}
    with pytest.raises(AssertionError, match='a single number expected'):
        check_env(Wrong())


def changed(function_name, function, base=Good):
    return type('Changed', (base,), {function_name: function})()


@pytest.mark.parametrize('env, message', [
    ('CartPole-v1', r"env='CartPole-v1' is no environment. Let its class inherit from gym.Env"),
    (Good, r'Give an object, not its class: check_env\(Good\(...\)\)'),
    (DummyVecEnv([Good]), r'env is a DummyVecEnv, one single environment expected: check_env\(venv.envs\[0\]\)'),
    (Good(observation_space=None), 'env.observation_space is None, a space of gym expected. Set it in __init__'),
    (Good(action_space=[2]), r'env.action_space is \[2\], a space of gym expected'),
    (changed('reset', lambda self: (1, 2, 3)), r'reset\(\) returned a tuple of 3 values. Return the observation'),
    (changed('reset', lambda self: (np.zeros(3, np.float32), {}), New), r'does not take a seed. Write def reset'),
    (Good(observation=[0, 0, 0]), r'observation that reset\(\) returned is of type list.*np.array\(..., dtype=np'),
    (Good(observation=np.zeros(4, np.float32)), r'has shape \(4,\), its space \(3,\). Mend observation_space'),
    (Good(observation=np.float32([0, np.nan, 0])), 'holds nan at element 1: nothing can be learned'),
    (Good(observation=np.float32([0, 0, np.inf])), 'holds inf at element 2'),
    (Good(observation=np.float32([0, 1.5, 0])), r'holds 1.5 at element 1, where its space goes from -1.0 to 1.0'),
    (Good(observation=np.array(['a', 'b', 'c'])), 'is of dtype <U1, which does not fit float32'),
    (Good(observation_space=spaces.Box(0, 255, (3,), np.uint8)), 'is of dtype float32, which does not fit uint8'),
    (Good(observation_space=spaces.Discrete(3), observation=1.0), r'is 1.0, a whole number expected for Discrete\(3\)'),
    (Good(observation_space=spaces.Discrete(3), observation=3), r'is 3, which is not in Discrete\(3\)'),
    (Good(observation_space=spaces.MultiBinary(2), observation=[0, 1]), 'an array of whole numbers of shape'),
    (Good(observation_space=spaces.MultiDiscrete([2, 3]), observation=np.array([1, 3])), 'is not in MultiDiscrete'),
    (Good(observation_space=spaces.Dict(a=VECTOR), observation=3), 'is not in Dict.*Mend observation_space'),
    (changed('step', lambda self, action: None), r'step\(\) returned NoneType. Return observation, reward, done, info'),
    (changed('step', lambda self, action: (1, 2, 3)), r'step\(\) returned a tuple of 3 values'),
    (changed('reset', lambda self: np.zeros(3, np.float32), New),
     r'step\(\) returned 5 values, as since gym 0.26, but reset\(\) the observation alone.*Return observation, r'),
    (changed('step', Good.step, New), r'step\(\) returned 4 values, as before gym 0.26, but reset\(\) a pair.*trunc'),
    (Good(reward=np.zeros(1)), r'reward array\(\[0.\]\) of type ndarray, a single number expected. Return float'),
    (Good(reward=None), 'reward None of type NoneType'), (Good(reward=True), 'reward True of type bool'),
    (Good(reward=np.nan), 'the reward nan: nothing can be learned'), (Good(reward=-np.inf), 'the reward -inf'),
    (Good(done=0), r'step\(\) returned done=0 of type int, True or False expected. Return bool\(done\)'),
    (New(truncated=None), 'truncated=None of type NoneType'), (New(terminated=1), 'terminated=1 of type int'),
    (Good(info=[]), r'info of type list, a dictionary expected. Return \{\}'),
    (Good(info={'TimeLimit.truncated': True}), 'does not end the episode. Set it in the last step alone'),
])
def test_mistakes(env, message):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        with pytest.raises(AssertionError, match=message):
            check_env(env)


def test_bounds_the_wrong_way_round():
    for name in ('observation_space', 'action_space'):
        space = spaces.Box(-1.0, 1.0, (3,), np.float32)
        space.low = np.float32([-1, 2, -1])
        with pytest.raises(AssertionError, match='{}: element 1 has bounds from 2.0 to 1.0. Mend low'.format(name)):
            check_env(Good(**{name: space}))


def image(shape, dtype=np.uint8, high=255):
    return dict(observation_space=spaces.Box(0, high, shape, dtype), observation=np.zeros(shape, dtype))


@pytest.mark.parametrize('env, message', [
    (Good(action_space=spaces.Box(-2.0, 2.0, (1,), np.float32)), 'actions run from -2 to 2. Policies begin with'),
    (Good(action_space=spaces.Box(-np.inf, np.inf, (1,), np.float32)), 'has no bounds, and SAC cannot scale to it'),
    (Good(action_space=spaces.Tuple((spaces.Discrete(2),))), 'models of this library cannot act in the action space'),
    (Good(observation_space=spaces.Dict(a=VECTOR), observation={'a': np.zeros(3, np.float32)}),
     'models of this library cannot read its observations: observation space Dict'),
    (Good(**image((40, 40, 3), np.float32)), 'taken for images only if they are uint8, found float32'),
    (Good(**image((40, 40, 3), high=1)), 'images should have bounds from 0 to 255, found 0 to 1'),
    (Good(**image((3, 40, 40))), r'seem to have their channels first. Put them last: np.moveaxis\(image, 0, -1\)'),
    (Good(**image((20, 40, 3))), "20 x 40 pixels are too small for CnnPolicy, which needs 36. Enlarge them, choose"),
    (Good(**image((4, 4), np.float32)), 'observations of rank 2 are flattened by MlpPolicy'),
    (Good(observation_space=spaces.Box(np.float32([0, 0]), np.float32([1, 0])), observation=np.zeros(2, np.float32)),
     'element 1 of the observation space has equal bounds, 0: it never changes'),
    (Good(observation=np.zeros(3)), r'of dtype float64, their space of float32: they are converted.*astype'),
    (Good(seed=None), r'there is no way to seed it. Write def seed'),
    (changed('observe', lambda self: np.random.uniform(-1, 1, 3).astype(np.float32)),
     r'two episodes of one seed begin differently.*that seed\(\) sets'),
    (changed('observe', lambda self: np.random.uniform(-1, 1, 3).astype(np.float32), New), r'reset\(seed=...\) sets'),
    (Good(done=False), r'no episode ended within 300 steps.*no time limit. Wrap it: gym.wrappers.TimeLimit'),
])
def test_what_is_legal_but_unwise(env, message):
    messages = told(env)
    assert len([text for text in messages if re.search(message, text)]) == 1, messages
    assert told(env, warn=False) == []


def test_an_action_that_is_changed():
    def step(self, action):
        action *= 0.5
        return Good.step(self, action)
    env = changed('step', step)
    env.action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
    message, = told(env)
    assert 'step() changes the action that it is given' in message


@pytest.mark.parametrize('space', [
    spaces.Dict({'a': VECTOR, 'b': spaces.Discrete(3)}), spaces.Tuple((spaces.Discrete(3), VECTOR)),
    spaces.Tuple((VECTOR, VECTOR)), spaces.Tuple((spaces.Dict({'a': spaces.Tuple((VECTOR,))}), VECTOR)),
    spaces.MultiBinary(3), spaces.MultiDiscrete([2, 3])], ids=str)
@pytest.mark.parametrize('base', [Good, New])
def test_actions_of_all_kinds(base, space):
    """Those that hold several values, too; of these it is said that no model of this library gives them."""
    messages = told(base(action_space=space))
    assert len(messages) == isinstance(space, (spaces.Dict, spaces.Tuple))
    assert all('models of this library cannot act' in message for message in messages)


@pytest.mark.parametrize('space', [spaces.Dict({'a': VECTOR}), spaces.Tuple((spaces.Dict({'a': VECTOR}), VECTOR))],
                         ids=str)
def test_a_changed_part_of_an_action(space):
    def step(self, action):
        (action[0] if isinstance(action, tuple) else action)['a'][1] += 1.0
        return Good.step(self, action)
    env = changed('step', step)
    env.action_space = space
    changes = [message for message in told(env) if 'step() changes the action' in message]
    assert len(changes) == 1 and 'action = copy.deepcopy(action)' in changes[0]


def test_a_time_limit_is_an_end():
    endless = New(terminated=False) if gym_api.render_kwargs('human') else Good(done=False)  # as its wrapper takes
    assert told(gym.wrappers.TimeLimit(endless, max_episode_steps=1000)) == []


@pytest.mark.parametrize('env, message', [
    (Good(picture=None), "render.. returned NoneType for 'rgb_array', an array of uint8"),
    (New(picture=np.zeros((4, 4, 3))), r'returned float64 of shape \(4, 4, 3\)'),
    (New(render_mode='ansi'), "render_mode='ansi' is none of those in metadata")])
def test_mistakes_in_drawing(env, message):
    check_env(env)  # not looked at unless asked for
    with pytest.raises(AssertionError, match=message):
        check_env(env, skip_render_check=False)


@pytest.mark.parametrize('env, message', [
    (Good(metadata={}), 'it names no mode to draw in'),
    (Good(metadata={'render.modes': ['rgb_array']}), 'metadata says nothing of the speed'),
    (New(render_mode=None), 'made without a render_mode')])
def test_hints_on_drawing(env, message):
    assert told(env) == []
    found, = told(env, skip_render_check=False)
    assert message in found


def test_an_environment_of_box_actions_stays_usable():
    env = IdentityEnvBox()
    numbers = env.action_space.sample()
    check_env(env, warn=False)
    assert env.action_space.contains(numbers)
    gym_api.reset(env)
    gym_api.step(env, env.action_space.sample())
