"""Exceptions of files, and warnings of training."""
import sys

__all__ = ['FileFormatError', 'NoSuchModel', 'PickleRefused', 'TrainingWarning', 'level_of_caller']


class FileFormatError(ValueError):
    """The content of a file cannot be used. The message starts with the file's name."""


class PickleRefused(FileFormatError):
    """A file holds a pickled object that is not restored: nobody allowed it to run code, or it does not run here."""


class NoSuchModel(FileNotFoundError, ValueError):
    """There is no file of a model where it was looked for; a ``ValueError`` as in stable-baselines, too."""


class TrainingWarning(UserWarning):
    """Training runs, but something about it will probably keep it from learning. See the page "Logging"."""


def level_of_caller() -> int:
    """
    :return: ``stacklevel`` by which a warning of the calling function points at the line of a script, through however
        many functions and decorators of this library
    """
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get('__name__', '').split('.')[0] in (
            'stable_baselines', 'contextlib'):
        frame, level = frame.f_back, level + 1
    return level
