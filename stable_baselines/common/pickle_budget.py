"""How much the pickles and dictionaries of one file may take: time and memory out of proportion to its size."""
from typing import Any

__all__ = ['MAX_COLLIDING', 'MAX_INSTRUCTIONS', 'Budget', 'may_collide']

MAX_INSTRUCTIONS = 2000000
# Lists, tuples, dictionaries and records, each of which takes up to 250 bytes for one byte of program.
MAX_CONTAINERS = 300000
# Parts that occur once more without being written once more: texts and arrays count by their length.
MAX_REPEATED = 2000000
# Keys of dictionaries that a stranger can choose to have one hash, so that each is compared with all others.
MAX_COLLIDING = 10000


class Budget:
    """What the pickles of one file may take together. Exceptions name the limit, not the file."""

    def __init__(self):
        self.instructions, self._containers = MAX_INSTRUCTIONS, MAX_CONTAINERS
        self._repeated, self._keys = MAX_REPEATED, MAX_COLLIDING

    def take_container(self) -> None:
        """
        :raises ValueError: when there are too many objects
        """
        self._containers -= 1
        if self._containers < 0:
            raise ValueError('it builds more than {} objects'.format(MAX_CONTAINERS))

    def repeat(self, size: int) -> None:
        """
        :param size: of something that occurs once more
        :raises ValueError: when whoever prints or copies the result would have too much to do
        """
        self._repeated -= size
        if self._repeated < 0:
            raise ValueError('it is short, but stands for more than {} values'.format(MAX_REPEATED))

    def take_key(self, key: Any) -> None:
        """
        :param key: of a dictionary
        :raises ValueError: when there are too many that may have one hash
        """
        self._keys -= may_collide(key)
        if self._keys < 0:
            raise ValueError('it has more than {} dictionary keys that are neither text nor short integers'.format(
                MAX_COLLIDING))


def may_collide(key: Any) -> bool:
    """
    :param key: of a dictionary
    :return: whether any number of such keys can be made that have one hash
    """
    if type(key) is int:
        return not -2 ** 60 < key < 2 ** 60
    return type(key) not in (str, bytes, bool)
