"""A fitted model: the RUN folder of a fit."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np

from . import types
from ._cli import call, call_text, flags, setting_flags, words_of
from ._errors import InputError
from ._progress import ProgressOption, receiver
from ._study import PathLike, Study, as_study
from ._table import Table, read_table, records_table, result_table
from ._temporary import TemporaryFolder
from ._tensors import read_safetensors

Setting = Mapping[str, Union[float, str, Mapping[str, float]]]


def fit(
    study: Any,
    out: Optional[PathLike] = None,
    *,
    latents: Union[None, int, Mapping[str, int]] = None,
    progress: ProgressOption = True,
    **options: Any,
) -> "Run":
    """Trains a model, tests what it found on held-out subjects, and returns the RUN.

    `study` is the path of a study file, a `Study`, or data in memory, which need `latents` (see `study`). `out` is the
    RUN folder to write; without it, the RUN disappears together with the returned object. `progress` is a function, True
    to print a line for each stage, or False. All other options are those of `interlatent fit`, such as
    `encoder_restarts=4` or `evidence="quick"`.
    """
    temporary = TemporaryFolder() if out is None else None
    folder = temporary.path / "run" if temporary else Path(out)
    source = as_study(study, latents)
    call("fit", source, "--out", folder, *flags(options), progress=receiver(progress))
    return Run(folder, study=source, temporary=temporary)


def load(folder: PathLike) -> "Run":
    """Returns the RUN of a finished fit. Raises InputError `no-run`."""
    run = Run(folder)
    if not (run.folder / "run.json").is_file():
        raise InputError(
            "no-run",
            f"{folder} is not a RUN folder: it has no run.json. interlatent fit STUDY --out RUN writes one.",
            {"folder": str(folder)},
        )
    return run


class Run:
    """A RUN folder: what a fit found, and questions to its model."""

    def __init__(
        self,
        folder: PathLike,
        study: Optional[Study] = None,
        temporary: Optional[TemporaryFolder] = None,
    ) -> None:
        self.folder = Path(folder)
        self._study = study
        self._temporary = temporary

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def __fspath__(self) -> str:
        return str(self.folder)

    @cached_property
    def summary(self) -> types.RunSummary:
        """Content of run.json: settings, quality, evidence, warnings."""
        return types.RunSummary.from_json(self._json("run.json"))

    @property
    def evidence(self) -> Optional[types.Evidence]:
        """Results of the tests in held-out subjects; None if nothing was tested."""
        return self.summary.evidence

    @property
    def warnings(self) -> List[str]:
        """Warnings about the quality of the fit. `conclusions` has those about latents and links."""
        return [
            " ".join([one.text, *([", ".join(one.items)] if one.items else [])])
            for one in self.summary.quality.warnings
        ]

    @cached_property
    def latents(self) -> Table:
        """Out-of-fold latents of every subject, for tests, correlations and figures. Raises InputError `no-latents`."""
        path = self.folder / "latents.csv"
        if not path.is_file():
            raise InputError(
                "no-latents",
                f"{self.folder} has no out-of-fold latents: the fit tested nothing, or latents.csv was removed. Fit "
                "without evidence='none' and with 40 subjects or more.",
                {"folder": str(self.folder)},
            )
        return read_table(path, texts=(self.summary.id,))

    @cached_property
    def latents_in_sample(self) -> Table:
        """Latents by the model that was trained on these subjects. Do not test or correlate them."""
        return read_table(self.folder / "latents-in-sample.csv", texts=(self.summary.id,))

    @cached_property
    def _graph(self) -> Dict[str, Any]:
        return json.loads(call_text("graph", self.folder, "--format", "json"))

    @property
    def conclusions(self) -> types.DescribedConclusions:
        """What can be concluded, with verdicts and figures; `print` shows the sentences."""
        keys = ("conclusions", "headline", "sentences")
        return types.DescribedConclusions.from_json({key: self._graph[key] for key in keys})

    @property
    def latent_verdicts(self) -> Table:
        """The verdict on each latent. Latents of a block are mixed, so that a statement on one of them is arbitrary."""
        latents = self.conclusions.conclusions.latents
        return Table(
            {
                "name": [one.name for one in latents],
                "modality": [one.modality for one in latents],
                "verdict": [one.verdict for one in latents],
                "block_with": [", ".join(one.block_with or []) for one in latents],
            }
        )

    @property
    def edges(self) -> Table:
        """Edges of the fitted graph, each with the verdict on its link, its direction, and its ends."""
        verdicts = {node["name"]: node.get("verdict", "") for node in self._graph["nodes"]}
        edges = self._graph["edges"]
        return Table(
            {
                "from": [edge["from"] for edge in edges],
                "to": [edge["to"] for edge in edges],
                "verdict": [edge.get("verdict", "") for edge in edges],
                "direction": [edge.get("direction", "") for edge in edges],
                "agreement": np.array([edge["agreement"] for edge in edges], dtype=float),
                "from_verdict": [verdicts.get(edge["from"], "") for edge in edges],
                "to_verdict": [verdicts.get(edge["to"], "") for edge in edges],
            }
        )

    def graph_svg(self) -> str:
        """Returns a drawing of the graph."""
        return call_text("graph", self.folder, "--format", "svg")

    def metrics(self) -> List[types.Metrics]:
        """Metrics of every epoch."""
        with open(self.folder / "metrics.jsonl", encoding="utf-8") as file:
            return [types.Metrics.from_json(json.loads(line)) for line in file]

    def weights(self) -> Dict[str, Any]:
        """Weights of the model by name."""
        return read_safetensors(self.folder / "model.safetensors")

    def tables(self) -> Table:
        """Names and summaries of the result tables."""
        return records_table(
            [{name: one[name] for name in ("name", "summary")} for one in call("table", self.folder)["tables"]]
        )

    def table(self, name: str, study: Any = None, **options: Any) -> Table:
        """Returns a result table, such as "variance". Its notes say how to read the figures.

        `study` has the subjects, if they are not those of the study file of the fit.
        """
        known = self._study if study is None else self._subjects(study)
        return result_table(call("table", self.folder, name, *flags({"study": known, **options})))

    def encode(self, subjects: Any, **options: Any) -> Table:
        """Returns the latents of new subjects: a study file, or data in memory. `sd=True` adds standard deviations.

        Latents of subjects on which the model was trained are in-sample: use `latents` for tests with those.
        """
        return self._written("encode", [self._subjects(subjects)], options)

    def intervene(self, set: Setting, *, against: Any = None, show: str = "latents", **options: Any) -> types.Intervention:
        """Returns the effect of setting latents or observed causes in the population.

        `set` has values by latent or cause: `{"body.z1": {"sd": 1}}`, `{"body.z1": "+1sd"}`, `{"arm": "treated"}`.
        """
        words = [*setting_flags("set", set), *_against(against)]
        content = call("intervene", self.folder, *words, "--show", show, *flags(options))
        return types.Intervention.from_json(content)

    def counterfactual(self, subjects: Any, set: Setting, *, subject: Optional[str] = None, **options: Any) -> Table:
        """Returns what subjects would have been had some of their latents been set, for one subject or for all."""
        one = [] if subject is None else ["--subject", str(subject)]
        words = [self._subjects(subjects), *one, *setting_flags("set", set)]
        return self._written("counterfactual", words, options)

    def impute(self, subjects: Any, *, causes: Optional[Setting] = None, **options: Any) -> Table:
        """Returns every missing cell with its mean and interval, in the units of the tables."""
        words = [self._subjects(subjects), *setting_flags("causes", causes)]
        return self._written("impute", words, options)

    def predict(
        self,
        subjects: Any,
        from_: Sequence[str],
        to: Sequence[str],
        *,
        causes: Optional[Setting] = None,
        **options: Any,
    ) -> Table:
        """Returns the columns of some modalities, predicted from other modalities alone."""
        words = [self._subjects(subjects), "--from", words_of(from_), "--to", words_of(to)]
        return self._written("predict", [*words, *setting_flags("causes", causes)], options)

    def typicality(self, subjects: Any, reference: Any = None) -> Table:
        """Returns how unusual subjects are. `reference` is the study of the fit by default."""
        known = self._reference() if reference is None else self._subjects(reference)
        return self._written("typicality", [self._subjects(subjects), "--reference", known], {})

    def report(self, out: PathLike, **options: Any) -> Path:
        """Writes the report, one HTML page. Returns its path."""
        call("report", self.folder, "--out", out, *flags(options))
        return Path(out)

    def figures(self, out: PathLike, **options: Any) -> Table:
        """Writes every figure of the fit for a paper. Returns their names, titles and captions.

        PDF needs two npm packages; `format="svg"` needs none.
        """
        content = call("figures", self.folder, "--out", out, *flags(options))
        return records_table(
            [{name: one[name] for name in ("name", "title", "finding", "caption")} for one in content["figures"]]
        )

    def _repr_html_(self) -> str:
        return f"<figure>{self.graph_svg()}</figure>{self.conclusions._repr_html_()}"

    def _json(self, name: str) -> Any:
        with open(self.folder / name, encoding="utf-8") as file:
            return json.load(file)

    def _written(self, command: str, words: List[Any], options: Mapping[str, Any]) -> Table:
        """Returns the table that a command writes."""
        folder = TemporaryFolder()
        out = folder.path / "out.npz"
        printed = call(command, self.folder, *words, "--out", out, *flags(dict(options)))
        table = read_table(out)
        warnings = printed.get("warnings", ()) if isinstance(printed, dict) else ()
        return Table(table.to_dict(), warnings=[warning["text"] for warning in warnings])

    def _subjects(self, subjects: Any) -> Study:
        """Returns the study of subjects, for which the number of latents is that of the model."""
        latents = {modality.name: modality.latents for modality in self.summary.model.modalities}
        return as_study(subjects, latents)

    def _reference(self) -> Study:
        path = self._study or self.summary.study_file
        if path is None:
            raise InputError("invalid-option", "Name the study of the fit with reference.")
        return self._subjects(path)


def _against(against: Any) -> List[str]:
    if against is None:
        return []
    if isinstance(against, Mapping):
        return ["--against", ",".join(f"{name}={value}" for name, value in against.items())]
    return ["--against", str(against)]
