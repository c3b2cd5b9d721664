"""The site is built without a warning, and a browser shows its pages without a fault, offline, also on a phone."""

import fcntl
import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import browser
import docs_figures
import docs_reference
import pytest

pytest.importorskip("mkdocs", reason="mkdocs is not installed")
ROOT = Path(__file__).parents[2]
needs_browser = pytest.mark.skipif(browser.FOUND is None, reason="there is no Chromium")
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
IN_PARTS = """
window.look = async rules => {
    const article = document.querySelector('article'), found = [];
    const parts = all => Array.from({length: Math.ceil(all.length / 100)}, (_, i) => all.slice(i * 100, i * 100 + 100));
    for (const [i, part] of parts([...article.children]).entries()) {
        article.replaceChildren(...part);
        const long = [...article.querySelectorAll('tbody')].filter(body => body.rows.length > 100);
        const rows = long.map(body => parts([...body.rows]));
        for (let j = 0; j < Math.max(1, ...rows.map(each => each.length)); j++) {
            long.forEach((body, k) => body.replaceChildren(...(rows[k][j] || [])));
            await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));  // the page looks what scrolls
            found.push(...(await axe.run(i + j ? article : document, {runOnly: rules})).violations);
        }
    }
    return JSON.stringify(found.flatMap(v => v.nodes.map(n => [v.id, n.html, n.failureSummary])));
};
"""
"""Looks at a page with axe, a hundred elements or rows at a time: all at once takes minutes for thousands of rows."""


def build(site):
    """Build the site into a folder."""
    paths = str(ROOT / "pyfront")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(site)]
    environment = {**os.environ, "PYTHONPATH": paths, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site, built once by whichever process of the tests comes first."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with open(folder / "site.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "site").exists():
            done = build(folder / "site.new")
            assert done.returncode == 0, done.stdout + done.stderr
            (folder / "site.new").rename(folder / "site")
    return folder / "site"


def pages(site):
    """Return all pages, but the one for addresses that there are not, which only a server shows."""
    return [page for page in sorted(site.rglob("*.html")) if page.name != "404.html"]


def test_the_site_loads_nothing_from_elsewhere(site):
    loads = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*(?:src|href)=["']?(?:https?:)?//[^"' >]*""")
    for page in site.rglob("*.html"):
        assert loads.findall(page.read_text()) == [], page
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text(), style


def test_every_public_module_and_package_of_kernels_has_a_page(site):
    for name in docs_reference.MODULES:
        text = (site / "reference" / "python" / f"{name}.html").read_text()
        for public in docs_reference.public_names(docs_reference.resolve(name)):
            assert f'id="{name}.{public}"' in text, f"{name}.{public}"
    assert len(list((site / "reference" / "mojo").glob("*.html"))) > 15


@needs_browser
def test_pages_fit_a_screen_and_a_phone_and_say_nothing_on_the_console(site, tmp_path):
    with browser.Browser(tmp_path / "profile") as page:
        for path in pages(site):
            for width in (1280, 390):
                page.open(path.as_uri(), width=width)
                assert page.overflow() <= 0, f"{path.name} at {width} pixels"
                outside = [address for address in page.requests if not address.startswith(("file:", "data:", "blob:"))]
                assert outside == [], path.name
                assert page.errors == [], f"{path.name}: {page.errors}"


@needs_browser
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["light", "dark phone"])
def test_axe_finds_no_fault_on_any_page(site, tmp_path, width, dark):
    script = resources.files(pytest.importorskip("axe_core_python")).joinpath("axe.min.js").read_text()
    with browser.Browser(tmp_path / "profile") as page:
        for path in pages(site):
            page.open(path.as_uri(), width=width, dark=dark)
            page.value(
                f"{script}; {IN_PARTS} window.found = null; look({json.dumps(RULES)}).then(r => window.found = r); 0"
            )
            page.until("window.found !== null", seconds=120)
            assert json.loads(page.value("window.found")) == [], path.name


@needs_browser
@pytest.mark.parametrize("word", ["Linear", "compile", "kernels"])
def test_search_finds_words_in_files(site, tmp_path, word):
    with browser.Browser(tmp_path / "profile") as page:
        page.open((site / "index.html").as_uri(), width=1280)
        page.value("document.querySelector('.md-search__input').focus(); 0")
        page.value(
            f"const e = document.querySelector('.md-search__input'); e.value = '{word}';"
            "e.dispatchEvent(new KeyboardEvent('keyup')); e.dispatchEvent(new Event('input', {bubbles: true})); 0"
        )
        page.until("document.querySelectorAll('.md-search-result__item').length > 0")
        found = page.value("document.querySelector('.md-search-result__list').textContent").lower()
        assert word.lower() in found
        assert page.errors == []


def test_a_broken_link_fails_the_build(tmp_path):
    theme = tmp_path / "theme"
    theme.mkdir()
    (theme / "main.html").write_text("{{ page.content }}")
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(
        f"INHERIT: {ROOT / 'mkdocs.yml'}\ndocs_dir: docs\nsite_dir: site\nplugins: []\nhooks: []\nextra_css: []\n"
        "not_in_nav: ''\nnav: [index.md]\nmarkdown_extensions: []\ntheme: {name: null, custom_dir: theme}\n"
    )
    command = [sys.executable, "-m", "mkdocs", "build"]
    for target, status in (("index.md", 0), ("nowhere.md", 1), ("index.md#nowhere", 1)):
        (tmp_path / "docs" / "index.md").write_text(f"# A\n\n[there]({target})\n")
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == status, (target, done.stdout + done.stderr)


def test_pictures_are_small_and_each_is_drawn_by_the_script():
    found = sorted((ROOT / "docs" / "images").glob("*.svg"))
    assert [path.stem for path in found] == sorted(docs_figures.FIGURES)
    assert all(path.stat().st_size < 250_000 for path in found)
    pages = "".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))
    assert all(f"images/{path.name})" in pages for path in found)


def test_photographs_are_small_and_each_is_shown():
    found = sorted((ROOT / "docs" / "images").glob("*.webp"))
    assert [path.stem for path in found] == ["playground-dark", "playground-light"]
    assert all(path.stat().st_size < 150_000 for path in found)
    page = (ROOT / "docs" / "playground.md").read_text()
    assert all(f"images/{path.name}#only-" in page for path in found)


def test_a_picture_is_drawn_again(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    for name in ("filters", "fusion"):
        text = docs_figures.write(name, tmp_path).read_text()
        assert text.startswith("<?xml")
    assert "chain of 5" in text
