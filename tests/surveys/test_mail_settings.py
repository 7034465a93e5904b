"""Sender, colours and logo of an organisation, in its mails and on its pages."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from common.colours import READABLE, VISIBLE, contrast, ink_on, visible_on
from common.tokens import make, read
from organisations.branding import DARK_PAPER, from_address, logo_link, palette
from organisations.models import AuditEntry, Organisation, OrganisationLogo
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.links import answer_token
from surveys.samples import preview_mail
from tests.makers import make_invitation, make_member, make_survey

DATA = {
    "sender_name": "Kundenstimme",
    "reply_to": "stimme@example.org",
    "privacy_url": "https://example.org/privacy",
    "brand_colour": "#0c608c",
}


def picture(size: tuple[int, int] = (800, 300), mode: str = "RGBA") -> SimpleUploadedFile:
    written = BytesIO()
    Image.new(mode, size, "#0c608c").save(written, "PNG")
    return SimpleUploadedFile("logo.png", written.getvalue())


def address(name: str) -> str:
    return reverse(f"surveys:{name}", args=["nordlicht"])


@pytest.fixture
def browser(organisation: Organisation, sign_in: Callable[..., Client]) -> Client:
    return sign_in(make_member(organisation, Role.ADMIN))


@pytest.fixture(autouse=True)
def stranger(other_organisation: Organisation) -> Organisation:
    return other_organisation


def test_settings_are_saved(organisation: Organisation, stranger: Organisation, browser: Client) -> None:
    response = browser.post(address("mail_settings"), {**DATA, "logo": picture()})
    assert response.status_code == 302
    organisation.refresh_from_db()
    assert {name: getattr(organisation, name) for name in DATA} == DATA
    assert (organisation.logo_width, organisation.logo_height) == (128, 48)
    with Image.open(BytesIO(bytes(OrganisationLogo.objects.get().content))) as logo:
        assert (logo.format, logo.size) == ("PNG", (256, 96))
    fields = [entry.details["fields"] for entry in AuditEntry.objects.order_by("pk")]
    assert fields == [["brand_colour", "privacy_url", "reply_to", "sender_name"], ["logo"]]
    stranger.refresh_from_db()
    assert (stranger.brand_colour, stranger.logo_digest) == ("", "")


def test_what_was_not_changed_is_not_written(organisation: Organisation, browser: Client) -> None:
    browser.post(address("mail_settings"), {"brand_colour": "#1b1d22"})
    organisation.refresh_from_db()
    assert organisation.brand_colour == ""
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_a_logo_that_is_none_is_refused(organisation: Organisation, browser: Client, content: bytes) -> None:
    page = browser.post(address("mail_settings"), {**DATA, "logo": SimpleUploadedFile("logo.png", content)})
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"logo"}
    assert not OrganisationLogo.objects.exists()


def test_a_colour_is_a_colour(browser: Client) -> None:
    for colour in ("red", "#12", "#12345g", "};--x:"):
        page = browser.post(address("mail_settings"), {**DATA, "brand_colour": colour})
        assert page.context["form"].errors.keys() == {"brand_colour"}


class TestSender:
    def test_an_own_address_at_an_allowed_domain(
        self, organisation: Organisation, browser: Client, settings: LazySettings
    ) -> None:
        settings.FROM_DOMAINS = {"nordlicht": {"nordlicht.example"}}
        browser.post(address("mail_settings"), {**DATA, "from_address": "stimme@nordlicht.example"})
        organisation.refresh_from_db()
        mail = preview_mail(organisation, "de")
        message = mail.message()
        assert message["From"] == "Kundenstimme <stimme@nordlicht.example>"
        assert message["Reply-To"] == "stimme@example.org"
        assert message["Message-ID"].endswith("@nordlicht.example>")
        assert mail.from_email == "stimme@nordlicht.example"
        settings.BOUNCE_EMAIL = "returned@portal.example"
        mail = preview_mail(organisation, "de")
        assert mail.from_email == "returned@portal.example"
        assert mail.message()["From"] == "Kundenstimme <stimme@nordlicht.example>"

    def test_a_domain_is_allowed_to_the_organisation_it_belongs_to(
        self, organisation: Organisation, stranger: Organisation, browser: Client, settings: LazySettings
    ) -> None:
        settings.FROM_DOMAINS = {"": {"shared.example"}, "suedwind": {"suedwind.example"}}
        page = browser.post(address("mail_settings"), {**DATA, "from_address": "x@suedwind.example"})
        assert page.context["form"].errors.keys() == {"from_address"}
        stranger.from_address = "x@suedwind.example"
        assert from_address(stranger) == "x@suedwind.example"
        organisation.from_address = "x@Shared.example"
        assert from_address(organisation) == "x@Shared.example"

    def test_a_domain_that_is_no_longer_allowed_is_not_used(
        self, organisation: Organisation, browser: Client, settings: LazySettings
    ) -> None:
        organisation.from_address = "stimme@nordlicht.example"
        organisation.save()
        assert from_address(organisation) == "portal@example.com"
        assert browser.get(address("mail_settings")).status_code == 200


class TestLogo:
    @pytest.fixture
    def path(self, organisation: Organisation, browser: Client) -> str:
        browser.post(address("mail_settings"), {**DATA, "logo": picture()})
        organisation.refresh_from_db()
        link = logo_link(organisation)
        assert link
        return link.path

    def test_everybody_gets_it_and_may_keep_it(self, path: str) -> None:
        response = Client().get(path)
        assert response["Content-Type"] == "image/png"
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert not response.cookies

    def test_an_old_mail_shows_the_logo_of_today(self, path: str) -> None:
        response = Client().get(re.sub(r"[0-9a-f]{16}\.png", "0" * 16 + ".png", path))
        assert response.status_code == 200
        assert response["Cache-Control"] == "public, max-age=3600"

    def test_other_addresses_lead_nowhere(self, path: str, organisation: Organisation, stranger: Organisation) -> None:
        tokens = [make("logo", stranger.pk), make("respond", organisation.pk), make("logo", 2**40), "x"]
        assert read("logo", path.split("/")[2]) == (organisation.pk,)
        for token in tokens:
            assert Client().get(f"/logo/{token}/{'0' * 16}.png").status_code == 404

    def test_it_is_removed(self, path: str, organisation: Organisation, browser: Client) -> None:
        browser.post(address("mail_settings"), {**DATA, "remove_logo": "on"})
        organisation.refresh_from_db()
        assert logo_link(organisation) is None
        assert Client().get(path).status_code == 404

    def test_mail_and_survey_page_show_it(self, path: str, organisation: Organisation, client: Client) -> None:
        content = preview_mail(organisation, "de").message().as_string()
        assert f"http://localhost:8000{path}".replace("=", "=3D") in content.replace("=\n", "")
        invitation = make_invitation(make_survey(organisation))
        page = client.get("/r/" + answer_token(organisation.pk, invitation.pk))
        assert f'<img src="{path}" width="128" height="48" alt="Nordlicht">' in page.content.decode()
        assert DATA["privacy_url"] in page.content.decode()


class TestColours:
    @given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
    def test_text_always_reads_and_buttons_show_in_the_dark(self, colour: str) -> None:
        found = palette(colour)
        assert found
        assert contrast(found.ink, found.button) >= READABLE
        assert contrast(found.dark_ink, found.dark_button) >= READABLE
        assert contrast(found.dark_button, DARK_PAPER) >= VISIBLE

    def test_known_contrasts(self) -> None:
        assert contrast("#000000", "#ffffff") == pytest.approx(21)
        assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
        assert (ink_on("#ffd400"), ink_on("#0c608c")) == ("#1b1d22", "#ffffff")
        assert visible_on(DARK_PAPER, "#ffd400") == "#ffd400"

    def test_the_survey_page_lets_in_this_style_alone(self, organisation: Organisation, client: Client) -> None:
        organisation.name = "<style>:root{--a:light-dark(#000000,#000000)}</style>"
        organisation.save()
        invitation = make_invitation(make_survey(organisation))
        link = "/r/" + answer_token(organisation.pk, invitation.pk)
        assert "sha256" not in client.get(link)["Content-Security-Policy"]
        organisation.brand_colour = "#0c608c"
        organisation.save()
        page = client.get(link)
        assert page["Content-Security-Policy"].count("'sha256-") == 1
        assert "<style>:root{--brand:light-dark(#0c608c," in page.content.decode()
        assert page.content.decode().count("<style>") == 1


class TestPreview:
    def test_it_shows_what_is_typed_and_saves_nothing(self, organisation: Organisation, browser: Client) -> None:
        data = {**DATA, "brand_colour": "#ffd400", "logo": picture(), "reply_to": "broken", "look": "dark"}
        response = browser.post(address("mail_preview"), data)
        page = response.content.decode()
        assert 'bgcolor="#ffd400"' in page
        assert 'src="data:image/png;base64,' in page
        assert "@media all" in page
        assert "sandbox" in response["Content-Security-Policy"]
        assert "script-src 'self'" in response["Content-Security-Policy"]
        organisation.refresh_from_db()
        assert organisation.brand_colour == ""
        assert not OrganisationLogo.objects.exists()

    def test_as_text_there_is_a_link_per_score(self, browser: Client) -> None:
        text = browser.get(address("mail_preview") + "?look=text").content.decode()
        assert re.findall(r"^(\d+).*: http\S+\?s=(\d+)\r?$", text, re.M) == [(str(n), str(n)) for n in range(11)]


def test_two_organisations_do_not_share_a_letterhead(organisation: Organisation, stranger: Organisation) -> None:
    with organisation_scope(stranger.pk):
        organisation.brand_colour = "#0c608c"
        assert "#0c608c" in preview_mail(organisation, "de").message().as_string()
        assert "#0c608c" not in preview_mail(stranger, "de").message().as_string()
