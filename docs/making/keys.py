"""Every key of sweep files and of the configuration, read from the models that check them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from genphase.sweep.config import Config
from genphase.sweep.models import MODELS_BY_KEY, Schema, Sweep
from making.table import table

# A figure's or an overlay's form is told by its kind, not by a key of its own.
_FORMS = {
    "=portrait": "figures: portrait",
    "=curve": "figures: curve",
    "=trace": "figures: trace",
    "=comparison": "figures: comparison",
    "=landscape": "figures: landscape",
    "=residuals": "figures: residuals",
    "=profile": "figures: profile",
    "=images": "figures: images",
    "=shift": "figures: shift",
    "=portrait.overlays.=line": "overlays: a line",
    "=portrait.overlays.=published": "overlays: published numbers",
    "=portrait.overlays.=theory": "overlays: theory",
}


def of_sweeps() -> str:
    """Return a section for each mapping of a sweep file."""
    schema = Sweep.model_json_schema(schema_generator=Schema)
    found: dict[type[BaseModel], str] = {}
    for key, model in MODELS_BY_KEY.items():
        found.setdefault(model, key)
    sections = {key: _definition(model, schema) for model, key in found.items()}
    titles = {key: f"`{_FORMS.get(key, key)}`" if key else "The sweep" for key in sections}
    return "\n".join(
        f"## {titles[key]}\n\n{model['description']}\n\n{_table(model, schema)}"
        for key, model in sections.items()
    )


def of_the_configuration() -> str:
    """Return the keys of config.yaml."""
    schema = Config.model_json_schema(schema_generator=Schema)
    return _table(schema, schema)


def _definition(model: type[BaseModel], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema if model is Sweep else schema["$defs"][model.__name__]
    return found


def _table(model: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    required = model.get("required", ())
    rows = []
    for key, content in model["properties"].items():
        default = "required" if key in required else _default(content)
        described = content.get("description") or _referred(content, schema).get("description", "")
        # A default that the description tells is told there.
        described, _, said = described.partition("default: ")
        meaning = described.rstrip("; ")
        rows.append((f"`{key}`", " or ".join(dict.fromkeys(_values(content))), meaning))
        rows[-1] += (said or default,)
    return table(["key", "value", "meaning", "default"], rows)


def _referred(content: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = content.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = schema.get("$defs", {}).get(name, {})
    return found


def _values(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a value may be."""
    if "anyOf" in content:
        names = any("enum" in form for form in content["anyOf"])
        for form in content["anyOf"]:
            # Beside names, any other text is that of an axis of names.
            yield from ["an axis"] if names and form == {"type": "string"} else _values(form)
    elif "enum" in content or "const" in content:
        yield ", ".join(f"`{value}`" for value in content.get("enum", [content.get("const")]))
    elif "$ref" in content:
        yield "a mapping"
    elif "use" in content.get("properties", {}) or "pattern" in content:
        yield "a thing of your own"
    else:
        kinds = content.get("type", "string")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if set(kinds) == {"number", "string"}:
            yield "a number or an expression"
        else:
            yield from (_KINDS[kind] for kind in kinds if kind != "null")


_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _default(content: Mapping[str, Any]) -> str:
    value = content.get("default")
    if value is None or value in ("", [], {}) or isinstance(value, dict):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{re.sub(r'[.]0$', '', text)}`"
