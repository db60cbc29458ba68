"""Takes the pictures of `docs/explorer.md`: each page of the explorer as Debian's Chromium shows it. Run by `make screenshots`."""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page

from tests.browser import browsing, watching
from tests.services import serving
from tests.visits import path_of

WIDE: Final = (1280, 1100)
PHONE: Final = (390, 844)
# Of WebP, 0 to 100: letters stay sharp.
QUALITY: Final = 60


@dataclass(frozen=True)
class Picture:
    """A picture: of which page (a name in `visits`), in which language, in what window."""

    page: str
    lang: str = "it"
    window: tuple[int, int] = WIDE

    @property
    def name(self) -> str:
        """The name of the file."""
        return f"{self.page}{'-phone' if self.window == PHONE else ''}-{self.lang}.webp"


PICTURES: Final = (
    *map(Picture, ("home", "search-slip", "frameworks", "framework-city", "element", "project", "link", "thread-through", "thread-none")),
    *map(
        Picture,
        ("matrix-dup", "matrix-wide", "cell", "questions", "question", "answer-money", "quality", "compare-versions", "compare-day"),
    ),
    *map(Picture, ("sparql", "ontology", "class", "scheme", "shape", "graph", "sources", "download", "catalogue", "dataset", "missing")),
    *(Picture(page, "en") for page in ("home", "thread-goal", "matrix", "answer")),
    *(Picture(page, window=PHONE) for page in ("home", "thread-through", "matrix-dup")),
)


def take(browser: Browser, address: str, picture: Picture, folder: Path) -> None:
    """One picture."""
    width, height = picture.window
    # The language of the browser's own parts, such as fields for dates; and no movement, which a picture would catch halfway.
    options = {"locale": {"it": "it-IT", "en": "en-GB"}[picture.lang], "reduced_motion": "reduce"}
    with watching(browser, address, viewport={"width": width, "height": height}, **options) as watched:
        page = watched.open(path_of(address, picture.page, picture.lang))
        page.wait_for_load_state("networkidle")
        (folder / picture.name).write_bytes(shot(page, width, height))


def shot(page: Page, width: int, height: int) -> bytes:
    """What a window shows of a page, as WebP, which Playwright itself does not write."""
    tall = min(height, int(page.evaluate("document.documentElement.scrollHeight")))
    clip = {"x": 0, "y": 0, "width": width, "height": tall, "scale": 1}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "clip": clip})
    return base64.b64decode(taken["data"])


def main(home: Path, folder: Path) -> None:
    """Take every picture, and leave no others in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    with serving(home, "--no-build") as service, browsing() as browser:
        for picture in PICTURES:
            take(browser, service.address, picture, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
