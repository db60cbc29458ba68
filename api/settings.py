"""The settings of Filorosso: from the environment, overridden by the command line, passed on as a value."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Language = Literal["it", "en"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the releases are kept, and the language that a person is answered in."""

    home: Path
    language: Language


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `FILOROSSO_HOME` (else `.filorosso` in the working folder) and `FILOROSSO_LANG` (else the locale, else English)."""
    wanted = environment.get("FILOROSSO_LANG") or locale.getlocale()[0] or "en"
    return Settings(
        home=Path(environment.get("FILOROSSO_HOME") or ".filorosso"),
        language="it" if wanted.lower().startswith("it") else "en",
    )
