"""A FreeRADIUS of Debian's package, as the RADIUS server of a test: its own folder, the users it is told, and whoever can reach
it as its client. On the loopback interface with ports of its own, or with RADIUS' own ports on a host of the lab.

    with FreeRadius(folder, users={"anna": User("secret", ("Filter-Id = staff",))}) as server:
        ... "127.0.0.1:%d" % server.port, server.secret; server.accounting_port; server.accounted(); server.log()
    with FreeRadius(folder, users, host=lab.server, at="192.168.10.2", authority=credentials.Authority(pki)) as server: ...
"""

import dataclasses
import os
import pathlib
import re
import shutil
import signal
import socket

from lab import credentials
from lab.process import Process, wait_until

PROGRAM = shutil.which("freeradius") or "/usr/sbin/freeradius"
ADDRESS = "127.0.0.1"


def is_installed():
    """Whether there is a FreeRADIUS to run."""
    return os.access(PROGRAM, os.X_OK)


def free_port():
    """A UDP port of the loopback interface that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


@dataclasses.dataclass
class User:
    """A password, and what an Access-Accept grants, one attribute each: "Filter-Id = staff"."""

    password: str
    grants: tuple = ()


_CONFIGURATION = """
name = freeradius
prefix = /usr
libdir = /usr/lib/freeradius
confdir = {folder}
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/pid
max_request_time = 30
cleanup_delay = 1
log {{
  destination = stdout
  auth = yes
}}
security {{
  allow_core_dumps = no
  reject_delay = 0
  status_server = yes
}}
thread pool {{
  start_servers = 2
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 4
  max_requests_per_server = 0
}}
clients lab {{
  client anyone {{
    ipaddr = 0.0.0.0/0
    secret = {secret}
    require_message_authenticator = yes
  }}
}}
clients radsec {{
  client anyone {{
    ipaddr = 0.0.0.0/0
    proto = tls
    secret = radsec
  }}
}}
modules {{
  always reject {{ rcode = reject }}
  always ok {{ rcode = ok }}
  always handled {{ rcode = handled }}
  pap {{ }}
  chap {{ }}
  mschap {{ }}
  files {{ usersfile = {folder}/users }}
  detail {{
    filename = {folder}/accounting
    permissions = 0600
  }}
  eap {{
    default_eap_type = {method}
    timer_expire = 60
    ignore_unknown_eap_types = no
    gtc {{
      challenge = "Password: "
      auth_type = PAP
    }}
    mschapv2 {{ }}
    tls-config ours {{
      private_key_file = {key}
      certificate_file = {certificate}
      ca_file = {ca}
      tls_min_version = "1.2"
      tls_max_version = "{tls_version}"
      ecdh_curve = "prime256v1"
      fragment_size = {fragment_size}
      cache {{ enable = no }}
    }}
    tls {{ tls = ours }}
    ttls {{
      tls = ours
      default_eap_type = mschapv2
      virtual_server = inner
      use_tunneled_reply = yes
    }}
    peap {{
      tls = ours
      default_eap_type = {inner_method}
      virtual_server = inner
      use_tunneled_reply = yes
    }}
  }}
}}
server outer {{
  listen {{
    type = auth
    ipaddr = {address}
    port = {port}
    clients = lab
  }}
  listen {{
    type = acct
    ipaddr = {address}
    port = {accounting_port}
    clients = lab
  }}
  listen {{
    type = auth+acct
    ipaddr = {address}
    port = {tls_port}
    proto = tcp
    clients = radsec
    limit {{
      max_connections = 16
      lifetime = 0
      idle_timeout = {tls_idle}
    }}
    tls {{
      private_key_file = {key}
      certificate_file = {certificate}
      ca_file = {ca}
      tls_min_version = "1.2"
      tls_max_version = "1.2"
      ecdh_curve = "prime256v1"
      fragment_size = 8192
      require_client_cert = yes
      cache {{
        enable = no
      }}
    }}
  }}
{outer_processing}
  post-auth {{
    update reply {{
      Message-Authenticator := 0x00
    }}
    Post-Auth-Type Challenge {{
      update reply {{
        Message-Authenticator := 0x00
      }}
    }}
    Post-Auth-Type REJECT {{
      update reply {{
        Message-Authenticator := 0x00
      }}
    }}
  }}
  preacct {{
  }}
  accounting {{
    detail
  }}
}}
server inner {{
{processing}
}}
"""
_PROCESSING = """
  authorize {
    mschap
    eap {
      ok = return
    }
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type MS-CHAP {
      mschap
    }
    eap
  }
"""
# No EAP: the password first, then what else the user must say, as FreeRADIUS' own example "challenge" has it.
_CHALLENGING = """
  authorize {{
    files
    if (!&State) {{
      update control {{
        &Auth-Type := Password
      }}
    }}
    else {{
      update control {{
        &Auth-Type := Code
        &Cleartext-Password := "{code}"
      }}
    }}
  }}
  authenticate {{
    Auth-Type Password {{
      pap
      update reply {{
        &State := "the password was right"
        &Reply-Message := "{prompt}"
        {patience}
      }}
      update control {{
        &Response-Packet-Type := Access-Challenge
      }}
      handled
    }}
    Auth-Type Code {{
      pap
    }}
  }}
"""


class FreeRadius:
    """One running server; its folder is the caller's to remove."""

    def __init__(self, folder, users, secret="testing123", method="mschapv2", inner_method="mschapv2", tls_version="1.2",
                 fragment_size=1024, host=None, at=ADDRESS, authority=None, ports=(1812, 1813, 2083), tls_idle=0,
                 challenge=None):
        """`challenge`: the question that follows a right password, its answer, and maybe for how many seconds it is waited for; for
        logins without EAP."""
        self.folder, self.secret, self._host, self._address = pathlib.Path(folder), secret, host, at
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.accounting_port, self.tls_port = ports if host else (free_port(), free_port(), free_port())
        self.authority = authority or credentials.Authority(self.folder / "pki", "rsa")
        gateway = self.authority.gateway()
        self._write("radiusd.conf", _CONFIGURATION.format(
            folder=self.folder, secret=secret, method=method, inner_method=inner_method, tls_version=tls_version,
            fragment_size=fragment_size, address=at, port=self.port, accounting_port=self.accounting_port,
            tls_port=self.tls_port, tls_idle=tls_idle, processing=_PROCESSING,
            outer_processing=_CHALLENGING.format(prompt=challenge[0], code=challenge[1],
                                                 patience="".join(f"&Session-Timeout := {seconds}" for seconds in challenge[2:])) if challenge else _PROCESSING,
            key=gateway.key, certificate=gateway.certificate, ca=gateway.ca))
        self.set_users(users)
        self._write("dictionary", "$INCLUDE /usr/share/freeradius/dictionary\n")
        self._process = None

    @property
    def address(self):
        """Where it answers logins, as "127.0.0.1:1812"."""
        return f"{self._address}:{self.port}"

    @property
    def accounting_address(self):
        """Where it takes accounting."""
        return f"{self._address}:{self.accounting_port}"

    def set_users(self, users):
        """Who may log in, from the next start on."""
        self._write("users", "".join(self._entry(name, user) for name, user in users.items()))

    def start(self):
        """Run it until it says that it is ready."""
        before = self.log().count("Ready to process requests")
        command, env = [PROGRAM, "-fxx", "-l", "stdout", "-d", self.folder], {**os.environ, "OPENSSL_CONF": "/dev/null"}
        log = self.folder / "log"
        self._process = self._host.start(*command, log=log, env=env) if self._host else Process(command, log=log, env=env)
        wait_until(lambda: self.log().count("Ready to process requests") > before or not self._process.is_running(), 20,
                   what="FreeRADIUS")
        if not self._process.is_running():
            raise RuntimeError("FreeRADIUS ended:\n" + self.log()[-2000:])

    def stop(self):
        """End it."""
        if self._process:
            self._process.stop()
            self._process = None

    def pause(self, is_paused=True):
        """Be silent for a while, as a server that hangs; and go on."""
        self._process.signal(signal.SIGSTOP if is_paused else signal.SIGCONT)

    def log(self):
        """What it said so far."""
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def accounted(self):
        """The accounting records it took, each a dictionary of text to lists of text."""
        file = self.folder / "accounting"
        records = []
        for block in file.read_text().split("\n\n") if file.exists() else []:
            record = {}
            for name, value in re.findall(r"^\t(\S+) = (.*)$", block, re.MULTILINE):
                record.setdefault(name, []).append(value.strip('"'))
            if record:
                records.append(record)
        return records

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)

    @staticmethod
    def _entry(name, user):
        grants = ",\n\t".join(user.grants)
        return f'"{name}" Cleartext-Password := "{user.password}"\n' + (f"\t{grants}\n" if grants else "") + "\n"
