"""axe-core in a page: what it finds wrong for people who see, hear or move otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page

from .npm import installed

GRAVE: Final = ("serious", "critical")
_RUN: Final = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map(({ id, impact, help, nodes }) => ({
        rule: id, impact, help, places: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} (${failureSummary})`),
    }));
}"""


@dataclass(frozen=True)
class Fault:
    """A rule that a page breaks: how grave that is (minor, moderate, serious, critical), and where."""

    rule: str
    impact: str
    help: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        """The fault in words, with its first places."""
        return "\n  ".join((f"{self.impact}: {self.rule}, {self.help} ({len(self.places)})", *self.places[:5]))


def script() -> str:
    """The text of axe-core, as npm has it.

    :raises NpmError: it cannot be had here.
    """
    return (installed() / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def faults(page: Page, axe: str) -> list[Fault]:
    """What axe-core finds in a page. It comes in past the policy of the page, which stays in force."""
    page.evaluate(axe)
    return [Fault(each["rule"], each["impact"], each["help"], tuple(each["places"])) for each in page.evaluate(_RUN)]
