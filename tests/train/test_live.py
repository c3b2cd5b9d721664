"""The live page: what a browser sees while a network learns, and that nobody else sees anything."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import browser
import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.cli import main
from mocrograd.datasets import load_digits, make_moons
from mocrograd.train import Trainer, accuracy
from mocrograd.train.charts import class_colours
from mocrograd.train.live import LivePage, decision_plane
from mocrograd.train.server import Server

needs_browser = pytest.mark.skipif(browser.FOUND is None, reason="there is no Chromium")


class UntilSeen(mg.train.Callback):
    """Ends the training when a browser has seen enough."""

    def __init__(self):
        self.seen = threading.Event()

    def on_train_batch_end(self, trainer, batch, index):
        trainer.should_stop = self.seen.is_set()


def moons(callbacks):
    mg.manual_seed(0)
    points, classes = make_moons(100)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
    return Trainer(model, nn.CrossEntropyLoss(), optimizer, metrics={"accuracy": accuracy}, callbacks=callbacks), [
        (points, classes)
    ]


def digits(callbacks):
    mg.manual_seed(0)
    images, targets = load_digits()
    model = nn.Linear(64, 10)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.01)
    return Trainer(model, nn.CrossEntropyLoss(), optimizer, callbacks=callbacks), [(images[:200], targets[:200])]


@needs_browser
@pytest.mark.parametrize("kind", [moons, digits])
def test_a_browser_watches_the_training(kind, tmp_path):
    live, until = LivePage(title="Live & <learning>"), UntilSeen()
    trainer, data = kind([live, until])
    with browser.Browser(tmp_path / "profile") as page:
        learning = threading.Thread(target=trainer.fit, args=(data, data), kwargs={"epochs": 10**9, "progress": False})
        learning.start()
        try:
            page.open(live.address, width=375)
            page.until("document.querySelectorAll('section').length === 3")
            assert page.value("document.title") == "Live & <learning>"
            what = "Decision boundary" if kind is moons else "Taken for another class"
            image = "document.querySelector('image')" if kind is moons else "document.querySelector('.filters img')"
            source = image + (".getAttribute('href')" if kind is moons else ".src")
            assert page.value(f"document.getElementById('part-{what}').querySelector('h2').textContent") == what
            first = page.value(source)
            page.until(f"{source} !== {json.dumps(first)}")
            assert page.overflow() <= 0
            assert page.picture().startswith(b"\x89PNG")
        finally:
            until.seen.set()
            learning.join(30)
        assert not learning.is_alive()
        page.until("source.readyState === EventSource.CLOSED")
        state = page.value("document.getElementById('state').textContent")
        assert state.startswith("finished after")
        assert "process has ended" not in state
        assert page.errors == []
        assert {address.rpartition("/")[0] + "/" for address in page.requests if address.startswith("http")} == {
            live.address
        }
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(live.address, timeout=5)


def answer(address, path):
    host = address.split("/")[2]
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_nothing_is_served_without_the_token():
    server = Server("<p>secret</p>")
    try:
        token = server.address.rstrip("/").rpartition("/")[2]
        assert len(token) >= 32
        assert answer(server.address, f"/{token}/") == (200, b"<p>secret</p>")
        for path in (
            "/",
            "/events",
            f"/{token[:-1]}/",
            f"/{token}x/",
            f"/{token}/other",
            "/..",
            f"/{token.upper()}/",
            "/%C3%BC/",
        ):
            assert answer(server.address, path) == (404, b"not found\n")
        with socket.create_connection(("127.0.0.1", int(server.address.split(":")[2].split("/")[0])), 5) as raw:
            raw.sendall(b"PUT / HTTP/1.0\r\n\r\n")
            said = raw.makefile("rb").read()
        assert b"501" in said
        assert token.encode() not in said
        assert server.address.startswith("http://127.0.0.1:")
    finally:
        server.close()


def test_messages_come_as_events_and_the_last_one_too():
    server = Server("page")
    server.send({"n": 1})
    stream = urllib.request.urlopen(server.address + "events", timeout=5)
    assert stream.headers["Content-Type"] == "text/event-stream"
    assert stream.readline() == b'data: {"n": 1}\n'
    server.send({"n": 2, "text": "line\nline"})
    assert stream.readline() == b"\n"
    assert json.loads(stream.readline().removeprefix(b"data: ")) == {"n": 2, "text": "line\nline"}
    server.send({"n": 3})
    closing = threading.Thread(target=server.close)
    closing.start()
    assert b'data: {"n": 3}' in stream.read()
    stream.close()
    closing.join(10)
    assert not closing.is_alive()
    assert server.viewers == 0


def test_slow_browsers_get_the_last_message_too():
    server = Server("page")
    text = "x" * 20_000_000
    received = []

    def read():
        with urllib.request.urlopen(server.address + "events", timeout=10) as stream:
            time.sleep(1)
            received.append(len(stream.read()))

    reading = threading.Thread(target=read)
    reading.start()
    with server.channel.changed:
        assert server.channel.changed.wait_for(lambda: server.viewers == 1, 5)
    server.send({"text": text})
    server.close()
    assert server.viewers == 0
    reading.join(10)
    assert received[0] > len(text)


def test_browsers_that_go_away_are_forgotten(monkeypatch, capfd):
    monkeypatch.setattr("mocrograd.train.server._KEEP_ALIVE", 0.05)
    server = Server("page")
    stream = urllib.request.urlopen(server.address + "events", timeout=5)
    with server.channel.changed:
        assert server.channel.changed.wait_for(lambda: server.viewers == 1, 5)
    stream.close()
    with server.channel.changed:
        assert server.channel.changed.wait_for(lambda: server.viewers == 0, 5)
    server.close()
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_is_an_error(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot show the live page on port {port}: "):
            LivePage(port=port)
        assert main(["train", "digits", "--epochs", "1", "--watch", str(port)]) == 2
        assert f"on port {port}" in capsys.readouterr().err
    with pytest.raises(OSError, match="port 70000"):
        LivePage(port=70000)
    with pytest.raises(SystemExit):
        main(["train", "digits", "--watch", "many"])
    assert "expected a port, 0 to 65535, got 'many'" in capsys.readouterr().err


def test_the_command_shows_the_page_and_the_server_ends_with_it(tmp_path):
    command = [sys.executable, "-m", "mocrograd", "train", "digits", "--epochs", "100000", "--quiet", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = re.fullmatch(r"watch it at (http://127\.0\.0\.1:\d+/\S+/)\n", process.stdout.readline())[1]
            stream = urllib.request.urlopen(address + "events", timeout=20)
            while not (line := stream.readline()).startswith(b"data: "):
                pass
            assert "Weights" in json.loads(line.removeprefix(b"data: "))["parts"]
        finally:
            process.send_signal(signal.SIGKILL)
        stream.close()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=5)


def test_planes_for_one_score_and_for_several():
    points, classes = make_moons(20)
    assert "<image" in decision_plane(nn.Linear(2, 1), [(points, classes.reshape(20, 1).float())])
    assert decision_plane(nn.Linear(2, 3), [(points, classes)]).count("<circle") == 20
    plane = decision_plane(nn.Linear(2, 3), [(points, mg.arange(20) % 3)])
    assert len(set(re.findall('fill="(#[0-9a-f]{6})"', plane))) == 3
    assert decision_plane(nn.Linear(3, 2), [(mg.ones(2, 3), mg.zeros(2))]) == ""


def test_classes_that_are_surer_are_fuller():
    shares = np.array([[[1, 0, 0], [0, 1, 0], [0.4, 0.3, 0.3]], [[1 / 3] * 3, [np.nan] * 3, [0, 0, 1]]])
    first, second, weak, equal, nothing, third = class_colours(shares).reshape(6, 3).astype(int)
    assert first.tolist() == [76, 139, 245]
    assert second.tolist() == [232, 116, 59]
    assert third.tolist() == [25, 169, 121]
    assert abs(equal - 247).max() <= 1
    assert nothing.tolist() == [247] * 3
    assert abs(weak - 247).max() < 40


def test_a_run_that_nobody_watches_sends_its_last_state_alone(monkeypatch):
    live = LivePage()
    sent = []
    monkeypatch.setattr(live._server, "send", sent.append)
    trainer, data = digits([live])
    trainer.fit(data, epochs=5, progress=False)
    (message,) = sent
    assert message["ended"]
    assert message["state"].startswith("finished after 5 epochs · loss ")
    assert set(message["parts"]) == {"Curves", "Weights"}
