"""AgileVPN as client and gateway: our own daemons as a user configures them."""

import json
import os
import pathlib

from lab import control, network
from lab.process import CommandFailed, run, wait_until
from lab.vpn import Client, Credentials, Daemon, Gateway, Options, Session

_ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(os.environ.get("AGILEVPN_BIN", _ROOT / "build" / "release" / "bin"))
# The machine's own name service must hear nothing of what happens in a namespace.
_ENV = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
GATEWAY_NAME = "vpn.example.org"


def agilevpn(*words, check=True, timeout=60, input=None):
    """Our command line; returns what it prints."""
    return run(BIN / "agilevpn", *words, check=check, timeout=timeout, input=input, env=_ENV)


def is_built():
    """Whether there are programs to test."""
    return (BIN / "agilevpn").exists() and (BIN / "agilevpnd").exists()


def own_pki(folder, client="anna@example.org"):
    """Credentials of (gateway, client) from a CA of `agilevpn pki`."""
    at = ("--dir", folder)
    agilevpn("pki", "init", *at)
    agilevpn("pki", "issue", GATEWAY_NAME, "--gateway", "--san", network.GATEWAY, "--san", network.GATEWAY6, *at)
    agilevpn("pki", "issue", client, *at)
    issued = folder / "issued"
    return tuple(Credentials(name, folder / "ca.pem", issued / f"{name}.pem", issued / f"{name}.key")
                 for name in (GATEWAY_NAME, client))


class AgileVpn(Daemon):
    """What client and gateway share; a role writes its configuration."""

    role = ""

    def __init__(self, host, folder, credentials, options=Options()):
        self.host, self.folder = host, pathlib.Path(folder)
        self.credentials, self.options = credentials, options
        self.socket = self.folder / "control.sock"
        self.output = self.folder / "output"
        self.events = self.folder / "events.jsonl"
        self.wrapper = ()  # A command that runs the daemon, e.g. without some rights.

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / f"{self.role}.toml"
        configuration.write_text(self.configuration())
        self._process = self.host.start(*self.wrapper, BIN / "agilevpnd", "--config", configuration, "--log", "ike", "--events",
                                        self.events, log=self.output, env=_ENV)
        wait_until(self._answers, 10, what=f"the {self.role}'s daemon to answer")

    def stop(self):
        process, self._process = self._process, None
        return process.stop() if process else None

    def signal(self, number):
        """Send the daemon a signal."""
        self._process.signal(number)

    def kill(self):
        self._process.kill()

    def log(self):
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def event_lines(self):
        text = self.events.read_text() if self.events.exists() else ""
        return text[:text.rfind("\n") + 1].splitlines()  # The last line may be under way.

    def status(self):
        """What `agilevpn status --json` prints, parsed."""
        return control.get(self.socket, "/v1/status")

    def why(self, *who):
        """The cause of the last attempt that failed, by its key."""
        found = json.loads(agilevpn(*self._at, "why", *who, "--json"))["diagnosis"]
        return found["explanations"][0]["cause"] if found else None

    def rekey(self, *flags):
        """`agilevpn rekey`, of the only session."""
        agilevpn(*self._at, "rekey", *flags)

    def sessions(self):
        return [self._session(entry) for entry in self.status()["sessions"]]

    def configuration(self):
        """The text of its configuration file."""
        raise NotImplementedError

    @property
    def _at(self):
        return ("--control", self.socket)

    def _answers(self):
        if not self._process.is_running():
            raise CommandFailed(f"agilevpnd ended:\n{self.log()}")
        try:
            return self.status()
        except OSError:
            return None

    def _host_keys(self):
        return {"control": self.socket, "state-dir": self.folder / "state"}

    def _policy_keys(self):
        keys = {"ike": self.options.ike and [self.options.ike], "esp": self.options.esp and [self.options.esp],
                "policy": self.options.policy}
        return {key: value for key, value in keys.items() if value}

    def _revocation_keys(self):
        return {"revocation": self.options.revocation} if self.options.revocation else {}

    def _settings_keys(self):
        options = self.options
        keys = {
            "mobility": None if options.mobike else False,
            "native-esp": options.native_esp or None,
            "fragment-size": options.fragment_size,
            "liveness": _seconds(options.dpd),
            "child-rekey": _seconds(options.rekey_child),
            "ike-rekey": _seconds(options.rekey_ike),
            "outage": _seconds(options.outage),
        }
        return {key: value for key, value in keys.items() if value is not None}

    def _session(self, entry):
        children = entry["child_sas"]
        return Session(
            state=entry["state"], adapter=entry["adapter"], origin=entry["origin_address"],
            gateway=entry["gateway_address"], is_nat=entry["is_local_behind_nat"] or entry["is_peer_behind_nat"],
            inner=tuple(entry["inner_addresses"]), spi_i=entry["spi_i"], spi_r=entry["spi_r"],
            child_spis=tuple((child["spi_inbound"], child["spi_outbound"]) for child in children),
            suite=entry["suite"], child_suites=tuple(child["suite"] for child in children), peer=entry["peer_identity"])


class AgileVpnClient(AgileVpn, Client):
    """Our client, with one connection that is brought up by hand."""

    role = "client"
    connection = "office"
    peer = network.GATEWAY  # Where it finds the gateway.

    def connect(self, timeout=15, code=None):
        """`code`: what its user answers, if the gateway asks."""
        agilevpn(*self._at, "up", self.connection, *(["--code-stdin"] if code else []), timeout=timeout, input=code and code + "\n")
        return self.session()

    def disconnect(self):
        agilevpn(*self._at, "down", self.connection)

    def sessions(self):
        return [session for session in super().sessions() if session.state != "Off"]

    def states(self):
        events = [json.loads(line) for line in self.event_lines()]
        return [event["to"] for event in events if event["event"] == "StateChanged"]

    def configuration(self):
        own = self.credentials
        keys = {"gateway": self.peer, "gateway-id": GATEWAY_NAME, "auto": False, "prefer": list(self.options.prefer)}
        if own.psk:
            keys |= {"id": own.identity, "psk": own.psk}
        elif own.certificate:
            keys |= {"certificate": own.certificate, "key": own.key, "ca": [own.ca]}
        else:
            keys |= {"user": own.identity, "password": own.password, "ca": [own.ca]}
        if own.eap:
            keys |= self._eap_keys(own.eap)
        if self.options.eap_only:
            keys["eap-only"] = True
        keys |= self._policy_keys() | self._settings_keys() | self._revocation_keys()
        if self.options.networks:
            keys["networks"] = list(self.options.networks)
        if self.options.only_device:
            keys["only-device"] = True
        return _toml(self._host_keys()) + f"[{self.connection}]\n" + _toml(keys)


    @staticmethod
    def _eap_keys(method):
        outer, _, inner = method.partition("-")
        keys = {"methods": [outer]}
        if outer in ("peap", "ttls"):
            keys["anonymous-user"] = "@example.org"
        if outer == "ttls" and inner:
            keys["ttls-inside"] = inner
        return keys


class AgileVpnGateway(AgileVpn, Gateway):
    """Our gateway; everybody with a certificate of the CA, or the pre-shared key, may come in."""

    role = "gateway"

    def start(self):
        if self.credentials.eap and not self.options.radius and not (self.folder / "state" / "users.db").exists():
            agilevpn("user", "--dir", self.folder / "state", "add", "anna@example.org", "--password-stdin",
                     input=self.credentials.password + "\n")
        super().start()

    def configuration(self):
        own = self.credentials
        text = _toml({"name": GATEWAY_NAME, "routes": [network.OFFICE, network.OFFICE6],
                      "masquerade": self.options.masquerade} | self._host_keys() | self._policy_keys())
        if self.options.radius:
            text += f"[radius]\n{self.options.radius}\n"
        elif own.eap:
            text += "[users]\n" + _toml({"methods": [own.eap.partition("-")[0]]} | ({"eap-only": True} if self.options.eap_only else {}))
        text += "[pool]\n" + _toml({"ipv4": network.POOL, "ipv6": network.POOL6})
        if settings := self._settings_keys():
            text += "[settings]\n" + _toml(settings)
        if own.psk:
            return text + f'[psk]\n"anna@example.org" = "{own.psk}"\n'
        if not own.certificate:
            return text
        return (text + "[certificate]\n" + _toml({"file": own.certificate, "key": own.key})
                + "[clients]\n" + _toml({"ca": [own.ca]} | self._revocation_keys()))

    def disconnect(self):
        for entry in self.status()["sessions"]:
            agilevpn(*self._at, "down", entry["id"])


def _seconds(value):
    return None if value is None else f"{value}s"


def _toml(keys):
    """Keys and values of one table."""
    return "".join(f"{key} = {_toml_value(value)}\n" for key, value in keys.items())


def _toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    return f'"{value}"'
