"""strongSwan 5.9 as client and gateway: charon-systemd with userspace ESP (kernel-libipsec), one process per namespace.

What keeps instances apart: STRONGSWAN_CONF and SWANCTL_DIR in a folder of their own, the vici socket there too, and the
namespace for ports, the ipsec0 TUN and routing table 220. charon-systemd writes no pid file and does not need systemd.

Peculiarities of kernel-libipsec to know in tests: ESP is always UDP-encapsulated (the client fakes a NAT), each end rekeys
the Child SA after every MOBIKE move, and there is no ESN.
"""

import os
import pathlib
import re
import shutil

from lab import network
from lab.process import CommandFailed, run, wait_until
from lab.vpn import Client, Daemon, Gateway, Options, Session

# The whole plugin set in load order; nothing of /etc/strongswan.d is included. kernel-libipsec stands before
# kernel-netlink: both offer ESP and the first one wins, the second one is still needed for addresses and routes.
PLUGINS = ("random nonce openssl pem pkcs1 pkcs8 x509 pubkey revocation constraints hmac xcbc cmac kdf gcm chapoly aes sha1 sha2 "
            "curve25519 kernel-libipsec kernel-netlink socket-default vici updown eap-identity eap-mschapv2 eap-gtc eap-tls eap-ttls eap-radius")
_DEFAULT_IKE, _DEFAULT_ESP = "aes128gcm16-prfsha256-ecp256", "aes128gcm16"
_STATES = {"ESTABLISHED": "Connected", "REKEYING": "Connected", "CONNECTING": "Connecting"}


# Where scripts/newer-strongswan puts a newer one.
NEWER_ROOT = pathlib.Path(os.environ.get("AGILEVPN_STRONGSWAN_ROOT", "/var/tmp/agilevpn-strongswan"))


def is_newer_there():
    """Whether there is a newer one besides."""
    return is_installed() and (NEWER_ROOT / "usr/sbin/charon-systemd").exists()


def newer_version():
    """As its package says, "6.1.0-2"."""
    return run("chroot", NEWER_ROOT, "dpkg-query", "-W", "-f", "${Version}", "charon-systemd").strip()


def is_installed():
    """Whether this machine has it."""
    return bool(shutil.which("charon-systemd", path="/usr/sbin") and shutil.which("swanctl"))


class StrongSwan(Daemon):
    """What client and gateway share; a role fills in its connection."""

    watch_interval = 0.3  # Each question is a process of its own.

    def __init__(self, host, folder, credentials, options=Options()):
        self.host, self.folder = host, folder
        self.credentials, self.options = credentials, options
        self._log = folder / "charon.log"
        self._uri = f"unix://{folder}/charon.vici"
        self._inside = folder  # The folder as the daemon sees it.
        self._command = ("/usr/sbin/charon-systemd",)
        self._env = {**os.environ, "STRONGSWAN_CONF": str(folder / "strongswan.conf"),
                     "SWANCTL_DIR": str(folder / "swanctl")}

    def start(self):
        self._write_configuration()
        env = self._env | {"STRONGSWAN_CONF": str(self._inside / "strongswan.conf")}
        self._process = self.host.start(*self._command, log=self.folder / "output", env=env)
        wait_until(self._answers, 10, what="strongSwan to start")
        self.swanctl("--load-all", "--noprompt")

    def stop(self):
        process, self._process = self._process, None
        return process.stop() if process else None

    def kill(self):
        self._process.kill()

    def log(self):
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def change(self, options):
        """Have it by these options from its next IKE SA on."""
        self.options = options
        self._write_configuration()
        self.swanctl("--reload-settings")
        self.swanctl("--load-conns")

    def sessions(self):
        raw = self.swanctl("--list-sas", "--raw")
        return [self._session(sa) for event in _parse(raw) for sa in event.values() if isinstance(sa, dict)]

    def disconnect(self):
        self.swanctl("--terminate", "--ike", "ra", check=False)

    def swanctl(self, *words, check=True):
        """swanctl against this instance; it answers on a Unix socket, so it needs no namespace."""
        return run("swanctl", *words, "--uri", self._uri, env=self._env, check=check)

    def _answers(self):
        if not self._process.is_running():
            raise CommandFailed((self.folder / "output").read_text())
        try:
            return self.swanctl("--stats")
        except CommandFailed:
            return None

    def _write_configuration(self):
        for name in ("x509", "x509ca", "private"):
            (self.folder / "swanctl" / name).mkdir(parents=True, exist_ok=True)
        own = self.credentials
        for source, place in ((own.ca, "x509ca"), (own.certificate, "x509"), (own.key, "private")):
            if source:
                shutil.copy(source, self.folder / "swanctl" / place)
        (self.folder / "strongswan.conf").write_text(self._daemon_configuration())
        (self.folder / "swanctl" / "swanctl.conf").write_text(self._connection_configuration())

    def _daemon_configuration(self):
        fragment = f"fragment_size = {self.options.fragment_size}" if self.options.fragment_size else ""
        return f"""charon-systemd {{
  load = {PLUGINS}
  signature_authentication = {"yes" if self.options.signature_authentication else "no"}
  {fragment}
  tls {{ version_max = {self.options.tls} }}
  plugins {{
    vici {{ socket = unix://{self._inside}/charon.vici }}
    kernel-libipsec {{ allow_peer_ts = no }}
    eap-ttls {{ phase2_method = mschapv2 }}
    eap-radius {{ {self.options.radius or ""} }}
  }}
  filelog {{
    charon {{
      path = {self._inside}/charon.log
      default = 1
      flush_line = yes
      time_format = %H:%M:%S
      time_add_ms = yes
    }}
  }}
}}
swanctl {{ load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey sha1 sha2 }}
"""

    def _common(self):
        """The settings of `ra` that both roles have."""
        options = self.options
        settings = {
            "version": 2,
            "mobike": "yes" if options.mobike else "no",
            "fragmentation": ("force" if options.fragment_size else "yes") if options.fragmentation else "no",
            "proposals": options.ike or _DEFAULT_IKE,
            "dpd_delay": f"{options.dpd or 0}s",
            **_lifetime(options.rekey_ike or 14400, "over_time", 0),
            "local": {"auth": "psk" if self.credentials.psk else "pubkey", "id": self.credentials.identity},
            "remote": {"auth": "psk" if self.credentials.psk else "pubkey"},
        }
        if self.credentials.certificate:
            settings["local"]["certs"] = self.credentials.certificate.name
        return settings

    @property
    def _eap(self):
        """Its word for the method; what goes inside it negotiates. RADIUS is one of them to it."""
        return "eap-" + ("radius" if self.options.radius else self.credentials.eap.partition("-")[0])

    def _child(self):
        rekey = self.options.rekey_child or 3600
        return {"esp_proposals": self.options.esp or _DEFAULT_ESP, **_lifetime(rekey, "life_time", rekey)}

    def _secrets(self):
        own = self.credentials
        if own.psk:
            return {"ike-lab": {"secret": f'"{own.psk}"'}}
        if own.password and not self.options.radius:
            return {"eap-lab": {"id": "anna@example.org", "secret": f'"{own.password}"'}}
        return {}

    def _session(self, sa):
        end = lambda which: f"{_bracketed(sa.get(f'{which}-host', ''))}:{sa.get(f'{which}-port', '')}"
        children = [child for child in sa.get("child-sas", {}).values() if child.get("state") == "INSTALLED"]
        return Session(
            state=_STATES.get(sa.get("state"), sa.get("state", "")),
            spi_i=sa.get("initiator-spi", ""), spi_r=sa.get("responder-spi", ""),
            child_spis=tuple((child["spi-in"], child["spi-out"]) for child in children),
            suite="/".join(sa.get(key, "") for key in ("encr-alg", "prf-alg", "dh-group", "ake1", "ake2")),
            child_suites=tuple(_child_suite(child) for child in children),
            is_nat="yes" in (sa.get("nat-local"), sa.get("nat-remote")),
            peer=sa.get("remote-id", ""), **self._ends(sa, end))


class StrongSwanClient(StrongSwan, Client):
    """Its initiator: asks for inner addresses of both families."""

    def connect(self, timeout=15):
        self.swanctl("--initiate", "--child", "net", "--timeout", timeout)
        return self.session()

    def _connection_configuration(self):
        connection = self._common() | {"remote_addrs": network.GATEWAY, "vips": "0.0.0.0,::", "keyingtries": 0}
        connection["remote"]["id"] = "vpn.example.org"
        if self.credentials.eap:
            connection["local"] |= {"auth": self._eap, "eap_id": self.credentials.identity}
        if self.options.eap_only:
            connection["remote"]["auth"] = self._eap
        connection["children"] = {"net": self._child() | {"remote_ts": f"{network.OFFICE},{network.OFFICE6}"}}
        return _render({"connections": {"ra": connection}, "secrets": self._secrets()})

    def _ends(self, sa, end):
        address = sa.get("local-host", "")
        found = re.search(rf"^\d+: (\S+) .* {re.escape(address)}/", self.host.ip("-o", "address", "show"), re.M)
        return {"origin": end("local"), "gateway": end("remote"), "adapter": found[1] if found and address else "",
                "inner": tuple(_list(sa.get("local-vips", [])))}


class StrongSwanGateway(StrongSwan, Gateway):
    """Its responder."""

    def _connection_configuration(self):
        connection = self._common() | {"local_addrs": "%any", "pools": "v4,v6", "send_cert": "always", "unique": "never"}
        if self.credentials.eap:
            connection["remote"] = {"auth": self._eap, "eap_id": "%any"}
        if self.options.eap_only:
            connection["local"]["auth"] = self._eap
        connection["children"] = {"net": self._child() | {"local_ts": f"{network.OFFICE},{network.OFFICE6}"}}
        pools = {"v4": {"addrs": network.POOL}, "v6": {"addrs": network.POOL6}}
        return _render({"connections": {"ra": connection}, "pools": pools, "secrets": self._secrets()})

    def _ends(self, sa, end):
        return {"origin": end("remote"), "gateway": end("local"), "inner": tuple(_list(sa.get("remote-vips", [])))}


class Newer:
    """One of strongSwan 6 in the root folder of a newer Debian (scripts/newer-strongswan), entered by chroot with its
    folder at /mnt; swanctl is this machine's, which speaks the same protocol."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._inside = pathlib.Path("/mnt")
        mounts = f"mount --bind /dev {NEWER_ROOT}/dev && mount -t proc proc {NEWER_ROOT}/proc && mount --bind {self.folder} {NEWER_ROOT}/mnt"
        # The mounts are this process's own and end with it.
        self._command = ("unshare", "--mount", "sh", "-c", f"{mounts} && exec chroot {NEWER_ROOT} /usr/sbin/charon-systemd")


class NewerStrongSwanClient(Newer, StrongSwanClient):
    """Its initiator."""


class NewerStrongSwanGateway(Newer, StrongSwanGateway):
    """Its responder."""


def _lifetime(rekey, end, end_from):
    """A rekey after so many seconds, to the second, and a hard end a minute later."""
    return {"rekey_time": f"{rekey}s", "rand_time": "0s", end: f"{end_from + 60}s"}


def _render(settings, depth=0):
    """Nested dictionaries in swanctl.conf's own syntax."""
    pad, text = "  " * depth, ""
    for key, value in settings.items():
        if isinstance(value, dict):
            text += f"{pad}{key} {{\n{_render(value, depth + 1)}{pad}}}\n"
        else:
            text += f"{pad}{key} = {value}\n"
    return text


def _parse(raw):
    """swanctl's --raw answers: one dictionary for each event or reply."""
    tokens = re.findall(r"[{}\[\]]|[^\s{}\[\]=]+=?|=", raw)
    position = 0

    def section(closing):
        nonlocal position
        found, key = {}, None
        while position < len(tokens) and tokens[position] != closing:
            token = tokens[position]
            position += 1
            if token == "{":
                found[key] = section("}")
            elif token.endswith("="):
                key, found[token[:-1]] = token[:-1], value()
            else:
                key = token
        position += 1
        return found

    def value():
        nonlocal position
        if position < len(tokens) and tokens[position] == "[":
            end = tokens.index("]", position)
            items, position = tokens[position + 1:end], end + 1
            return items
        if position < len(tokens) and not tokens[position].endswith("=") and tokens[position] not in "{}":
            position += 1
            return tokens[position - 1]
        return ""

    return [event for event in section(None).values() if isinstance(event, dict)]


def _list(value):
    return value if isinstance(value, list) else [value]


def _child_suite(child):
    size = f"_{child['encr-keysize']}" if "encr-keysize" in child else ""
    return "/".join(filter(None, [child.get("encr-alg", "") + size, child.get("integ-alg", "")]))


def _bracketed(address):
    return f"[{address}]" if ":" in address else address
