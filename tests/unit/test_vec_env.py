"""Several environments behind one interface."""
import copy
import pickle

import gym
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common import gym_api
from stable_baselines.common.tile_images import tile_images
from stable_baselines.common.vec_env import (
    CloudpickleWrapper,
    DummyVecEnv,
    NotSteppingError,
    VecCheckNan,
    VecEnv,
    VecEnvWrapper,
    VecVideoRecorder,
)
from tests.fakes import CheckedEnv, CheckedNewApiEnv

both_dialects = pytest.mark.parametrize('env_class', [CheckedEnv, CheckedNewApiEnv])


def make_vec(env_class=CheckedEnv, count=2, **kwargs):
    return DummyVecEnv([lambda index=index: env_class(episode_length=2 + index, reward=index + 0.5, **kwargs)
                        for index in range(count)])


@both_dialects
def test_step_returns_typed_arrays_and_resets_what_ended(env_class):
    venv = make_vec(env_class)
    first = venv.reset()
    np.testing.assert_array_equal(first, [[0, 0], [0, 0]])
    assert first.dtype == np.float32
    venv.step([0, 1])
    observations, rewards, dones, infos = venv.step([2, 1])
    np.testing.assert_array_equal(observations, [[1, 0], [0, 2]])
    np.testing.assert_array_equal(rewards, np.array([0.5, 1.5], np.float32))
    assert rewards.dtype == np.float32 and dones.dtype == np.bool_
    assert dones.tolist() == [True, False]
    np.testing.assert_array_equal(infos[0]['terminal_observation'], [0, 2])
    assert infos[0]['terminal_observation'].dtype == np.float32
    assert 'terminal_observation' not in infos[1]
    assert [int(action) for action in venv.envs[0].actions] == [0, 2]


@pytest.mark.parametrize('actions, kind', [
    (np.array([0, 2]), int), (np.array([0, 2], np.int32), int), ([np.int64(0), 2], (np.int64, int)),
    (np.array([[1, 2], [0, 1]]), np.ndarray), (np.array([[1.0], [0.5]], np.float32), np.ndarray)])
def test_discrete_actions_reach_environments_as_those_of_sample(actions, kind):
    space = {'i': spaces.Discrete(3), 'f': spaces.Box(-1, 1, (1,), np.float32)}[np.asarray(actions).dtype.kind]
    venv = make_vec(action_space=spaces.MultiDiscrete([3, 3]) if np.ndim(actions) == 2 and space.shape == () else space)
    venv.reset()
    found = []
    for env in venv.envs:
        env.step = lambda action, step=env.step: found.append(action) or step(action)
    venv.step(actions)
    assert all(isinstance(action, kind) for action in found)
    np.testing.assert_array_equal(found, actions)


@both_dialects
def test_a_time_limit_is_told_apart_from_an_end(env_class):
    for time_limit in (True, False):
        venv = make_vec(env_class, count=1, time_limit=time_limit)
        venv.reset()
        venv.step([0])
        assert bool(venv.step([0])[3][0].get('TimeLimit.truncated', False)) is time_limit


def test_results_belong_to_the_caller():
    venv = make_vec()
    kept = [venv.reset()] + [venv.step([0, 0])[0] for _ in range(2)]
    np.testing.assert_array_equal(kept[0], [[0, 0], [0, 0]])
    np.testing.assert_array_equal(kept[1], [[0, 1], [0, 1]])
    kept[2][:] = 7
    np.testing.assert_array_equal(venv.step([0, 0])[0], [[1, 1], [1, 0]])


@pytest.mark.parametrize('space, value', [
    (spaces.Discrete(4), 3), (spaces.MultiBinary(3), np.array([1, 0, 1], np.int8)),
    (spaces.MultiDiscrete([2, 3]), np.array([1, 2])),
    (spaces.Box(0, 255, (2, 3, 1), np.uint8), np.full((2, 3, 1), 200)),
    (spaces.Box(-1, 1, (2,), np.float64), np.array([0.1, -0.1]))])
def test_observations_take_the_dtype_and_shape_of_their_space(space, value):
    env = CheckedEnv()
    env.observation_space = space
    env._observe = lambda: value
    venv = DummyVecEnv([lambda: env])
    observations = venv.reset()
    assert observations.dtype == space.dtype
    assert observations.shape == (1,) + tuple(space.shape or ())
    np.testing.assert_array_equal(observations[0], value)


def test_seed_returns_what_the_environments_answer():
    class Silent(CheckedEnv):
        def seed(self, seed=None):
            super().seed(seed)

    class Drawing(CheckedEnv):
        def seed(self, seed=None):
            return [5 if seed is None else seed, 9]

    venv = AddOne(DummyVecEnv([Silent, Drawing, CheckedNewApiEnv]))
    assert venv.seed(1) == [None, [2, 9], [3]]
    assert venv.seed() == venv.seed(None) == [None, [5, 9], [None]]


def test_seed_gives_each_environment_its_own():
    old = make_vec(CheckedEnv, count=3)
    assert old.seed(10) == [[10], [11], [12]]
    assert [env.seeds for env in old.envs] == [[10], [11], [12]]
    new = make_vec(CheckedNewApiEnv, count=3)
    assert new.seed(10) == [[10], [11], [12]]
    new.reset()
    new.reset()
    assert [env.seeds for env in new.envs] == [[10, None], [11, None], [12, None]]


def test_a_seed_set_during_an_episode_is_used_by_the_automatic_reset():
    venv = make_vec(CheckedNewApiEnv, count=1)
    venv.reset()
    venv.seed(5)
    venv.step([0])
    venv.step([0])
    assert venv.envs[0].seeds == [None, 5]


def test_equal_seeds_give_equal_episodes_of_a_real_environment():
    first, second, other = (DummyVecEnv([lambda: gym_api.make('CartPole-v1')] * 2) for _ in range(3))
    for venv, seed in ((first, 3), (second, 3), (other, 4)):
        venv.seed(seed)
    start = first.reset()
    np.testing.assert_array_equal(start, second.reset())
    assert not np.array_equal(start, other.reset())
    assert not np.array_equal(start[0], start[1])
    for venv in (first, second, other):
        venv.close()


def test_attributes_and_methods_reach_the_chosen_environments():
    venv = make_vec(count=3)
    assert venv.get_attr('episode_length') == [2, 3, 4]
    assert venv.get_attr('episode_length', indices=1) == [3]
    venv.set_attr('reward', 9.0, indices=[0, 2])
    assert venv.get_attr('reward') == [9.0, 1.5, 9.0]
    assert venv.env_method('render', mode='rgb_array', indices=-1)[0].shape == (4, 6, 3)
    venv.env_method('seed', 4, indices=range(2))
    assert venv.get_attr('seeds') == [[4], [4], []]


def test_render_tiles_pictures():
    venv = make_vec(count=3)
    venv.reset()
    venv.step([0, 0, 0])
    assert [image.shape for image in venv.get_images()] == [(4, 6, 3)] * 3
    assert venv.render(mode='rgb_array').shape == (8, 12, 3)
    single = make_vec(count=1)
    assert single.render(mode='rgb_array').shape == (4, 6, 3)
    assert single.render() is None and single.envs[0].drawn == 2
    with pytest.raises(ValueError, match="mode='ansi'"):
        venv.render(mode='ansi')


class Blind(VecEnv):
    """A user's own, without pictures."""

    reset = step_async = step_wait = close = get_attr = set_attr = env_method = seed = None

    def __init__(self):
        super().__init__(1, spaces.Box(-1.0, 1.0, (2,), np.float32), spaces.Discrete(3))


@pytest.mark.parametrize('mode', ['human', 'rgb_array'])
def test_environments_without_pictures_cannot_be_drawn(mode, capsys, tmp_path):
    venv = VecCheckNan(Blind())
    with pytest.raises(NotImplementedError, match='Blind does not define get_images'):
        venv.get_images()
    assert venv.render(mode) is None
    assert 'No picture can be drawn of' in capsys.readouterr().out
    with pytest.raises(ValueError, match="mode='ansi'"):
        venv.render('ansi')


def test_nothing_can_be_recorded_of_them(tmp_path):
    pytest.importorskip('PIL')
    recorder = VecVideoRecorder(Blind(), str(tmp_path), lambda step: True, 3, video_format='gif')
    with pytest.raises(NotImplementedError, match='nothing to record'):
        recorder.start_video_recorder()


def test_human_rendering_of_several_draws_in_a_window():
    matplotlib = pytest.importorskip('matplotlib')
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    venv = make_vec(count=2)
    venv.reset()
    assert venv.render() is None and venv.render() is None
    assert plt.get_figlabels() == ['environments']
    plt.close('environments')


def test_tile_images_keeps_the_order():
    images = [np.full((1, 1, 3), value, np.uint8) for value in (1, 2, 3)]
    np.testing.assert_array_equal(tile_images(images)[:, :, 0], [[1, 2], [3, 0]])
    with pytest.raises(ValueError, match='shapes'):
        tile_images([np.zeros((1, 1, 3)), np.zeros((2, 1, 3))])
    with pytest.raises(ValueError, match='at least one'):
        tile_images([])


def test_close_closes_every_environment():
    venv = make_vec()
    venv.close()
    assert venv.get_attr('closed') == [True, True]


def test_wait_without_a_step_is_refused():
    venv = make_vec()
    venv.reset()
    with pytest.raises(NotSteppingError, match='step_async'):
        venv.step_wait()
    venv.step_async([0, 0])
    venv.reset()  # drops the step
    with pytest.raises(NotSteppingError):
        venv.step_wait()


@pytest.mark.parametrize('actions', [[0], [0, 1, 2], 0, np.array(1)])
def test_a_wrong_number_of_actions_is_refused(actions):
    venv = make_vec()
    venv.reset()
    with pytest.raises(ValueError, match='each of the 2 environments'):
        venv.step(actions)


@pytest.mark.parametrize('env_fns, error, message', [
    ([CheckedEnv()], TypeError, r'env_fns\[0\].*lambda: env'),
    (CheckedEnv(), TypeError, 'list of functions'),
    (CheckedEnv, TypeError, 'list of functions'),
    ([], ValueError, 'empty'),
    ([lambda: None], TypeError, r'env_fns\[0\]\(\) returned None')])
def test_what_is_not_a_list_of_functions_is_refused(env_fns, error, message):
    with pytest.raises(error, match=message):
        DummyVecEnv(env_fns)


def test_one_environment_given_twice_is_refused():
    env = CheckedEnv()
    with pytest.raises(ValueError, match=r'env_fns\[0\] and env_fns\[1\] return the same'):
        DummyVecEnv([lambda: env, lambda: env])
    with pytest.raises(ValueError, match=r'env_fns\[0\] and env_fns\[1\] return the same'):
        DummyVecEnv([lambda: env, lambda: gym.Wrapper(env)])


def test_environments_with_different_spaces_are_refused():
    with pytest.raises(ValueError, match=r'environments 0 and 1 .* action spaces: Discrete\(3\) and Discrete\(2\)'):
        DummyVecEnv([CheckedEnv, lambda: CheckedEnv(action_space=spaces.Discrete(2))])
    with pytest.raises(ValueError, match='environments 0 and 1 .* observation spaces: .*float32.*float64'):
        DummyVecEnv([CheckedEnv, lambda: CheckedEnv(observation_dtype=np.float64)])


@pytest.mark.parametrize('space', [spaces.Dict({'a': spaces.Discrete(2)}), spaces.Tuple((spaces.Discrete(2),))])
def test_observations_that_are_no_array_are_refused(space):
    env = CheckedEnv()
    env.observation_space = space
    with pytest.raises(ValueError, match=r'observation space (Dict|Tuple)\(.* is not supported'):
        DummyVecEnv([lambda: env])


def test_an_observation_of_the_wrong_size_is_refused():
    env = CheckedEnv()
    env._observe = lambda: np.zeros(1)  # would spread over both numbers
    venv = DummyVecEnv([lambda: env])
    with pytest.raises(ValueError, match=r'environment 0: reset\(\) gave an observation of shape \(1,\)'):
        venv.reset()


@pytest.mark.parametrize('observation, found', [
    (np.zeros(1), r'shape \(1,\), float64'), (np.zeros(3), r'shape \(3,\)'), (None, 'None'), ('ab', r'shape \(\)'),
])
def test_an_observation_that_does_not_fit_is_refused_in_the_middle_of_an_episode(observation, found):
    envs = [CheckedEnv(), CheckedEnv()]
    venv = DummyVecEnv([lambda: envs[0], lambda: envs[1]])
    venv.reset()
    envs[1]._observe = lambda: observation
    with pytest.raises(ValueError, match=r'environment 1: step\(\) gave an observation of ' + found):
        venv.step([0, 0])


@pytest.mark.parametrize('indices', [2, [0, 2], -3])
def test_environments_that_are_not_there(indices):
    with pytest.raises(IndexError, match='this DummyVecEnv has the environments 0 to 1'):
        DummyVecEnv([CheckedEnv, CheckedEnv]).get_attr('metadata', indices)


class AddOne(VecEnvWrapper):
    """Adds one to observations."""

    flavour = 'plain'

    def __init__(self, venv):
        super().__init__(venv)
        self.amount = 1

    def reset(self):
        return self.venv.reset() + self.amount

    def step_wait(self):
        observations, rewards, dones, infos = self.venv.step_wait()
        return observations + self.amount, rewards, dones, infos


def test_a_wrapper_changes_results_and_forwards_the_rest():
    inner = make_vec(CheckedNewApiEnv)
    venv = AddOne(inner)
    assert isinstance(venv, VecEnv) and venv.num_envs == 2 and venv.unwrapped is inner and inner.unwrapped is inner
    assert venv.action_space is inner.action_space and venv.observation_space is inner.observation_space
    assert venv.seed(1) == [[1], [2]]
    np.testing.assert_array_equal(venv.reset(), [[1, 1], [1, 1]])
    np.testing.assert_array_equal(venv.step([0, 0])[0], [[1, 2], [1, 2]])
    assert venv.get_attr('seeds') == [[1], [2]]
    venv.set_attr('reward', 3.0, indices=0)
    assert venv.env_method('render', mode='rgb_array', indices=[0])[0].shape == (4, 6, 3)
    assert venv.render(mode='rgb_array').shape[2] == 3 and len(venv.get_images()) == 2
    assert venv.step([0, 0])[1].tolist() == [3.0, 1.5]
    venv.close()
    assert inner.get_attr('closed') == [True, True]


def test_a_wrapper_can_replace_the_spaces():
    space = spaces.Box(0, 1, (9,))

    class Shrink(AddOne):
        def __init__(self, venv):
            VecEnvWrapper.__init__(self, venv, observation_space=space)

    assert Shrink(make_vec()).observation_space is space


def test_attributes_are_found_through_wrappers_but_never_guessed():
    outer = AddOne(make_vec())
    assert outer.envs is outer.venv.envs
    with pytest.raises(AttributeError, match='nothing'):
        _ = outer.nothing

    class Plain(VecEnvWrapper):
        def reset(self):
            return self.venv.reset()

        def step_wait(self):
            return self.venv.step_wait()

    assert Plain(outer).amount == 1
    assert Plain(outer).flavour == 'plain'
    with pytest.raises(AttributeError, match="'amount' is ambiguous"):
        _ = Plain(AddOne(AddOne(make_vec()))).amount
    assert AddOne(AddOne(make_vec())).amount == 1  # its own: no doubt about it


def test_wrappers_can_be_copied():
    duplicate = copy.deepcopy(AddOne(DummyVecEnv([CheckedEnv])))
    np.testing.assert_array_equal(duplicate.reset(), [[1, 1]])


def test_cloudpickle_wrapper_carries_a_lambda():
    carried = pickle.loads(pickle.dumps(CloudpickleWrapper(lambda number: number + 1)))
    assert carried.var(2) == 3


def test_indices_may_come_from_a_generator():
    venv = make_vec(count=3)
    venv.set_attr('label', 7, indices=(index for index in (0, 2)))
    assert [getattr(env, 'label', None) for env in venv.envs] == [7, None, 7]


def test_attributes_behind_wrappers_that_hand_nothing_on():
    class Closed(CheckedEnv):
        """As gymnasium's wrappers."""

        def __init__(self, env):
            super().__init__()
            self.env = env

    class Core(CheckedEnv):
        gravity = 9.8

        def heavier(self, factor):
            return self.gravity * factor
    venv = DummyVecEnv([lambda: Closed(Closed(Core()))])
    assert venv.get_attr('gravity') == [9.8]
    assert venv.env_method('heavier', 2.0) == [19.6]
    with pytest.raises(AttributeError, match="'Core' object has no attribute 'levity'"):
        venv.get_attr('levity')


def test_all_are_closed_even_if_one_fails():
    class Closing(CheckedEnv):
        def close(self):
            closed.append(self.reward)
            if self.reward == 0.5:
                raise OSError('of the first one')
    closed = []
    with pytest.raises(OSError, match='of the first one'):
        make_vec(Closing, count=3).close()
    assert closed == [0.5, 1.5, 2.5]


def test_several_environments_in_one_are_refused():
    with pytest.raises(TypeError, match='returned a DummyVecEnv, which is 2 environments already'):
        DummyVecEnv([make_vec])


def test_what_is_no_vec_env_is_not_wrapped():
    class Wrapper(VecEnvWrapper):
        def reset(self):
            return self.venv.reset()

        def step_wait(self):
            return self.venv.step_wait()
    with pytest.raises(TypeError, match=r'venv: CheckedEnv found, but Wrapper wraps a VecEnv. Write Wrapper\(Dummy'):
        Wrapper(CheckedEnv())


def test_seeds_of_numpy():
    class Seeded(CheckedEnv):
        def seed(self, seed=None):
            given.append(seed)
    given = []
    make_vec(Seeded).seed(np.int64(3))
    assert given == [3, 4] and all(type(seed) is int for seed in given)


@pytest.mark.parametrize('space', [spaces.Box(0, 255, (2, 2, 1), np.uint8), spaces.MultiBinary(3)], ids=str)
def test_fractions_are_not_cut_off(space):
    class Scaled(CheckedEnv):
        def __init__(self):
            super().__init__()
            self.observation_space = space

        def reset(self):
            return np.full(space.shape, scale)
    scale = 1.0
    assert DummyVecEnv([Scaled]).reset().dtype == space.dtype
    scale = 0.5
    with pytest.raises(ValueError, match=r'environment 0: reset\(\) gave fractions, from 0.5 to 0.5'):
        DummyVecEnv([Scaled]).reset()


def test_spaces_that_start_elsewhere_stay_what_they_are():
    class MultiDiscrete:  # gymnasium's
        nvec, start = np.array([3, 2]), np.array([0, 1])
    assert isinstance(gym_api.as_gym_space(MultiDiscrete()), MultiDiscrete)
    MultiDiscrete.start = np.zeros(2, int)
    assert gym_api.as_gym_space(MultiDiscrete()) == spaces.MultiDiscrete([3, 2])
