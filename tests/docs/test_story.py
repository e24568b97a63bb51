"""The runner of documents itself: what it finds wrong, and what it lets pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.blocks import blocks
from tests.docs.story import Story

if TYPE_CHECKING:
    from pathlib import Path


def failures(tmp_path: Path, text: str) -> list[str]:
    """What the runner says about a document."""
    document = tmp_path / "document.md"
    document.write_text(text, encoding="utf-8")
    place = tmp_path / "story"
    place.mkdir()
    story = Story(place)
    for block in blocks(document):
        story.tell(block)
    return story.failures


GOOD = {
    "commands": "```sh\ntrue\n```",
    "a status": "<!-- test: exit 3 -->\n```sh\nexit 3\n```",
    "output": "```console\n$ echo one two\none two\n$ true\n```",
    "any lines": "```console\n$ seq 4\n1\n…\n4\n```",
    "any text": "```console\n$ echo in 0.3 s\nin … s\n```",
    "a script": "```python\nassert 1 + 1 == 2\n```",
    "a dialogue": "```python\n>>> 1 + 1\n2\n```",
    "a file": "<!-- test: file a/b.txt -->\n```text\nhello\n```\n```sh\ngrep -q hello a/b.txt\n```",
    "a reason": "<!-- test: skip because it needs a network -->\n```sh\nfalse\n```",
    "no change": "```sh\npip install anything-at-all\n```",
    "an indented block": "- item\n  ```sh\n  true\n  ```",
    "objects": '```json\n{"a": 1}\n```',
}
BAD = {
    "commands": "```sh\nfalse | true\n```",
    "a status": "<!-- test: exit 3 -->\n```sh\ntrue\n```",
    "output": "```console\n$ echo one\ntwo\n```",
    "missing output": "```console\n$ echo one; echo two\none\n```",
    "output to come": "```console\n$ seq 3\n1\n…\n4\n```",
    "a script": "```python\nassert 1 + 1 == 3\n```",
    "a warning": '```python\nimport warnings\nwarnings.warn("old", DeprecationWarning)\n```',
    "a dialogue": "```python\n>>> 1 + 1\n3\n```",
    "objects": "```json\n{a: 1}\n```",
    "formulas": "```sql\nSELECT FROM WHERE\n```",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_what_holds_passes(tmp_path: Path, text: str) -> None:
    """A block that does what it says is not complained about."""
    assert failures(tmp_path, text) == []


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_what_does_not_hold_is_reported(tmp_path: Path, text: str) -> None:
    """A block that does not do what it says is reported with its file and line."""
    (failure,) = failures(tmp_path, text)
    assert failure.startswith(str(tmp_path / "document.md") + ":")
