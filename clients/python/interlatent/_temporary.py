"""Temporary folders that disappear together with an object."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """A new folder, which exists as long as this object and at most until the program ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="interlatent-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, str(self.path), ignore_errors=True)
