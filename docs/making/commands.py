"""The command line, read from the commands themselves."""

from typing import Any

import typer

from genphase.cli import app
from making.table import table


def text() -> str:
    """Return a section for each command, in the order of `genphase --help`."""
    found: Any = typer.main.get_command(app)
    return "\n".join(_section(name, command) for name, command in found.commands.items())


def _section(name: str, command: Any) -> str:
    usage = [parameter.metavar or "" for parameter in command.params if _is_word(parameter)]
    options = [] if all(map(_is_word, command.params)) else ["[OPTIONS]"]
    parts = [
        f"## genphase {name}\n",
        f"```\n{' '.join(['genphase', name, *options, *usage])}\n```\n",
        f"{command.help}\n",
    ]
    if command.params:
        rows = [(_names(parameter), _meaning(parameter)) for parameter in command.params]
        parts.append(table(["word or option", "meaning"], rows))
    return "\n".join(parts)


def _is_word(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _names(parameter: Any) -> str:
    if _is_word(parameter):
        return f"`{parameter.metavar or parameter.name.upper()}`"
    value = "" if parameter.is_flag else f" {parameter.metavar or _kind(parameter)}"
    return ", ".join(f"`{name}{value}`" for name in parameter.opts)


def _kind(parameter: Any) -> str:
    """Return what stands for the value of an option."""
    annotation = parameter.type_descriptor.annotation
    kinds = {"int": "NUMBER", "float": "NUMBER", "list[int]": "NUMBER", "Path": "PATH"}
    return kinds.get(getattr(annotation, "__name__", str(annotation)), "TEXT")


def _meaning(parameter: Any) -> str:
    text = parameter.help or ""
    default = parameter.default
    if "Default:" in text or default in (None, "", False):
        return text
    return f"{text} Default: `{default}`."
