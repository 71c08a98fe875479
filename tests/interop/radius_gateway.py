"""Our gateway with FreeRADIUS behind it, for tests with real tunnels."""

import unittest

from lab import agilevpn, credentials, freeradius, network
from lab.freeradius import FreeRadius, User
from lab.process import wait_until
from lab.tunnel_test_case import PATIENCE, TunnelTestCase
from lab.vpn import Options

NAME, PASSWORD, SECRET = credentials.CLIENT_NAME, credentials.PASSWORD, "testing123"
AT = network.SERVER  # FreeRADIUS runs behind the gateway, beside the server that clients reach.
ACCOUNTING = f'accounting = true\ncoa = "{network.OFFICE_GATEWAY}"\n'
PORTS, SECOND_PORTS = (1812, 1813, 2083), (1912, 1913, 2183)


def keys(servers=(f"{AT}:1812",), more="", secret=f'secret = "{SECRET}"\n'):
    """The lines of [radius]."""
    return f"servers = [{', '.join(f'{chr(34)}{one}{chr(34)}' for one in servers)}]\n{secret}{more}"


def is_over(pair, session):
    """Whether the gateway has ended it; the client may be back with a new one."""
    return all(other.spi_i != session.spi_i for other in pair.gateway.sessions())


@unittest.skipUnless(freeradius.is_installed(), "FreeRADIUS is not installed")
class RadiusGateway(TunnelTestCase):
    """Our gateway with FreeRADIUS; the client is connected when a test says so."""

    def prepare(self, method="mschapv2", more="", servers=(f"{AT}:1812",), client_options=Options(), secret=f'secret = "{SECRET}"\n',
                **options):
        """The pair, with a gateway that asks `servers`."""
        radius = keys(servers, more, secret)
        return self.tunnel(f"eap-{method}", client_options=client_options, connect=False,
                           gateway_options=Options(radius=radius, **options))

    def server(self, pair, grants=(), name="radius", ports=PORTS, password=PASSWORD, **options):
        """A FreeRADIUS in the lab that lets anna in."""
        server = FreeRadius(pair.folder / name, {NAME: User(password, grants)}, secret=SECRET, host=pair.lab.server, at=AT, ports=ports,
                            authority=credentials.Authority(pair.folder / "pki"), **options)
        self.addCleanup(server.stop)
        server.start()
        return server

    def connect(self, pair):
        """The client's session, and the gateway's."""
        pair.client.connect(timeout=40)
        return wait_until(pair.gateway.sessions, PATIENCE, what="the gateway's session")[0]

    def second_client(self, pair):
        """One more client, that runs."""
        other = agilevpn.AgileVpnClient(pair.lab.add_client(1), pair.folder / "other", pair.client.credentials)
        (pair.folder / "other").mkdir()
        self.addCleanup(other.stop)
        other.start()
        return other

    def records(self, server, count):
        """The accounting records of sessions, when there are so many."""
        def sessions():
            found = [record for record in server.accounted() if record["Acct-Status-Type"][0] in ("Start", "Interim-Update", "Stop")]
            return len(found) >= count and found
        return wait_until(sessions, PATIENCE, what=f"{count} accounting records")

    def stop_record(self, server):
        """The Stop record."""
        return wait_until(lambda: [one for one in server.accounted() if one["Acct-Status-Type"] == ["Stop"]], PATIENCE,
                          what="the Stop record")[0]

    def tell(self, pair, kind, attributes, secret=SECRET):
        """radclient gives the gateway an order; what it was answered."""
        lines = "\n".join((*attributes, "Message-Authenticator = 0x00"))
        return pair.lab.server.run("radclient", "-x", "-t", "1", "-r", "1", f"{network.OFFICE_GATEWAY}:3799", kind, secret, input=lines,
                                   check=False)

    def check(self, method, peer=NAME):
        """A client that logs in by this method ("peap-tls" is EAP-TLS inside PEAP) has a tunnel."""
        outer, _, inner = method.partition("-")
        pair = self.prepare(method)
        server = self.server(pair, method=outer, **({"inner_method": inner} if inner else {}))
        session = self.connect(pair)
        self.assertEqual(session.peer, peer)
        self.assert_traffic()
        log = server.log()
        self.assertRegex(log, r"Received Access-Request(.|\n)*Message-Authenticator")
        self.assertNotIn(PASSWORD, pair.gateway.log())
