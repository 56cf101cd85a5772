"""A settings file -> Settings, or every mistake in it at once with file:line:column.

The way: text -> nodes (`healer.documents`) -> variables put in -> pydantic -> Settings; pydantic's errors find back to
their place through the path that each of them names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from healer import documents
from healer.config import authorization, inventory, mirrors
from healer.config.baseline import BaselineSection, baseline_of
from healer.config.discretion import InventoryMistakes
from healer.config.settings import (
    SHIPPED,
    ControlSettings,
    HttpSettings,
    LogSettings,
    OcppSettings,
    PendingSettings,
    Settings,
    StoreSettings,
)
from healer.config.values import Action, Flag, Section, Text, word
from healer.config.variables import Variables
from healer.documents import Mark, Mistakes, Node, Scalar, Sequence, fields, parse, shown
from healer.errors import SettingsError
from healer.fleet.enrolment import UnknownChargers
from healer.fleet.profiles import Profile, ProfileEntry, Profiles
from healer.healing.settings import HealingSettings
from healer.rules.windows import read_windows

if TYPE_CHECKING:
    _ProfileFields = Section
    _HealingFields = Section
else:
    _ProfileFields = mirrors.mirror(Profile(), "_ProfileFields", unsupported=(frozenset[Action], frozenset()))
    _HealingFields = mirrors.mirror(HealingSettings(), "_HealingFields")


class _ProfileEntry(_ProfileFields):
    """One profile, and whom it is for."""

    vendor: Text
    model: Text = "*"
    firmware: Text = "*"


class _Profiles(Section):
    """A file of nothing but profiles."""

    profiles: tuple[_ProfileEntry, ...] = ()


class _File(_Profiles):
    """A settings file, but for the inventory."""

    ocpp: OcppSettings = OcppSettings()
    http: HttpSettings = HttpSettings()
    control: ControlSettings = ControlSettings()
    store: StoreSettings = StoreSettings()
    log: LogSettings = LogSettings()
    rules: tuple[Text, ...] = (SHIPPED,)
    watch_rules: Flag = False
    inventory: Text | None = None
    unknown_chargers: Annotated[UnknownChargers, word(UnknownChargers, "policy")] = UnknownChargers.ACCEPT
    pending: PendingSettings = PendingSettings()
    baseline: tuple[BaselineSection, ...] = ()
    healing: _HealingFields = _HealingFields()


_Model = TypeVar("_Model", bound=Section)

_TOP_KEYS: Final = (authorization.KEY, *_File.model_fields, "windows", *inventory.KEYS)
_SHOWN_KEYS: Final = tuple(key for key in _TOP_KEYS if key not in (authorization.KEY, "chargers"))
"""Those without secrets below them."""


def load(text: str, file: str, environ: Mapping[str, str], read_file: Callable[[Path], str]) -> Settings:
    """Read a settings file; raises SettingsError with every mistake in it.

    `file` is its path: rules, inventory and `${file:...}` with relative paths count from its directory.
    """
    mistakes = InventoryMistakes(shown=_SHOWN_KEYS)
    inventory.check_encoding(text, file, mistakes)
    root = parse(text, file, mistakes) or documents.Mapping((), Mark(file, 1, 1))
    mistakes.understood(root)
    body = fields.mapping(root, mistakes)
    settings = None
    # After a syntax error the tree ends early: what seems to be missing may stand behind it.
    if body is not None and not mistakes.errors:
        base = Path(file).parent
        expanded = Variables(environ, read_file, base).expand(body, mistakes)
        assert isinstance(expanded, documents.Mapping)  # noqa: S101 - a mapping expands to a mapping
        settings = _read(expanded, base, mistakes)
    if settings is None or mistakes.errors:
        raise SettingsError(f"{mistakes.render()}\n{mistakes.summary()}")
    return settings


def shipped_profiles() -> Profiles:
    """The profiles that come with healer."""
    resource = resources.files("healer.fleet") / "profiles.yaml"
    mistakes = Mistakes()
    root = parse(resource.read_text(encoding="utf-8"), "profiles.yaml", mistakes)
    found = None if root is None else _validated(_Profiles, root, mistakes)
    if found is None:
        raise SettingsError(mistakes.render())
    return Profiles(_entries(found.profiles, "shipped"))


# --- from nodes to settings -------------------------------------------------------------------------------------------


def _read(body: documents.Mapping, base: Path, mistakes: Mistakes) -> Settings | None:
    listed = _inventory(body, mistakes)
    choice = authorization.read(body, base, mistakes)
    written = body.get("windows")
    windows = {} if written is None else read_windows(written, mistakes)
    apart = {authorization.KEY, "windows", *inventory.KEYS}
    own = documents.Mapping(tuple(entry for entry in body.entries if entry[0].text not in apart), body.mark)
    found = _validated(_File, own, mistakes, base)
    if found is None or choice is None:
        return None
    return Settings(
        authorization=choice,
        ocpp=found.ocpp,
        http=found.http,
        control=found.control,
        store=found.store,
        log=found.log,
        rules=tuple(entry if entry == SHIPPED else str(base / entry) for entry in found.rules),
        watch_rules=found.watch_rules,
        inventory_file=None if found.inventory is None else base / found.inventory,
        unknown_chargers=found.unknown_chargers,
        pending=found.pending,
        inventory=listed.inventory,
        secrets=listed.secrets,
        windows=windows,
        profiles=shipped_profiles().extended(_entries(found.profiles)),
        baseline=baseline_of(found.baseline),
        healing=mirrors.build(HealingSettings(), found.healing),
    )


def _inventory(body: documents.Mapping, mistakes: Mistakes) -> inventory.Listed:
    for key, node in body.entries:
        listed = key.text in inventory.KEYS and isinstance(node, documents.Mapping) and node.entries
        if listed and body.get("inventory") is not None:
            message = f"{shown(key.text)} stands here and in the inventory file"
            mistakes.error(key.mark, "E-TWICE", message, "write it there, or leave 'inventory' out")
    return inventory.read(body.get("sites"), body.get("chargers"), mistakes)


def _entries(sections: Iterable[_ProfileEntry], source: str = "settings") -> tuple[ProfileEntry, ...]:
    return tuple(
        ProfileEntry(section.vendor, mirrors.build(Profile(), section), section.model, section.firmware, source)
        for section in sections
    )


# --- pydantic ---------------------------------------------------------------------------------------------------------


def _validated(model: type[_Model], root: Node, mistakes: Mistakes, base: Path | None = None) -> _Model | None:
    """The model's instance; None, and every error as a mistake with its place. `base`: where its paths count from."""
    try:
        return model.model_validate(_plain(root), by_alias=True, by_name=False, context={"base": base})
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            _report(detail, model, root, mistakes)
    return None


def _plain(node: Node) -> object:
    if isinstance(node, documents.Mapping):
        return {key.text: _plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return None if node.empty else node.text


def _report(detail: ErrorDetails, model: type[BaseModel], root: Node, mistakes: Mistakes) -> None:
    path = detail["loc"]
    node = _node_at(root, path)
    match detail["type"]:
        case "missing":
            parent = _node_at(root, path[:-1]) or root
            key = str(path[-1])
            mistakes.error(parent.mark, "E-MISSING", f"{shown(key)} is missing")
        case "extra_forbidden":
            _report_key(path, model, root, mistakes)
        case "healer" if node is not None:
            context = detail["ctx"]
            mistakes.error(node.mark, context["code"], context["message"], context["hint"])
        case _ if node is not None:
            _report_shape(detail["type"], str(path[-1]), node, mistakes)


def _report_key(path: tuple[str | int, ...], model: type[BaseModel], root: Node, mistakes: Mistakes) -> None:
    parent = _node_at(root, path[:-1])
    key = parent.key(str(path[-1])) if isinstance(parent, documents.Mapping) else None
    known = _TOP_KEYS if len(path) == 1 and model is _File else _keys_at(model, path[:-1])
    hint = fields.did_you_mean(str(path[-1]), known) or f"known are {fields.listed(known)}"
    where = f"'{'.'.join(str(part) for part in path[:-1])}'" if len(path) > 1 else "the settings"
    mark = root.mark if key is None else key.mark
    mistakes.error(mark, "E-KEY", f"{shown(str(path[-1]))} is not a key of {where}", hint)


_HINTS: Final = {
    "inventory": "it is the name of a file; in the settings themselves, 'sites' and 'chargers' stand at the top"
}


def _report_shape(kind: str, key: str, node: Node, mistakes: Mistakes) -> None:
    """A list where a value belongs, or the like."""
    if isinstance(node, Scalar) and node.empty:
        mistakes.error(node.mark, "E-EMPTY", f"{shown(key)} has no value", "write one, or leave the key out")
        return
    lists = ("tuple_type", "frozen_set_type")
    mapped = kind.startswith(("model", "dict"))
    wanted = "a mapping (key: value)" if mapped else "a list" if kind in lists else "a single value"
    what = shown(node.text) if isinstance(node, Scalar) else fields.kind(node)
    hint = f"write '[{node.text}]'" if kind in lists and isinstance(node, Scalar) else _HINTS.get(key)
    mistakes.error(node.mark, "E-TYPE", f"{wanted} belongs here, not {what}", hint)


def _node_at(root: Node, path: tuple[str | int, ...]) -> Node | None:
    """The node at a path of keys and indices, None where the file has none."""
    node: Node | None = root
    for part in path:
        if isinstance(node, documents.Mapping):
            node = node.get(str(part))
        elif isinstance(node, Sequence) and isinstance(part, int):
            node = node.items[part]
        else:
            return node
    return node


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that the section at a path knows."""
    for part in path:
        if isinstance(part, str):
            model = _section(next(field.annotation for field in model.model_fields.values() if field.alias == part))
    return [field.alias or name for name, field in model.model_fields.items()]


def _section(annotation: Any) -> type[BaseModel]:
    """The section within `Section` or `tuple[Section, ...]`."""
    found = next((arg for arg in get_args(annotation) if isinstance(arg, type)), annotation)
    assert issubclass(found, BaseModel)  # noqa: S101 - only sections have keys that can be unknown
    return found
