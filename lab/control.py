"""The control API of an AgileVPN daemon: HTTP with JSON on a Unix socket."""

import http.client
import json
import socket


class ControlError(RuntimeError):
    """The daemon said no, and why."""


def get(socket_path, target):
    """The answer to GET `target` as parsed JSON; OSError if nobody listens."""
    connection = _UnixConnection(socket_path)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        body = json.loads(response.read() or "null")
    except http.client.HTTPException as error:
        raise OSError(f"{socket_path}: {error!r}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise ControlError(f"{target}: {response.status} {body}")
    return body


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
