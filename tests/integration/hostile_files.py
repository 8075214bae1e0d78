"""A corpus of hostile and damaged files, and a program that lets the library's loaders read them all.

Prints a line of JSON: what became of each. Runs with little memory to spare, and with a clock for each file.
"""
import base64
import io
import json
import os
import pickle
import random
import resource
import signal
import sys
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from stable_baselines.gail import ExpertDataset
from tests.environments import RandomEnv, random_demonstrations
from tests.integration.resume import BOX, DISCRETE, SMALL, VECTOR, sac

DATA = Path(__file__).resolve().parents[1] / 'data'
MEMORY = 1024 ** 3
SECONDS = 20


class Reduced:
    """Pickles as a call of a function."""

    def __init__(self, *parts):
        self.parts = parts

    def __reduce__(self):
        return self.parts


def payloads(canary):
    """Objects whose unpickling would leave a file behind."""
    command, python = 'touch ' + canary, 'open({!r}, "w")'.format(canary)
    return {'system': Reduced(os.system, (command,)), 'eval': Reduced(eval, (python,)),
            'exec': Reduced(exec, (python,)), 'open': Reduced(open, (canary, 'w')),
            'nested': Reduced(pickle.loads, (pickle.dumps(Reduced(os.system, (command,))),)),
            'hidden': {'a': [1.0, (Reduced(os.system, (command,)),)]},
            'memmap': Reduced(np.memmap, (canary, 'uint8', 'w+', 0, (1,)))}


def object_array(item, length=4):
    array = np.empty(length, dtype=object)
    array[:] = [item] * length if not isinstance(item, dict) else [dict(item) for _ in range(length)]
    return array


def npz(compress=False, **arrays):
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def archive(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def npy_header(shape, dtype='<f8', order=False):
    text = "{{'descr': {!r}, 'fortran_order': {}, 'shape': {}, }}".format(dtype, order, shape).encode()
    return b'\x93NUMPY\x01\x00' + len(text).to_bytes(2, 'little') + text


def members_of(blob):
    with zipfile.ZipFile(io.BytesIO(blob)) as file:
        return {name: file.read(name) for name in file.namelist()}


def good_files(folder):
    """loader's name -> contents that it reads."""
    models = {'trpo': TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), seed=0, **SMALL),
              'gail': GAIL('MlpPolicy', RandomEnv(VECTOR, BOX), random_demonstrations(VECTOR, BOX), seed=0,
                           hidden_size_adversary=4, **SMALL),
              'sac': sac(RandomEnv(VECTOR, BOX), seed=0)}
    models['sac'].learn(40)
    files = {}
    for name, model in models.items():
        model.save(folder + '/good')
        files[name] = [Path(folder + '/good.zip').read_bytes()]
    files['trpo'].append((DATA / 'trpo_cartpole.zip').read_bytes())
    files['sac'].append((DATA / 'sac_pendulum.zip').read_bytes())
    models['sac'].save_replay_buffer(folder + '/good.npz')
    files['buffer'] = [Path(folder + '/good.npz').read_bytes()]
    rows = dict(actions=np.arange(6)[:, None] % 2, episode_returns=np.ones(2), rewards=np.ones(6), obs=np.eye(6),
                episode_starts=np.arange(6) % 3 == 0)
    files['dataset'] = [npz(**rows), npz(**dict(rows, obs=object_array(np.ones(3), 6)))]
    statistics = VecNormalize(DummyVecEnv([lambda: RandomEnv(VECTOR, BOX)]))
    statistics.save(folder + '/good.statistics')
    files['statistics'] = [Path(folder + '/good.statistics').read_bytes()]
    return files, models['sac'], rows


def loaders(model):
    return {'trpo': TRPO.load, 'gail': GAIL.load, 'sac': SAC.load, 'buffer': model.load_replay_buffer,
            'dataset': lambda path: ExpertDataset(path, verbose=0), 'parameters': model.load_parameters,
            'statistics': lambda path: VecNormalize.load(path, DummyVecEnv([lambda: RandomEnv(VECTOR, BOX)]))}


def repetitions():
    """A pickle of lists, each of which holds the last one ten times."""
    program = b'\x80\x04]q\x00'
    for level in range(12):
        program += b'](' + (b'h' + bytes([level])) * 10 + b'eq' + bytes([level + 1])
    return program + b'.'


def disproportionate():
    """Changes of a model's description that are short and stand for much: (name, changes)."""
    for key in ('gamma', 'policy', 'policy_kwargs', 'algorithm', 'format_version', 'action_space'):
        yield 'repetitions of ' + key, {key: {':type:': 'x', ':serialized:': base64.b64encode(repetitions()).decode()}}
    many = {':type:': 'x', ':serialized:': base64.b64encode(b'\x80\x04](' + b']' * 250000 + b'e.').decode()}
    yield 'many objects', {'key{}'.format(number): many for number in range(20)}
    yield 'keys of one hash', {'gamma': {'__items__': [[number * (2 ** 61 - 1), 0] for number in range(100000)]}}
    for layers in ([100000, 100000], [64] * 5000):
        yield '{} layers'.format(len(layers)), {'policy_kwargs': {'net_arch': layers}}
    for space in ({'__space__': 'Discrete', 'n': 10 ** 30}, {'__space__': 'Discrete', 'n': 10 ** 8},
                  {'__space__': 'MultiBinary', 'n': 10 ** 9}, {'__space__': 'MultiDiscrete', 'nvec': [10 ** 9] * 4}):
        yield 'space {}'.format(space), {'action_space': space}


def hostile(files, rows, canary):
    """Files that want to run something, or to have all the memory: (loader, name, content)."""
    import cloudpickle
    model = members_of(files['trpo'][0])
    for kind, payload in payloads(canary).items():
        serialized = base64.b64encode(cloudpickle.dumps(payload)).decode()
        for key in ('policy', 'policy_kwargs', 'observation_space', 'gamma', 'tensorboard_log'):
            data = json.dumps(dict(json.loads(model['data']), **{key: {':type:': 'x', ':serialized:': serialized}}))
            yield 'trpo', '{} in {}'.format(kind, key), archive(dict(model, data=data))
        yield 'sac', kind + ' as the whole file', cloudpickle.dumps(({}, payload))
        for key in rows:
            changed = dict(rows, **{key: object_array(payload, len(rows[key]))})
            yield 'dataset', '{} in {}'.format(kind, key), npz(**changed)
        for member in ('parameters', 'training_state'):
            changed = dict(model, **{member: npz(w=object_array(payload))})
            yield 'trpo', '{} in {}'.format(kind, member), archive(changed)
        yield 'buffer', kind + ' in the buffer', npz(observations=object_array(payload))
        yield 'statistics', kind + ' in statistics', pickle.dumps(payload)
        yield 'statistics', kind + ' among statistics', pickle.dumps({'obs_rms': payload})
    for name, changes in disproportionate():
        yield 'trpo', name, archive(dict(model, data=json.dumps(dict(json.loads(model['data']), **changes))))
    yield 'statistics', 'repetitions', repetitions()
    yield 'dataset', 'repetitions', archive({'obs.npy': npy_header((10,), '|O') + repetitions()})
    bomb = archive({'obs.npy': npy_header((30 * 1024 ** 2,)) + b'\0' * (240 * 1024 ** 2)})
    deep = b'[' * 100000 + b']' * 100000
    for shape in ((10 ** 12,), (2 ** 62, 4), (-1,), (10 ** 5, 10 ** 5), (1,) * 40, (0, 10 ** 12)):
        array = npy_header(shape)
        yield 'dataset', 'shape {}'.format(shape), archive({'obs.npy': array})
        yield 'buffer', 'shape {}'.format(shape), archive({'observations.npy': array})
        yield 'trpo', 'shape {}'.format(shape), archive(dict(model, parameters=archive({'w.npy': array})))
    for loader in ('dataset', 'buffer', 'trpo'):
        yield loader, 'zip bomb', bomb
    yield 'trpo', 'bomb within', archive(dict(model, parameters=bomb))
    yield 'trpo', 'deep JSON', archive(dict(model, data=deep))
    yield 'trpo', 'long number', archive(dict(model, data=b'{"gamma": ' + b'9' * 10 ** 6 + b'}'))
    for name in ('../../evil', '/tmp/evil', '..\\evil'):
        yield 'trpo', 'member ' + name, archive({name: b'x'})
        yield 'dataset', 'image ' + name, npz(**dict(rows, obs=np.array([name] * 6)))


def damaged(files, n_each):
    """Truncated and bit-flipped copies of good files."""
    generator = random.Random(7)
    for loader, contents in files.items():
        for number in range(n_each):
            blob = bytearray(contents[number % len(contents)])
            if number % 3 == 0:
                del blob[generator.randrange(len(blob)):]
            for _ in range(generator.randint(1, 8) if number % 3 else 0):
                blob[generator.randrange(len(blob))] ^= 1 << generator.randrange(8)
            yield loader, 'damaged {}'.format(number), bytes(blob)
    for number in range(n_each):  # within the archive, where no checksum helps
        members = members_of(files['trpo'][number % 2])
        name = generator.choice(sorted(members))
        blob = bytearray(members[name])
        for _ in range(generator.randint(1, 4)):
            blob[generator.randrange(len(blob))] = generator.randrange(256)
        yield generator.choice(['trpo', 'parameters']), 'damaged member {}'.format(number), archive(
            dict(members, **{name: bytes(blob)}))


def outcome(load, path):
    """'read', 'refused' as it should be, or what went wrong."""
    began = time.time()
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            load(path)
        return 'read'
    except FileFormatError as error:
        return 'refused' if path in str(error) else 'without its name: {}'.format(error)
    except FileNotFoundError as error:  # of an image that a data set names
        return 'refused' if path in str(error) else 'without its name: {}'.format(error)
    except BaseException as error:
        return '{} after {:.0f} s: {}'.format(type(error).__name__, time.time() - began, error)
    finally:
        signal.alarm(0)


def ring(_number, _frame):
    raise TimeoutError('it hung')


def main(folder):
    files, model, rows = good_files(folder)
    load = loaders(model)
    canary, path = folder + '/executed', folder + '/case.npz'
    corpus = list(hostile(files, rows, canary)) + list(damaged(files, 45))
    used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    signal.signal(signal.SIGALRM, ring)
    results = []
    for loader, name, content in corpus:
        Path(path).write_bytes(content)
        results.append((loader, name, outcome(load[loader], path), os.path.exists(canary)))
    print(json.dumps(results))


if __name__ == '__main__':
    main(sys.argv[1])
