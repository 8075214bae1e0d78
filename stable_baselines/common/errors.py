"""Exceptions of files, and warnings of training."""

__all__ = ['FileFormatError', 'PickleRefused', 'TrainingWarning']


class FileFormatError(ValueError):
    """The content of a file cannot be used. The message starts with the file's name."""


class PickleRefused(FileFormatError):
    """A file holds a pickled object that is not restored: nobody allowed it to run code, or it does not run here."""


class TrainingWarning(UserWarning):
    """Training runs, but something about it will probably keep it from learning. See the page "Logging"."""
