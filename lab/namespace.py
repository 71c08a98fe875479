"""One network namespace: a host of the lab."""

import os
import pathlib
import shutil
import signal
import time

from lab.process import CommandFailed, Process, run

# What hosts of the lab agree on. Duplicate address detection is off, so that an address is usable as soon as it is there;
# addresses stay through an administrative down, since a network manager brings them back; a second address takes over
# when the first one goes, as Debian sets it.
_SYSCTLS = {
    "net.ipv6.conf.all.accept_dad": 0,
    "net.ipv6.conf.default.accept_dad": 0,
    "net.ipv6.conf.all.keep_addr_on_down": 1,
    "net.ipv6.conf.default.keep_addr_on_down": 1,
    "net.ipv4.conf.all.promote_secondaries": 1,
    "net.ipv4.conf.default.promote_secondaries": 1,
    "net.ipv4.conf.all.rp_filter": 0,
    "net.ipv4.conf.default.rp_filter": 0,
}


def has_mounted_root():
    """Whether something is mounted at /; in a chroot nothing is, and what would change how mounts propagate from there fails."""
    mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return any(mount.split()[4] == "/" for mount in mounts)


def ip_all(lines, check=True, within=()):
    """Many `ip` commands in one process, which is half of what it takes to raise a lab. Each line is a tuple of words."""
    text = "".join(" ".join(str(word) for word in line) + "\n" for line in lines)
    run(*within, "ip", *([] if check else ["-force"]), "-batch", "-", input=text, check=check)


class Namespace:
    """A host: a network namespace with its own interfaces, routes, firewall and processes."""

    def __init__(self, name):
        self.name = name
        self._processes = []
        # `ip netns exec` lays this folder's files over /etc: what a daemon writes to resolv.conf stays in the lab.
        self._etc = pathlib.Path("/etc/netns") / name
        # It cannot in a chroot, where nothing is mounted at the root: there, /etc and /sys are the chroot's own.
        self._enter = ("ip", "netns", "exec", name) if has_mounted_root() else ("nsenter", f"--net=/run/netns/{name}")

    def create(self, is_router=False):
        """Make the namespace, with its loopback up."""
        run("ip", "netns", "add", self.name)
        self._etc.mkdir(parents=True)
        (self._etc / "resolv.conf").write_text("")
        self.ip("link", "set", "lo", "up")
        settings = dict(_SYSCTLS)
        if is_router:
            settings |= {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1}
        self.run("sysctl", "-qw", *(f"{name}={value}" for name, value in settings.items()))

    def delete(self):
        """Stop everything that runs in it and remove it; harmless if it does not exist."""
        for process in reversed(self._processes):
            process.stop()
        self._processes.clear()
        self._kill_strays()
        run("ip", "netns", "delete", self.name, check=False)
        shutil.rmtree(self._etc, ignore_errors=True)
        try:
            self._etc.parent.rmdir()  # Ours if it is empty.
        except OSError:
            pass

    def exists(self):
        """Whether there is such a namespace."""
        return (pathlib.Path("/run/netns") / self.name).exists()

    def pids(self):
        """The processes that run in it."""
        return [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and self._is_of(entry)]

    def run(self, *command, **options):
        """Run a command in it; see process.run."""
        return run(*self._enter, *command, **options)

    def ip(self, *words, check=True):
        """`ip words...` in it; returns its output."""
        return self.run("ip", *words, check=check)

    def ip_all(self, lines, check=True):
        """Many `ip` commands in one process; without `check` those that can be done are done."""
        ip_all(lines, check, self._enter)

    def nft(self, ruleset):
        """Load an nftables ruleset, whole or not at all."""
        self.run("nft", "-f", "-", input=ruleset)

    def drop_table(self, table):
        """Remove an nftables table ("inet nat") if it is there."""
        self.run("nft", "delete", "table", *table.split(), check=False)

    def start(self, *command, log=None, env=None):
        """Start a long-running command in it; it is stopped with the namespace at the latest."""
        process = Process([*self._enter, *command], log, env)
        self._processes.append(process)
        return process

    def can_reach(self, address):
        """Whether an address answers a ping within a second."""
        try:
            self.run("ping", "-c1", "-W1", "-q", address)
            return True
        except CommandFailed:
            return False

    def _is_of(self, process):
        try:
            return os.path.samefile(process / "ns" / "net", pathlib.Path("/run/netns") / self.name)
        except OSError:  # It has ended, or the namespace is gone.
            return False

    def _kill_strays(self):
        """Processes that our children left behind here, e.g. scripts of a daemon that was killed."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            strays = self.pids()
            for pid in strays:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            if not strays:
                return
            time.sleep(0.2)
