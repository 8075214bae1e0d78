"""Lanes of whole episodes without end, for a discriminator with memory."""
import numpy as np

from stable_baselines.gail.dataset.sequences import SequenceStream

LENGTHS = [5, 3, 4]
EPISODES = [np.arange(sum(LENGTHS[:number]), sum(LENGTHS[:number + 1])) for number in range(len(LENGTHS))]
ROWS = np.arange(sum(LENGTHS))


def stream(n_lanes, n_steps, seed=None):
    random_state = None if seed is None else np.random.RandomState(seed)
    return SequenceStream(EPISODES, ROWS[:, None] * 10.0, ROWS[:, None], n_lanes, n_steps, random_state)


def lanes_of(batches, n_lanes):
    actions = np.concatenate([batch.actions.reshape(n_lanes, -1) for batch in batches], axis=1)
    starts = np.concatenate([batch.starts.reshape(n_lanes, -1) for batch in batches], axis=1)
    return actions, starts


def test_one_lane_in_order():
    endless = stream(1, 4)
    actions, starts = lanes_of([next(endless) for _ in range(6)], 1)
    assert actions[0].tolist() == ROWS.tolist() * 2
    assert np.flatnonzero(starts[0]).tolist() == [0, 5, 8, 12, 17, 20]


def test_episodes_stay_whole_in_every_lane():
    endless = stream(3, 4, seed=0)
    batches = [next(endless) for _ in range(9)]
    assert all(np.array_equal(batch.observations, batch.actions * 10.0) for batch in batches)
    assert all(batch.weights.tolist() == [1.0] * 12 for batch in batches)
    firsts = {rows[0] for rows in EPISODES}
    for actions, starts in zip(*lanes_of(batches, 3)):
        assert starts[0] == 1.0
        for row, start, before in zip(actions[1:], starts[1:], actions[:-1]):
            assert start == float(row in firsts)
            assert start or row == before + 1


def test_every_episode_has_its_turn_before_one_comes_again():
    actions, starts = lanes_of([next(stream(1, 24, seed=3))], 1)
    order = actions[0][starts[0] == 1.0]
    assert sorted(order[:3]) == sorted(order[3:]) == [rows[0] for rows in EPISODES]
