"""Run inside a namespace: an echo request every INTERVAL seconds, and a line for each one and for each answer.

    icmp_ping.py TARGET INTERVAL     prints "sent SEQUENCE SECONDS", "got SEQUENCE SECONDS", "unsent SEQUENCE SECONDS"

Seconds are of the system's monotonic clock, which every namespace shares. Requests keep to the clock: a late one does not
delay those after it. Runs until its input ends or it is stopped.
"""

import ipaddress
import os
import select
import socket
import struct
import sys
import time

ECHO = {4: (8, 0), 6: (128, 129)}  # Type of request and answer.


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class Echo:
    """Echo requests and answers of one family; the kernel fills in ICMPv6's checksum."""

    def __init__(self, target):
        self.target = str(target)
        self.version = target.version
        self.request, self.answer = ECHO[target.version]
        self.identifier = os.getpid() & 0xFFFF
        family, protocol = (socket.AF_INET, socket.IPPROTO_ICMP) if target.version == 4 else (
            socket.AF_INET6, socket.IPPROTO_ICMPV6)
        self.socket = socket.socket(family, socket.SOCK_RAW, protocol)
        self.socket.setblocking(False)

    def send(self, sequence):
        """Send one request; says whether the system took it."""
        body = struct.pack("!HHI", self.identifier, sequence & 0xFFFF, sequence) + bytes(48)
        head = struct.pack("!BBH", self.request, 0, 0)
        if self.version == 4:
            head = struct.pack("!BBH", self.request, 0, checksum(head + body))
        try:
            self.socket.sendto(head + body, (self.target, 0))
            return True
        except OSError:
            return False  # No route, no device: for whoever pings, a lost packet.

    def receive(self):
        """The sequence number of an answer to us, if the next packet is one."""
        packet = self.socket.recv(2048)
        if self.version == 4:
            packet = packet[(packet[0] & 0x0F) * 4:]
        if len(packet) < 12 or packet[0] != self.answer:
            return None
        identifier, _, sequence = struct.unpack("!HHI", packet[4:12])
        return sequence if identifier == self.identifier else None


def main(target, interval):
    """Send on time, report what comes."""
    echo = Echo(ipaddress.ip_address(target))
    report = lambda what, sequence, now: print(what, sequence, f"{now:.6f}", flush=True)
    start, sequence = time.monotonic(), 0
    while True:
        now = time.monotonic()
        due = start + sequence * interval
        if now >= due:
            report("sent" if echo.send(sequence) else "unsent", sequence, now)
            sequence += 1
            continue
        if select.select([echo.socket], [], [], due - now)[0]:
            answered = echo.receive()
            if answered is not None:
                report("got", answered, time.monotonic())


if __name__ == "__main__":
    try:
        main(sys.argv[1], float(sys.argv[2]))
    except (BrokenPipeError, KeyboardInterrupt):
        pass
