"""YAML as a person means it: keys given once, numbers that read the same to all."""

import re
from collections.abc import Hashable
from typing import Any, NoReturn

import yaml

from genphase.errors import Mistake, SweepError, shown

_WHOLE = re.compile("[-+]?(0|[1-9][0-9]*)")


class _Loader(yaml.SafeLoader):
    """YAML in which a key that is given twice is an error: PyYAML would keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.MarkedYAMLError(
                    problem=f"the key {shown(key)} is not text", problem_mark=key_node.start_mark
                )
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {shown(key)} is given twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        text = str(self.construct_scalar(node))
        if not _WHOLE.fullmatch(text):
            # Of YAML 1.1: base 60 (1:10), base 8 (010), 16 and 2, and digits in groups.
            self._odd(node, super().construct_yaml_int(node))
        try:
            return int(text)
        except ValueError:
            self._refuse(node, f"{shown(text, 30)} has too many digits", "write a smaller number")

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        text = str(self.construct_scalar(node))
        value = float(super().construct_yaml_float(node))
        if ":" in text or "_" in text:
            self._odd(node, value)
        return value

    def construct_yaml_bool(self, node: yaml.ScalarNode) -> bool:
        text = str(self.construct_scalar(node))
        value = bool(super().construct_yaml_bool(node))
        if text.lower() not in ("true", "false"):
            self._odd(node, str(value).lower())
        return value

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        text = str(self.construct_scalar(node))
        self._refuse(node, f"{text} is a date in YAML", f"write it in quotes: '{text}'")

    def _odd(self, node: yaml.ScalarNode, value: object) -> NoReturn:
        self._refuse(
            node, f"{node.value} is {value} in YAML", f"write {value}, or '{node.value}' in quotes"
        )

    def _refuse(self, node: yaml.Node, problem: str, remedy: str) -> NoReturn:
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark, note=remedy)


for _kind in ("int", "float", "bool", "timestamp"):
    _Loader.add_constructor(
        f"tag:yaml.org,2002:{_kind}", getattr(_Loader, f"construct_yaml_{_kind}")
    )


def parse_mapping(text: str, source: str) -> dict[str, Any]:
    """Read YAML text that holds keys and values; `source` names it in errors.

    Raises
    ------
    SweepError
        If the text is no YAML, gives a key twice, or is not a mapping.
    """
    try:
        content = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "(the whole file)"
        what = " ".join((getattr(error, "problem", None) or str(error)).split())
        remedy = "mend the YAML at this line; texts with : # & * ! or @ need quotes"
        if "given twice" in what:
            remedy = "keep one of the two"
        remedy = getattr(error, "note", None) or remedy
        raise SweepError(source, [Mistake(where, what, remedy)]) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        what, remedy = f"{shown(content)} is not a mapping", "write keys and values: `title: ...`"
        raise SweepError(source, [Mistake("(the whole file)", what, remedy)])
    return content


def check_number(text: str, source: str) -> None:
    """Refuse a value of a command line that YAML and a person read as different numbers, as 010.

    Raises
    ------
    SweepError
        If it is such a value; anything else is not looked at.
    """
    if re.fullmatch(r"[-+]?[0-9][0-9a-fA-FxXob_:.]*", text):
        parse_mapping(f"value: {text}", source)
