"""A NetworkManager in a namespace, on a message bus of its own: nothing of this machine's /etc, /run or /var is touched.

    manager = NetworkManager(host, folder)
    manager.start()
    manager.run("sh", profile / "install.sh")
    manager.nmcli("connection", "up", "vpn.example.org")

Its strongSwan plugin, charon-nm, seals packets in userspace (kernel-libipsec).
"""

import os
import pathlib
import shutil

from lab.namespace import has_mounted_root
from lab.process import CommandFailed, run, wait_until

_CHARON_NM = pathlib.Path("/usr/lib/ipsec/charon-nm")
_PLUGINS = ("random nonce openssl pem pkcs1 pkcs8 x509 pubkey hmac kdf gcm chapoly aes sha1 sha2 curve25519 kernel-libipsec "
            "kernel-netlink socket-default eap-identity eap-mschapv2 eap-gtc eap-tls eap-ttls")
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
  </policy>
</busconfig>
"""
# What network-manager-strongswan adds to strongswan-nm, besides windows for a desktop.
_PLUGIN = """[VPN Connection]
name=strongswan
service=org.freedesktop.NetworkManager.strongswan
program={program}
"""
_MANAGER = """[main]
plugins=keyfile
dns=none
no-auto-default=*
auth-polkit=false
"""
_CHARON = """charon-nm {{
  load = {plugins}
  filelog {{
    charon {{
      path = {folder}/charon.log
      default = 1
      flush_line = yes
    }}
  }}
}}
"""
# What it writes goes to folders in memory; a /sys that cannot be written tells it not to wait for udev, which is not here.
_START = """set -e
for place in /etc/NetworkManager /var/lib/NetworkManager /run; do mount -t tmpfs tmpfs $place; done
mkdir -p /etc/NetworkManager/system-connections /etc/NetworkManager/VPN /run/NetworkManager
cp {folder}/nm-strongswan-service.name /etc/NetworkManager/VPN/
mount -t sysfs -o ro sysfs /sys 2>/dev/null || mount -o remount,bind,ro /sys  # There may be one of this namespace already.
dbus-daemon --config-file={folder}/bus.conf --fork
exec NetworkManager --debug --config={folder}/NetworkManager.conf
"""


def is_installed():
    """Whether this machine has it, with the plugin."""
    return all(shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin") for name in ("NetworkManager", "nmcli", "dbus-daemon")) and _CHARON_NM.exists()


class NetworkManager:
    """One for a host of the lab."""

    def __init__(self, host, folder):
        self.host, self.folder = host, pathlib.Path(folder)
        self._env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus", "STRONGSWAN_CONF": f"{folder}/strongswan.conf",
                     "LC_ALL": "C"}

    def start(self):
        """Start the bus and NetworkManager, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "bus.conf").write_text(_BUS.format(folder=self.folder))
        (self.folder / "NetworkManager.conf").write_text(_MANAGER)
        (self.folder / "nm-strongswan-service.name").write_text(_PLUGIN.format(program=_CHARON_NM))
        (self.folder / "strongswan.conf").write_text(_CHARON.format(plugins=_PLUGINS, folder=self.folder))
        propagation = () if has_mounted_root() else ("--propagation", "unchanged")
        self._process = self.host.start("unshare", "--mount", *propagation, "sh", "-c", _START.format(folder=self.folder), log=self.folder / "output", env=self._env)
        wait_until(self._answers, 30, interval=0.2, what="NetworkManager to answer")

    def run(self, *command):
        """Run a command where NetworkManager is: in its namespace, with its folders and its bus."""
        return run("nsenter", "--target", self._process.pid, "--mount", "--root", "--net", "--", *command, env=self._env)

    def nmcli(self, *words):
        """`nmcli words...`; returns what it prints."""
        return self.run("nmcli", "--wait", "30", *words)

    def manage(self, interface, address, gateway):
        """Let it have a card, as on a desktop: a tunnel wants a connection of NetworkManager's own below it."""
        self.nmcli("connection", "add", "type", "ethernet", "con-name", "lan", "ifname", interface, "ipv4.method", "manual",
                   "ipv4.addresses", address, "ipv4.gateway", gateway, "ipv6.method", "disabled")
        self.nmcli("connection", "up", "lan")

    def log(self):
        """What charon-nm said."""
        log = self.folder / "charon.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def output(self):
        """What NetworkManager said."""
        return (self.folder / "output").read_text(errors="replace")

    def _answers(self):
        if not self._process.is_running():
            raise CommandFailed(self.output())
        try:
            return self.nmcli("-t", "-f", "RUNNING,STARTUP", "general").strip() == "running:started"
        except CommandFailed:
            return False
