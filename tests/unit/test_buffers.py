"""Replay memory."""
import numpy as np
import pytest

from stable_baselines.common.buffers import ReplayBuffer


def fill(buffer, count, start=0):
    for number in range(start, start + count):
        buffer.add(np.full(3, number, np.float32), np.array([number], np.float32), number / 2, np.full(3, number + 1),
                   number % 2 == 1)


def test_samples_are_whole_transitions():
    buffer = ReplayBuffer(10)
    fill(buffer, 7)
    obs, actions, rewards, next_obs, dones = buffer.sample(50)
    assert obs.dtype == next_obs.dtype == np.float32
    assert obs.shape == next_obs.shape == (50, 3) and actions.shape == (50, 1)
    assert rewards.shape == dones.shape == (50,) and dones.dtype == rewards.dtype == np.float32
    number = obs[:, 0]
    assert set(number) <= set(range(7)) and len(set(number)) > 3
    np.testing.assert_array_equal(actions[:, 0], number)
    np.testing.assert_array_equal(rewards, number / 2)
    np.testing.assert_array_equal(next_obs[:, 2], number + 1)
    np.testing.assert_array_equal(dones, number % 2)


def test_the_oldest_are_overwritten():
    buffer = ReplayBuffer(4)
    assert len(buffer) == 0 and buffer.buffer_size == 4 and not buffer.is_full() and buffer.storage == []
    fill(buffer, 3)
    assert buffer.can_sample(3) and not buffer.can_sample(4) and not buffer.is_full()
    fill(buffer, 3, start=3)
    assert len(buffer) == 4 and buffer.is_full()
    assert [row[0][0] for row in buffer.storage] == [4, 5, 2, 3]
    np.testing.assert_array_equal(buffer.storage[0][3], [5, 5, 5])
    assert buffer.storage[0][1:3] == (4, 2.0) and buffer.storage[1][4] == 1.0


def test_memory_grows_with_what_it_holds():
    buffer = ReplayBuffer(100000)
    fill(buffer, 5000)
    assert len(buffer) == 5000
    assert [row[1][0] for row in buffer.storage] == list(range(5000))
    assert sum(column.rows.nbytes for column in buffer._columns) < 1e6


@pytest.mark.parametrize('size, chunks', [(10, [3, 4]), (10, [7, 7]), (4, [3, 11, 2]), (4, [4, 4]),
                                          (3000, [1500, 2000])])
def test_extend_equals_adding_one_by_one(size, chunks):
    one_by_one, together = ReplayBuffer(size), ReplayBuffer(size)
    start = 0
    for count in chunks:
        numbers = np.arange(start, start + count)
        rows = np.repeat(numbers[:, None], 2, axis=1).astype(np.float32)
        together.extend(rows, rows[:, :1], numbers, rows + 1, numbers % 2 == 0)
        for number, row in zip(numbers, rows):
            one_by_one.add(row, row[:1], number, row + 1, number % 2 == 0)
        start += count
    assert len(one_by_one) == len(together)
    for mine, theirs in zip(one_by_one.storage, together.storage):
        for field, other in zip(mine, theirs):
            np.testing.assert_array_equal(field, other)
    one_by_one.add(np.zeros(2), np.zeros(1), 0, np.zeros(2), False)
    together.add(np.zeros(2), np.zeros(1), 0, np.zeros(2), False)
    assert [row[2] for row in one_by_one.storage] == [row[2] for row in together.storage]


def test_nothing_can_be_added():
    buffer = ReplayBuffer(3)
    buffer.extend([], [], [], [], [])
    assert len(buffer) == 0


def test_images_stay_bytes():
    buffer = ReplayBuffer(5)
    buffer.add(np.full((4, 4, 1), 200, np.uint8), 1, 0.0, np.zeros((4, 4, 1), np.uint8), False)
    obs, actions, *_ = buffer.sample(2)
    assert obs.dtype == np.uint8 and obs.max() == 200 and actions.dtype.kind == 'i'


def test_fractions_among_integers_are_kept():
    buffer = ReplayBuffer(5)
    buffer.add([0, 0], [0], 0, [0, 0], False)
    buffer.add([0.5, 0], [0.25], 0, [0, 0.5], False)
    assert buffer.storage[1][0].tolist() == [0.5, 0] and buffer.storage[1][1].tolist() == [0.25]
    assert buffer.storage[1][3].tolist() == [0, 0.5]


def test_what_is_stored_is_a_copy():
    buffer = ReplayBuffer(5)
    obs = np.zeros(2, np.float32)
    buffer.add(obs, [0.0], 0, obs, False)
    obs[:] = 9
    batch = buffer.sample(3)
    batch[0][:] = 9
    assert buffer.storage[0][0].tolist() == [0, 0]


def test_the_generator_can_be_chosen():
    buffer = ReplayBuffer(100)
    fill(buffer, 100)
    first = buffer.sample(10, random_state=np.random.RandomState(1))[0]
    np.testing.assert_array_equal(first, buffer.sample(10, random_state=np.random.RandomState(1))[0])
    assert not np.array_equal(first, buffer.sample(10, random_state=np.random.RandomState(2))[0])
    np.random.seed(1)
    np.testing.assert_array_equal(first, buffer.sample(10)[0])


def test_an_environment_normalizes_the_batch():
    class Normalizer:
        def normalize_obs(self, obs):
            return obs * 10

        def normalize_reward(self, reward):
            return reward + 100

    buffer = ReplayBuffer(10)
    fill(buffer, 5)
    plain, scaled = (buffer.sample(6, env=env, random_state=np.random.RandomState(0)) for env in (None, Normalizer()))
    np.testing.assert_allclose(scaled[0], plain[0] * 10)
    np.testing.assert_allclose(scaled[3], plain[3] * 10)
    np.testing.assert_allclose(scaled[2], plain[2] + 100)
    np.testing.assert_array_equal(scaled[1], plain[1])


def test_misuse_is_refused():
    with pytest.raises(ValueError, match='size=0'):
        ReplayBuffer(0)
    buffer = ReplayBuffer(5)
    with pytest.raises(ValueError, match='empty'):
        buffer.sample(1)
    fill(buffer, 1)
    with pytest.raises(ValueError, match=r'obs_t has shape \(1,\), but the buffer holds \(3,\)'):
        buffer.add(np.zeros(1), np.zeros(1), 0, np.zeros(3), False)
    with pytest.raises(ValueError, match=r'lengths \[2, 2, 1, 2, 2\]'):
        buffer.extend(np.zeros((2, 3)), np.zeros((2, 1)), np.zeros(1), np.zeros((2, 3)), np.zeros(2))


class TenfoldRewards(ReplayBuffer):
    """Changes what is drawn, as stable-baselines' users do."""

    def _encode_sample(self, idxes, env=None):
        observations, actions, rewards, next_observations, dones = super()._encode_sample(idxes, env)
        return observations, actions, rewards * 10, next_observations, dones


def test_subclasses_may_change_what_is_drawn():
    buffer = TenfoldRewards(10)
    fill(buffer, 7)
    _, actions, rewards, _, _ = buffer.sample(20)
    np.testing.assert_array_equal(rewards, 5 * actions[:, 0])


class Halving:
    """Stands in for a VecNormalize."""

    def normalize_obs(self, obs):
        return obs / 2

    def normalize_reward(self, reward):
        return reward / 4


class KeepsRewards(ReplayBuffer):
    """Leaves rewards as they are."""

    @staticmethod
    def _normalize_reward(reward, env=None):
        return reward


@pytest.mark.parametrize('cls, share', [(ReplayBuffer, 4), (KeepsRewards, 1)])
def test_transitions_by_their_places(cls, share):
    buffer = cls(10)
    fill(buffer, 7)
    for env, divisor, of_rewards in ((None, 1, 1), (Halving(), 2, share)):
        obs, actions, rewards, next_obs, dones = buffer._encode_sample([5, 2, 2], env)
        assert obs[:, 0].tolist() == [5 / divisor, 2 / divisor, 2 / divisor] and actions[:, 0].tolist() == [5, 2, 2]
        assert next_obs[:, 0].tolist() == [6 / divisor, 3 / divisor, 3 / divisor]
        assert rewards.tolist() == [2.5 / of_rewards, 1 / of_rewards, 1 / of_rewards] and dones.tolist() == [1, 0, 0]
