"""The frame of HTML pages: templates with the style in them, so that a page is one file."""

from __future__ import annotations

from pathlib import Path
from string import Template

from mocrograd.notebook import escape

_TEMPLATES = Path(__file__).parent / "templates"


def page(template: str, title: str, subtitle: str = "", body: str = "") -> str:
    """Return a page.

    Args:
        template: The name of a template, "report" or "live".
        title: Its title, text.
        subtitle: A line below it, text.
        body: Its content, HTML.
    """
    text = (_TEMPLATES / f"{template}.html").read_text(encoding="utf-8")
    return Template(text).substitute(title=escape(title), subtitle=escape(subtitle), body=body, style=style())


def style() -> str:
    """Return the style that all pages share."""
    return (_TEMPLATES / "style.css").read_text(encoding="utf-8")


def section(title: str, body: str, note: str = "") -> str:
    """Return a part of a page; "" where its body is empty.

    Args:
        title: Its title, text.
        body: Its content, HTML.
        note: A line below the title, text.
    """
    line = f'<p class="muted">{escape(note)}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{line}{body}</section>" if body else ""
