"""What a host looks like, to see afterwards that nothing was left behind."""

import json

from lab.process import run

_VOLATILE = {"ifindex", "link_index", "valid_life_time", "preferred_life_time", "operstate", "flags", "link_netnsid",
             "cacheinfo", "stats64", "stats", "txqlen", "dynamic"}


class Snapshot:
    """Links, addresses, routes and rules of a namespace, or of the machine itself if there is no namespace."""

    def __init__(self, host=None):
        ip = host.ip if host else lambda *words: run("ip", *words)
        self.facts = {
            "link": _facts(ip("-j", "link")),
            "address": _facts(info for link in json.loads(ip("-j", "address")) for info in _addresses(link)),
            "route": _facts(ip("-j", "-4", "route", "show", "table", "all"))
            | _facts(ip("-j", "-6", "route", "show", "table", "all")),
            "rule": _facts(ip("-j", "-4", "rule")) | _facts(ip("-j", "-6", "rule")),
        }

    def differences(self, later):
        """What is there now and was not, and the other way round: one line each."""
        lines = []
        for kind, before in self.facts.items():
            after = later.facts[kind]
            lines += [f"{kind} left behind: {fact}" for fact in sorted(after - before)]
            lines += [f"{kind} missing: {fact}" for fact in sorted(before - after)]
        return lines


def _facts(entries):
    if isinstance(entries, str):
        entries = json.loads(entries or "[]")
    # Multicast routes come and go with neighbours.
    return {json.dumps({key: value for key, value in entry.items() if key not in _VOLATILE}, sort_keys=True)
            for entry in entries if entry.get("type") != "multicast"}


def _addresses(link):
    return [{"dev": link["ifname"], "address": f"{info['local']}/{info['prefixlen']}"} for info in link["addr_info"]]
