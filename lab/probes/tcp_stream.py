"""Run inside a namespace: one TCP connection whose every octet is checked.

    tcp_stream.py receive ADDRESS PORT            prints "bytes COUNT" twice a second, "end COUNT" or "broken REASON"
    tcp_stream.py send ADDRESS PORT RATE          sends RATE bytes a second until it gets SIGTERM, then ends in order

The stream is blocks of 1024 octets, each its own number repeated, so that whatever is lost, doubled or swapped shows.
"""

import signal
import socket
import struct
import sys
import time

BLOCK = 1024


def block(number):
    """The block of this number."""
    return struct.pack("!Q", number) * (BLOCK // 8)


def say(*words):
    print(*words, flush=True)


def receive(address, port):
    """Accept one connection and check its stream."""
    with socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as server:
        say("listening")
        connection, _ = server.accept()
    number, pending, told = 0, b"", 0.0
    while data := connection.recv(65536):
        pending += data
        while len(pending) >= BLOCK:
            if pending[:BLOCK] != block(number):
                raise ValueError(f"block {number} is not what was sent")
            number, pending = number + 1, pending[BLOCK:]
        if time.monotonic() - told > 0.5:
            told = time.monotonic()
            say("bytes", number * BLOCK)
    say("end", number * BLOCK)


def send(address, port, rate):
    """Send blocks on time; a stall is caught up afterwards."""
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    with socket.create_connection((address, port), timeout=20) as connection:
        connection.settimeout(None)
        start, number = time.monotonic(), 0
        while not stopping:
            due = start + number * BLOCK / rate
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            connection.sendall(block(number))
            number += 1
    say("end", number * BLOCK)


def main(role, address, port, *rate):
    """Do one of the two; what went wrong is the last line."""
    try:
        if role == "receive":
            receive(address, int(port))
        else:
            send(address, int(port), float(rate[0]))
    except (OSError, ValueError) as error:
        say("broken", error)
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
