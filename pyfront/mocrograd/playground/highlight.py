"""Mojo as HTML: words in colours, and names that lead to their definitions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mocrograd.notebook import escape

_KEYWORDS = (
    "abi|and|as|break|comptime|continue|def|elif|else|except|export|finally|fn|for|from|if|imm|import|in|inout|is|let|"
    "mut|not|or|out|owned|pass|raise|raises|read|ref|return|struct|trait|try|unified|var|while|with"
)
_TOKEN = re.compile(
    r'(?P<text>"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'
    r"|(?P<note>\#[^\n]*)"
    r"|(?P<mark>@\w+)"
    r"|(?P<number>\b\d[\w.]*(?:[eE][+-]?\d+)?)"
    rf"|(?P<keyword>\b(?:{_KEYWORDS})\b)"
    r"|(?P<constant>\b(?:True|False|None|Self|self)\b)"
    r"|(?P<name>\b[A-Za-z_]\w*\b)"
)


def lines(text: str, links: Mapping[str, str]) -> list[str]:
    """Return each line of a file as HTML.

    Args:
        text: Mojo.
        links: The address of the definition of each name that leads somewhere.
    """
    parts, at = [], 0
    for token in _TOKEN.finditer(text):
        parts.append(escape(text[at : token.start()]))
        parts.append(_marked(str(token.lastgroup), token[0], links))
        at = token.end()
    return "".join([*parts, escape(text[at:])]).split("\n")


def _marked(kind: str, word: str, links: Mapping[str, str]) -> str:
    if kind == "name":
        target = links.get(word)
        link = f'<a href="#{escape(target)}" tabindex="-1">{word}</a>' if target else None
        return link or (f'<span class="type">{word}</span>' if word[0].isupper() else word)
    return "\n".join(f'<span class="{kind}">{escape(line)}</span>' if line else "" for line in word.split("\n"))
