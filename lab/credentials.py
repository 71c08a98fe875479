"""A throw-away CA of a given kind of key, made with openssl, for tunnels between different makers."""

import dataclasses
import pathlib

from lab import network
from lab.process import run
from lab.vpn import Credentials

GATEWAY_NAME = "vpn.example.org"
CLIENT_NAME = "anna@example.org"
PSK = "correct horse battery staple"
PASSWORD = "Schlüssel 7!"  # Of CLIENT_NAME, for EAP.

_KEY_OPTIONS = {
    "rsa": ("RSA", "rsa_keygen_bits:2048"),
    "ecdsa": ("EC", "ec_paramgen_curve:P-256"),
    "ecdsa384": ("EC", "ec_paramgen_curve:P-384"),
    "ed25519": ("ED25519", None),
}
_GATEWAY_EXTENSIONS = f"""subjectAltName=DNS:{GATEWAY_NAME},IP:{network.GATEWAY},IP:{network.GATEWAY6}
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,1.3.6.1.5.5.8.2.2
"""
_CLIENT_EXTENSIONS = """subjectAltName=email:{name}
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
"""


class Authority:
    """A CA in a folder. Everything it makes is in PEM; keys are unencrypted PKCS#8."""

    def __init__(self, folder, kind="ecdsa", extensions=""):
        """`extensions` are added to every certificate, in openssl's notation."""
        self._folder, self._kind, self._extensions = pathlib.Path(folder), kind, extensions
        self._folder.mkdir(parents=True, exist_ok=True)
        self.ca, self._ca_key = self._folder / "ca.pem", self._folder / "ca.key"
        if not self.ca.exists():
            self._make_key(self._ca_key)
            run("openssl", "req", "-x509", "-new", "-key", self._ca_key, "-out", self.ca, "-days", 30,
                "-subj", "/O=Lab/CN=Lab Root CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def gateway(self):
        """The gateway's credentials."""
        return self._issue("gateway", GATEWAY_NAME, _GATEWAY_EXTENSIONS)

    def client(self, name=CLIENT_NAME):
        """A client's credentials, with its mail address as identity."""
        return self._issue(name.partition("@")[0], name, _CLIENT_EXTENSIONS.format(name=name))

    def _issue(self, file, name, extensions):
        key, certificate = self._folder / f"{file}.key", self._folder / f"{file}.pem"
        request, extension_file = self._folder / f"{file}.csr", self._folder / f"{file}.ext"
        if not certificate.exists():
            self._make_key(key)
            extension_file.write_text(extensions + self._extensions)
            run("openssl", "req", "-new", "-key", key, "-out", request, "-subj", f"/O=Lab/CN={name}")
            run("openssl", "x509", "-req", "-in", request, "-out", certificate, "-CA", self.ca, "-CAkey", self._ca_key,
                "-days", 30, "-extfile", extension_file)
        return Credentials(name, self.ca, certificate, key)

    def _make_key(self, path):
        algorithm, option = _KEY_OPTIONS[self._kind]
        run("openssl", "genpkey", "-algorithm", algorithm, "-out", path, *(["-pkeyopt", option] if option else []))
        path.chmod(0o600)


def shared_key():
    """Credentials of (gateway, client) with a pre-shared key."""
    return Credentials(GATEWAY_NAME, psk=PSK), Credentials(CLIENT_NAME, psk=PSK)


def eap(folder, method, password=PASSWORD):
    """Credentials of (gateway, client): the client logs in by this method ("peap-tls" is EAP-TLS inside PEAP), the gateway
    proves itself by certificate."""
    authority = Authority(folder)
    gateway = dataclasses.replace(authority.gateway(), eap=method, password=PASSWORD)
    client = authority.client() if method.endswith("tls") and method != "ttls" else Credentials(CLIENT_NAME, authority.ca)
    return gateway, dataclasses.replace(client, eap=method, password=password)


def make(folder, kind):
    """Credentials of (gateway, client): kind is a key's of _KEY_OPTIONS, "psk", or "eap-" and a method."""
    if kind == "psk":
        return shared_key()
    if kind.startswith("eap-"):
        return eap(folder, kind.removeprefix("eap-"))
    authority = Authority(folder, kind)
    return authority.gateway(), authority.client()
