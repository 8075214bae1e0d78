"""Exceptions shared by everything that reads files."""

__all__ = ['FileFormatError', 'PickleRefused']


class FileFormatError(ValueError):
    """The content of a file cannot be used. The message starts with the file's name."""


class PickleRefused(FileFormatError):
    """A file holds a pickled object that is not restored: nobody allowed it to run code, or it does not run here."""
