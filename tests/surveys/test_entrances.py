"""Public ways into a survey, as a CX manager, a weak role and a stranger meet their pages."""

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from common.pictures import Logo, logo
from common.qr import qr_svg
from organisations.domain.logo import set_logo
from organisations.models import AuditEntry, Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.entrances import save_entrance
from surveys.forms.entrances import origin_of
from surveys.links import entrance_url
from surveys.models import Entrance, Survey
from tests.makers import make_channel, make_entrance, make_member, make_survey, make_touchpoint

SignIn = Callable[[Membership], Client]


@pytest.fixture
def manager(organisation: Organisation, sign_in: SignIn) -> Client:
    return sign_in(make_member(organisation, Role.CX_MANAGER))


@pytest.fixture
def survey(organisation: Organisation, strangers_entrance: Entrance) -> Survey:
    return make_survey(organisation)


@pytest.fixture
def strangers_entrance(other_organisation: Organisation) -> Entrance:
    with organisation_scope(other_organisation.pk):
        return make_entrance(make_survey(other_organisation), name="Of strangers")


def url(name: str, *args: Any) -> str:
    return reverse(f"surveys:{name}", args=["nordlicht", *args])


def test_a_link_from_making_to_switching_it_off(manager: Client, organisation: Organisation, survey: Survey) -> None:
    channel, touchpoint = make_channel(organisation), make_touchpoint(organisation)
    values = {"name": "Receipts in Kiel", "channel": channel.pk, "touchpoint": touchpoint.pk, "language": "de"}
    made = manager.post(url("new_entrance", survey.pk, "link"), {**values, "opens_on": "2096-01-01"}, follow=True)
    entrance = Entrance.objects.get()
    assert (entrance.way, entrance.channel, entrance.touchpoint) == (Entrance.Way.LINK, channel, touchpoint)
    address = entrance_url(organisation.pk, entrance.pk)
    assert len(address.rpartition("/a/")[2]) < 24
    page = made.content.decode()
    assert address in page
    assert "<svg" in page
    listed = manager.get(url("ways", survey.pk)).content.decode()
    assert "Receipts in Kiel" in listed
    assert "Of strangers" not in listed

    changed = {**values, "name": "Receipts", "opens_on": "2096-02-01", "closes_on": "2096-01-01"}
    refused = manager.post(url("change_entrance", survey.pk, entrance.pk), changed)
    assert refused.status_code == 422
    manager.post(url("change_entrance", survey.pk, entrance.pk), {**changed, "closes_on": "2096-03-01"})
    entrance.refresh_from_db()
    assert (entrance.name, entrance_url(organisation.pk, entrance.pk)) == ("Receipts", address)

    for to, is_off in (("off", True), ("off", True), ("on", False)):
        manager.post(url("switch_entrance", survey.pk, entrance.pk), {"to": to})
        entrance.refresh_from_db()
        assert bool(entrance.switched_off_at) is is_off
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == [f"entrance.{each}" for each in ("created", "changed", "switched_off", "switched_on")]


def test_a_frame_is_shown_by_named_websites_only(manager: Client, survey: Survey) -> None:
    address = url("new_entrance", survey.pk, "embed")
    for wrong in ("", "https://", "javascript:alert(1)", "https://*.example.com", "https://a.example; script-src *"):
        assert manager.post(address, {"name": "Website", "websites": wrong}).status_code == 422
    page = manager.post(
        address, {"name": "Website", "websites": "https://www.Example.com/de/?x=1\nshop.example.com:8443"}, follow=True
    )
    entrance = Entrance.objects.get()
    assert entrance.origins == ["https://www.example.com", "https://shop.example.com:8443"]
    text = page.content.decode()
    assert "&lt;iframe src=" in text
    assert "frame-src" in text
    assert "https://shop.example.com:8443" in text


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("https://example.com:443", "https://example.com"),
        ("https://müller.example", "https://xn--mller-kva.example"),
        ("example.com", "https://example.com"),
        ("https://me@example.com", None),
        ("https://example.com:99999", None),
        ("https://-.example", None),
        ("https://[::1]", None),
        ("https://" + "a" * 300, None),
        ("'self'", None),
        ("*", None),
    ],
)
def test_origins_are_written_as_browsers_do(address: str, origin: str | None) -> None:
    assert origin_of(address) == origin


def test_a_sheet_begins_with_the_greeting_of_nobody_known(manager: Client, survey: Survey) -> None:
    survey.intro = {"de": "{first_name|Liebe Gäste}, wie war {organisation}?", "en": ""}
    survey.save()
    page = manager.get(url("entrance", survey.pk, make_entrance(survey).pk)).content.decode()
    assert "Liebe Gäste, wie war Nordlicht?" in page


@pytest.mark.parametrize("size", ["a4", "a5"])
def test_the_sheet_is_a_pdf_in_the_surveys_language(manager: Client, survey: Survey, size: str) -> None:
    entrance = make_entrance(survey)
    values = {"heading": "Wie war's? #*_$", "text": "", "language": "de", "size": size}
    pdf = manager.get(url("entrance_sheet", survey.pk, entrance.pk), values)
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Content-Disposition"].endswith(f'-{size}.pdf"')
    without = manager.get(url("entrance_sheet", survey.pk, entrance.pk), {**values, "heading": ""})
    assert without.status_code == 302


def test_what_nobody_changed_on_the_sheet_follows_the_language(manager: Client, survey: Survey) -> None:
    survey.intro = {"de": "Wie war {organisation}?", "en": "How was {organisation}?"}
    survey.save()
    sheet = url("entrance_sheet", survey.pk, make_entrance(survey).pk)

    def set_of(heading: str, text: str) -> bytes:
        values = {"heading": heading, "text": text, "language": "en", "size": "a4"}
        return re.sub(
            rb"(?s)<x:xmpmeta.*?</x:xmpmeta>|/(CreationDate|ModDate)[^/>]*|/ID ?\[.*?\]",
            b"",
            manager.get(sheet, values).content,
        )

    in_english = set_of("How was it?", "How was Nordlicht?")
    assert set_of("Wie war es?", "Wie war Nordlicht?") == in_english
    assert set_of("Sagen Sie es uns", "Wie war Nordlicht?") != in_english


def test_the_sheet_carries_the_logo(
    manager: Client, organisation: Organisation, survey: Survey, other_organisation: Organisation
) -> None:
    def images() -> int:
        return manager.get(sheet, values).content.count(b"/Subtype/Image")

    sheet = url("entrance_sheet", survey.pk, make_entrance(survey).pk)
    values = {"heading": "Wie war es?", "language": "de", "size": "a5"}
    with organisation_scope(other_organisation.pk):
        set_logo(organisation=other_organisation, logo=a_logo())
    assert images() == 0, "the stranger's stays theirs"
    set_logo(organisation=organisation, logo=a_logo())
    assert images() > 0


def a_logo() -> Logo:
    written = BytesIO()
    Image.new("RGB", (300, 90), "teal").save(written, "PNG")
    return logo(ContentFile(written.getvalue()))


def test_the_qr_code_is_plain_svg(manager: Client, survey: Survey) -> None:
    entrance = make_entrance(survey)
    file = manager.get(url("entrance_qr", survey.pk, entrance.pk))
    assert file["Content-Type"] == "image/svg+xml"
    assert set(re.findall(rb"<(\w+)", file.content)) == {b"svg", b"path"}
    assert b"style" not in file.content
    assert file.content == qr_svg(entrance_url(survey.organisation_id, entrance.pk))


def test_of_another_survey_or_organisation_it_is_not_found(
    manager: Client, survey: Survey, strangers_entrance: Entrance
) -> None:
    other = make_entrance(make_survey(survey.organisation))
    for pk in (other.pk, strangers_entrance.pk):
        for name in ("entrance", "change_entrance", "entrance_qr", "entrance_sheet"):
            assert manager.get(url(name, survey.pk, pk)).status_code == 404
        assert manager.post(url("switch_entrance", survey.pk, pk)).status_code == 404
    assert manager.get(url("ways", strangers_entrance.survey_id)).status_code == 404
    assert manager.get(url("new_entrance", survey.pk, "mail")).status_code == 404


def test_parts_of_two_organisations_are_refused(survey: Survey, strangers_entrance: Entrance) -> None:
    with organisation_scope(strangers_entrance.organisation_id):
        channel = make_channel(strangers_entrance.organisation)
    with pytest.raises(ValueError, match="one organisation"):
        save_entrance(entrance=Entrance(survey=survey, way="link", name="x", channel=channel), user=None)


def test_a_day_that_is_over_ends_nothing_new(manager: Client, organisation: Organisation, survey: Survey) -> None:
    values = {"name": "Receipts", "language": "de", "closes_on": "2020-01-01"}
    refused = manager.post(url("new_entrance", survey.pk, "link"), values)
    assert "The last day to answer is over" in refused.content.decode()
    assert not Entrance.objects.exists()
    # One that has ended can still be renamed.
    ended = make_entrance(survey, closes_on=date(2020, 1, 1))
    manager.post(url("change_entrance", survey.pk, ended.pk), {**values, "name": "Old receipts"})
    ended.refresh_from_db()
    assert ended.name == "Old receipts"
