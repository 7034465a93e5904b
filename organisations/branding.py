"""How an organisation appears to its customers: the address it writes from, its colour, its logo."""

from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings

from common import tokens
from common.colours import HEX, ink_on, visible_on
from organisations.models import Organisation

PAPER, DARK_PAPER = "#ffffff", "#1c1f25"
"""What buttons stand on, in light and in dark mode."""
PLAIN = "#1b1d22"
"""The colour of an organisation that has chosen none."""


def from_domains(organisation: Organisation) -> set[str]:
    """Domains that this installation lets the organisation send from (CXPORTAL_FROM_DOMAINS)."""
    allowed: dict[str, set[str]] = settings.FROM_DOMAINS
    return allowed.get("", set()) | allowed.get(organisation.slug, set())


def from_address(organisation: Organisation) -> str:
    """Its own where the installation (still) allows the domain, else the installation's."""
    own = organisation.from_address
    if own and own.rpartition("@")[2].lower() in from_domains(organisation):
        return own
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


@dataclass(frozen=True)
class Palette:
    """Colours of a button and of the text on it, which always reads."""

    button: str
    ink: str
    dark_button: str
    """In dark mode, where a dark colour would not show."""
    dark_ink: str

    @property
    def style(self) -> str:
        """As CSS for the page customers answer on."""
        button, ink = f"{self.button},{self.dark_button}", f"{self.ink},{self.dark_ink}"
        return f":root{{--brand:light-dark({button});--on-brand:light-dark({ink})}}"


@lru_cache(maxsize=1000)
def palette(colour: str) -> Palette | None:
    """None for "": as the portal's own pages are."""
    if not HEX.fullmatch(colour):
        return None
    dark = visible_on(DARK_PAPER, colour)
    return Palette(colour, ink_on(colour), dark, ink_on(dark))


@dataclass(frozen=True)
class LogoLink:
    path: str
    width: int
    height: int

    @property
    def url(self) -> str:
        return self.path if self.path.startswith("data:") else f"{settings.BASE_URL}{self.path}"


def logo_link(organisation: Organisation) -> LogoLink | None:
    """Where everybody can get the logo; another logo has another address, so that it may be kept for good."""
    if not organisation.logo_digest:
        return None
    path = f"/logo/{tokens.make('logo', organisation.pk)}/{organisation.logo_digest}.png"
    return LogoLink(path, organisation.logo_width, organisation.logo_height)
