"""Policies by name."""
from typing import Any, Dict, Type

from stable_baselines.common.policies.base import ActorCriticPolicy, BasePolicy
from stable_baselines.common.policies.feed_forward import CnnPolicy, MlpPolicy
from stable_baselines.common.policies.recurrent import (
    CnnLnLstmPolicy,
    CnnLstmPolicy,
    MlpLnLstmPolicy,
    MlpLstmPolicy,
)

_registry: Dict[type, Dict[str, Type[BasePolicy]]] = {
    ActorCriticPolicy: {policy.__name__: policy for policy in (
        MlpPolicy, CnnPolicy, MlpLstmPolicy, MlpLnLstmPolicy, CnnLstmPolicy, CnnLnLstmPolicy)},
}


def get_policy_from_name(base_policy_type: Type[BasePolicy], name: str) -> Type[BasePolicy]:
    """
    :param base_policy_type: the family, such as ``ActorCriticPolicy``
    :param name: the registered name
    :return: the policy's class
    :raises ValueError: listing the known names
    """
    known = _registry.get(base_policy_type, {})
    if name not in known:
        raise ValueError('policy={!r}: no policy of this name; known are {}. Pass one of these, a policy class, or '
                         'register your own with register_policy(name, policy).'.format(name, ', '.join(sorted(known))))
    return known[name]


def register_policy(name: str, policy: Type[BasePolicy]) -> None:
    """
    Make a policy known by name.

    :param name: the name to use from now on
    :param policy: a subclass of a policy family
    :raises ValueError: when the class belongs to no family, or the name means another class already
    """
    families = [family for family in _registry if issubclass(policy, family)]
    if not families:
        raise ValueError('register_policy: {} belongs to none of the families {}'.format(
            policy.__name__, ', '.join(sorted(family.__name__ for family in _registry))))
    known = _registry[families[0]]
    if known.get(name, policy) is not policy:
        raise ValueError('register_policy: the name {!r} belongs to {} already; choose another'.format(
            name, known[name].__name__))
    known[name] = policy


def register_family(base_policy_type: Type[BasePolicy], policies: Dict[str, Type[BasePolicy]]) -> None:
    """
    Make the policies of another kind of algorithm known.

    :param base_policy_type: the family
    :param policies: its policies by name
    """
    _registry.setdefault(base_policy_type, {}).update(policies)


def resolve_policy(policy: Any, policy_base: Type[BasePolicy], algorithm: str) -> Type[BasePolicy]:
    """
    :param policy: a name, or a class
    :param policy_base: the family that the algorithm can use
    :param algorithm: its name, for messages
    :return: the policy's class
    :raises ValueError: for anything else
    """
    if isinstance(policy, str):
        return get_policy_from_name(policy_base, policy)
    if isinstance(policy, type) and issubclass(policy, policy_base):
        return policy
    raise ValueError("policy={!r}: {} needs a subclass of {}.{}, or a name such as 'MlpPolicy'{}".format(
        policy, algorithm, policy_base.__module__, policy_base.__name__,
        '; this class belongs to another algorithm' if isinstance(policy, type) and issubclass(policy, BasePolicy)
        else ''))
