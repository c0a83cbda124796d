"""A replacement of the program `interlatent` for tests of the calls themselves."""

import contextlib
import os
import stat
import sys
import tempfile


@contextlib.contextmanager
def stand_in(source):
    """Makes INTERLATENT_CLI a Python program with this source."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "interlatent")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!{sys.executable}\n{source}")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        with variable("INTERLATENT_CLI", path):
            yield


@contextlib.contextmanager
def variable(name, value):
    """Sets a variable of the environment, or removes it if the value is None."""
    before = os.environ.get(name)
    _set(name, value)
    try:
        yield
    finally:
        _set(name, before)


def _set(name, value):
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
