"""Questions to a running server (docs/reference/serving.md)."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np

from . import types
from ._errors import InputError, InterlatentError
from ._study import Frame, frames_of
from ._table import Table, records_table

_FIRST_SERVER_ERROR = 500


class Server:
    """A server of fitted models: `Server("http://localhost:3000/v1").model("heart")`."""

    def __init__(self, url: str, headers: Optional[Mapping[str, str]] = None, timeout: float = 60) -> None:
        if not url.startswith(("http://", "https://")):
            raise InputError("invalid-option", f"The address of a server begins with http:// or https://, got {url}.")
        self.url = url.rstrip("/")
        self._headers = dict(headers or {})
        self._timeout = timeout

    def models(self) -> List[Dict[str, Any]]:
        """Returns the models of the server."""
        return self.request("/models")["models"]

    def model(self, name: str) -> "ServedModel":
        return ServedModel(self, name)

    def request(self, path: str, body: Any = None) -> Any:
        """Sends a request. Raises InputError for a mistake of the caller, and InterlatentError for any other failure."""
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        headers = {"accept": "application/json", **self._headers}
        if data is not None:
            headers["content-type"] = "application/json"
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise _served_error(error.code, error.read()) from None
        except OSError as error:
            raise InterlatentError("no-server", f"No server answers at {self.url}: {error}") from error


class ServedModel:
    """A model of a server. It answers the same questions as a `Run`, except those that need a RUN folder."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name

    def __repr__(self) -> str:
        return f"ServedModel({self.server.url!r}, {self.name!r})"

    def describe(self) -> Dict[str, Any]:
        """Returns columns, kinds, latents and edges of the model."""
        return self._ask("")

    @property
    def conclusions(self) -> types.DescribedConclusions:
        """What can be concluded from the fit."""
        return types.DescribedConclusions.from_json(self._ask("/conclusions"))

    def encode(self, subjects: Any, *, sd: bool = False, **options: Any) -> Table:
        """Returns the latents of subjects in memory, with standard deviations if `sd` is true."""
        frames, body = _subjects(subjects)
        answer = self._ask("/encode", {**body, **({"posterior": True} if sd else {}), **_camel(options)})
        columns: Dict[str, Any] = {"id": np.array(_ids(frames), dtype=str)}
        for modality, latents in answer["latents"].items():
            for latent, values in latents.items():
                columns[f"{modality}.{latent}"] = np.array(values, dtype=float)
                if sd:
                    columns[f"{modality}.{latent}.sd"] = np.array(answer["sd"][modality][latent], dtype=float)
        return Table(columns)

    def intervene(self, set: Mapping[str, Any], **options: Any) -> types.Intervention:
        """Returns the effect of setting latents or observed causes in the population."""
        return types.Intervention.from_json(self._ask("/intervene", {"set": _setting(set), **_camel(options)}))

    def counterfactual(self, subjects: Any, set: Mapping[str, Any], **options: Any) -> Table:
        """Returns what subjects would have been had some of their latents been set."""
        frames, body = _subjects(subjects)
        answer = self._ask("/counterfactual", {**body, "set": _setting(set), **_camel(options)})
        ids = _ids(frames)
        records = [
            {
                "id": ids[one["row"]],
                **{key: item[key] for key in ("name", "kind", "modality", "unit")},
                "factual": item["factual"]["mean"],
                "counterfactual": item["counterfactual"]["mean"],
                "low": item["counterfactual"]["low"],
                "high": item["counterfactual"]["high"],
                "effect": item["effect"]["mean"],
                "effect_low": item["effect"]["low"],
                "effect_high": item["effect"]["high"],
                "direction": "assumed" if item["assumed"] else "",
            }
            for one in answer["subjects"]
            for item in one["consequences"]
        ]
        return records_table(records, answer.get("warnings", ()))

    def impute(self, subjects: Any, **options: Any) -> Table:
        """Returns every missing cell with its mean and interval."""
        frames, body = _subjects(subjects)
        return _cells(frames, self._ask("/impute", {**body, **_camel(options)}))

    def predict(self, subjects: Any, from_: Sequence[str], to: Sequence[str], **options: Any) -> Table:
        """Returns the columns of some modalities, predicted from other modalities alone."""
        frames, body = _subjects(subjects)
        asked = {**body, "from": _names(from_), "to": _names(to), **_camel(options)}
        return _cells(frames, self._ask("/predict", asked))

    def typicality(self, subjects: Any, reference: Any) -> Table:
        """Returns how unusual subjects are, compared with `reference`, which are held-out subjects."""
        frames, body = _subjects(subjects)
        answer = self._ask("/typicality", {**body, "reference": _subjects(reference)[1]})
        ids = _ids(frames)
        records = [
            {
                "id": ids[one["row"]],
                "share": one["share"],
                "modality": modality["name"],
                "measurements": modality["measurements"]["score"],
                "measurements_share": modality["measurements"]["share"],
                "latents": modality["latents"]["score"],
                "latents_share": modality["latents"]["share"],
            }
            for one in answer["subjects"]
            for modality in one["modalities"]
        ]
        return records_table(records, answer.get("warnings", ()))

    def _ask(self, route: str, body: Any = None) -> Any:
        return self.server.request(f"/models/{urllib.parse.quote(self.name, safe='')}{route}", body)


def _served_error(status: int, body: bytes) -> InterlatentError:
    kind = InterlatentError if status >= _FIRST_SERVER_ERROR else InputError
    try:
        error = json.loads(body)["error"]
        details = {key: value for key, value in error.items() if key not in ("code", "message")}
        return kind(error["code"], error["message"], details, status)
    except (ValueError, KeyError, TypeError):
        return kind("unexpected", f"The server answered with status {status}.", {}, status)


def _subjects(subjects: Any):
    """Returns the subjects by modality, in the same order in each, and the body of a request."""
    frames = _aligned(frames_of(subjects))
    columns = {
        modality: {name: _json_values(values) for name, values in frame.columns.items()}
        for modality, frame in frames.items()
    }
    return frames, {"columns": columns}


def _aligned(frames: Dict[str, Frame]) -> Dict[str, Frame]:
    """Returns the tables with a row for every subject. A subject that a table lacks has missing values there."""
    ids = list(dict.fromkeys(one for frame in frames.values() for one in frame.ids))
    aligned = {}
    for modality, frame in frames.items():
        if frame.ids == ids:
            aligned[modality] = frame
            continue
        rows = {one: at for at, one in enumerate(frame.ids)}
        if len(rows) != len(frame.ids):
            raise InputError("duplicate-id", f"{modality}: a subject occurs twice.", {"modality": modality})
        columns = {
            name: np.array([values[rows[one]] if one in rows else None for one in ids], dtype=object)
            for name, values in frame.columns.items()
        }
        aligned[modality] = Frame(ids, columns)
    return aligned


def _json_values(values: np.ndarray) -> List[Any]:
    return [None if isinstance(one, float) and math.isnan(one) else one for one in values.tolist()]


def _ids(frames: Mapping[str, Frame]) -> List[str]:
    return next(iter(frames.values())).ids


def _cells(frames: Mapping[str, Frame], answer: Mapping[str, Any]) -> Table:
    ids = _ids(frames)
    cells = answer["cells"]
    columns: Dict[str, Any] = {"id": np.array([ids[cell["row"]] for cell in cells], dtype=str)}
    for name in ("modality", "column", "mean", "sd", "low", "high"):
        columns[name] = np.array([cell[name] for cell in cells], dtype=str if name in ("modality", "column") else float)
    return Table(columns, warnings=[warning["text"] for warning in answer.get("warnings", ())])


def _setting(setting: Mapping[str, Any]) -> Dict[str, Any]:
    """Returns values as the server reads them: "+1sd" is {"sd": 1}."""
    return {name: _value(value) for name, value in setting.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str) and value.endswith("sd"):
        try:
            return {"sd": float(value[:-2])}
        except ValueError:
            return value
    return value


def _names(names: Any) -> List[str]:
    return names.split(",") if isinstance(names, str) else list(names)


def _camel(options: Mapping[str, Any]) -> Dict[str, Any]:
    """Returns options with the names of the server: `max_deviations` is `maxDeviations`."""
    named = {}
    for name, value in options.items():
        first, *rest = name.rstrip("_").split("_")
        named[first + "".join(word.capitalize() for word in rest)] = value
    return named
