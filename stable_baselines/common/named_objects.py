"""What a file may refer to by name: policy classes, activation functions, registered classes.

A name in a file is only ever compared with what the program has loaded already. Nothing is imported because a file says
so, and what a name finds must be of the expected kind, or it counts as not found.
"""
import inspect
import sys
import types
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Sequence

import numpy as np

__all__ = ['find_policy', 'policy_reference', 'find_activation', 'activation_name', 'register_json_type',
           'register_attributes', 'RegisteredType', 'registered_by_tag', 'registered_for', 'registered_by_path']

_POLICY_MODULE = 'stable_baselines.common.policies'
# Public TensorFlow names, the first of several names of one function being the one written.
_ACTIVATIONS = ('nn.relu', 'nn.relu6', 'nn.elu', 'nn.selu', 'nn.leaky_relu', 'nn.crelu', 'nn.swish', 'nn.gelu',
                'nn.softplus', 'nn.softsign', 'nn.tanh', 'nn.sigmoid', 'tanh', 'sigmoid', 'sin', 'identity')


class RegisteredType(NamedTuple):
    """A class whose instances are written as JSON.

    :param cls: the class
    :param tag: its name in files
    :param to_dict: instance -> dictionary of what JSON can hold (arrays and NumPy numbers included)
    :param from_dict: the inverse; raises ValueError, TypeError or KeyError for a dictionary it cannot use
    """

    cls: type
    tag: str
    to_dict: Callable[[Any], Dict[str, Any]]
    from_dict: Callable[[Dict[str, Any]], Any]


_registered = {}  # type: Dict[str, RegisteredType]


def register_json_type(cls: type, tag: str, to_dict: Callable[[Any], Dict[str, Any]],
                       from_dict: Callable[[Dict[str, Any]], Any]) -> None:
    """
    Let instances of a class be saved with a model without pickle.

    Files of stable-baselines hold such instances pickled; ``from_dict`` is then given the instance's attributes as
    stored there, so it should accept these too.

    :param cls: the class; its subclasses are not covered
    :param tag: name in files, unique, and never changed once files exist
    :param to_dict: instance -> dictionary of JSON values, arrays and NumPy numbers included
    :param from_dict: that dictionary -> instance. It is called with values from files, so it must only store them
    :raises ValueError: when the tag belongs to another class
    """
    known = _registered.get(tag)
    if known is not None and (known.cls.__module__, known.cls.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ValueError('tag={!r} already stands for {}; choose another for {}.'.format(tag, known.cls, cls))
    _registered[tag] = RegisteredType(cls, tag, to_dict, from_dict)


def register_attributes(cls: type, tag: str, names: Sequence[str]) -> None:
    """
    Register a class whose instances are nothing but numbers, arrays or None under fixed attribute names.

    :param cls: the class; its constructor is not called when an instance is read
    :param tag: name in files
    :param names: of all attributes
    :raises ValueError: when the tag belongs to another class
    """
    def from_dict(attributes: Dict[str, Any]) -> Any:
        if set(attributes) != set(names):
            raise ValueError('{} has attributes {}, expected {}'.format(tag, sorted(attributes), sorted(names)))
        instance = cls.__new__(cls)
        for name, value in attributes.items():
            if value is not None and np.asarray(value).dtype.kind not in 'biuf':
                raise ValueError('{}={!r} of {} is not a number or an array of numbers'.format(name, value, tag))
            setattr(instance, name, value)
        return instance

    register_json_type(cls, tag, lambda instance: {name: getattr(instance, name) for name in names}, from_dict)


def registered_by_tag(tag: Any) -> Optional[RegisteredType]:
    """
    :param tag: name in a file
    :return: the class registered under it, else None
    """
    return _registered.get(tag) if isinstance(tag, str) else None


def registered_for(item: Any) -> Optional[RegisteredType]:
    """
    :param item: anything
    :return: how its class is written, None when it is not registered
    """
    return next((entry for entry in _registered.values() if entry.cls is type(item)), None)


def registered_by_path(module: str, name: str) -> Optional[RegisteredType]:
    """
    :param module: name of the module a pickle names
    :param name: name of the class in it
    :return: the registered class of that name, else None
    """
    return next((entry for entry in _registered.values()
                 if (entry.cls.__module__, entry.cls.__qualname__) == (module, name)), None)


def _is_policy(candidate: Any) -> bool:
    """
    :param candidate: anything
    :return: whether it is a policy class of this library or derived from one
    """
    # The class can only derive from a base that is loaded, so there is nothing to import here.
    base = getattr(sys.modules.get(_POLICY_MODULE), 'BasePolicy', None)
    return inspect.isclass(candidate) and inspect.isclass(base) and issubclass(candidate, base)


def find_policy(module: Any, name: Any) -> Optional[type]:
    """
    :param module: name of a module that is loaded
    :param name: name of a class in it
    :return: the policy class, None when there is none
    """
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    loaded = sys.modules.get(module)
    # vars, not getattr: a module's own __getattr__ may import or compute.
    candidate = vars(loaded).get(name) if isinstance(loaded, types.ModuleType) else None
    return candidate if _is_policy(candidate) else None


def policy_reference(candidate: Any) -> Optional[Dict[str, str]]:
    """
    :param candidate: anything
    :return: 'module' and 'name' by which ``find_policy`` finds the class, None when it is no policy class or not to be
        found that way (one made inside a function, for instance)
    """
    if not _is_policy(candidate):
        return None
    parts, name = candidate.__module__.split('.'), candidate.__qualname__
    # The shortest package that offers the class is its public home, and outlives a move of the code below it.
    for length in range(1, len(parts) + 1):
        module = '.'.join(parts[:length])
        if find_policy(module, name) is candidate:
            return {'module': module, 'name': name}
    return None


def _activation_table() -> Mapping[str, Callable]:
    """
    :return: public name -> function, of those the installed TensorFlow has
    """
    from stable_baselines.common.tf1 import tf
    # A few functions came after TensorFlow 1 and stand only among those of version 2.
    newer = getattr(getattr(tf.compat, 'v2', None), 'nn', None)
    table = {}
    for name in _ACTIVATIONS:
        owner, last = tf.nn if name.startswith('nn.') else tf, name.split('.')[-1]
        function = getattr(owner, last, None) or getattr(newer, last, None)
        if function is not None:
            table[name] = function
    return table


def find_activation(name: Any) -> Optional[Callable]:
    """
    :param name: public TensorFlow name, such as ``nn.relu``, or the last part of one
    :return: the activation function, None when it is not one of the fixed list
    """
    if not isinstance(name, str):
        return None
    table = _activation_table()
    return table.get(name) or table.get('nn.' + name)


def activation_name(candidate: Any) -> Optional[str]:
    """
    :param candidate: anything
    :return: its public name when it is one of TensorFlow's activation functions, else None
    """
    if not callable(candidate) or 'tensorflow' not in sys.modules:
        return None
    return next((name for name, function in _activation_table().items() if function is candidate), None)
