"""Files that are replaced as a whole: by save, save_file and whatever else writes at a path."""

import errno
import os
import re
import stat
import subprocess
import sys
import tempfile
import threading

import mocrograd as mg
import pytest
from mocrograd.safetensors import load_file, save_file
from mocrograd.serialization import files

KILLED = """
import mmap, os, random, signal, struct, sys, time
import mocrograd as mg
from mocrograd.safetensors import load_file, save_file

folder, kind = sys.argv[1:]
path = os.path.join(folder, "state." + kind)
save, load = (save_file, load_file) if kind == "safetensors" else (mg.save, mg.load)
progress = mmap.mmap(-1, 8)
moments = random.Random(0)

def state(number):
    return {str(k): mg.full((1000 * k + 1,), float(number)) for k in range(20)}

save(state(0), path)
for _ in range(25):
    before = progress[:]
    child = os.fork()
    if not child:
        number = struct.unpack("q", progress)[0]
        while True:
            number += 1
            save(state(number), path)
            progress[:] = struct.pack("q", number)
    while progress[:] == before:
        time.sleep(0.001)
        assert not os.waitpid(child, os.WNOHANG)[0], "a saver ended"
    time.sleep(moments.uniform(0, 0.04))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    done = struct.unpack("q", progress)[0]
    found = load(path)
    values = {value for tensor in found.values() for value in tensor.tolist()}
    assert len(found) == 20 and len(values) == 1 and values <= {done, done + 1}, (done, values)
    progress[:] = struct.pack("q", int(values.pop()))
    assert len(os.listdir(folder)) <= 2, os.listdir(folder)
save(state(-1), path)
assert os.listdir(folder) == ["state." + kind], os.listdir(folder)
print("saved", done)
"""


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_a_killed_process_leaves_the_old_file_or_the_new_one(tmp_path, kind):
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), kind], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[1]) >= 25


class Failing:
    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        raise self.error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file(tmp_path, monkeypatch, error):
    path = tmp_path / "state.pth"
    mg.save([mg.ones(3)], path)
    with pytest.raises(error):
        mg.save([mg.zeros(3), Failing(error)], path)

    def failing(descriptor):
        raise error

    monkeypatch.setattr(files, "_to_disk", failing)
    for save in (lambda: mg.save([mg.zeros(3)], path), lambda: mg.save([mg.zeros(3)], tmp_path / "new.pth")):
        with pytest.raises(error):
            save()
    assert os.listdir(tmp_path) == ["state.pth"]
    assert mg.load(path)[0].tolist() == [1.0, 1.0, 1.0]


FULL = """
import resource, signal, sys
import mocrograd as mg
from mocrograd.safetensors import save_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
for save in (mg.save, lambda tensors, path: save_file(tensors, path)):
    try:
        save({"a": mg.zeros(100_000)}, sys.argv[1])
    except OSError as error:
        print(error.errno)
"""


def test_no_room_leaves_the_old_file(tmp_path):
    path = tmp_path / "state.pth"
    mg.save([mg.ones(3)], path)
    run = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [str(errno.EFBIG)] * 2
    assert os.listdir(tmp_path) == ["state.pth"]
    assert mg.load(path)[0].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_device():
    with pytest.raises(OSError, match="No space left"):
        mg.save([mg.ones(100_000)], "/dev/full")


def test_links_and_modes_stay(tmp_path):
    (tmp_path / "there").mkdir()
    path, link = tmp_path / "there" / "state.pth", tmp_path / "link.pth"
    link.symlink_to("there/state.pth")
    mg.save([mg.ones(1)], link)  # it leads nowhere yet
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()
    path.chmod(0o640)
    (tmp_path / "again.pth").symlink_to(link)
    mg.save([mg.ones(2)], tmp_path / "again.pth")
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert mg.load(path)[0].shape == (2,)
    assert sorted(os.listdir(tmp_path)) == ["again.pth", "link.pth", "there"]
    assert os.listdir(tmp_path / "there") == ["state.pth"]
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
        mg.save([mg.ones(3)], path)
        assert (path.stat().st_uid, path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) == (1234, 4321, 0o640)


def _umask():
    now = os.umask(0)
    os.umask(now)
    return now


WITHOUT_RIGHTS = """
import os, sys
import mocrograd as mg
import mocrograd.serialization  # as long as Python's own files can be read
folder = sys.argv[1]
if os.geteuid() == 0:
    os.setegid(4321)
    os.seteuid(1234)
mg.save([mg.ones(2)], folder + "/mine.pth")
print(mg.load(folder + "/mine.pth")[0].shape, os.listdir(folder))
mapped = mg.load(folder + "/mine.pth", mmap=True)
for name in ("new.pth", "read_only.pth", "mine.pth"):
    try:
        mg.save([mg.ones(3)], f"{folder}/{name}")
    except OSError as error:
        print(type(error).__name__, error.filename == f"{folder}/{name}")
"""


def test_a_folder_without_rights(tmp_path):
    """There the file can only be written over."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("mine.pth", "read_only.pth"):
        mg.save([mg.ones(1)], folder / name)
        if os.geteuid() == 0:
            os.chown(folder / name, 1234, 4321)
    (folder / "read_only.pth").chmod(0o444)
    for above in (tmp_path, *tmp_path.parents):
        if os.stat(above).st_uid == os.geteuid() and above.is_relative_to(tempfile.gettempdir()):
            above.chmod(above.stat().st_mode | 0o755)
    folder.chmod(0o555)
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_RIGHTS, str(folder)], capture_output=True, text=True, check=False
    )
    folder.chmod(0o755)
    assert run.returncode == 0, run.stderr
    assert "mocrograd.Size([2]) ['" in run.stdout
    assert run.stdout.splitlines()[1:] == ["PermissionError True", "PermissionError True", "OSError True"]
    assert mg.load(folder / "read_only.pth")[0].shape == (1,)


def test_what_is_no_regular_file(tmp_path):
    mg.save([mg.ones(1)], "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    mg.save([mg.arange(10)], pipe)
    reader.join()
    (tmp_path / "file").write_bytes(found[0])
    assert mg.load(tmp_path / "file")[0].tolist() == list(range(10))
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(IsADirectoryError):
        mg.save([], tmp_path)
    for missing in (tmp_path / "no" / "file", ""):
        with pytest.raises(FileNotFoundError, match=re.escape(repr(str(missing)))):
            mg.save([], missing)


@pytest.mark.parametrize("redirected", [True, False])
def test_the_standard_output(tmp_path, redirected):
    code = "import mocrograd as mg; mg.save([mg.arange(10)], '/dev/stdout')"
    path = tmp_path / "file"
    with path.open("wb") as file:
        run = subprocess.run([sys.executable, "-c", code], stdout=file if redirected else subprocess.PIPE, check=True)
    if not redirected:
        path.write_bytes(run.stdout)
    assert mg.load(path)[0].tolist() == list(range(10))
    assert os.listdir(tmp_path) == ["file"]


def test_an_open_file_is_written_where_it_stands(tmp_path):
    with (tmp_path / "file").open("w+b", buffering=0) as file:
        file.write(b"before")
        mg.save([mg.arange(10)], file)
        assert file.tell() == os.path.getsize(tmp_path / "file")
        file.seek(6)
        assert mg.load(file)[0].tolist() == list(range(10))
        file.seek(0)
        assert file.read(6) == b"before"


def test_savers_at_once(tmp_path):
    path = tmp_path / "state.pth"

    def saves(number):
        for _ in range(10):
            mg.save([mg.full((1000,), float(number))] * 3, path)

    threads = [threading.Thread(target=saves, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if path.exists():
            assert len({value for tensor in mg.load(path) for value in tensor.tolist()}) == 1
    assert os.listdir(tmp_path) == ["state.pth"]


def test_what_is_left_is_removed_unless_it_is_in_use(tmp_path):
    name = "ä" * 127  # 254 bytes
    path = tmp_path / name
    with files.replacement(path) as one:
        one.write(b"1")
        (in_use,) = os.listdir(tmp_path)
        left = tmp_path / re.sub(r"[0-9a-f]{8}\.saving", "01234567.saving", in_use)
        left.write_bytes(b"left")
        other = tmp_path / ".other.01234567.saving"
        other.write_bytes(b"another file's")
        with files.replacement(path) as two:
            two.write(b"2")
        assert sorted(os.listdir(tmp_path)) == sorted([in_use, name, other.name])
        assert path.read_bytes() == b"2"
    assert path.read_bytes() == b"1"
    assert sorted(os.listdir(tmp_path)) == sorted([name, other.name])


def test_tensors_and_traces_by_their_paths(tmp_path):
    for path in (str(tmp_path / "a"), tmp_path / "b"):
        save_file({"x": mg.ones(1)}, path)
        assert load_file(path)["x"].tolist() == [1.0]
    link = tmp_path / "trace"
    link.symlink_to(tmp_path / "trace.json")
    with mg.profile() as profile:
        mg.ones(3).sum()
    profile.export_chrome_trace(link)
    assert link.is_symlink()
    assert b"traceEvents" in link.read_bytes()
