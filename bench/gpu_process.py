"""Programs under test: processes that stay warm, read a number of steps, and answer with their time."""

import json
import os
import queue
import statistics
import subprocess
import threading
import time

SECONDS_PER_ROUND = 0.25


class Warm:
    """A process that answers each line of its input by a line."""

    def __init__(self, name, command, environment=None):
        self.name, self.failure, self.ready = name, None, None
        self.errors = ""
        self.started, self.loadSeconds = time.monotonic(), None
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        self.lines = queue.Queue()
        for read in (self._read, self._readErrors):
            threading.Thread(target=read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put((line, time.monotonic()))
        self.lines.put((None, time.monotonic()))

    def _readErrors(self):
        for line in self.process.stderr:
            self.errors = (self.errors + line)[-2000:]

    def line(self, deadline):
        """Returns the next line as JSON, or None, with `failure` set, if there is none in time."""
        if self.failure:
            return None
        try:
            line, self.answered = self.lines.get(timeout=max(0.1, deadline - time.monotonic()))
        except queue.Empty:
            return self.fail("not ready in time")
        if line is None:
            self.process.wait()
            words = self.errors.strip().splitlines()
            return self.fail(words[-1] if words else f"ended with {self.process.returncode}")
        return json.loads(line)

    def fail(self, reason):
        """Ends the process and remembers the first 300 characters of the reason."""
        self.failure = reason[:300]
        self.process.kill()

    def begin(self, deadline):
        """Waits until the process is ready. `loadSeconds` is the time from its start."""
        self.ready = self.line(deadline)
        if self.ready is not None:
            self.loadSeconds = self.answered - self.started
        return self.ready is not None

    def seconds(self, steps, deadline):
        """Returns the seconds of one step."""
        try:
            self.process.stdin.write(f"{steps}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self.line(deadline)
        return None if answer is None else answer["seconds"] / answer["steps"]

    def last(self, deadline):
        """Ends the input and returns the last line."""
        self.process.stdin.close()
        return self.line(deadline)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def ours(options, file, *flags, name="ours", environment=None):
    """Returns our program for a plan file, whose path is relative to the folder of plan files."""
    backend = ["--backend", options.backend] if options.backend else []
    return Warm(name, [options.time_plan, *backend, *flags, str(options.plan_files / file)], environment)


def theirs(options, request, name):
    """Returns PyTorch's program for a request of bench/gpu_pytorch.py."""
    script = str(options.here / "gpu_pytorch.py")
    fields = {**request, "device": options.device}
    return Warm(name, [options.python, script, json.dumps(fields)], {"PYTHONDONTWRITEBYTECODE": "1"})


def measure(contestants, options, deadline):
    """Returns the milliseconds per step of every contestant in every round. Contestants alternate.

    Contestants that fail are left out, and have the reason in `failure`. `firstStepSeconds` of each has its first step.
    """
    steps, times = {}, {}
    isDry = options.rounds == 1
    for one in contestants:
        one.firstStepSeconds = one.seconds(1, deadline)
        if not isDry:
            one.seconds(3, deadline)
        guess = one.seconds(1 if isDry else 5, deadline)
        if guess is not None:
            steps[one] = 1 if isDry else max(3, round(SECONDS_PER_ROUND / guess))
            times[one.name] = []
    for _ in range(options.rounds):
        for one, count in steps.items():
            seconds = one.seconds(count, deadline)
            if seconds is not None:
                times[one.name].append(1000 * seconds)
    return {name: values for name, values in times.items() if values}


def medians(times):
    return {name: statistics.median(values) for name, values in times.items()}
