"""Names and signatures of stable-baselines 2.10 are valid here: same arguments in the same order, same defaults."""
import ast
import importlib
import inspect
import json
import re

import pytest

from tests.conftest import DATA

SURFACE = json.loads((DATA / 'api_surface.json').read_text(encoding='utf-8'))

# What is not made yet. Whoever makes it takes it off this list: a test says so.
LATER = set()  # nothing at present
# Not part of the public surface, although the list of names holds it.
PRIVATE = set()


def find(path):
    """What a dotted path means; raises LookupError where it means nothing."""
    parts = path.split('.')
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module('.'.join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                raise LookupError(path)
            found = getattr(found, part)
        return found
    raise LookupError(path)


def everything():
    """(path, signature or None, names of base classes, path of the home) of all that the surface lists."""
    for module, items in SURFACE.items():
        yield module, None, [], None
        for name, item in items.items():
            path = '{}.{}'.format(module, name)
            home = '{}.{}'.format(item['re-export'], name) if 're-export' in item else None
            yield path, item.get('function'), item.get('class', []), home
            for method, signature in item.get('methods', {}).items():
                yield '{}.{}'.format(path, method), signature, [], None
            for attribute in item.get('properties', []):
                yield '{}.{}'.format(path, attribute), None, [], None


def is_later(path):
    return any(path == later or path.startswith(later + '.') for later in LATER | PRIVATE)


PRESENT = [entry for entry in everything() if not is_later(entry[0])]
SIGNATURES = [(path, signature) for path, signature, _, _ in PRESENT if signature is not None]


class Parameters:
    """A signature as text, taken apart."""

    def __init__(self, text):
        text = re.sub('<[^<>]*>', 'some_object', text.split(' -> ')[0])
        arguments = ast.parse('def f{}: pass'.format(text)).body[0].args
        self.positional = [argument.arg for argument in arguments.args]
        self.defaults = dict(zip(self.positional[::-1], arguments.defaults[::-1]))
        self.keyword_only = [argument.arg for argument in arguments.kwonlyargs]
        self.defaults.update({name: value for name, value in zip(self.keyword_only, arguments.kw_defaults)
                              if value is not None})
        self.takes_any = (arguments.vararg is not None, arguments.kwarg is not None)


def mistakes(expected, function):
    """What is wrong with a function's signature, in words."""
    parameters = list(inspect.signature(function).parameters.values())
    kinds = inspect.Parameter
    positional = [p.name for p in parameters if p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)]
    by_name = {p.name: p for p in parameters}
    if positional[:len(expected.positional)] != expected.positional:
        yield 'arguments {} instead of {}'.format(positional, expected.positional)
    for name in expected.keyword_only:
        if name not in by_name:
            yield '{} is missing'.format(name)
    if expected.takes_any[1] and not any(p.kind is kinds.VAR_KEYWORD for p in parameters):
        yield 'takes no further keywords'
    for parameter in parameters:
        name, known = parameter.name, expected.positional + expected.keyword_only
        required = parameter.default is kinds.empty and parameter.kind not in (kinds.VAR_KEYWORD, kinds.VAR_POSITIONAL)
        if required and name not in known:
            yield '{} is new, but has no default'.format(name)
        elif name in expected.defaults:
            yield from wrong_default(name, expected.defaults[name], parameter.default)


def wrong_default(name, expected, found):
    if found is inspect.Parameter.empty:
        yield '{} has no default'.format(name)
        return
    try:
        value = ast.literal_eval(expected)
    except ValueError:
        return  # a function or a type
    if found != value or type(found) is not type(value):
        yield '{}={!r} instead of {!r}'.format(name, found, value)


def test_the_list_of_what_comes_later_is_exact():
    missing = set()
    for path, _, _, _ in everything():
        try:
            find(path)
        except LookupError:
            missing.add(path)
    shortest = {path for path in missing if not any(path.startswith(other + '.') for other in missing)}
    assert shortest == LATER | PRIVATE


@pytest.mark.parametrize('path, signature', SIGNATURES, ids=[path[len('stable_baselines.'):] for path, _ in SIGNATURES])
def test_signatures(path, signature):
    assert list(mistakes(Parameters(signature), find(path))) == []


def test_classes_are_related_as_there():
    for path, _, bases, _ in PRESENT:
        if bases:
            names = [base.__name__ for base in find(path).__mro__]
            assert set(bases) <= set(names), '{} is no {}'.format(path, set(bases) - set(names))


def test_old_paths_lead_to_the_same_things():
    for path, _, _, home in PRESENT:
        if home is not None and not is_later(home):
            assert find(path) is find(home), path


def test_the_test_notices_differences():
    expected = Parameters('(self, a, b=1, *, c=None, **kwargs)')
    assert list(mistakes(expected, lambda self, a, b=1, *, c=None, d=2, **kwargs: None)) == []
    for wrong in (lambda self, b=1, a=2, *, c=None, **kwargs: None, lambda self, a, b=2, *, c=None, **kwargs: None,
                  lambda self, a, b=1, **kwargs: None, lambda self, a, b=1, *, c=None: None,
                  lambda self, a, b=1, *, c=None, d, **kwargs: None, lambda self, a, b=1.0, *, c=None, **kwargs: None):
        assert list(mistakes(expected, wrong)) != []
