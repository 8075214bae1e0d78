import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stable_baselines.common import atomic_file
from stable_baselines.common.atomic_file import replace_on_success


def test_writes_bytes_and_text_and_creates_folders(tmp_path):
    target = tmp_path / 'new' / 'folder' / 'a.bin'
    with replace_on_success(target, 'wb') as file:
        file.write(b'\x00\xff')
    assert target.read_bytes() == b'\x00\xff'
    with replace_on_success(str(target), 'w') as file:
        file.write('Zürich')
    assert target.read_bytes() == 'Zürich'.encode()
    assert os.listdir(str(target.parent)) == ['a.bin']


@pytest.mark.parametrize('error', [RuntimeError('stop'), KeyboardInterrupt()])
def test_an_error_in_the_middle_leaves_the_old_file(tmp_path, error):
    target = tmp_path / 'a'
    target.write_bytes(b'old')
    with pytest.raises(type(error)):
        with replace_on_success(target) as file:
            file.write(b'half of the n')
            raise error
    assert target.read_bytes() == b'old'
    assert os.listdir(str(tmp_path)) == ['a']


def test_the_target_is_untouched_until_the_end(tmp_path):
    target = tmp_path / 'a'
    with replace_on_success(target) as file:
        file.write(b'new')
        file.flush()
        assert not target.exists()
    assert target.read_bytes() == b'new'


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / 'a'
    target.write_bytes(b'old')

    def fail(descriptor):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(atomic_file.os, 'fsync', fail)
    with pytest.raises(OSError) as caught:
        with replace_on_success(target) as file:
            file.write(b'new')
    assert caught.value.errno == errno.ENOSPC
    assert target.read_bytes() == b'old'
    assert os.listdir(str(tmp_path)) == ['a']


def test_a_folder_without_permission_is_named(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(errno.EACCES, 'Permission denied')

    monkeypatch.setattr(atomic_file.os, 'open', refuse)
    with pytest.raises(PermissionError, match='a.zip') as caught:
        with replace_on_success(tmp_path / 'a.zip'):
            pass
    assert caught.value.filename == str(tmp_path / 'a.zip')


def test_a_file_in_place_of_a_folder_is_an_error(tmp_path):
    (tmp_path / 'file').write_bytes(b'')
    with pytest.raises(OSError, match='a.zip'):
        with replace_on_success(tmp_path / 'file' / 'a.zip'):
            pass


def test_a_folder_as_target_is_an_error(tmp_path):
    with pytest.raises(IsADirectoryError):
        with replace_on_success(tmp_path):
            pass


def test_another_mode_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="mode='a'"):
        with replace_on_success(tmp_path / 'a', 'a'):
            pass


def test_a_link_and_the_permissions_survive(tmp_path):
    target, link = tmp_path / 'target', tmp_path / 'link'
    target.write_bytes(b'old')
    os.chmod(str(target), 0o640)
    link.symlink_to(target)
    with replace_on_success(link) as file:
        file.write(b'new')
    assert link.is_symlink()
    assert target.read_bytes() == b'new'
    assert stat.S_IMODE(os.stat(str(target)).st_mode) == 0o640


def test_a_new_file_follows_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        with replace_on_success(tmp_path / 'a') as file:
            file.write(b'')
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(str(tmp_path / 'a')).st_mode) == 0o640


def test_a_device_is_written_and_not_replaced():
    with replace_on_success('/dev/null') as file:
        file.write(b'x')
    assert stat.S_ISCHR(os.stat('/dev/null').st_mode)


_WRITER = '''
import importlib.util, sys
spec = importlib.util.spec_from_file_location('atomic_file', sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print('ready', flush=True)
number = 0
while True:
    number += 1
    with module.replace_on_success(sys.argv[2]) as file:
        for _ in range(20):
            file.write(bytes([number % 256]) * 5000)
'''


def test_kills_at_random_moments_leave_a_whole_file(tmp_path):
    target = tmp_path / 'a'
    for delay in (0.0, 0.003, 0.008, 0.013, 0.021, 0.034):
        process = subprocess.Popen([sys.executable, '-S', '-c', _WRITER, str(Path(atomic_file.__file__)), str(target)],
                                   stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if target.exists():
            content = target.read_bytes()
            assert len(content) == 100000 and len(set(content)) == 1
    assert target.exists()
