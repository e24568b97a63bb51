"""Minutes are read on a page as they were meant, and nothing in them is markup of the page."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from pmpo.office.audit_html import within
from pmpo.office.audit_minutes import as_html

MINUTES = r"""# Review of shelves

- `de-1` accept a\|b \<i\> and \`c\`
- `de-0123456789ab`
what was said
on two lines

```text
# no heading \| here
```
"""


def test_minutes_are_read_as_they_were_meant() -> None:
    """Headings, lists, code and signs with a backslash; what is fenced stays as it is."""
    assert as_html(MINUTES).replace("</li>", "</li>\n").split("\n") == [
        "<h4><bdi>Review of shelves</bdi></h4>",
        "<ul><li><bdi><code>de-1</code> accept a|b &lt;i&gt; and `c`</bdi></li>",
        f"<li><bdi>{within('de-0123456789ab')}</bdi></li>",
        "</ul>",
        '<p class="prose"><bdi>what was said',
        "on two lines</bdi></p>",
        r"<pre># no heading \| here</pre>",
    ]


@given(st.text(alphabet="a<>&\"'`\\#- \n*[]|\u202e\x00", max_size=60))
def test_nothing_in_minutes_is_markup_and_nothing_hangs(minutes: str) -> None:
    """Whatever a chair types, the page has only the elements that minutes have."""
    made = as_html(minutes)
    kinds = set(re.findall(r"</?([^>\s]*)", made))
    assert kinds <= {"h4", "h5", "h6", "ul", "li", "p", "pre", "bdi", "code"}
    if "```" not in minutes:  # how a fence's code is called is not shown
        assert html.unescape(re.sub("<[^>]+>", "", made)).count("a") == minutes.count("a")
    assert "\u202e" not in made
