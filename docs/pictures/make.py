"""Draw docs/pictures/board.svg: what `pmpo board --top 10` shows in a terminal.

Run it in a folder that holds the demo office: `pmpo demo && python docs/pictures/make.py`.
"""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from pmpo import Office
from pmpo.cli import views

WIDTH = 112
# Rich's own template fetches a font from the network; a picture should need nothing.
TEMPLATE = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
<rect width="100%" height="100%" rx="10" fill="#ffffff" stroke="#d8dee4" />
<g transform="translate({terminal_x}, 16)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g></g></svg>
"""
LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [(36, 41, 47), (207, 34, 46), (17, 99, 41), (77, 45, 0), (9, 105, 218), (130, 80, 223),
     (5, 110, 120), (110, 119, 129)],
    [(130, 138, 147), (164, 14, 38), (26, 127, 55), (99, 60, 1), (33, 139, 255), (163, 98, 240),
     (8, 120, 130), (140, 149, 159)],
)  # fmt: skip


def main() -> None:
    """Write the picture beside this script."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    for part in views.board(Office("pmpo-demo").run(), 10, WIDTH):
        console.print(part)
    picture = console.export_svg(theme=LIGHT, code_format=TEMPLATE, unique_id="board")
    Path(__file__).with_name("board.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
