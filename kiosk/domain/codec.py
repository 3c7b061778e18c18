# SPDX-License-Identifier: LicenseRef-Gatehouse
"""记录编码: typed values to plain JSON objects and back, strictly.

One codec serves event bodies, projections, register rows and policies: a frozen dataclass becomes an object whose keys
are the field names (or the name in `field(metadata={"key": ...})`); `None` is left out; enumerations stand as their
codes, tuples as lists, dates as ISO text. Reading is strict: a missing key, another type (a float, a bool for an int),
or a code outside its list raises `BadShape` with the path; keys that are not known are ignored (sync-and-store.md 3).
"""

import datetime as dt
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Json = Any  # None, bool, int, str, list or object of them: a recursive alias would only hide this from the checker

_T = TypeVar("_T")
_MAX_INT = 1 << 53


class BadShape(ValueError):
    """A JSON value that does not fit its type (形状不符); the text is the path and what was wanted, never the value."""


def to_json(value: object) -> dict[str, Json]:
    """Write a dataclass value as a plain JSON object."""
    return cast("dict[str, Json]", _writer(cast("Any", type(value)))(value))


def from_json(cls: type[_T], data: object) -> _T:
    """Read a `cls` from a plain JSON object; raises `BadShape`."""
    return cast("_T", _reader(cast("Any", cls))(data, cls.__name__))


_Write = Callable[[Any], Any]
_Read = Callable[[object, str], Any]


def _key(field: Field[Any]) -> str:
    return cast("str", field.metadata.get("key", field.name))


@cache
def _writer(cls: type) -> _Write:
    if is_dataclass(cls):
        parts = tuple((f.name, _key(f)) for f in fields(cls))

        def write(value: Any) -> dict[str, Any]:
            out: dict[str, Any] = {}
            for name, key in parts:
                item = getattr(value, name)
                if item is not None:
                    out[key] = _plain(item)
            return out

        return write
    return _plain


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool:
        return value
    if isinstance(value, Enum):
        return value.value
    if kind is tuple or kind is list or kind is frozenset:
        return [_plain(item) for item in (sorted(value) if kind is frozenset else value)]
    if isinstance(value, Mapping):
        return {str(_plain(k)): _plain(v) for k, v in value.items()}
    if is_dataclass(kind):
        return _writer(kind)(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    msg = f"no JSON form for {kind.__name__}"
    raise TypeError(msg)


@cache
def _reader(hint: Any) -> _Read:
    if isinstance(hint, NewType):
        return _reader(hint.__supertype__)
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass_reader(hint)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (a for a in get_args(hint) if a is not type(None))
        return _reader(inner)
    if origin in (tuple, frozenset):
        return _sequence_reader(origin, _reader(get_args(hint)[0]))
    if origin is dict or origin is Mapping:
        return _mapping_reader(*(_reader(a) for a in get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum_reader(hint)
    if hint is dt.date:
        return _date
    if hint in (int, str, bool):
        return _scalar_reader(hint)
    msg = f"no JSON reader for {hint!r}"
    raise TypeError(msg)


def _scalar_reader(wanted: type) -> _Read:
    def read(data: object, path: str) -> object:
        if type(data) is not wanted:
            msg = f"{path}: {wanted.__name__} wanted"
            raise BadShape(msg)
        if wanted is int and not -_MAX_INT < cast("int", data) < _MAX_INT:
            msg = f"{path}: integer beyond 2^53"
            raise BadShape(msg)
        return data

    return read


def _enum_reader(cls: type[Enum]) -> _Read:
    known = {member.value: member for member in cls}

    def read(data: object, path: str) -> Enum:
        member = known.get(data) if isinstance(data, (str, int)) else None
        if member is None:
            msg = f"{path}: not a code of {cls.__name__}"
            raise BadShape(msg)
        return member

    return read


def _date(data: object, path: str) -> dt.date:
    try:
        return dt.date.fromisoformat(cast("str", data))
    except (TypeError, ValueError):
        msg = f"{path}: date wanted"
        raise BadShape(msg) from None


def _sequence_reader(origin: Any, item: _Read) -> _Read:
    def read(data: object, path: str) -> Any:
        if type(data) is not list:
            msg = f"{path}: list wanted"
            raise BadShape(msg)
        return origin(item(x, f"{path}[]") for x in data)

    return read


def _mapping_reader(key: _Read, value: _Read) -> _Read:
    def read(data: object, path: str) -> dict[Any, Any]:
        if type(data) is not dict:
            msg = f"{path}: object wanted"
            raise BadShape(msg)
        return {key(k, path): value(v, f"{path}.{k}") for k, v in data.items()}

    return read


def _dataclass_reader(cls: type) -> _Read:
    hints = get_type_hints(cls)
    by_key = {_key(f): (f.name, _reader(hints[f.name])) for f in fields(cls)}
    needed = tuple((f.name, _key(f)) for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING)

    def read(data: object, path: str) -> Any:
        if type(data) is not dict:
            msg = f"{path}: object wanted"
            raise BadShape(msg)
        values: dict[str, Any] = {}
        # By what is there: an event says a dozen of the fifty things that it could.
        for key, item in data.items():
            part = by_key.get(key)
            if part is not None and item is not None:
                name, reader = part
                values[name] = reader(item, f"{path}.{key}")
        for name, key in needed:
            if name not in values:
                msg = f"{path}.{key}: missing"
                raise BadShape(msg)
        return cls(**values)

    return read
