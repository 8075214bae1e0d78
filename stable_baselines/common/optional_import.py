"""Packages that only some functions need."""
import importlib
from typing import Any

__all__ = ['optional_import']


def optional_import(module: str, purpose: str) -> Any:
    """
    Import a package that is not among the requirements of this library.

    :param module: its name, also that to install it by
    :param purpose: what needs it, for the message
    :return: the module
    :raises ImportError: when it is missing; says what needs it and how to get it
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.split('.')[0]
        raise ImportError('{} needs {}, which cannot be imported: {}. Install it with: pip install {}'
                          .format(purpose, package, error, package)) from error
