"""The module and its units among the YAML files of a folder: told by their mark, or by their keys where the mark is missing."""

import re
from dataclasses import dataclass

from app.courses.rules.learn_module.source import Files, ImportRefused, Notes, Value, read_yaml

_INDEX = "index.yml"
_MARK = re.compile(r"^#+\s*YamlMime\s*:\s*(\w+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """The module's own page, and its units in the module's order."""

    index: Value
    units: list[Value]


def find_module(files: Files, notes: Notes) -> Found:
    """Raises ImportRefused when there is no module, more than one, or none of its units."""
    modules: list[Value] = []
    units: dict[str, Value] = {}
    for path in files.yaml_files():
        text = files.text(path)
        kind = _kind(path, text)
        if kind == "module":
            modules.append(read_yaml(path, text, notes))
        elif kind == "unit":
            unit = read_yaml(path, text, notes)
            uid = unit["uid"].text or path
            if uid in units:
                notes.leave(unit.at, f"The uid '{uid}' is also that of {units[uid].file}; this unit is put at the end.")
                uid = path
            units[uid] = unit
        else:
            notes.leave(Value(None, path, 1).at, "This file is neither the module nor a unit of it.", text)
    if not modules:
        raise ImportRefused(
            "The folder holds no Learn module: there is no index.yml that starts with ### YamlMime:Module."
        )
    if len(modules) > 1:
        raise ImportRefused(f"The folder holds {len(modules)} Learn modules; import one folder at a time.")
    return Found(modules[0], _in_order(modules[0], units, notes))


def _kind(path: str, text: str) -> str:
    """ "module", "unit" or "" by the mark in the comments at the top; without one, by name and keys."""
    head = "\n".join(line for line in text.lstrip().split("\n", 10)[:10] if line.startswith("#"))
    if found := _MARK.search(head):
        return {"module": "module", "moduleunit": "unit"}.get(found[1].casefold(), "")
    if path == _INDEX:
        return "module"
    keys = set(re.findall(r"(?m)^([A-Za-z]+)[ \t]*:", text))
    return "unit" if "uid" in keys and keys & {"content", "quiz"} else ""


def _in_order(module: Value, units: dict[str, Value], notes: Notes) -> list[Value]:
    folded = {uid.casefold(): unit for uid, unit in units.items()}
    found: list[Value] = []
    for item in module["units"].items:
        uid = item.text or item["uid"].text
        unit = folded.get(uid.casefold())
        for key, value in item.children.items():
            if key != "uid" and value.all_text:
                notes.leave(value.at, f"'{key}' of a listed unit has no counterpart.", value.all_text)
        if unit is None:
            notes.leave(item.at, f"The unit '{uid}' is not in the folder.", item.all_text)
        elif unit not in found:
            found.append(unit)
    for uid, unit in units.items():
        if unit not in found:
            notes.leave(unit.at, f"The unit '{uid}' is not in the module's list of units; it is put at the end.")
            found.append(unit)
    if not found:
        raise ImportRefused(f"{module.file}: none of the module's units is in the folder.")
    return found
