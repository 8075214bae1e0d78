"""The rules of the house: which module may import what."""
import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'stable_baselines'
MODULES = sorted(path for path in PACKAGE.rglob('*.py'))
HEAVY = ('matplotlib', 'pandas', 'PIL', 'scipy', 'mpi4py', 'gymnasium', 'tqdm', 'imageio_ffmpeg', 'h5py', 'pygame',
         'imitation')
CORE = {'tensorflow', 'gym', 'numpy', 'cloudpickle', 'tqdm'}
OPTIONAL = {'mpi4py', 'matplotlib', 'pandas', 'PIL', 'imageio_ffmpeg', 'h5py', 'pygame', 'imitation'}


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


NAMES = {name_of(path): path for path in MODULES}


def imports(path, only_at_import_time=False):
    """
    Full names of what a module imports: 'package.module' also for 'from package import module'.

    :param path: the file
    :param only_at_import_time: leave out what functions import when they run
    """
    tree = ast.parse(path.read_text(encoding='utf-8'))
    inside = set()
    if only_at_import_time:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.Lambda)):
                inside.update(map(id, ast.walk(node)))
    found = set()
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, '{} imports relatively'.format(path)
            for alias in node.names:
                full = '{}.{}'.format(node.module, alias.name)
                found.add(full if full in NAMES or not node.module.startswith('stable_baselines') else node.module)
    return found


def importers(package, **kwargs):
    return {name for name, path in NAMES.items()
            if any(found == package or found.startswith(package + '.') for found in imports(path, **kwargs))}


def under(*packages):
    return {name for name in NAMES if any(name == package or name.startswith(package + '.') for package in packages)}


def test_there_is_something_to_look_at():
    assert len(NAMES) > 50
    assert 'stable_baselines.common.tf1' in importers('tensorflow')
    assert 'stable_baselines.gail.with_demonstrations' in importers('stable_baselines.trpo_mpi')


def test_three_doors_to_the_outside():
    assert importers('tensorflow') == {'stable_baselines.common.tf1'}
    assert importers('mpi4py') <= {'stable_baselines.common.mpi'}
    assert importers('pygame') == {'stable_baselines.gail.dataset.human.keyboard_window'}
    assert importers('h5py') == {'stable_baselines.gail.dataset.formats.hdf5_access'}
    assert importers('gym') <= {'stable_baselines.common.gym_api'}
    assert not importers('gymnasium')


def test_arrows_point_one_way():
    common = under('stable_baselines.common', 'stable_baselines.logger', 'stable_baselines.bench')
    for algorithm in ('gail', 'trpo_mpi', 'sac'):
        users = importers('stable_baselines.' + algorithm) & common
        assert not users, '{} must not know {}'.format(sorted(users), algorithm)
    assert not importers('stable_baselines.gail') & under('stable_baselines.trpo_mpi', 'stable_baselines.sac')
    assert not importers('stable_baselines.trpo_mpi') & under('stable_baselines.sac')
    assert not importers('stable_baselines.sac') & under('stable_baselines.gail', 'stable_baselines.trpo_mpi')


def test_trpo_has_never_heard_of_gail():
    for name in under('stable_baselines.trpo_mpi'):
        assert 'gail' not in NAMES[name].read_text(encoding='utf-8').lower(), name


@pytest.mark.parametrize('name', ['gail.losses', 'trpo_mpi.losses', 'sac.losses', 'common.gae', 'trpo_mpi.trust_region',
                                  'gail.dataset.trajectories'])
def test_pure_modules_run_nothing(name):
    """They compute from what they are given: no session, no variables, no model."""
    path = NAMES['stable_baselines.' + name]
    source = ast.parse(path.read_text(encoding='utf-8'))
    attributes = {node.attr for node in ast.walk(source) if isinstance(node, ast.Attribute)}
    assert not attributes & {'Session', 'run', 'get_variable', 'placeholder', 'make_callable'}
    for module in ('base_class', 'base_model', 'tf1.make_session', 'mpi'):
        assert not any(found.endswith('common.' + module) for found in imports(path)), module


@pytest.mark.parametrize('name', ['common.gae', 'trpo_mpi.trust_region', 'gail.dataset.trajectories'])
def test_numpy_modules_do_without_tensorflow(name):
    assert not any(found.endswith('.tf1') for found in imports(NAMES['stable_baselines.' + name]))


def test_imports_make_no_circle():
    graph = {name: {found for found in imports(path, only_at_import_time=True) if found in NAMES}
             for name, path in NAMES.items()}
    finished, running = set(), []

    def visit(name):
        if name in finished:
            return
        assert name not in running, ' -> '.join(running[running.index(name):] + [name])
        running.append(name)
        for following in sorted(graph[name]):
            visit(following)
        running.pop()
        finished.add(name)

    for name in sorted(graph):
        visit(name)


def test_optional_and_slow_packages_are_imported_where_they_are_used():
    for package in HEAVY:
        assert not importers(package, only_at_import_time=True), package


def test_no_other_packages_are_needed():
    standard = {'abc', 'argparse', 'array', 'ast', 'atexit', 'base64', 'binascii', 'bz2', 'codecs', 'collections',
                'concurrent', 'contextlib', 'copy', 'csv', 'datetime', 'difflib', 'enum', 'errno', 'functools',
                'gc', 'glob', 'hashlib', 'importlib', 'inspect', 'io', 'itertools', 'json', 'logging',
                'lzma', 'math', 'multiprocessing', 'numbers', 'operator', 'os', 'pathlib', 'pickle',
                'pickletools', 'platform', 'queue', 'random', 're', 'select', 'selectors', 'shutil', 'signal', 'socket',
                'stat', 'string', 'struct', 'subprocess', 'sys', 'tempfile', 'textwrap', 'threading', 'time',
                'traceback', 'types', 'typing', 'uuid', 'warnings', 'weakref', 'zipfile', 'zlib'}
    found = {imported.split('.')[0] for path in MODULES for imported in imports(path)}
    assert found - standard - CORE - OPTIONAL == {'stable_baselines'}




@pytest.mark.parametrize('name', sorted(NAMES))
def test_modules_stay_short(name):
    source = NAMES[name].read_text(encoding='utf-8')
    assert len(source.splitlines()) <= 300
    assert 'TODO' not in source
    assert 'FIXME' not in source


@pytest.mark.parametrize('name', sorted(NAMES))
def test_the_code_is_python_3_7(name):
    source = NAMES[name].read_text(encoding='utf-8')
    try:
        ast.parse(source, feature_version=(3, 7))
    except TypeError:  # this is Python 3.7
        ast.parse(source)
