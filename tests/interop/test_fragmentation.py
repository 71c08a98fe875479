"""IKE messages too long for a path (RFC 7383): RSA certificates in pieces of 576 octets."""

import unittest

from lab.tunnel_test_case import OurClient, TheirClient
from lab.vpn import Options

SMALL = Options(fragment_size=576)


class Fragmentation:
    """Both ends send fragments and put the other's together."""

    def test_fragments_in_both_directions(self):
        self.tunnel("rsa", SMALL, SMALL)
        log = self.theirs().log()
        self.assertRegex(log, r"splitting IKE message \(\d+ bytes\) into \d+ fragments")
        self.assertRegex(log, r"received fragment #2 of \d+")


class FragmentationOfOurClient(Fragmentation, OurClient):
    """Our client with strongSwan's gateway."""


class FragmentationOfTheirClient(Fragmentation, TheirClient):
    """strongSwan's client with our gateway."""


if __name__ == "__main__":
    unittest.main()
