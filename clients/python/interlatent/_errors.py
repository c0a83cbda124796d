"""Errors of the command line and of servers as exceptions."""

from __future__ import annotations

import json
from typing import Any, Mapping, Optional

USER_MISTAKE = 2
INTERRUPTED = 130


class InterlatentError(Exception):
    """Something failed: a disk, a device, or the numbers.

    `code` does not change between versions. `message` says what happened and what to do. `details` has the values that
    the message names, and `status` is the HTTP status of a server.
    """

    def __init__(
        self,
        code: str,
        message: str,
        details: Optional[Mapping[str, Any]] = None,
        status: Optional[int] = None,
    ) -> None:
        super().__init__(f"[{code}] {message}")
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.status = status

    def __reduce__(self):
        return type(self), (self.code, self.message, self.details, self.status)


class InputError(InterlatentError):
    """The input is not accepted: a file, a value or an option. The message says what to change."""


def command_error(exit_code: int, messages: str) -> InterlatentError:
    """Returns the error that a command printed."""
    for line in reversed(messages.splitlines()):
        error = _error_of(line)
        if error is not None:
            kind = InputError if exit_code == USER_MISTAKE else InterlatentError
            return kind(str(error["code"]), str(error.get("message", "")), error.get("details"))
    text = messages.strip() or f"The command ended with exit code {exit_code} and printed nothing."
    if exit_code == INTERRUPTED:
        return InterlatentError("interrupted", text)
    if exit_code == USER_MISTAKE:
        return InputError("usage", text)
    return InterlatentError("unexpected", text)


def _error_of(line: str) -> Optional[dict]:
    if not line.startswith("{"):
        return None
    try:
        error = json.loads(line).get("error")
    except ValueError:
        return None
    return error if isinstance(error, dict) and "code" in error else None
