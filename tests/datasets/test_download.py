"""Downloads from a server on this machine: continued, checked, and never half a file under its name."""

import gzip
import hashlib
import http.server
import io
import os
import resource
import signal
import tarfile
import threading

import mocrograd.datasets.download as module
import numpy as np
import pytest
from datasets.written import write_cifar, write_mnist
from mocrograd.datasets import CIFAR10, MNIST
from mocrograd.datasets.download import download

CONTENT = np.random.default_rng(0).integers(0, 256, 900_000, dtype=np.uint8).tobytes()
SHA = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves `files`; breaks off after `limit` bytes; knows parts where `ranges`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.limit, self.ranges, self.asked = {"/data": CONTENT}, None, True, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.asked.append((self.path, wanted))
        content = server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.ranges else 0
        if wanted and server.ranges and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if wanted and server.ranges else 200)
        if wanted and server.ranges:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : start + (server.limit or len(content))])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    serving = Server()
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield serving
    serving.shutdown()
    thread.join()
    serving.server_close()


def test_a_download_shows_how_far_it_is(server, tmp_path, capsys):
    path = tmp_path / "deep" / "data.bin"
    download([server.url + "/data"], path, SHA)
    assert path.read_bytes() == CONTENT
    assert os.listdir(path.parent) == ["data.bin"]
    assert "data.bin: 0.9 of 0.9 MB, 100 %" in capsys.readouterr().err
    download([server.url + "/data"], path, SHA, progress=False)
    assert len(server.asked) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_broke_off_is_continued(server, tmp_path, ranges):
    path = tmp_path / "data.bin"
    server.limit, server.ranges = 300_000, ranges
    with pytest.raises(RuntimeError, match="interrupted after 300000 of 900000 bytes"):
        download([server.url + "/data"], path, SHA)
    assert not path.exists()
    assert (tmp_path / "data.bin.part").stat().st_size == 300_000
    server.limit = None
    download([server.url + "/data"], path, SHA)
    assert path.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=300000-"]
    assert os.listdir(tmp_path) == ["data.bin"]


def test_a_complete_part_is_taken_and_a_foreign_one_begun_anew(server, tmp_path):
    path, part = tmp_path / "data.bin", tmp_path / "data.bin.part"
    part.write_bytes(CONTENT)
    download([server.url + "/data"], path, SHA)
    assert path.read_bytes() == CONTENT
    path.unlink()
    for foreign in (b"x" * 1000, b"x" * 1_000_000):
        part.write_bytes(foreign)
        download([server.url + "/data"], path, SHA)
        assert path.read_bytes() == CONTENT
        path.unlink()


def test_a_wrong_checksum_removes_nothing_that_was_good(server, tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(b"of an earlier version")
    with pytest.raises(
        RuntimeError, match=f"data.bin could not be downloaded: .*expected the sha256 {'0' * 64}, got {SHA}"
    ):
        download([server.url + "/data"], path, "0" * 64)
    assert path.read_bytes() == b"of an earlier version"
    assert os.listdir(tmp_path) == ["data.bin"]
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    download([server.url + "/data"], path, md5)
    assert path.read_bytes() == CONTENT
    with pytest.raises(RuntimeError, match="expected a sha256 or an md5"):
        download([server.url + "/data"], tmp_path / "other", "12")


def test_the_next_server_is_tried(server, tmp_path):
    path = tmp_path / "data.bin"
    download([server.url + "/none", "http://127.0.0.1:9/data", server.url + "/data"], path, SHA)
    assert path.read_bytes() == CONTENT
    with pytest.raises(RuntimeError, match=r"none: HTTP Error 404.*127.0.0.1:9/data: .*refused"):
        download([server.url + "/none", "http://127.0.0.1:9/data"], tmp_path / "other", SHA)
    assert os.listdir(tmp_path) == ["data.bin"]


def test_a_server_that_says_nothing(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT", 0.2)
    waiting = threading.Event()
    monkeypatch.setattr(Handler, "do_GET", lambda self: waiting.wait(10))
    try:
        with pytest.raises(RuntimeError, match="timed out"):
            download([server.url + "/data"], tmp_path / "data.bin", SHA)
    finally:
        waiting.set()
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_nothing(server, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            download([server.url + "/data"], tmp_path / "data.bin", SHA)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert os.listdir(tmp_path) == []


def test_no_permission_is_an_error_of_the_file(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        download([server.url + "/data"], tmp_path / "file" / "data.bin", SHA)
    assert server.asked == []


def test_mnist_is_downloaded(server, tmp_path, monkeypatch):
    images, _ = write_mnist(tmp_path / "there")
    raw = tmp_path / "there" / "MNIST" / "raw"
    files = {path.name: path.read_bytes() for path in raw.iterdir()}
    server.files = {f"/{name}": content for name, content in files.items()}
    monkeypatch.setattr(MNIST, "mirrors", (server.url + "/gone/", server.url + "/"))
    sums = [(name, hashlib.sha256(files[name]).hexdigest()) for name, _ in MNIST.resources]
    monkeypatch.setattr(MNIST, "resources", tuple(sums))
    np.testing.assert_array_equal(MNIST(tmp_path / "here", download=True).data.numpy(), images)
    asked = len(server.asked)
    MNIST(tmp_path / "here", train=False, download=True)
    assert len(server.asked) == asked
    damaged = tmp_path / "here" / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    damaged.write_bytes(gzip.compress(b"other"))
    np.testing.assert_array_equal(MNIST(tmp_path / "here", download=True).data.numpy(), images)


def archive_of(folder, names):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name in names:
            archive.add(folder / name, f"{folder.name}/{name}")
    return made.getvalue()


def test_cifar_is_downloaded_and_unpacked(server, tmp_path, monkeypatch):
    images, _ = write_cifar(tmp_path / "there")
    folder = tmp_path / "there" / "cifar-10-batches-bin"
    names = sorted(path.name for path in folder.iterdir())
    content = archive_of(folder, names)
    server.files = {"/archive": content}
    monkeypatch.setattr(CIFAR10, "url", server.url + "/archive")
    monkeypatch.setattr(CIFAR10, "checksum", hashlib.sha256(content).hexdigest())
    data = CIFAR10(tmp_path / "here", download=True)
    np.testing.assert_array_equal(data.data, images.transpose(0, 2, 3, 1))
    assert sorted(os.listdir(tmp_path / "here" / "cifar-10-batches-bin")) == names
    CIFAR10(tmp_path / "here", train=False, download=True)
    assert len(server.asked) == 1
    for content in (archive_of(folder, names[:3]), b"no archive"):
        server.files = {"/archive": content}
        monkeypatch.setattr(CIFAR10, "checksum", hashlib.sha256(content).hexdigest())
        with pytest.raises(ValueError, match=r"cifar-10-binary.tar.gz is damaged or holds something else"):
            CIFAR10(tmp_path / hashlib.md5(content, usedforsecurity=False).hexdigest(), download=True)
