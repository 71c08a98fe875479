"""Captures of what passes an interface."""

from lab.process import wait_until

OUTER = "udp port 500 or udp port 4500 or ip proto 50 or ip6 proto 50"


class Capture:
    """tcpdump on an interface of a namespace, into a pcap file."""

    def __init__(self, host, interface, path, expression=""):
        log = path.with_suffix(".tcpdump.log")
        self.path, self._log = path, log
        # -Z root: it would give up root, and then could not write where only root may.
        self._process = host.start("tcpdump", "-Z", "root", "-U", "-n", "-i", interface, "-w", path, expression, log=log)
        wait_until(lambda: "listening on" in log.read_text() or not self._process.is_running(), 10, what="tcpdump")

    def stop(self):
        """Close the file."""
        self._process.stop()
        self._log.unlink(missing_ok=True)
