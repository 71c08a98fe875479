"""What the tunnel looks like from outside, on one of the client's cards."""

import re
import time

_FILTER = "esp or udp port 4500 or udp portrange 10000-19999"  # The NAT router's ports too.


class OuterTraffic:
    """Counts packets of native ESP and of UDP on a card while the context is open."""

    def __init__(self, nic, folder):
        self._log = folder / f"outer-{time.monotonic_ns()}"
        self._process = nic.host.start("tcpdump", "-n", "-l", "-i", nic.name, _FILTER, log=self._log)

    def __enter__(self):
        while b"listening" not in self._log.read_bytes():
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self._process.stop()
        text = self._log.read_text(errors="replace")
        self.native = len(re.findall(r": ESP\(spi", text))
        self.in_udp = len(re.findall(r"UDP-encap: ESP\(spi", text))
        self.native -= self.in_udp
