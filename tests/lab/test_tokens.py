"""The client's key on a PKCS#11 token (SoftHSM): tunnels, and what is said when the token is not as it should be."""

import os
import subprocess
import unittest

from lab import agilevpn, credentials
from lab.process import CommandFailed, run
from lab.tunnel_test_case import TunnelTestCase

PIN = "271828"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"


class Tokens(TunnelTestCase):
    """Anna's certificate and key lie on the token "anna"."""

    def token_client(self, kind="ecdsa", uri="pkcs11:token=anna;object=vpn", pin=PIN, **files):
        """The lab with a gateway, and a second client daemon whose credentials are on a token; not connected."""
        tunnel = self.tunnel(kind, connect=False)
        own = tunnel.client.credentials
        tunnel.client.stop()
        self.put_on_token(tunnel.folder / "softhsm", own)
        client = TokenClient(tunnel.lab.client, tunnel.folder / "token-client", own)
        client.keys = {"certificate": uri} | ({"pin": pin} if pin else {}) | files
        client.environment = self.environment
        client.start()
        self.addCleanup(client.stop)
        tunnel.client = client
        return client

    def put_on_token(self, folder, own):
        """A new token with the certificate and the key under the label vpn."""
        (folder / "tokens").mkdir(parents=True)
        settings = folder / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.environment = {**os.environ, "SOFTHSM2_CONF": str(settings)}
        tool = ("pkcs11-tool", "--module", MODULE)
        run("softhsm2-util", "--init-token", "--free", "--label", "anna", "--pin", PIN, "--so-pin", "31415926", env=self.environment)
        for kind, file in (("privkey", own.key), ("cert", own.certificate)):
            form = ("openssl", "pkey") if kind == "privkey" else ("openssl", "x509")
            der = folder / f"{kind}.der"
            run(*form, "-in", file, "-outform", "DER", "-out", der)
            run(*tool, "--token-label", "anna", "--login", "--pin", PIN, "--write-object", der, "--type", kind, "--id", "07",
                "--label", "vpn", env=self.environment)
        own.key.unlink()  # Nobody has it but the token.

    def refused(self, client):
        """What `up` says, which must not say the PIN, nor may any log."""
        with self.assertRaises(CommandFailed) as caught:
            client.connect()
        self.assert_pin_is_nowhere(client, str(caught.exception))
        return str(caught.exception)

    def assert_pin_is_nowhere(self, client, *texts, pin=PIN):
        said = [client.log(), "\n".join(client.event_lines()), str(client.status()), *texts]
        for text in said:
            self.assertNotIn(pin, text)

    def check(self, kind):
        client = self.token_client(kind)
        client.connect()
        self.assert_traffic()
        self.assert_pin_is_nowhere(client)
        self.assertEqual(self._pair.gateway.sessions()[0].peer, "anna@example.org")

    def test_an_ecdsa_key(self):
        self.check("ecdsa")

    def test_an_ecdsa_p384_key(self):
        self.check("ecdsa384")

    def test_an_rsa_key(self):
        self.check("rsa")

    def test_a_pin_in_a_file_and_a_certificate_in_another(self):
        client = self.token_client(pin=None)
        own = client.credentials
        (client.folder / "pin").write_text(PIN + "\n")
        client.keys = {"certificate": own.certificate, "key": "pkcs11:token=anna;id=%07", "pin-file": client.folder / "pin"}
        client.stop()
        client.start()
        client.connect()
        self.assert_traffic()
        self.assert_pin_is_nowhere(client)

    def test_a_wrong_pin(self):
        client = self.token_client(pin="999111")
        self.assertIn("the PIN for the token 'anna' is wrong", self.refused(client))
        self.assert_pin_is_nowhere(client, pin="999111")

    def test_no_pin(self):
        said = self.refused(self.token_client(pin=None))
        self.assertIn("the token 'anna' asks for its PIN, and none is given", said)
        self.assertIn("or give it by --pin-stdin", said)

    def test_a_pin_that_is_typed_when_the_connection_is_brought_up(self):
        client = self.token_client(pin=None)
        said = agilevpn.agilevpn("--control", client.socket, "up", "office", "--pin-stdin", input=PIN + "\n")
        self.assertIn("connected in", said)
        self.assert_traffic()
        client.disconnect()
        client.connect()  # It is still known.
        self.assert_traffic()
        self.assert_pin_is_nowhere(client, said)

    def test_a_wrong_pin_that_is_typed_is_asked_for_again(self):
        client = self.token_client(pin=None)
        up = lambda pin: agilevpn.agilevpn("--control", client.socket, "up", "office", "--pin-stdin", input=pin + "\n", check=False)
        self.assertIn("the PIN for the token 'anna' is wrong", up("999111"))
        client.disconnect()
        self.assertIn("asks for its PIN, and none is given", self.refused(client))
        client.disconnect()
        self.assertIn("connected in", up(PIN))
        self.assert_traffic()
        self.assert_pin_is_nowhere(client)
        self.assert_pin_is_nowhere(client, pin="999111")

    def test_no_such_token(self):
        said = self.refused(self.token_client(uri="pkcs11:token=berta;object=vpn"))
        self.assertIn("no token 'berta' is there", said)

    def test_no_such_certificate_on_the_token(self):
        said = self.refused(self.token_client(uri="pkcs11:token=anna;object=post"))
        self.assertIn("the token 'anna' has no certificate 'post'", said)

    def test_a_key_that_does_not_belong_to_the_certificate(self):
        client = self.token_client()
        other = credentials.Authority(self._pair.folder / "pki").client("eve@example.org")
        client.keys = {"certificate": other.certificate, "key": "pkcs11:token=anna;object=vpn", "pin": PIN}
        client.stop()
        client.start()
        self.assertIn("the token's key does not belong to the certificate", self.refused(client))


class TokenClient(agilevpn.AgileVpnClient):
    """Our client with `keys` in place of certificate and key, in an environment that names the token's folder."""

    keys = {}
    environment = None

    def configuration(self):
        base = [line for line in super().configuration().splitlines() if not line.startswith(("certificate =", "key ="))]
        return "\n".join(base) + "\n" + agilevpn._toml(self.keys)

    def start(self):
        outer, agilevpn._ENV = agilevpn._ENV, {**agilevpn._ENV, "SOFTHSM2_CONF": self.environment["SOFTHSM2_CONF"]}
        try:
            super().start()
        finally:
            agilevpn._ENV = outer


if __name__ == "__main__":
    unittest.main()
