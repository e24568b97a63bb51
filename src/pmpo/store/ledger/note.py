"""Signed notes and the keys that sign them, in the text formats of C2SP.

A note is a text, an empty line, and lines of signatures. Whoever has a verifier key, one line of
text, can check it: with this module or with any other program that reads the format.

Source: https://c2sp.org/signed-note; key texts as golang.org/x/mod/sumdb/note writes them.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

_ED25519: Final = b"\x01"
_NAME: Final = re.compile(r"[^\s+]+")
_SIGNATURE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_KEY: Final = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SECRET: Final = "PRIVATE+KEY+"  # noqa: S105 # how a secret key begins, not one
_PUBLIC_SIZE: Final = 32
_NOTE_SIZE_MAX: Final = 1_000_000


class NoteError(ValueError):
    """A text is not a note or a key; says why in a sentence."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key, which anyone may have.

    Args:
        name: whose it is; no spaces and no `+`.
        public: 32 bytes, Ed25519 (RFC 8032).

    Example:
        >>> key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        >>> read_verifier(key).name
        'PeterNeumann'
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise NoteError(f"`{self.name}` cannot name a key: no spaces and no `+`")

    @property
    def id(self) -> bytes:
        """Four bytes by which signatures name the key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.public)}"

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Whether `signature` is one of this key over `text`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret half of a key; it is never printed.

    Args:
        name: as of its verifier key.
        seed: 32 bytes that nobody else may know.
    """

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def new(cls, name: str) -> SigningKey:
        """A key that nobody can guess."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(self.name, public.public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """The signature over `text`: 64 bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(text)

    def secret_text(self) -> str:
        """The key as the one line that its file holds."""
        return f"{_SECRET}{self.name}+{self.verifier.id.hex()}+{_base64(_ED25519 + self.seed)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One line below a note.

    Args:
        name: of the key.
        key_id: of the key.
        signature: what the key made.
    """

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signatures, none of which has been checked.

    Args:
        text: what is signed; ends with a line feed.
        signatures: at least one.
    """

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        lines = "".join(
            f"— {one.name} {_base64(one.key_id + one.signature)}\n" for one in self.signatures
        )
        return f"{self.text}\n{lines}"

    def signed_by(self, key: VerifierKey) -> bool:
        """Whether `key` signed the text.

        Signatures of other keys are nobody's business here. One that claims to be of this key and
        is not makes the note worthless, whatever else it holds.
        """
        own = [one for one in self.signatures if (one.name, one.key_id) == (key.name, key.id)]
        return bool(own) and all(key.verifies(one.signature, self.text.encode()) for one in own)


def sign(text: str, key: SigningKey) -> Note:
    """Sign a text that ends with a line feed."""
    signature = Signature(key.name, key.verifier.id, key.sign(text.encode()))
    return Note(text, (signature,))


def read_note(text: str) -> Note:
    """Read a signed note; its signatures are not checked.

    Raises: NoteError.
    """
    if len(text) > _NOTE_SIZE_MAX:
        raise NoteError(f"it has {len(text):,} characters, more than {_NOTE_SIZE_MAX:,}")
    if _CONTROL.search(text):
        raise NoteError("it holds control characters")
    said, separator, below = text.rpartition("\n\n")
    if not separator or not below.endswith("\n"):
        raise NoteError("it has no signatures below an empty line")
    lines = below[:-1].split("\n")
    return Note(f"{said}\n", tuple(_signature(line) for line in lines))


def _signature(line: str) -> Signature:
    match = _SIGNATURE.fullmatch(line)
    data = _decoded(match[2]) if match else b""
    if match is None or len(data) <= 4:
        raise NoteError(f"`{line}` is not the line of a signature")
    return Signature(match[1], data[:4], data[4:])


def read_verifier(text: str) -> VerifierKey:
    """Read a verifier key, such as `name+c74f20a3+ARpc…`.

    Raises: NoteError.
    """
    name, id, data = _parts(text.strip())
    key = VerifierKey(name, data)
    if key.id.hex() != id:
        raise NoteError(f"the key of `{name}` says its id is {id}, and it is {key.id.hex()}")
    return key


def read_signing_key(text: str) -> SigningKey:
    """Read a secret key, such as `PRIVATE+KEY+name+c74f20a3+AYEK…`; messages never show it.

    Raises: NoteError.
    """
    stripped = text.strip()
    if not stripped.startswith(_SECRET):
        raise NoteError("it does not hold a secret key")
    name, id, data = _parts(stripped.removeprefix(_SECRET))
    key = SigningKey(name, data)
    if key.verifier.id.hex() != id:
        raise NoteError(f"the secret key of `{name}` is damaged: its id should be {id}")
    return key


def _parts(text: str) -> tuple[str, str, bytes]:
    match = _KEY.fullmatch(text)
    data = _decoded(match[3]) if match else b""
    if match is None or len(data) != 1 + _PUBLIC_SIZE or data[:1] != _ED25519:
        raise NoteError("it is not an Ed25519 key written as `name+id+base64`")
    return match[1], match[2], data[1:]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    """The bytes of a base64 text; empty when it is none, or could be written otherwise."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
    return data if _base64(data) == text else b""
