"""Packages that only some functions need."""
import importlib
from typing import Any, Optional

__all__ = ['optional_import']


def optional_import(module: str, purpose: str, package: Optional[str] = None) -> Any:
    """
    Import a package that is not among the requirements of this library.

    :param module: its name
    :param purpose: what needs it, for the message
    :param package: the name to install it by, where that is another one than the module's
    :return: the module
    :raises ImportError: when it is missing; says what needs it and how to get it
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = package or module.split('.')[0]
        raise ImportError('{} needs {}, which cannot be imported: {}. Install it with: pip install {}'
                          .format(purpose, package, error, package)) from error
