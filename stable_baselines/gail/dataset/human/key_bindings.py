"""Which keys mean which action, in the ways that gym's environments and users write it."""
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional

import numpy as np

from stable_baselines.gail.dataset.expert_actions import actions_for

__all__ = ['Binding', 'KeyBindings', 'keys_of_env']

_LONGEST_CHORD = 3  # a longer text that names no key is rather a misspelled name


class Binding(NamedTuple):
    """
    :param keys: codes of the keys that are held together; none of them for what is done without any
    :param action: an element of the action space
    """

    keys: FrozenSet[int]
    action: Any


def keys_of_env(env: Any) -> Optional[Mapping[Any, Any]]:
    """
    :param env: environment of gym or gymnasium
    :return: what its ``get_keys_to_action()`` says, gym's convention; None where it has no such method
    """
    for owner in (env, getattr(env, 'unwrapped', None)):
        if callable(getattr(owner, 'get_keys_to_action', None)):
            return owner.get_keys_to_action()
    return None


class KeyBindings:
    """
    Translates the keys that are held into an action.

    :param keys_to_action: keys -> action. Keys are a tuple of codes (gym's convention) or of names, a name ('left',
        'a', 'space'), or a short text of characters that are held together ('wa')
    :param noop: action where no binding's keys are held; None if there is no such action
    :param space: the action space
    :param code_of: name of a key -> its code, None for names that there are not
    :raises ValueError: names the keys, or the action, that cannot be used
    """

    def __init__(self, keys_to_action: Mapping[Any, Any], noop: Any, space: Any,
                 code_of: Callable[[str], Optional[int]]) -> None:
        if not isinstance(keys_to_action, Mapping) or not keys_to_action:
            raise ValueError("keys_to_action={!r}: a dict from keys to actions is needed, such as {{'left': 0, "
                             "'right': 1}}.".format(keys_to_action))
        found: Dict[FrozenSet[int], Any] = {}
        for keys, action in keys_to_action.items():
            codes = _codes(keys, code_of)
            if codes in found:
                raise ValueError('keys_to_action[{!r}]: the same keys are there twice.'.format(keys))
            found[codes] = _action(action, space, 'keys_to_action[{!r}]'.format(keys))
        if noop is not None:
            found[frozenset()] = _action(noop, space, 'noop')
        # Largest first: where 'w' and 'wa' are bound and both keys are held, 'wa' is meant.
        self.bindings: List[Binding] = sorted((Binding(*item) for item in found.items()),
                                              key=lambda binding: -len(binding.keys))

    @property
    def keys(self) -> FrozenSet[int]:
        """Codes of all keys that take part."""
        return frozenset().union(*(binding.keys for binding in self.bindings))

    def pressed(self, held: Iterable[int]) -> Optional[Binding]:
        """
        :param held: codes of the keys that are held
        :return: the binding with most keys among those all of whose keys are held; of equals, the one given first; None
            where there is none
        """
        held = frozenset(held)
        return next((binding for binding in self.bindings if binding.keys <= held), None)


def _codes(keys: Any, code_of: Callable[[str], Optional[int]]) -> FrozenSet[int]:
    """
    :param keys: as given by the user
    :param code_of: name of a key -> its code, or None
    :return: their codes
    :raises ValueError: when one is no key
    """
    if isinstance(keys, str) and code_of(keys) is None and len(keys) <= _LONGEST_CHORD:
        keys = tuple(keys)
    codes = []
    for key in keys if isinstance(keys, (tuple, list, frozenset)) else [keys]:
        code = code_of(key) if isinstance(key, str) else key
        if not isinstance(code, (int, np.integer)) or isinstance(code, bool) or code < 0:
            raise ValueError("keys_to_action[{!r}]: {!r} is no key; use a code (pygame.K_LEFT, ord('a')), a name "
                             "('left', 'a', 'space'), or a tuple of them.".format(keys, key))
        codes.append(int(code))
    return frozenset(codes)


def _action(action: Any, space: Any, name: str) -> Any:
    """
    :param action: as given by the user
    :param space: the action space
    :param name: where it was given, for messages
    :return: the same as an element of the space: an int for Discrete, else an array, clipped to a Box
    :raises ValueError: when it is none
    """
    try:
        checked = actions_for([action], space, 1)[0]
    except ValueError as error:
        raise ValueError('{}={!r} is no action: {}'.format(name, action, error)) from None
    return int(checked) if type(space).__name__ == 'Discrete' else checked
