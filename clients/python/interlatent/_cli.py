"""Calls the program `interlatent`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import threading
from typing import Any, Callable, List, Optional, Sequence, Union

from ._errors import InputError, InterlatentError, command_error
from ._progress import Progress

VARIABLE = "INTERLATENT_CLI"

Word = Union[str, "os.PathLike[str]"]


def command() -> List[str]:
    """Returns the program and its first arguments.

    The environment variable INTERLATENT_CLI names it: a path, or a command with arguments. Otherwise it is `interlatent`
    on PATH, or the one that `npx` finds in the packages of the working folder.
    """
    named = os.environ.get(VARIABLE)
    if named:
        words = [named] if os.path.exists(named) else shlex.split(named)
        return ["node", *words] if words[0].endswith((".js", ".mjs", ".cjs")) else words
    found = shutil.which("interlatent")
    if found:
        return [found]
    npx = shutil.which("npx")
    if npx:
        return [npx, "--no-install", "interlatent"]
    raise InterlatentError(
        "missing-command",
        "The program interlatent is not on PATH, and there is no npx. Install Node.js 20 or later and run "
        f"npm install --global interlatent, or set {VARIABLE} to the path of dist/cli/main.js of a checkout.",
    )


def call(*words: Word, progress: Optional[Callable[[Progress], None]] = None) -> Any:
    """Runs a command with `--json` and returns what it prints.

    Raises InputError for a mistake of the user, and InterlatentError for a failure. Ctrl-C ends the command, which may
    write a checkpoint, and raises KeyboardInterrupt.
    """
    text = call_text(*words, progress=progress)
    return json.loads(text) if text.strip() else None


def call_text(*words: Word, progress: Optional[Callable[[Progress], None]] = None) -> str:
    """Runs a command with `--json` and returns its output as text. Raises what `call` raises."""
    program = [*command(), *map(os.fspath, words), "--json"]
    if progress is not None:
        program += ["--progress", "json"]
    try:
        process = subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise InterlatentError("missing-command", f"{program[0]} does not start: {error}") from error
    output: List[str] = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()), daemon=True)
    reader.start()
    messages: List[str] = []
    try:
        for line in process.stderr:
            state = _progress_of(line)
            if state is None:
                messages.append(line)
            elif progress is not None:
                progress(state)
        process.wait()
    except KeyboardInterrupt:
        _interrupt(process)
        raise
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        reader.join()
        process.stderr.close()
        process.stdout.close()
    if process.returncode != 0:
        raise command_error(process.returncode, "".join(messages))
    return output[0]


def _interrupt(process: subprocess.Popen) -> None:
    """Ends the command as Ctrl-C does, and waits until it has written its checkpoint."""
    if os.name == "posix":
        process.send_signal(signal.SIGINT)
    else:
        process.terminate()
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _progress_of(line: str) -> Optional[Progress]:
    if not line.startswith('{"progress":'):
        return None
    return Progress.from_json(json.loads(line)["progress"])


def flags(options: dict) -> List[Word]:
    """Returns options as flags: `encoder_restarts=2` is `--encoder-restarts 2`, and `resume=True` is `--resume`."""
    words: List[Word] = []
    for name, value in options.items():
        flag = f"--{name.rstrip('_').replace('_', '-')}"
        if value is None or value is False:
            continue
        if value is True:
            words.append(flag)
        elif isinstance(value, (list, tuple)):
            words += [flag, ",".join(str(one) for one in value)]
        else:
            # A study in a temporary folder must exist until the command has ended.
            words += [flag, value if isinstance(value, os.PathLike) else str(value)]
    return words


def setting_flags(name: str, setting: Optional[dict]) -> List[str]:
    """Returns values of latents and causes as flags: `{"body.z1": {"sd": 1}}` is `--set body.z1=+1sd`."""
    words: List[str] = []
    for variable, value in (setting or {}).items():
        words += [f"--{name}", f"{variable}={setting_text(value)}"]
    return words


def setting_text(value: Any) -> str:
    if isinstance(value, dict):
        if set(value) != {"sd"}:
            raise InputError("invalid-setting", f'A value is a number, a level, or {{"sd": 1}}, got {value!r}.')
        return f"{float(value['sd']):+g}sd"
    return repr(float(value)) if isinstance(value, (int, float)) else str(value)


def words_of(values: Sequence[str]) -> str:
    """Returns names as one argument."""
    return values if isinstance(values, str) else ",".join(values)
