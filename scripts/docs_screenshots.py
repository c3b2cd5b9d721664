"""Photographs the playground while a network learns: writes docs/images/playground-light.webp and playground-dark.webp.

It needs Chromium, which the tests of pages drive too.
"""

from __future__ import annotations

import base64
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1280, 1100
LEARNT = "Number(document.getElementById('fact-epoch').textContent.replace(/\\D/g, '')) >= {epoch}"
CHOOSE = "document.querySelector('[name={name}][value={value}]').click(); 0"


def photograph(folder: Path = IMAGES) -> list[Path]:
    """Trains a network on two moons under each implementation, and writes a picture for each theme.

    Args:
        folder: Where to.

    Returns:
        The files.
    """
    sys.path.insert(0, str(ROOT / "tests"))
    import browser
    from mocrograd.playground.site import Site

    site = Site()
    working = threading.Thread(target=site.work)
    working.start()
    made = []
    try:
        for theme in ("light", "dark"):
            with tempfile.TemporaryDirectory() as profile, browser.Browser(Path(profile)) as page:
                page.open(site.address, width=WIDTH, height=HEIGHT, dark=theme == "dark")
                page.until("document.getElementById('fact-epoch').textContent === '0'")
                page.value("document.getElementById('run').click(); 0")
                for kernels, epoch in (("original", 20), ("fixed", 40), ("dynamic", 150)):
                    page.value(CHOOSE.format(name="kernels", value=kernels))
                    page.until(LEARNT.format(epoch=epoch), seconds=60)
                page.value("document.getElementById('run').click(); 0")
                page.value("document.querySelector('#rows button').click(); 0")
                page.until("document.getElementById('source-text').textContent.length > 100")
                shot = page.call("Page.captureScreenshot", format="webp", quality=80)
                path = folder / f"playground-{theme}.webp"
                path.write_bytes(base64.b64decode(shot["data"]))
                made.append(path)
    finally:
        site.close()
        working.join()
    return made


if __name__ == "__main__":
    for written in photograph():
        print(written.relative_to(ROOT), written.stat().st_size)
