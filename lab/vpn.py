"""What a client and a gateway under test can do, whoever made them: AgileVPN (agilevpn.py) or strongSwan (strongswan.py).

A demo, an interop test and a benchmark are written once against these and run with any pair.
"""

import abc
import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class Credentials:
    """Who somebody is and whom they believe: a certificate with its key and the CA, or a pre-shared key. With `eap`, a
    client logs in by this method as `identity` with `password` (or its certificate), and a gateway keeps this user."""
    identity: str
    ca: pathlib.Path | None = None
    certificate: pathlib.Path | None = None
    key: pathlib.Path | None = None
    psk: str | None = None
    eap: str | None = None          # "mschapv2", "tls", "ttls" ...
    password: str | None = None


@dataclasses.dataclass(frozen=True)
class Options:
    """How a tunnel is to be; the defaults are both products' own where None. Proposals are written as strongSwan does."""
    ike: str | None = None          # "aes256gcm16-prfsha256-x25519"
    esp: str | None = None          # "aes256gcm16"
    policy: str | None = None       # A named set of algorithms; for our own ends.
    signature_authentication: bool = True  # RFC 7427, or the older AUTH methods; for strongSwan.
    mobike: bool = True
    radius: str | None = None       # The lines of [radius], or of strongSwan's plugin eap-radius, which then decides about logins.
    networks: tuple = ()            # What stands behind the client; for our own.
    masquerade: bool = False        # The gateway translates what its clients send elsewhere; for our own.
    native_esp: bool = False        # IP protocol 50 where there is no NAT; for our own ends.
    only_device: bool = False       # The client says INITIAL_CONTACT; for our own.
    eap_only: bool = False          # The EAP method alone proves the gateway (RFC 5998).
    tls: str = "1.2"                # The newest inside EAP; for strongSwan.
    fragment_size: int | None = None  # Octets of an IKE message's IP packet (RFC 7383).
    fragmentation: bool = True      # RFC 7383 at all; for strongSwan.
    dpd: int | None = None          # Seconds of silence before a liveness check.
    rekey_child: int | None = None  # Seconds; the Child SA's lifetime.
    rekey_ike: int | None = None
    revocation: str | None = None   # "off", "soft" or "strict"; for our own ends.
    prefer: tuple = ("eth0", "eth1")  # The client's cards, most wanted first, where it can be told.
    outage: int | None = None       # Seconds that a client without a network keeps its session.


@dataclasses.dataclass(frozen=True)
class Session:
    """What one end says of an IKE SA and its Child SAs."""
    state: str                      # "Connected", "Dormant" ...
    adapter: str = ""               # Network adapter used.
    origin: str = ""                # The client's outer address and port, as this end sees it.
    gateway: str = ""               # The gateway's.
    is_nat: bool = False
    inner: tuple = ()               # The client's inner addresses.
    spi_i: str = ""                 # The IKE SA's, 16 hex digits.
    spi_r: str = ""
    child_spis: tuple = ()          # (inbound, outbound) of each Child SA, 8 hex digits.
    suite: str = ""
    child_suites: tuple = ()
    peer: str = ""                  # The other end's identity.

    @property
    def is_connected(self):
        """Whether it carries traffic, as far as this end knows."""
        return self.state == "Connected" and bool(self.child_spis)

    @property
    def origin_address(self):
        """The origin without its port."""
        return self.origin.rpartition(":")[0].strip("[]")


class Daemon(abc.ABC):
    """A VPN daemon in a namespace, with a folder of its own for its files."""

    watch_interval = 0.05  # Seconds between two questions of who watches it.
    _process = None        # While it runs.

    @property
    def pid(self):
        """The daemon's process."""
        return self._process.pid

    @abc.abstractmethod
    def start(self):
        """Write its configuration, start it, and wait until it answers."""

    @abc.abstractmethod
    def stop(self):
        """Stop it in order and return its exit status; harmless if it does not run."""

    @abc.abstractmethod
    def kill(self):
        """End it at once, as a crash would; start() works again."""

    @abc.abstractmethod
    def sessions(self):
        """Its sessions, as a list of Session."""

    @abc.abstractmethod
    def log(self):
        """Its readable IKE log so far: what every exchange said."""

    def event_lines(self):
        """Its events, each a JSON object in a line; none if it has no such thing."""
        return []

    @abc.abstractmethod
    def disconnect(self):
        """Delete its sessions, started by this end."""


class Gateway(Daemon):
    """The responder: gives inner addresses of network.POOL and POOL6 and leads to network.OFFICE and OFFICE6."""


class Client(Daemon):
    """The initiator."""

    @abc.abstractmethod
    def connect(self, timeout=15):
        """Bring the tunnel up and return the Session; TimeoutError, or CommandFailed with what the daemon said."""

    def states(self):
        """Every state its session has had, however short, if it keeps account of them."""
        return []

    def session(self):
        """Its only session, or None."""
        sessions = self.sessions()
        return sessions[0] if sessions else None
