#!/usr/bin/env python3
"""Fails on an include that runs upward or sideways (docs/architecture.md, "Rooms").

  includes.py PROJECT
"""

import pathlib
import re
import sys

# Each room and the rooms it may include; itself always. A folder that is no room of its own belongs to the one above it.
BASE = {"base"}
CRYPTO = BASE | {"crypto"}
ENGINE = CRYPTO | {"ike/wire", "ike"}
PROTOCOLS = ENGINE | {"eap", "radius", "dhcp", "esp", "mobility"}
ROLES = PROTOCOLS | {"gateway", "client"}
WORLD = ROLES | {"dataplane", "store", "linux"}
MAY_INCLUDE = {
    "base": set(),
    "crypto": BASE,
    "ike/wire": CRYPTO,
    "ike": CRYPTO | {"ike/wire"},
    "eap": CRYPTO,
    "radius": CRYPTO,
    "dhcp": BASE,
    "esp": CRYPTO,
    "mobility": BASE,
    "preflight": BASE | {"mobility"},
    "gateway": PROTOCOLS,
    "client": PROTOCOLS,
    "diagnosis": ROLES,
    "dataplane": PROTOCOLS,
    "store": ROLES,
    "sim": ROLES | {"diagnosis"},
    "linux": ROLES | {"dataplane", "store", "preflight"},
    "control": WORLD | {"diagnosis"},
    "profiles": ROLES | {"control"},
    "cli": WORLD | {"diagnosis", "control", "profiles", "preflight"},
    "daemon": WORLD | {"diagnosis", "control"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def room_of(path):
    """The room a path like 'ike/wire/message.h' lies in: the longest one that fits; None outside the house."""
    folder = pathlib.PurePosixPath(path).parent
    for candidate in (folder, *folder.parents):
        if str(candidate) in MAY_INCLUDE:
            return str(candidate)
    return None


def sources(project):
    """(path as an include would name it, file) of all sources of the house."""
    for top, base in (("src", project / "src"), ("sim", project)):
        for file in sorted((project / top).rglob("*")):
            if file.suffix in (".h", ".cpp"):
                yield file.relative_to(base).as_posix(), file


def violations(project):
    """One line for each include that the map forbids."""
    project = pathlib.Path(project)
    for name, file in sources(project):
        room = room_of(name)
        if room is None:
            yield f"{name}:1: lies in no room of the map"
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            target = room_of(match[1]) if match else None
            if match and target is None:
                yield f'{name}:{number}: "{match[1]}" is no path from the top of the house'
            elif match and target != room and target not in MAY_INCLUDE[room]:
                yield f'{name}:{number}: {room} may not include "{match[1]}": {target} is not below it'


def main():
    found = list(violations(sys.argv[1]))
    print("\n".join(found) or "every include runs downward")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
