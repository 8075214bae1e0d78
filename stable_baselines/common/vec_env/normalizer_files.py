"""Files of VecNormalize: npz archives of numbers and a text of JSON; pickles of stable-baselines are read as data.

An archive holds ``settings`` (JSON: ``training``, ``norm_obs``, ``norm_reward``, ``clip_obs``, ``clip_reward``,
``gamma``, ``epsilon``) and, for each of ``obs`` and ``ret``, ``<name>_mean``, ``<name>_var`` and ``<name>_count``.
"""
import io
import json
import os
from typing import Any, Dict, Mapping

import numpy as np

from stable_baselines.common.array_json import describe_number
from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.named_objects import register_attributes
from stable_baselines.common.running_mean_std import RunningMeanStd
from stable_baselines.common.safe_npz import read_npz_stream
from stable_baselines.common.safe_pickle import loads

__all__ = ['read', 'read_statistics', 'state_of', 'write', 'write_statistics']

_FLAGS = ('training', 'norm_obs', 'norm_reward')
_NUMBERS = ('clip_obs', 'clip_reward', 'gamma', 'epsilon')
_PARTS = ('mean', 'var', 'count')
_WHAT = 'file of VecNormalize'

register_attributes(RunningMeanStd, 'RunningMeanStd', _PARTS)


def write(path: str, settings: Mapping[str, Any], obs_rms: RunningMeanStd, ret_rms: RunningMeanStd) -> None:
    """
    :param path: file to write; it appears whole or not at all
    :param settings: by name
    :param obs_rms: statistics of observations
    :param ret_rms: statistics of returns
    """
    plain = {name: bool(settings[name]) for name in _FLAGS}
    plain.update({name: describe_number(settings[name]) for name in _NUMBERS})
    arrays = {'settings': np.array(json.dumps(plain, sort_keys=True))}
    for name, statistics in (('obs', obs_rms), ('ret', ret_rms)):
        arrays.update({'{}_{}'.format(name, part): np.asarray(getattr(statistics, part), np.float64)
                       for part in _PARTS})
    with replace_on_success(path) as file:
        np.savez(file, **arrays)


def write_statistics(path: str, statistics: RunningMeanStd) -> None:
    """
    :param path: file to write; it appears whole or not at all
    :param statistics: what to write
    """
    with replace_on_success(path) as file:
        np.savez(file, **{part: np.asarray(getattr(statistics, part), np.float64) for part in _PARTS})


def read(path: str) -> Dict[str, Any]:
    """
    :param path: file that ``write``, or ``VecNormalize.save`` of stable-baselines, wrote
    :return: attributes of a VecNormalize: settings and statistics
    :raises FileFormatError: when it is none of these, or damaged; names the file
    """
    content, name = _content(path), os.fspath(path)
    if not content.startswith(b'PK'):
        loaded = loads(content, name)
        if type(loaded).__name__ != 'VecNormalize':
            raise FileFormatError('{}: a pickled VecNormalize expected, {} found.'.format(name, type(loaded).__name__))
        return loaded.__getstate__()
    arrays = read_npz_stream(io.BytesIO(content), name, _WHAT)
    try:
        settings = json.loads(str(arrays['settings'][()]))
        settings = {key: settings[key] if key in _FLAGS else float(settings[key]) for key in _FLAGS + _NUMBERS}
        parts = {key: {part: arrays['{}_{}'.format(key, part)] for part in _PARTS} for key in ('obs', 'ret')}
        return state_of(dict(settings, obs_rms=_statistics(parts['obs']), ret_rms=_statistics(parts['ret'])))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise FileFormatError('{}: it is not a {} ({}: {}).'.format(name, _WHAT, type(error).__name__,
                                                                    str(error)[:300])) from error


def read_statistics(folder: str, name: str) -> RunningMeanStd:
    """
    :param folder: where the file is
    :param name: of the file, without '.npz' or '.pkl'
    :return: the statistics
    :raises FileNotFoundError: when there is neither
    :raises FileFormatError: when it holds something else; names the file
    """
    path = os.path.join(folder, name + '.npz')
    if not os.path.exists(path) and os.path.exists(os.path.join(folder, name + '.pkl')):
        path = os.path.join(folder, name + '.pkl')
        found = loads(_content(path), path)
    else:
        arrays = read_npz_stream(io.BytesIO(_content(path)), path, 'file of running statistics')
        found = None if set(arrays) != set(_PARTS) else arrays
    try:
        if isinstance(found, RunningMeanStd):
            found = {part: getattr(found, part) for part in _PARTS}
        return _statistics(found)
    except (KeyError, TypeError, ValueError) as error:
        raise FileFormatError('{}: it does not hold running statistics ({}).'.format(path, error)) from error


def _content(path: str) -> bytes:
    with open(os.fspath(path), 'rb') as file:
        return file.read()


def _statistics(parts: Mapping[str, Any]) -> RunningMeanStd:
    """
    :param parts: mean, var and count
    :return: the statistics
    :raises ValueError: when these are not numbers that fit together
    """
    mean, var, count = [np.asarray(parts[part]) for part in _PARTS]
    if any(array.dtype.kind not in 'iuf' or not np.isfinite(array).all() for array in (mean, var, count)):
        raise ValueError('mean, var and count must be finite numbers')
    if mean.shape != var.shape or count.shape != () or (var < 0).any() or count < 0:
        raise ValueError('mean, var and count do not fit together')
    statistics = RunningMeanStd(shape=mean.shape)
    statistics.mean, statistics.var = mean.astype(np.float64), var.astype(np.float64)
    statistics.count = float(count)
    return statistics


def state_of(attributes: Mapping[str, Any]) -> Dict[str, Any]:
    """
    :param attributes: of a VecNormalize, from a file of this library or of stable-baselines; more than are needed
    :return: settings and statistics
    :raises ValueError: when one is of the wrong kind
    :raises KeyError: when one is missing
    """
    state: Dict[str, Any] = {}
    for name in _FLAGS:
        if not isinstance(attributes[name], (bool, np.bool_)):
            raise ValueError('{}={!r} is neither True nor False'.format(name, attributes[name]))
        state[name] = bool(attributes[name])
    for name in _NUMBERS:
        if np.asarray(attributes[name]).dtype.kind not in 'iuf':
            raise ValueError('{}={!r} is not a number'.format(name, attributes[name]))
        state[name] = float(attributes[name])
    for name in ('obs_rms', 'ret_rms'):
        statistics = attributes[name]
        state[name] = _statistics({part: getattr(statistics, part, None) for part in _PARTS})
    if state['ret_rms'].mean.shape != ():
        raise ValueError('the statistics of returns have shape {}, those of one number are needed'.format(
            state['ret_rms'].mean.shape))
    return state
