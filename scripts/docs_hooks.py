"""What mkdocs asks for while it builds the site: generated pages, and links where the text names a page."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

import docs_reference
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
COPIED = {"contributing.md": "CONTRIBUTING.md"}
"""Pages that stand in the root of the repository, where one looks for them."""
WORKER = "https://unpkg.com/iframe-worker/shim"
MENTION = re.compile(r"`?(?<![\w/(])docs/([\w/]+\.md)`?")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not files below docs."""
    pages = {f"reference/{name}": text for name, text in docs_reference.pages().items()}
    pages |= {name: (ROOT / source).read_text(encoding="utf-8") for name, source in COPIED.items()}
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Make links of the names of pages, as in `docs/c.md`, outside of code blocks."""
    folder = posixpath.dirname(page.file.src_uri)

    def link(match: re.Match[str]) -> str:
        name = match[1]
        if files.get_file_from_path(name) is None or name == page.file.src_uri:
            return match[0]
        return f"[{name.removesuffix('.md')}]({posixpath.relpath(name, folder or '.')})"

    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.MULTILINE | re.DOTALL)
    return "".join(p if p.startswith("```") else MENTION.sub(link, p) for p in parts)


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Take the script that lets search work in files from the site itself."""
    return output.replace(WORKER, posixpath.relpath("javascripts/iframe-worker.js", posixpath.dirname(page.url) or "."))


def on_post_template(output: str, template_name: str, config: Any) -> str:
    """Do the same for the page that a server shows where there is none."""
    return output.replace(WORKER, "/javascripts/iframe-worker.js")
