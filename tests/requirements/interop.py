#!/usr/bin/env python3
"""Checks docs/interop.md against the tests: each `Class.test_name` of it exists, and each test class of tests/interop that logs
somebody in or makes a client of a profile stands in it.

  interop.py PROJECT
"""

import ast
import pathlib
import re
import sys

# Whose classes must stand in the page. The others are about what comes after the login.
MUST_BE_TOLD = ("test_authentication.py", "test_eap.py", "test_profiles.py", "test_networkmanager.py", "test_newer_strongswan.py",
                "test_radius_methods.py", "radius/test_eapol.py")
NAME = re.compile(r"`(\w+)\.(test_\w+)`")


class TestFile:
    """The classes of one file, with what they inherit from the others."""

    def __init__(self, file, folder):
        self._modules, self._classes, self._deleted = {}, {}, set()
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef):
                self._classes[node.name] = node
            if isinstance(node, ast.ImportFrom) and node.module == "tests.interop":
                self._modules |= {name.name: TestFile(folder / f"{name.name}.py", folder) for name in node.names}
            if isinstance(node, ast.Delete):
                self._deleted |= {target.id for target in node.targets if isinstance(target, ast.Name)}

    def tests(self):
        """{class: its tests}, of classes that unittest runs: those that have tests and are no bare mixin."""
        return {name: found for name in self._classes if name not in self._deleted and self._is_case(name) and (found := self.tests_of(name))}

    def tests_of(self, name):
        """The tests of a class and of its bases; one that is set to None is none."""
        node, found = self._classes.get(name), set()
        for base in reversed(node.bases if node else []):
            found |= self._of(base, lambda file, base_name: file.tests_of(base_name), set())
        for item in node.body if node else []:
            if isinstance(item, ast.FunctionDef) and item.name.startswith("test_"):
                found.add(item.name)
            if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant) and item.value.value is None:
                found -= {target.id for target in item.targets if isinstance(target, ast.Name)}
        return found

    def _is_case(self, name):
        """Whether it descends from something that is not of these files: unittest's class, or the lab's."""
        node = self._classes.get(name)
        return node is None or any(self._of(base, lambda file, base_name: file._is_case(base_name), True) for base in node.bases)

    def _of(self, base, ask, otherwise):
        if isinstance(base, ast.Name):
            return ask(self, base.id)
        if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name) and base.value.id in self._modules:
            return ask(self._modules[base.value.id], base.attr)
        return otherwise


def mistakes(project):
    """One line for each thing that is wrong."""
    told = set(NAME.findall((project / "docs/interop.md").read_text()))
    folder = project / "tests/interop"
    known = {}
    for file in sorted(folder.rglob("test_*.py")):
        tests = TestFile(file, folder).tests()
        for name, of_class in tests.items():
            known.setdefault(name, set()).update(of_class)
        if file.relative_to(folder).as_posix() not in MUST_BE_TOLD:
            continue
        for name in tests:
            if name not in {told_class for told_class, _ in told}:
                yield f"docs/interop.md: nothing is told of {name} in {file.relative_to(project)}"
    for name, test in sorted(told):
        if test not in known.get(name, ()):
            yield f"docs/interop.md: there is no {name}.{test} in tests/interop"


def main():
    """Print the mistakes; fail if there are any."""
    found = list(mistakes(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "docs/interop.md: what it names exists, and no class of logins is missing")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
