#!/usr/bin/env python3
"""Checks docs/requirements.md: rows S1 to S86 in order, each with a status, and every test or file that it names exists.

  requirements.py PROJECT
"""

import pathlib
import re
import sys

ROWS = 86
ROW = re.compile(r"^\| S(\d+) \|(.*)\|(.*)\|(.*)\|$")
GOOGLE_TEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")
PYTHON_TEST = re.compile(r"^\s*def (test_\w+)\(", re.MULTILINE)
FOLDERS = ("src", "sim", "tests")


def known_names(project):
    """Every GoogleTest as Suite.Test and every Python test in the tree."""
    names = set()
    for folder in FOLDERS:
        for file in (project / folder).rglob("*"):
            if file.name.endswith("_test.cpp"):
                names |= {f"{suite}.{test}" for suite, test in GOOGLE_TEST.findall(file.read_text())}
            elif file.suffix == ".py":
                names |= set(PYTHON_TEST.findall(file.read_text()))
    return names


def is_there(name, project, names):
    """Whether what stands in backquotes exists: a test, a file, or a command."""
    if re.fullmatch(r"\w+\.\w+", name) and not (project / name).exists():
        return name in names
    if name.startswith("test_"):
        return name in names
    if "/" in name and not name.startswith("agilevpn"):
        return (project / name).exists()
    return True  # A command or a word of the configuration.


def mistakes(project):
    """One line for each thing that is wrong."""
    names = known_names(project)
    rows = [match for line in (project / "docs/requirements.md").read_text().splitlines() if (match := ROW.match(line))]
    if [int(row[1]) for row in rows] != list(range(1, ROWS + 1)):
        yield f"not every one of S1 to S{ROWS} has its one row"
    for number, _, status, shown in (row.groups() for row in rows):
        if not re.match(r" (done|partly|later)\b", status):
            yield f"S{number}: status is done, partly or later, not '{status.strip()}'"
        if status.strip() == "done" and not shown.strip():
            yield f"S{number}: done, but nothing shows it"
        for name in re.findall(r"`([^`]+)`", shown):
            if not is_there(name, project, names):
                yield f"S{number}: there is no {name}"


def main():
    """Print the mistakes; fail if there are any."""
    found = list(mistakes(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or f"S1 to S{ROWS}: every row is there, and what it names exists")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
