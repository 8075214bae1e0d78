"""``python -m stable_baselines.gail.dataset FILE ...``: what files of demonstrations hold; converts them, too."""
import argparse
import os
import sys
import warnings
from typing import Any, List, Optional, Sequence

from stable_baselines.common.programs import parsed, status_of_first
from stable_baselines.gail.dataset import trajectories
from stable_baselines.gail.dataset.checks import is_image_names
from stable_baselines.gail.dataset.formats.assemble import with_found_images
from stable_baselines.gail.dataset.formats.registry import read_file, write_demonstrations
from stable_baselines.gail.dataset.summary import summary_text
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['main']


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """
    Run the program. Of MPI workers, the first one does all, and the others wait.

    :param arguments: of the command line; None takes the program's own
    :return: exit status: 0, or 1 where a file could not be read or written; the same for all MPI workers
    """
    options = parsed(_parser(), arguments)
    return status_of_first(lambda: _show(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m stable_baselines.gail.dataset',
        description='Print what files of demonstrations hold: episodes, steps, lengths, returns, shapes, types and '
                    'ranges. Nothing in a file is executed.')
    parser.add_argument('files', nargs='+', metavar='FILE', help='.npz, .csv, .hdf5 or .h5')
    parser.add_argument('--convert', metavar='OUT',
                        help='write the episodes of all files, in order, as OUT; its suffix tells the format. An '
                             'existing file is replaced')
    parser.add_argument('--keep-unfinished', action='store_true',
                        help='keep a last episode that is not marked as ended')
    return parser


def _show(options: Any) -> int:
    """
    :param options: of the command line
    :return: exit status
    """
    read = [_read(file, options.keep_unfinished) for file in options.files]
    if None in read:
        return 1
    return 0 if options.convert is None else _convert(read, options.files, options.convert)


def _read(name: str, keep_unfinished: bool) -> Optional[Trajectories]:
    """
    Print what a file holds, or in one line what is wrong with it.

    :param name: as given by the user
    :param keep_unfinished: as given by the user
    :return: its episodes, names of images being absolute; None where it cannot be used
    """
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter('always')
        try:
            path = trajectories.find_file(name)
            found = with_found_images(read_file(path, keep_unfinished=keep_unfinished), os.path.dirname(path), path)
        except (ImportError, OSError, ValueError, MemoryError) as error:
            _complain(_message(error, name))
            return None
    text = summary_text(found, path)
    if is_image_names(found.observations):
        text += '\n  images       all {} are there'.format(len(found.observations))
    print(_printable(text))
    for note in notes:
        _complain(str(note.message))
    return found


def _convert(read: List[Trajectories], names: List[str], target: str) -> int:
    """
    :param read: the episodes of each file
    :param names: of the files, as given by the user
    :param target: name of the file to write
    :return: exit status
    """
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter('always')
        try:
            joined = trajectories.merge(read, names)
            written = write_demonstrations(target, trajectories.to_dict(joined))
        except (ImportError, OSError, ValueError, MemoryError) as error:
            _complain(_message(error, target))
            return 1
    for note in notes:
        _complain(str(note.message))
    print(_printable('Written: {} ({} episodes, {} steps)'.format(written, len(joined.episode_returns),
                                                                  len(joined.actions))))
    return 0


def _message(error: BaseException, name: str) -> str:
    """
    :param error: what went wrong
    :param name: of the file
    :return: one line that names the file
    """
    text = ' '.join(str(error).split()) or type(error).__name__
    return text if name in text else '{}: {}'.format(name, text)


def _complain(text: str) -> None:
    print(_printable(' '.join(text.split())), file=sys.stderr)


def _printable(text: str) -> str:
    """
    :param text: may hold names from a stranger's file
    :return: the same, without characters that a terminal would obey
    """
    return ''.join(char if char.isprintable() or char == '\n' else ascii(char)[1:-1] for char in text)


if __name__ == '__main__':
    sys.exit(main())
