"""The virtual lab: real daemons in network namespaces, on a small network that can be broken in every way that roaming
laptops meet.

    client ── eth0 ───────────────────────── lan 10.0.1.0/24, 2001:db8:1::/64 ──┬── gateway ── 192.168.10.0/24 ── server .2
           └─ eth1 ── 172.16.1.0/24 ── NAT router (masquerade) ─────────────────┘

Start reading at network.py (the picture above), then nic.py (cables, addresses, blackholes), vpn.py (what a client and a
gateway under test can do, with agilevpn.py and strongswan.py as the two kinds), probes (pings and a TCP stream through the
tunnel) and demo.py (the roaming laptop).
"""
