"""The drawing of the house without a script: storeys as rows of rooms."""

import re
from collections.abc import Iterator
from html import escape

REMARK = "(The arrows are drawn where this page is read with its source.)"
FLOWCHART = re.compile(r"```mermaid\nflowchart.*?\n(?P<body>.*?)```", re.DOTALL)
STOREY = re.compile(r"subgraph \w+\[ \]\n(?P<rooms>.*?)\n *end", re.DOTALL)


def with_storeys(text: str) -> str:
    """Replace a flowchart of storeys by rows of boxes; its arrows stay with the source."""
    return FLOWCHART.sub(lambda found: _drawing(found["body"]), text)


def _drawing(body: str) -> str:
    rows = "\n".join(_rows(body))
    return f'<div class="house" markdown="0">\n{rows}\n</div>\n\n{REMARK}'


def _rows(body: str) -> Iterator[str]:
    for storey in STOREY.finditer(body):
        rooms = "".join(f"<span>{escape(name)}</span>" for name in storey["rooms"].split())
        yield f"<div>{rooms}</div>"
