"""Base of the classes in `types`, which are generated from the schemas of the program."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Dict, List, Mapping, Tuple


class Record:
    """An object of JSON with named attributes. `to_json()` returns the JSON."""

    #: By key of the JSON: the attribute, and how to read the value (`read`).
    _KEYS: ClassVar[Mapping[str, Tuple[str, Any]]] = {}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Any:
        """Returns a record. Keys of later versions are ignored here, and kept in `to_json()`."""
        known = {name: read(content[key], how) for key, (name, how) in cls._KEYS.items() if key in content}
        missing = {field.name: None for field in dataclasses.fields(cls) if field.name not in known}
        record = cls(**missing, **known)
        object.__setattr__(record, "_json", dict(content))
        return record

    def to_json(self) -> Dict[str, Any]:
        return self._json


class DescribedRecord(Record):
    """A record with sentences."""

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        from html import escape

        return "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)


def read(value: Any, how: Any) -> Any:
    """Returns a value of JSON as Python shows it: `how` is a class, `[how]` for a list, `{"": how}` for a map."""
    if how is None or value is None:
        return value
    if isinstance(how, list):
        return [read(one, how[0]) for one in value] if isinstance(value, List) else value
    if isinstance(how, dict):
        return {name: read(one, how[""]) for name, one in value.items()} if isinstance(value, dict) else value
    return how.from_json(value) if isinstance(value, dict) else value
