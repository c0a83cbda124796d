"""The progress of a fit."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, Union


@dataclass(frozen=True)
class Progress:
    """How far a fit is. `fold` is the number of the cross-fit from 0, and None in the fit itself."""

    stage: str
    stage_number: int
    stages: int
    epoch: int
    epochs: int
    fold: Optional[int] = None
    steps_per_second: Optional[float] = None
    seconds_left: Optional[float] = None
    objective: Optional[float] = None

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Progress":
        return cls(
            content["stage"],
            content["stageNumber"],
            content["stages"],
            content["epoch"],
            content["epochs"],
            content.get("fold"),
            content.get("stepsPerSecond"),
            content.get("secondsLeft"),
            content.get("objective"),
        )

    def __str__(self) -> str:
        where = "" if self.fold is None else f"cross-fit {self.fold + 1}: "
        stage = f"{where}{self.stage} ({self.stage_number}/{self.stages})"
        left = "" if self.seconds_left is None else f"  {self.seconds_left:.0f} s left"
        return f"{stage}  epoch {self.epoch}/{self.epochs}{left}"


#: What `fit` does with progress: call a function, print lines (True) or nothing (False).
ProgressOption = Union[bool, Callable[[Progress], None]]


def receiver(progress: ProgressOption) -> Optional[Callable[[Progress], None]]:
    """Returns the function to call, or None."""
    if progress is False or progress is None:
        return None
    return StagePrinter() if progress is True else progress


class StagePrinter:
    """Prints a line on the standard error stream for each stage."""

    def __init__(self) -> None:
        self._stage: object = None

    def __call__(self, progress: Progress) -> None:
        stage = (progress.fold, progress.stage)
        if stage != self._stage:
            self._stage = stage
            print(progress, file=sys.stderr, flush=True)
