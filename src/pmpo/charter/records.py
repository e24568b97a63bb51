"""Shapes made of others: objects with known fields, mappings, and choices by kind."""

# what the methods of a shape do is said once, at Shape
from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pmpo.charter.shapes import BAD, DOCUMENTARY, At, Shape, bad_value, wrong_type
from pmpo.charter.suggest import did_you_mean, listing
from pmpo.charter.yaml import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as MappingType

    from pmpo.charter.findings import Findings


def _readonly(pairs: list[tuple[Any, Any]]) -> MappingType[Any, Any]:
    return MappingProxyType(dict(pairs))


@dataclass(frozen=True)
class MapOf(Shape):
    """A mapping whose keys the author chooses, by default read into one in file order.

    Keys are text however they look, unless `keys_as_written`: then `0.5` is a number there too.
    A `special` key has a shape of its own.
    """

    key: Shape
    value: Shape
    keeps_order: bool = False
    at_least: int = 0
    keys_as_written: bool = False
    collect: Callable[[list[tuple[Any, Any]]], Any] = _readonly
    special: MappingType[str, Shape] = field(default_factory=dict)
    wants: str = "a mapping"

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if not isinstance(node, Mapping):
            return wrong_type(at, to, self.wants)
        if len(node.entries) < self.at_least:
            entries = "entry" if self.at_least == 1 else "entries"
            wanted = f"`{at.path}` needs at least {self.at_least} {entries}"
            return bad_value("charter/empty", at, to, wanted, help=f"write {self.wants}")
        pairs = []
        for key, value in node.entries:
            spot = at.field(key, value)
            name = key if self.keys_as_written else key._replace(plain=False)
            shape = self.special.get(key.text, self.value)
            pair = (self.key.read(At(name, spot.path, key), to), shape.read(spot, to))
            if BAD not in pair:
                pairs.append(pair)
        return self.collect(pairs)

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": "object",
            "propertyNames": self.key.key_schema(),
            "additionalProperties": self.value.schema(),
        }
        if self.at_least:
            found["minProperties"] = self.at_least
        return found

    def parts(self) -> tuple[Shape, ...]:
        return (self.value,)

    def below(self, key: str) -> Shape | None:  # noqa: ARG002  # all values have one shape
        return self.value

    @property
    def ordered(self) -> bool:
        return self.keeps_order


@dataclass(frozen=True)
class ByKind(Shape):
    """Different shapes for a single value, a list and a mapping."""

    wants: str
    scalar: Shape | None = None
    sequence: Shape | None = None
    mapping: Shape | None = None

    def read(self, at: At, to: Findings) -> Any:
        chosen = self._for(at.node)
        return wrong_type(at, to, self.wants) if chosen is None else chosen.read(at, to)

    def _for(self, node: Node) -> Shape | None:
        if isinstance(node, Mapping):
            return self.mapping
        return self.sequence if isinstance(node, Sequence) else self.scalar

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [shape.schema() for shape in self.parts()]}

    def parts(self) -> tuple[Shape, ...]:
        shapes = (self.scalar, self.sequence, self.mapping)
        return tuple(shape for shape in shapes if shape is not None)

    def below(self, key: str) -> Shape | None:
        chosen = self.sequence if self.mapping is None else self.mapping
        return None if chosen is None else chosen.below(key)

    @property
    def documentary(self) -> frozenset[str]:
        return frozenset() if self.mapping is None else self.mapping.documentary

    @property
    def ordered(self) -> bool:
        return self.mapping is not None and self.mapping.ordered


@dataclass(frozen=True)
class Built(Shape):
    """Another shape, whose value is turned into one of the model."""

    inner: Shape
    build: Callable[[Any], Any]

    @property
    def wants(self) -> str:  # type: ignore[override]  # says what the inner shape says
        return self.inner.wants

    def read(self, at: At, to: Findings) -> Any:
        value = self.inner.read(at, to)
        return BAD if value is BAD else self.build(value)

    def schema(self) -> dict[str, Any]:
        return self.inner.schema()

    def key_schema(self) -> dict[str, Any]:
        return self.inner.key_schema()

    def parts(self) -> tuple[Shape, ...]:
        return (self.inner,)

    def below(self, key: str) -> Shape | None:
        return self.inner.below(key)


@dataclass(frozen=True)
class Refused(Built):
    """A shape that is validated and then refused, because this version cannot act on it."""

    what: str
    instead: str

    def read(self, at: At, to: Findings) -> Any:
        place = at.key if at.key is not None else at.node
        to.not_supported(self.what, self.instead, place.span, at.path)
        return super().read(at, to)


@dataclass(frozen=True)
class Attributes:
    """Several attributes of a model value that one field of the file fills."""

    values: MappingType[str, Any]


@dataclass(frozen=True)
class Field:
    """One field of an object.

    Args:
        name: as in the file.
        shape: what may stand there.
        doc: one line for the reference.
        why: set when the field is required: why it is needed.
        unless: the model attribute that makes it unnecessary.
        example: what to type, for help lines and the reference.
        default: what holds without it, where the model's own default does not say it.
        idle: set when this version only validates the field: what is not done.
        refused: set when ignoring the field would change numbers: what to write instead.
        attribute: the model's attribute, where it differs from the name.
        meta: whether it belongs to the object's `Meta`.
    """

    name: str
    shape: Shape
    doc: str
    why: str = ""
    unless: str = ""
    example: str = ""
    default: str = ""
    idle: str = ""
    refused: str = ""
    attribute: str = ""
    meta: bool = False

    @property
    def target(self) -> str:
        """The model attribute that the field fills."""
        return self.attribute or self.name


@dataclass(frozen=True)
class Record(Shape):
    """An object with known fields, read into a value of the model.

    `named` objects are called by their key in a mapping; `begins` is the first line of a file that
    is this object as a whole; `finish` turns the attributes that were read into those the model
    wants.
    """

    title: str
    doc: str
    builds: Callable[..., Any]
    fields: tuple[Field, ...]
    named: bool = False
    begins: str = ""
    builds_meta: Callable[..., Any] | None = None
    finish: Callable[[dict[str, Any], At, Findings], Any] | None = None
    salvage: MappingType[str, Any] = field(default_factory=dict)
    by_name: MappingType[str, Field] = field(init=False, repr=False)
    required: tuple[Field, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.name: one for one in self.fields})
        object.__setattr__(self, "required", tuple(one for one in self.fields if one.why))

    @property
    def wants(self) -> str:  # type: ignore[override]  # computed from the title
        if self.begins:
            return f"a mapping of fields that begins with `{self.begins}`"
        return "a mapping with the fields of " + self.phrase

    @property
    def phrase(self) -> str:
        """The title with its article."""
        if self.begins:
            return f"the {self.title}"
        vowel = self.title[0] in "aeiou" and self.title != "unit"
        return ("an " if vowel else "a ") + self.title

    def subject(self, at: At) -> str:
        """The object in words, for findings."""
        if self.named:
            return f"{self.title} `{at.name}`"
        return f"`{at.path}`" if at.path else self.phrase

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if not isinstance(node, Mapping):
            subject = "" if at.path else self.phrase
            return wrong_type(at, to, self.wants, subject=subject)
        values, meta, done = self._values(at, node, to)
        for one in self.required:
            unread = one.name not in done and one.unless not in values
            instead = bool(one.unless) and node.get(one.unless) is not None
            if unread and not instead and node.get(one.name) is None:
                self._missing(one, at, to)
        if self.finish is not None:
            values = self.finish(values, at, to)
        if values is BAD or not self._complete(values, done):
            return BAD
        if self.named:
            values["name"] = at.name
        if meta and self.builds_meta is not None:
            values["meta"] = self.builds_meta(**meta)
        return self.builds(**values)

    def _complete(self, values: dict[str, Any], done: set[str]) -> bool:
        """Whether the value can be built; what `salvage` names is filled in to go on checking."""
        for one in self.required:
            if one.name not in done and one.unless not in values:
                if one.name not in self.salvage:
                    return False
                values[one.target] = self.salvage[one.name]
        return True

    def _values(
        self, at: At, node: Mapping, to: Findings
    ) -> tuple[dict[str, Any], dict[str, Any], set[str]]:
        done: set[str] = set()
        values: dict[str, Any] = {}
        meta: dict[str, Any] = {}
        for key, value in node.entries:
            one = self.by_name.get(key.text)
            if one is None:
                self._unknown(key, value, at, to)
                continue
            spot = at.field(key, value)
            if one.idle:
                to.not_acted_on(self._shown(one, at), one.idle, key.span, spot.path)
            if one.refused:
                to.not_supported(self._shown(one, at), one.refused, key.span, spot.path)
            read = one.shape.read(spot, to)
            if read is BAD:
                continue
            done.add(one.name)
            if isinstance(read, Attributes):
                values.update(read.values)
            else:
                (meta if one.meta else values)[one.target] = read
        return values, meta, done

    def _shown(self, one: Field, at: At) -> str:
        return f"`{one.name}` of {self.phrase}" if at.path else f"`{one.name}`"

    def _unknown(self, key: Scalar, value: Node, at: At, to: Findings) -> None:
        if key.plain and isinstance(value, Scalar) and value.plain and value.text == "":
            self._split(key, at, to)
            return
        near = "" if to.full else did_you_mean(key.text, self.by_name)
        own = [one.name for one in self.fields if not one.meta]
        meant = self.by_name.get(near)
        to.error(
            "charter/unknown-field",
            f"{self.subject(at)} has no field `{key.text[:60]}`",
            key.span,
            at.field(key, at.node).path,
            label=f"did you mean `{near}`?" if near else "",
            note=f"{self.phrase} has {listing(own, limit=40)}"
            if meant is None
            else f"`{near}`: {meant.why or _sentence_part(meant.doc)}",
            help=f"rename `{key.text}` to `{near}`" if near else f"delete `{key.text[:60]}`",
        )

    def _split(self, key: Scalar, at: At, to: Findings) -> None:
        """Report what stands without a `:`, most often the rest of a text with a comma in it."""
        to.error(
            "charter/unknown-field",
            f"{self.subject(at)} has no field `{key.text[:60]}`, and no value stands behind it",
            key.span,
            at.field(key, at.node).path,
            note="inside `{ }` and `[ ]` a comma ends a text that is not in quotes",
            help="put the whole text in quotes, such as 'decimal(12,2)', or write `name: value`",
        )

    def _missing(self, one: Field, at: At, to: Findings) -> None:
        example = f", for example `{one.name}: {one.example}`" if one.example else ""
        to.error(
            "charter/missing-field",
            f"{self.subject(at)} has no `{one.name}`",
            at.key.span if at.key is not None else to.first_line(at.node.span),
            at.path,
            label=f"`{one.name}` is missing",
            note=one.why,
            help=f"add `{one.name}`{example}",
        )

    def schema(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.title.replace(' ', '-')}"}

    def definition(self) -> dict[str, Any]:
        """The JSON Schema of the object itself, which `schema` refers to."""
        found: dict[str, Any] = {
            "type": "object",
            "description": self.doc,
            "properties": {
                one.name: {**one.shape.schema(), "description": one.doc} for one in self.fields
            },
            "additionalProperties": False,
        }
        if self.required:
            found["required"] = [one.name for one in self.required if not one.unless]
        return found

    def parts(self) -> tuple[Shape, ...]:
        return tuple(one.shape for one in self.fields)

    def below(self, key: str) -> Shape | None:
        one = self.by_name.get(key)
        return None if one is None else one.shape

    @cached_property
    def documentary(self) -> frozenset[str]:
        return DOCUMENTARY & set(self.by_name)


def _sentence_part(doc: str) -> str:
    return doc[0].lower() + doc[1:].removesuffix(".")
