"""strongSwan as its packages leave it, for a user who types what our page says.

    strongswan = StockStrongSwan(host, folder)
    strongswan.start()
    for command in commands_of(page):
        strongswan.type(command, folder=page.parent)

The stock /etc/strongswan.conf with all its plugins, /etc/swanctl and charon-systemd, in namespaces of a host's own: what is
written goes to a folder of the test, and sockets to a /run in memory. Nothing of this machine's /etc is touched.
"""

import html
import pathlib
import re
import shutil

from lab.namespace import has_mounted_root
from lab.process import run, wait_until

_SWANCTL, _STRONGSWAN_D = pathlib.Path("/etc/swanctl"), pathlib.Path("/etc/strongswan.d")
# All that is not as on a user's machine: ESP in userspace, since the lab's hosts share a kernel that may have none, and a log
# that a failed test can show.
_LAB = """charon {{
  plugins {{
    kernel-libipsec {{
      load = 100
    }}
  }}
  filelog {{
    lab {{
      path = {folder}/charon.log
      default = 1
      flush_line = yes
    }}
  }}
}}
"""
_START = """set -e
mount --bind {folder}/swanctl /etc/swanctl
mount --bind {folder}/strongswan.d /etc/strongswan.d
mount -t tmpfs tmpfs /run
exec /usr/sbin/charon-systemd
"""


def commands_of(page):
    """The commands that a page for the user prints for copying, in their order."""
    found = re.findall(r"<pre><code>(.*?)</code></pre>", pathlib.Path(page).read_text())
    return [html.unescape(command) for command in found]


def packages_of(command):
    """The packages of `sudo apt install ...`; none for other commands."""
    return command.removeprefix("sudo apt install ").split() if command.startswith("sudo apt install ") else []


class StockStrongSwan:
    """One for a host of the lab."""

    def __init__(self, host, folder):
        self.host, self.folder = host, pathlib.Path(folder)

    def start(self):
        """Start the daemon as systemd does, and wait until it answers."""
        shutil.copytree(_STRONGSWAN_D, self.folder / "strongswan.d")
        (self.folder / "strongswan.d" / "lab.conf").write_text(_LAB.format(folder=self.folder))
        for place in _SWANCTL.iterdir():  # Without what this machine may have in them.
            if place.is_dir():
                (self.folder / "swanctl" / place.name).mkdir(parents=True)
        shutil.copy(_SWANCTL / "swanctl.conf", self.folder / "swanctl")
        propagation = () if has_mounted_root() else ("--propagation", "unchanged")
        self._process = self.host.start("unshare", "--mount", *propagation, "sh", "-c", _START.format(folder=self.folder), log=self.folder / "output")
        wait_until(lambda: self.run("sh", "-c", "test ! -S /run/charon.vici || echo yes"), 20, interval=0.2, what="strongSwan to start")

    def run(self, *command):
        """Run a command where it is: in its namespaces, with its folders."""
        return run("nsenter", "--target", self._process.pid, "--mount", "--root", "--net", "--", *command)

    def type(self, command, folder):
        """A line as a user types it, in a folder; `sudo` asks nobody here."""
        return self.run("sh", "-ec", f'sudo() {{ "$@"; }}\ncd "{folder}"\n{command}')

    def log(self):
        """What charon said."""
        log = self.folder / "charon.log"
        return log.read_text(errors="replace") if log.exists() else (self.folder / "output").read_text(errors="replace")
