"""What the playground's server refuses, and that tabs learn beside each other and end alone."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import mocrograd as mg
import pytest
from mocrograd.playground import site as module
from mocrograd.playground.learner import Learner
from playground.clients import CHOICES, WILD, Tab, post, raw, serving


def waits(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_tab_learns_pauses_steps_and_begins_anew(tab):
    assert tab.reset() == (200, {})
    first = tab.until(lambda message: "facts" in message)
    assert (first["facts"]["epoch"], first["facts"]["step"], first["running"]) == ("0", "0", False)
    assert first["shape"] == "2 → 8 → 2, 42 parameters"
    assert "<image" in first["parts"]["plane"]
    assert first["kernels"] == []
    assert tab.ask("run", running=True) == (200, {})
    learned = tab.until(lambda message: float(message["facts"]["accuracy"].rstrip("%")) > 95)
    assert learned["running"]
    assert "<svg" in learned["parts"]["curves"]
    assert tab.ask("run", running=False) == (200, {})
    paused = tab.until(lambda message: not message["running"])
    steps = int(paused["facts"]["step"].replace(",", ""))
    assert tab.ask("step") == (200, {})
    after = tab.next()
    assert int(after["facts"]["step"].replace(",", "")) == steps + 1
    assert not after["running"]
    assert tab.reset() == (200, {})
    assert tab.next() == first


def test_the_kernels_of_a_step_are_listed_with_times_under_each_implementation(tab):
    tab.reset(data="digits", optimizer="SGD", activation="ReLU", layers=2)
    for name in ("original", "fixed", "dynamic"):
        assert tab.ask("pace", **{**CHOICES, "kernels": name, "workers": 3}) == (200, {})
        assert tab.ask("step") == (200, {})
    found = tab.until(lambda message: message.get("facts", {}).get("step") == "3")
    rows = {row["name"]: row for row in found["kernels"]}
    assert rows["matmul.forward.float32"]["calls"] == 3
    assert rows["linear.backward.float32"]["calls"] == 3
    assert rows["relu.forward.float32"]["calls"] == 2
    assert rows["sgd.float32"]["calls"] == 1
    assert next(iter(rows)) == "matmul.forward.float32"
    assert list(rows)[-1] == "sgd.float32"
    for row in rows.values():
        assert set(row["seconds"]) == {"original", "fixed", "dynamic"}
        assert all(0 < seconds < 10 for seconds in row["seconds"].values())
    assert mg.backend.current_kernels() == "dynamic"


def test_each_tab_runs_under_its_own_implementation(site, monkeypatch):
    seen = {}
    step = Learner._step

    def watched(self):
        seen.setdefault(self.network.width, set()).add(mg.backend.current_kernels())
        step(self)

    monkeypatch.setattr(Learner, "_step", watched)
    tabs = [Tab(site) for _ in range(3)]
    for tab, (width, name) in zip(tabs, ((3, "original"), (4, "fixed"), (5, "dynamic"))):
        tab.reset(width=width, kernels=name, workers=7)
        tab.ask("run", running=True)
    for tab in tabs:
        tab.until(lambda message: message["facts"]["epoch"] != "0")
        tab.ask("step")
        tab.close()
    assert seen == {3: {"original"}, 4: {"fixed:7"}, 5: {"dynamic"}}


def test_the_same_choices_give_the_same_numbers_beside_others(site):
    def run(beside):
        tab, other = Tab(site), Tab(site) if beside else None
        if other:
            other.reset(data="circles", kernels="original")
            other.ask("run", running=True)
        tab.reset()
        for _ in range(25):
            tab.ask("step")
        found = tab.until(lambda message: message.get("facts", {}).get("step") == "25")
        tab.close()
        if other:
            other.close()
        return found["facts"], found["parts"]

    assert run(False) == run(True)


def test_several_tabs_learn_and_one_that_closes_ends_its_training_alone(site):
    tabs = [Tab(site) for _ in range(3)]
    for number, tab in enumerate(tabs):
        tab.reset(width=number + 2)
        tab.ask("run", running=True)
    sessions = dict(site.sessions)
    assert len(sessions) == 3
    assert all(session.running for session in sessions.values())
    tabs[0].close()
    waits(lambda: len(site.sessions) == 2)
    gone = next(session for name, session in sessions.items() if name not in site.sessions)
    at = gone._learner.steps
    for number, tab in enumerate(tabs[1:], 3):
        message = tab.until(lambda message: message.get("running"))
        assert message["shape"].startswith(f"2 → {number} → 2")
        tab.close()
    waits(lambda: not site.sessions)
    assert gone._learner.steps <= at + 1 << 20
    done = gone._learner.steps
    time.sleep(0.2)
    assert gone._learner.steps == done
    assert tabs[0].ask("step") == (410, {"error": "this tab's session has ended: reload the page"})


def test_a_tab_too_many_is_told_so_and_a_reloaded_one_is_not(site, monkeypatch):
    monkeypatch.setattr(module, "_RELOAD", 0.2)
    tabs = [Tab(site) for _ in range(module.MOST_TABS)]
    assert Tab(site).greeting == {"full": "5 tabs of the playground are open already: close one and reload this page."}
    monkeypatch.setattr(module, "_RELOAD", 10)
    tabs[0].close()
    again = Tab(site)
    assert "session" in again.greeting
    for tab in [*tabs[1:], again]:
        tab.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": None},
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1:{port}.evil.example"},
    ],
    ids=str,
)
def test_another_host_or_origin_is_refused(site, headers):
    given = {name: value and value.format(port=site.port) for name, value in headers.items()}
    refused = (403, b"this page answers to its own address alone\n")
    for name in ("", "events", "main.js"):
        assert raw(site, "GET", f"/{site.token}/{name}", headers=given) == refused
    assert post(site, "source", {"kernel": "relu.forward.float32"}, given) == refused
    assert not site.sessions


def test_its_own_host_and_origin_are_not_refused(site):
    for name in ("127.0.0.1", "localhost"):
        own = {"Host": f"{name}:{site.port}", "Origin": f"http://{name}:{site.port}"}
        assert post(site, "source", {"kernel": "relu.forward.float32"}, own)[0] == 200
        assert raw(site, "GET", f"/{site.token}/main.js", headers=own)[0] == 200


def test_nothing_is_done_without_the_token(site):
    for token in ("x", site.token[:-1], site.token.upper(), "%2e%2e"):
        assert post(site, "source", {"kernel": "relu.forward.float32"}, token=token) == (404, b"not found\n")
    for path in (
        "/",
        "/main.js",
        f"/{site.token}/../main.js",
        f"/{site.token}/page/main.js",
        f"/{site.token}//etc/passwd",
    ):
        assert raw(site, "GET", path)[0] == 404
    assert raw(site, "PUT", f"/{site.token}/reset", b"{}")[0] == 501


def test_a_ticket_leads_to_the_page_once(site):
    ticket = site.ticket()
    assert site.token not in ticket
    with urllib.request.urlopen(ticket, timeout=10) as page:
        assert page.url == site.address
        assert b"<title>mocrograd playground</title>" in page.read()
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(ticket, timeout=10)


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b"{}", {"Content-Type": "text/plain"}, 415, "expected application/json, got text/plain"),
        (b"{}", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "expected application/json"),
        (b"{}", {"Content-Type": None}, 415, "expected application/json"),
        (b"{}", {"Content-Length": None}, 411, "expected a request that tells its length"),
        (b"{}", {"Content-Length": "-2"}, 411, "expected a request that tells its length"),
        (b"{}", {"Content-Length": "two"}, 411, "expected a request that tells its length"),
        (b"{}", {"Transfer-Encoding": "chunked"}, 411, "expected a request that tells its length"),
        (b"{}", {"Content-Length": str((4 << 20) + 1)}, 413, "a request may have 4 MiB"),
        (b"{}", {"Content-Length": "9" * 5000}, 413, "a request may have 4 MiB"),
        (b"{", {}, 400, "expected JSON"),
        (b"\xff\xfe\x00", {}, 400, "expected JSON"),
        (b"[" * 100_000, {}, 400, "expected JSON"),
        (b"[]", {}, 400, "expected an object, got list"),
        (b"null", {}, 400, "expected an object, got NoneType"),
    ],
    ids=range(14),
)
def test_a_request_of_a_wrong_type_or_size_is_refused(site, body, headers, status, words):
    found, said = post(site, "reset", body, headers)
    assert (found, words in said["error"]) == (status, True), said
    assert post(site, "source", {"kernel": "relu.forward.float32"})[0] == 200


@pytest.mark.parametrize("name", ["close", "answer", "turn", "_show", "", "__init__", "work"])
def test_what_is_no_request_is_not_done(tab, name):
    assert tab.ask(name)[0] == 404


def test_requests_need_a_session_and_a_network(site, tab):
    assert post(site, "step", {})[1] == {"error": "the session must be text, got nothing"}
    assert post(site, "step", {"session": "other"})[0] == 410
    for name, request in (("step", {}), ("run", {"running": True}), ("draw", {"strokes": []}), ("pace", CHOICES)):
        assert tab.ask(name, **request) == (409, {"error": "there is no network yet: reset makes one"})


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"layers": 1000}, "the number of hidden layers must be a whole number from 0 to 6, got 1000"),
        ({"layers": -1}, "from 0 to 6, got -1"),
        ({"layers": True}, "from 0 to 6, got True"),
        ({"width": 10**9}, "the width of the layers must be a whole number from 1 to 256, got 1000000000"),
        ({"width": 10**60}, "from 1 to 256, got a huge one"),
        ({"width": 0}, "from 1 to 256, got 0"),
        ({"width": 2.5}, "from 1 to 256, got 2.5"),
        ({"width": "16"}, "from 1 to 256, got '16'"),
        ({"width": None}, "from 1 to 256, got nothing"),
        ({"width": [16]}, "from 1 to 256, got a list"),
        ({"batch": 0}, "the batch size must be a whole number from 1 to 512, got 0"),
        ({"rate": 0}, "the learning rate must be a number above 0 and at most 10, got 0"),
        ({"rate": -1.0}, "above 0 and at most 10, got -1.0"),
        ({"rate": float("nan")}, "above 0 and at most 10, got nothing"),
        ({"rate": float("inf")}, "above 0 and at most 10, got inf"),
        ({"activation": "Swish"}, "the activation must be one of ReLU, Tanh, Sigmoid, GELU, SiLU, got 'Swish'"),
        ({"optimizer": "eval"}, "the optimizer must be one of SGD, "),
        ({"kernels": "gpu"}, "the implementation must be one of original, fixed, dynamic, got 'gpu'"),
        ({"workers": 10**6}, "the number of workers must be a whole number from 1 to 16"),
        ({"speed": "x" * 1000}, "the speed must be one of slow, medium, full, got 'xxx"),
        ({"data": "../../etc/passwd"}, "the data must be one of moons, circles, digits, csv"),
        ({"data": {}}, "the data must be one of moons, circles, digits, csv, got an object"),
    ],
    ids=str,
)
def test_an_absurd_choice_is_refused_with_a_sentence_and_the_network_stays(tab, choice, words):
    tab.reset()
    tab.next()
    status, said = tab.reset(**choice)
    assert status == 400
    assert words in said["error"]
    assert len(said["error"]) < 200
    assert tab.ask("step") == (200, {})
    assert tab.next()["facts"]["step"] == "1"


def test_a_loss_that_is_not_finite_ends_the_learning_with_a_sentence(tab):
    tab.reset(**WILD)
    tab.ask("run", running=True)
    end = tab.until(lambda message: message.get("fault"))
    assert end["fault"] == "The loss is not finite any more: take a smaller learning rate."
    assert not end["running"]
    tab.ask("run", running=True)
    assert not tab.next()["running"]
    tab.reset()
    assert tab.next()["fault"] == ""


def test_what_fails_in_a_step_is_told_and_ends_nothing_else(tab, monkeypatch):
    tab.reset()
    with monkeypatch.context() as patch:

        def fails(self):
            raise mg.OutOfMemoryError("no memory is left")

        patch.setattr("mocrograd.playground.learner.Learner._step", fails)
        tab.ask("run", running=True)
        assert (
            tab.until(lambda message: message.get("fault"))["fault"] == "The step could not be done: no memory is left"
        )
        tab.reset()
        assert tab.ask("step") == (500, {"error": "this could not be done: no memory is left"})
    assert tab.ask("step") == (200, {})


def children(process):
    """Return the processes that a process has started."""
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_ctrl_c_ends_it_in_mid_training_with_nothing_left():
    # Where the tests run in the background, children would ignore Ctrl-C.
    heed = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from mocrograd.cli import main"
    )
    command = [sys.executable, "-c", f"{heed}; sys.exit(main(['playground', '--no-browser']))"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            found = re.fullmatch(
                r"the playground is at (http://127\.0\.0\.1:(\d+)/(\S+)/) and ends with Ctrl-C\n", line
            )

            class There:
                address, port, token = found[1], int(found[2]), found[3]

            tab = Tab(There)
            tab.reset(kernels="fixed", workers=4)
            tab.ask("run", running=True)
            tab.until(lambda message: message.get("running"))
            assert children(process.pid) == []
            process.send_signal(signal.SIGINT)
            assert tab.until(lambda message: "ended" in message) == {"ended": True}
            assert process.wait(15) == 0
            assert process.stdout.read() == "the playground has ended\n"
            assert process.stderr.read() == ""
            tab.close()
        finally:
            process.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", There.port), 5)


def test_a_site_that_closes_leaves_no_session_and_no_listener():
    with serving() as site:
        tab = Tab(site)
        tab.reset()
        tab.ask("run", running=True)
    assert json.loads(tab.stream.read().split(b"data: ")[-1]) == {"ended": True}
    tab.close()
    waits(lambda: not site.sessions)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", site.port), 5)


def test_a_port_in_use_is_one_line(capsys):
    from mocrograd.cli import main

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["playground", "--no-browser", "--port", str(port)]) == 2
    assert f"on port {port}" in capsys.readouterr().err
