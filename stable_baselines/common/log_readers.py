"""Logs of a training run, read back as pandas tables."""
import glob
import json
import os
from collections import defaultdict
from typing import Any, DefaultDict, Dict

from stable_baselines.common.optional_import import optional_import

__all__ = ['read_csv', 'read_json', 'read_tb', 'summary_val']


def read_csv(fname: str) -> Any:
    """
    :param fname: a file written in the form 'csv'
    :return: ``pandas.DataFrame``, a row each dump
    :raises ImportError: when pandas is missing
    """
    return optional_import('pandas', 'read_csv()').read_csv(fname, index_col=None, comment='#')


def read_json(fname: str) -> Any:
    """
    :param fname: a file written in the form 'json'
    :return: ``pandas.DataFrame``, a row each dump
    :raises ImportError: when pandas is missing
    """
    pandas = optional_import('pandas', 'read_json()')
    with open(fname, encoding='utf-8') as file:
        return pandas.DataFrame([json.loads(line) for line in file])


def read_tb(path: str) -> Any:
    """
    :param path: an event file of TensorBoard, or a folder of them
    :return: ``pandas.DataFrame``, a row each step (the index) and a column each tag of single numbers; where several
        files hold a number of the same tag and step, that of the last file
    :raises ImportError: when pandas is missing
    :raises FileNotFoundError: when there is no event file
    """
    pandas = optional_import('pandas', 'read_tb()')
    from stable_baselines.common.tf1 import tf
    paths = [path] if os.path.isfile(path) else sorted(glob.glob(os.path.join(glob.escape(path), 'events.*')))
    if not paths:
        raise FileNotFoundError('path={!r} is neither an event file of TensorBoard (events.*) nor a folder that holds '
                                'one.'.format(path))
    columns: DefaultDict[str, Dict[int, float]] = defaultdict(dict)
    for event_file in paths:
        for event in tf.train.summary_iterator(event_file):
            for value in event.summary.value:
                if value.HasField('simple_value'):
                    columns[value.tag][event.step] = value.simple_value
    return pandas.DataFrame({tag: pandas.Series(numbers) for tag, numbers in sorted(columns.items())}).sort_index()


def summary_val(key: str, value: float) -> Any:
    """
    :param key: tag
    :param value: number
    :return: ``tf.Summary.Value`` that holds them
    """
    from stable_baselines.common.tf1 import tf
    return tf.Summary.Value(tag=key, simple_value=float(value))
