"""A site in this process, and tabs that speak to it without a browser."""

import contextlib
import http.client
import json
import threading
import time
import urllib.request

from mocrograd.playground.site import Site

CHOICES = {
    "data": "moons", "layers": 1, "width": 8, "activation": "Tanh", "optimizer": "Adam", "batch": 32,
    "rate": 0.02, "kernels": "dynamic", "workers": 2, "speed": "full",
}  # fmt: skip

WILD = {"data": "digits", "layers": 3, "width": 64, "activation": "GELU", "optimizer": "SGD", "rate": 10}
"""With these a network's loss is soon not finite any more."""


@contextlib.contextmanager
def serving():
    """Serve the playground in a thread."""
    site = Site()
    working = threading.Thread(target=site.work)
    working.start()
    try:
        yield site
    finally:
        site.close()
        working.join(30)
        assert not working.is_alive()


class Tab:
    """A tab: its stream of messages, and what it asks for."""

    def __init__(self, site):
        self.site = site
        self.stream = urllib.request.urlopen(site.address + "events", timeout=30)
        self.greeting = self.next()

    def next(self):
        """Return the next message."""
        end = time.monotonic() + 60
        while True:
            assert time.monotonic() < end, "there is no message"
            line = self.stream.readline()
            assert line, "the stream has ended"
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))

    def until(self, wanted):
        """Return the first message that is wanted."""
        while not wanted(message := self.next()):
            pass
        return message

    def ask(self, name, **request):
        """Return the status and what the server says."""
        return post(self.site, name, {"session": self.greeting["session"], **request})

    def reset(self, **others):
        """Begin anew; choices may be others than those of `CHOICES`."""
        return self.ask("reset", **{**CHOICES, **others})

    def close(self):
        self.stream.close()


def post(site, name, request, headers=None, token=None):
    """Send a request and return its status and what the server says."""
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    kinds = {"Content-Type": "application/json", **(headers or {})}
    status, answer = raw(site, "POST", f"/{token or site.token}/{name}", body, kinds)
    return status, json.loads(answer) if answer.startswith(b"{") else answer


def raw(site, method, path, body=None, headers=None):
    """Send a request as it is; a header of None is left out."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        given = {"Host": f"127.0.0.1:{site.port}", **({} if body is None else {"Content-Length": str(len(body))})}
        given |= headers or {}
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in given.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
