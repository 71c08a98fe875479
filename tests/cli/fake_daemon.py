"""A stand-in for agilevpnd: answers the control API on a Unix socket with what a test says."""

import http.server
import json
import socketserver
import threading


class FakeDaemon:
    """Answers GETs and POSTs from `answers` by path, remembers POSTs in `asked`, and streams `events`."""

    def __init__(self, socket):
        self.answers, self.asked, self.events, self.refusal = {}, [], [], None
        self.on_post = lambda path: None
        self.is_idle = False  # Whether a stream that follows stays open.
        self._closing = threading.Event()
        self.socket = str(socket)
        self._server = _Server(self.socket, self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(daemon):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                path, _, query = self.path.partition("?")
                if path == "/v1/events":
                    return self.stream(query)
                self.answer(200 if path in daemon.answers else 404, daemon.answers.get(path, {}))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                daemon.asked.append((self.path, json.loads(body or b"{}")))
                if daemon.refusal:
                    return self.answer(409, {"error": daemon.refusal})
                daemon.on_post(self.path)
                self.answer(200, daemon.answers.get(self.path, {}))

            def answer(self, status, body):
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def stream(self, query):
                words = dict(word.split("=") for word in query.split("&") if word)
                events = [e for e in daemon.events if e["number"] > int(words.get("after", 0))]
                events = events[-int(words.get("limit", len(events)) or 1):]
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for event in events:
                    line = json.dumps(event).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                if daemon.is_idle and words.get("follow") == "true":
                    return daemon._closing.wait()  # Whoever followed has gone by then.
                self.wfile.write(b"0\r\n\r\n")

        return Handler


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("local", 0)


def event(number, text, severity="info", **fields):
    """One event as the daemon says it."""
    return {"number": number, "time": "2026-11-22T10:41:12.345Z", "severity": severity, "room": "ike", "event": "Something",
            "subject": "office", "text": text, **fields}


def session(**changed):
    """A connected client's session."""
    return {
        "id": 7, "name": "office", "state": "Connected", "state_since": "2026-11-22T07:00:00.000Z", "reason": "", "gives_up_in": None, "local_identity": "anna",
        "peer_identity": "vpn.example.org", "adapter": "eth0", "origin_address": "10.0.1.2:4500",
        "gateway_address": "10.0.1.1:4500", "round_trip_ms": 12.34, "is_local_behind_nat": True, "is_mobike": True, "udp_encapsulation": True,
        "inner_addresses": ["10.66.0.20", "fd66::14"], "dns": ["10.66.0.53"], "domains": ["corp.example.org"],
        "routes": ["10.20.0.0/16", "fd20::/48"], "bytes_in": 1258291, "bytes_out": 512,
        "connected_since": "2026-11-22T07:00:00.000Z", "moves": 3, "spi_i": "0102030405060708",
        "spi_r": "1112131415161718", "suite": "AES_GCM_16_256/PRF_HMAC_SHA2_256/CURVE25519", "rekey_in": 2460,
        "child_sas": [{"spi_inbound": "c0000001", "spi_outbound": "c0000002", "suite": "AES_GCM_16_256",
                       "local_selectors": ["10.66.0.20/32"], "remote_selectors": ["0.0.0.0/0"], "rekey_in": 60}],
        **changed}


def status(role="client", **changed):
    """A daemon's status."""
    return {"role": role, "name": "vpn.example.org" if role == "gateway" else "", "version": "0.1.0",
            "since": "2026-11-20T07:00:00.000Z", "sessions": [session()], "warnings": [], "drops": {}, **changed}
