"""The definitions of the API's swagger 2.0 document, and a validator that refuses what they do not define."""

import json
import os
import pathlib
import re
from datetime import datetime

OFFICIAL = pathlib.Path("../shared/samples/analytics-details.swagger.json")
TRIMMED = pathlib.Path("Tests/SimulatorTests/SwaggerDefinitions.swift")

_RANGES = {"int32": 2**31, "int64": 2**63}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# The one time that comes without milliseconds.
_TO_THE_SECOND = "dataAvailabilityDate"
_KEPT = {"type", "format", "items", "$ref", "enum", "additionalProperties", "properties", "required"}


class Swagger:
    """The official document where there is one, else the copy of its definitions that the simulator's tests hold."""

    def __init__(self):
        named = os.environ.get("TRAWL_SWAGGER")
        file = pathlib.Path(named) if named else OFFICIAL
        self.is_official = bool(named) or file.exists()
        if self.is_official:
            document = json.loads(file.read_text())
            self.definitions = document["definitions"]
            #: What is declared for a method and a path: by status, the definition of the body and the error codes.
            self.operations = {
                (method.upper(), path): _answers(operation["responses"])
                for path, methods in document["paths"].items() for method, operation in methods.items()}
            self.source = "the official document, " + ("$TRAWL_SWAGGER" if named else str(OFFICIAL))
        else:
            self.definitions = trimmed()
            self.operations = {}
            self.source = f"the trimmed copy in {TRIMMED}"

    def faults(self, value, schema, may_be_empty=(), path=""):
        """What is wrong with a value, one line each, by the name of a definition or a schema. Nulls, empty objects, and
        empty arrays but for those named are wrong: the API leaves absent values out."""
        if isinstance(schema, str):
            schema, path = {"$ref": f"#/definitions/{schema}"}, schema
        return list(self._check(value, schema, path, may_be_empty))

    def _check(self, value, schema, path, may_be_empty):
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/definitions/")
            yield from self._members(value, self.definitions[name], path, may_be_empty)
            return
        kind = schema.get("type")
        if kind == "object":
            yield from self._members(value, schema, path, may_be_empty)
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{path}: {value!r:.60} is no array"
                return
            if not value and path not in may_be_empty:
                yield f"{path}: empty"
            for element in value:
                yield from self._check(element, schema["items"], f"{path}[]", may_be_empty)
        else:
            yield from self._scalar(value, schema, path)

    def _members(self, value, schema, path, may_be_empty):
        if not isinstance(value, dict):
            yield f"{path}: {value!r:.60} is no object"
            return
        if not value and "additionalProperties" in schema:
            yield f"{path}: empty"
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{path}.{name}: required"
        for name, member in value.items():
            declared = properties.get(name, schema.get("additionalProperties"))
            if declared is None:
                yield f"{path}.{name}: not defined"
            else:
                yield from self._check(member, declared, f"{path}.{name}", may_be_empty)

    def _scalar(self, value, schema, path):
        kind = schema.get("type")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if kind == "string":
            valid = isinstance(value, str)
        elif kind == "boolean":
            valid = isinstance(value, bool)
        elif kind == "integer":
            bound = _RANGES.get(schema.get("format"), 2**63)
            valid = is_number and isinstance(value, int) and -bound <= value < bound
        elif kind == "number":
            valid = is_number
        else:
            raise ValueError(f"{path}: the validator does not know the type {kind}")
        if not valid:
            yield f"{path}: {value!r:.60} is no {schema.get('format', kind)}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{path}: {value!r:.60} is not in the enumeration"
        elif schema.get("format") == "date-time" and not _is_time(value, path.endswith("." + _TO_THE_SECOND)):
            yield f"{path}: {value!r:.60} is no time of the API"


def parse(body):
    """JSON, strictly: no repeated key, no NaN, UTF-8 only."""
    def unique(pairs):
        members = dict(pairs)
        if len(members) != len(pairs):
            raise ValueError(f"a repeated key among {[name for name, _ in pairs]}")
        return members

    def refuse(text):
        raise ValueError(f"{text} is no JSON")

    return json.loads(body.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)


def trimmed():
    """The definitions of the simulator's tests: the JSON inside their Swift file."""
    text = re.search(r'#"""\n(.*?)\n\s*"""#', TRIMMED.read_text(), re.DOTALL)
    return json.loads(text.group(1))


def essence(definition):
    """What of a definition a validator uses."""
    if isinstance(definition, list):
        return definition
    kept = {}
    for key, value in definition.items():
        if key == "properties":
            kept[key] = {name: essence(schema) for name, schema in value.items()}
        elif key in _KEPT:
            kept[key] = essence(value) if isinstance(value, dict) else value
    if "properties" in kept:
        kept.pop("type", None)
    return kept


def _answers(responses):
    return {
        int(status): {
            "definition": answer.get("schema", {}).get("$ref", "").removeprefix("#/definitions/"),
            "codes": set(answer.get("x-inin-error-codes", ()))}
        for status, answer in responses.items() if status.isdigit()}


def _is_time(text, is_to_the_second):
    if is_to_the_second:
        text = text.replace("Z", ".000Z") if "." not in text else ""
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    return True
