"""A client and a gateway of any two makers, in a lab, with everything that they need."""

import contextlib
import pathlib
import tempfile

from lab import agilevpn, credentials, strongswan
from lab.network import Lab
from lab.vpn import Options

MAKERS = {
    "agilevpn": (agilevpn.AgileVpnClient, agilevpn.AgileVpnGateway),
    "strongswan": (strongswan.StrongSwanClient, strongswan.StrongSwanGateway),
    "newer strongswan": (strongswan.NewerStrongSwanClient, strongswan.NewerStrongSwanGateway),
}


class Pair:
    """`client` and `gateway` in `lab`; both are started, and not yet connected."""

    def __init__(self, lab, folder, client, gateway, own=None, client_options=Options(), gateway_options=Options()):
        """`client` and `gateway` are makers' names; `own` is (gateway's, client's) credentials."""
        self.lab, self.folder = lab, folder
        gateway_own, client_own = own or credentials.make(folder / "pki", "ecdsa")
        self.gateway = MAKERS[gateway][1](lab.gateway, _folder(folder, "gateway"), gateway_own, gateway_options)
        self.client = MAKERS[client][0](lab.client, _folder(folder, "client"), client_own, client_options)

    def start(self):
        """Start both daemons, the gateway first."""
        self.gateway.start()
        self.client.start()

    def stop(self):
        """Stop both."""
        self.client.stop()
        self.gateway.stop()


@contextlib.contextmanager
def running(client, gateway, auth="ecdsa", client_options=Options(), gateway_options=Options(), prefix=None):
    """A Pair in a lab of its own, for as long as the context is open. A strongSwan client gets source-address routing:
    without it, what it sends from eth1 leaves by eth0 whenever eth0's on-link route is there."""
    with tempfile.TemporaryDirectory(prefix="agilevpn-lab-") as name:
        folder = pathlib.Path(name)
        own = credentials.make(folder / "pki", auth)
        with Lab(prefix, source_routing=client != "agilevpn") as lab:
            pair = Pair(lab, folder, client, gateway, own, client_options, gateway_options)
            pair.start()
            try:
                yield pair
            finally:
                pair.stop()


def _folder(folder, name):
    path = folder / name
    path.mkdir(parents=True, exist_ok=True)
    return path
