"""Memory of batches is used again only when nobody can tell."""
import pickle

import numpy as np

from stable_baselines.gail.dataset.batch_memory import BatchMemory
from stable_baselines.gail.dataset.images import read_image, write_png
from stable_baselines.gail.dataset.loader import DataLoader


def test_what_somebody_holds_is_not_given_out_again():
    memory = BatchMemory((2, 3), most=2)
    first, second, third = memory.take(), memory.take(), memory.take()
    assert len({array.__array_interface__['data'][0] for array in (first, second, third)}) == 3
    view, place = first[1:, :2], first.__array_interface__['data'][0]
    del first
    assert memory.take().__array_interface__['data'][0] != place  # a view is held
    del view
    assert memory.take().__array_interface__['data'][0] == place


def test_no_more_is_kept_than_allowed():
    memory = BatchMemory((2, 3), most=2)
    arrays = [memory.take() for _ in range(5)]
    places = {array.__array_interface__['data'][0] for array in arrays[:2]}
    del arrays
    assert {memory.take().__array_interface__['data'][0] for _ in range(1)} <= places
    assert pickle.loads(pickle.dumps(memory)).take().shape == (2, 3)
    assert len(pickle.dumps(BatchMemory((1000, 1000), 3))) < 1000


def test_an_image_fills_its_place_or_brings_its_own(tmp_path):
    pixels = np.random.RandomState(0).randint(0, 256, (5, 7, 4)).astype(np.uint8)
    path = str(tmp_path / 'a.png')
    write_png(path, pixels)
    place, other = np.zeros((5, 7, 4), np.uint8), np.zeros((5, 7, 3), np.uint8)
    assert read_image(path, place) is place
    np.testing.assert_array_equal(place, pixels)
    for found in (read_image(path), read_image(path, other)):
        np.testing.assert_array_equal(found, pixels)
        found[:] = 0  # an array of its own
    assert not other.any()


def test_batches_that_are_kept_stay_as_they_were(tmp_path):
    rows = np.random.RandomState(0).randint(0, 256, (40, 6, 6, 1)).astype(np.uint8)
    names = [str(tmp_path / '{}.png'.format(number)) for number in range(len(rows))]
    for name, row in zip(names, rows):
        write_png(name, row)
    for sequential in (False, True):
        loader = DataLoader(np.arange(40), np.array(names), np.arange(40), 8, max_queue_len=2, sequential=sequential)
        kept = [batch for _ in range(2) for batch in loader]
        for observations, actions in kept:
            np.testing.assert_array_equal(observations, rows[actions])
        for _ in range(4):
            for observations, actions in loader:
                np.testing.assert_array_equal(observations, rows[actions])
        loader.close()
