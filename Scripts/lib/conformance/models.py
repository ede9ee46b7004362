"""Whether a record survives the official SDK: raw JSON to its models and back.

The SDK drops what its models do not declare, turns an unknown enumeration value into `outdated_sdk_version` and converts
values to the declared type, so that whatever is not exactly as declared comes back different."""

import json
import re

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})Z")


def differences(raw, back, path=""):
    """Where a raw value and what `sanitize_for_serialization` made of it differ, one line each."""
    if isinstance(raw, dict) and isinstance(back, dict):
        for name in sorted(raw.keys() | back.keys()):
            if name not in back:
                yield f"{path}.{name}: lost, not declared"
            elif name not in raw:
                yield f"{path}.{name}: only in the SDK"
            else:
                yield from differences(raw[name], back[name], f"{path}.{name}")
    elif isinstance(raw, list) and isinstance(back, list):
        if len(raw) != len(back):
            yield f"{path}: {len(back)} elements, raw {len(raw)}"
        for position, (one, other) in enumerate(zip(raw, back)):
            yield from differences(one, other, f"{path}[{position}]")
    elif not _same(raw, back):
        yield f"{path}: {back!r:.80}, raw {raw!r:.80}"


def _same(raw, back):
    if isinstance(raw, bool) or isinstance(back, bool):
        return raw is back
    if isinstance(raw, str) and isinstance(back, str):
        return raw == back or _as_datetime_prints(raw) == back
    if isinstance(raw, (int, float)) and isinstance(back, (int, float)):
        return raw == back
    return raw is None and back is None


def _as_datetime_prints(text):
    """A time of the API in the form that Python gives it."""
    match = _TIME.fullmatch(text)
    if not match:
        return None
    return match[1] + (f".{match[2]}000" if match[2] != "000" else "") + "+00:00"


class _Response:
    def __init__(self, value):
        self.data = json.dumps(value)

    def getheader(self, name, default=None):
        return "application/json" if name == "Content-Type" else default


def through(client, value, model):
    """A value as it comes back from the SDK's model."""
    return client.sanitize_for_serialization(client.deserialize(_Response(value), model))


def comparison_is_sharp(report, client, record):
    """The comparison itself: a good record passes, and each of these changes to it is noticed."""
    def changed(change):
        copy = json.loads(json.dumps(record))
        change(copy)
        return copy

    changes = {
        "an undeclared field": lambda r: r.update(nextPageCursor="x"),
        "an undeclared field further inside": lambda r: r["participants"][0]["sessions"][0].update(colour="red"),
        "an attribute, which this query lacks": lambda r: r["participants"][0].update(attributes={"a": "b"}),
        "an enumeration value of another API": lambda r: r.update(originatingDirection="sideways"),
        "a number for a text": lambda r: r.update(externalTag=7),
        "a text for a number": lambda r: r.update(mediaStatsMinConversationMos="4.5"),
        "a fraction for a whole number":
            lambda r: r["participants"][0]["sessions"][0]["metrics"][0].update(value=1.5),
        "a null": lambda r: r.update(externalTag=None),
        "a time without milliseconds": lambda r: r.update(conversationStart="2024-01-01T00:00:00Z"),
    }
    model = "AnalyticsConversationWithoutAttributes"
    faults = list(differences(record, through(client, record, model)))
    for name, change in changes.items():
        value = changed(change)
        if not list(differences(value, through(client, value, model))):
            faults.append(f"{name} was not noticed")
    report.check(f"the comparison with the SDK's models notices {len(changes)} kinds of fault", faults)
