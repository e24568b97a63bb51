from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.blocks import Block, blocks
from tests.docs.story import LANGUAGES, ROOT, Story

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "benchmarks/**/*.md")
    for path in ROOT.glob(pattern)
)
README = ROOT / "README.md"
VERBS = {"skip", "exit", "file", "under"}


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def document(request: pytest.FixtureRequest) -> Path:
    """Each document of the project in turn."""
    path: Path = request.param
    return path


def sh_blocks(path: Path) -> list[Block]:
    """The blocks of shell commands, as the README's readers count them."""
    return [block for block in blocks(path) if block.language == "sh"]


def test_the_blocks_of_a_document_hold(document: Path, tmp_path: Path) -> None:
    """Commands run, scripts run, printed output is what is printed, charters fit the schema.

    The README's second sh block starts these tests, so here it is only known by what it says.
    """
    story = Story(tmp_path)
    tests = sh_blocks(document)[1] if document == README else None
    for block in blocks(document):
        if block != tests:
            story.tell(block)
    assert not story.failures, "\n".join(story.failures)


def test_every_block_says_what_it_is(document: Path) -> None:
    """Each fence names a language that is checked, and each comment asks for something known."""
    wrong = [
        f"{block.place}: ```{block.language} {block.verb}"
        for block in blocks(document)
        if block.language not in LANGUAGES or block.verb not in VERBS | {""}
    ]
    assert wrong == []


def test_what_is_skipped_has_a_reason(document: Path) -> None:
    """A block that is not run says why, in words."""
    wrong = [
        block.place
        for block in blocks(document)
        if block.verb == "skip" and not re.fullmatch(r"because( \S+){3,}", block.rest)
    ]
    assert wrong == []


def test_the_readme_starts_with_the_job_and_the_tests() -> None:
    """A newcomer types the README's first two blocks: the main job, then every test."""
    job, tests = sh_blocks(README)[:2]
    assert "pmpo" in job.text
    assert tests.text.startswith("pip install -q '.[test]' && pytest -q ")


def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link and picture of a document is there."""
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", text)
    targets += re.findall(r"(?:src|srcset)=\"([^\"]+)\"", text)
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (document.parent / target).exists()] == []
