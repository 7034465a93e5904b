"""Personal words in pages and mails."""

from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.documents import published_document
from surveys.domain.personal import personal_values
from surveys.links import answer_token, entrance_path
from surveys.mails import Stationery
from surveys.models import Invitation, Survey
from surveys.placeholders import fill, for_nobody, found_in, unknown, without_fallback
from tests.makers import (
    make_customer,
    make_entrance,
    make_interaction,
    make_invitation,
    make_member,
    make_question,
    make_survey,
    make_touchpoint,
    publish,
)

SignIn = Callable[[Membership], Client]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {first_name|you}!", "Hello Ina!"),
        ("Hello { First_Name | you }!", "Hello Ina!"),
        ("Hello {last_name|you}!", "Hello you!"),
        ("Hello {last_name}!", "Hello !"),
        ("Hello{tariff|}.", "Hello."),
        ("{Product|it}, {product|it}", "Zähler, Zähler"),
        ("a { b", "a { b"),
        ("{}", "{}"),
        ("{{first_name}}", "{Ina}"),
        ("{first\nname}", "{first\nname}"),
        ("{ }{ |you}", "you"),
        # Would keep a worker busy for hours, were it tried at each of the spaces.
        pytest.param("{" + " " * 20_000, "{" + " " * 20_000, id="many spaces"),
    ],
)
def test_a_value_stands_in_its_place_or_else_the_fallback(text: str, filled: str) -> None:
    assert fill(text, {"first_name": "Ina", "last_name": "", "product": "Zähler"}) == filled


@given(st.text(alphabet="{}| ab\n\x00ß", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    assert fill(text, {}) == fill(fill(text, {"x": "{a}"}), {}) or found_in(text)
    assert all(each.source in text for each in found_in(text))


def test_reports_speak_of_nobody() -> None:
    assert (
        for_nobody("{first_name|Dear customer}, how was {touchpoint}? {x") == "Dear customer, how was [touchpoint]? {x"
    )


def test_checks_find_what_is_unknown_and_what_would_leave_a_hole() -> None:
    text = "{first_name}, {organisation}, {Tarif|}, {colour|red} and {touchpoint|it}"
    assert [each.name for each in unknown(text, ["tarif"])] == ["colour"]
    assert [each.name for each in without_fallback(text)] == ["first_name"]


@pytest.fixture
def survey(organisation: Organisation) -> Survey:
    survey = make_survey(
        organisation,
        kinds=(),
        touchpoint=make_touchpoint(organisation, name="Lieferung & Montage"),
        intro={"de": "{first_name|Guten Tag}, wie war es mit {product|Ihrem Kauf}?"},
        thanks={"de": "Danke, {last_name|und bis bald}!"},
        mail_subject={"de": "{product|Ihr Kauf}: wie war {touchpoint|es}?"},
        mail_text={"de": "Sie waren am {contact_date|neulich} bei uns, {first_name|ja}?\n{organisation}"},
    )
    make_question(survey, "nps", text={"de": "Wie war {touchpoint|es}?"}, low_label={"de": "{first_name|schlecht}"})
    publish(survey)
    return survey


def link(invitation: Invitation) -> str:
    return f"/r/{answer_token(invitation.organisation_id, invitation.pk)}"


def test_pages_say_what_is_known_of_each_customer(
    client: Client, organisation: Organisation, other_organisation: Organisation, survey: Survey
) -> None:
    with organisation_scope(other_organisation.pk):
        make_invitation(make_survey(other_organisation), make_customer(other_organisation, first_name="Fremd"))
    ina = make_customer(organisation, first_name="<b>I</b>", last_name="O'Neil", attributes={"Product": "{last_name}"})
    nobody = make_customer(organisation, first_name="", last_name="")
    for customer, intro, question, thanks in (
        (
            ina,
            "&lt;b&gt;I&lt;/b&gt;, wie war es mit {last_name}?",
            "0 = &lt;b&gt;I&lt;/b&gt;",
            "Danke, O&#x27;Neil!",
        ),
        (nobody, "Guten Tag, wie war es mit Ihrem Kauf?", "0 = schlecht", "Danke, und bis bald!"),
    ):
        invitation = make_invitation(survey, customer)
        for _turn in range(2):  # the second time from what is kept
            page = client.get(link(invitation)).content.decode()
            assert intro in page
            assert question in page
            assert "Wie war Lieferung &amp; Montage?" in page
        fault = client.post(link(invitation), {}).content.decode()
        assert intro in fault
        form = {f"q{survey.questions.get().pk}": "9"}
        assert thanks in client.post(link(invitation), form).content.decode()


def test_a_caller_and_a_passer_by_read_what_is_known_of_them(
    client: Client, organisation: Organisation, other_organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, external_id="K7", first_name="Fremd")
    make_customer(organisation, external_id="K7", first_name="Ina", attributes={"product": "Strom"})
    colleague = sign_in(make_member(organisation, Role.ANALYST))
    sheet = colleague.post(f"/o/nordlicht/surveys/{survey.pk}/phone/", {"customer": "K7"})["Location"]
    page = colleague.get(sheet).content.decode()
    assert "Ina, wie war es mit Strom?" in page
    assert "Wie war Lieferung &amp; Montage?" in page
    page = client.get(entrance_path(organisation.pk, make_entrance(survey).pk)).content.decode()
    assert "Guten Tag, wie war es mit Ihrem Kauf?" in page
    assert "Wie war Lieferung &amp; Montage?" in page


def test_mails_say_what_is_known_of_each_customer(organisation: Organisation, survey: Survey) -> None:
    contact = make_interaction(
        make_touchpoint(organisation),
        make_customer(organisation),
        at=datetime(2024, 12, 31, 23, 30, tzinfo=timezone.get_fixed_timezone(0)),
    )
    customers = [
        make_customer(organisation, first_name="Ína", last_name="Ö", attributes={"product": "Zähler <3>"}),
        make_customer(organisation, first_name="", last_name=""),
    ]
    mails = []
    for customer, interaction in zip(customers, (contact, None), strict=True):
        invitation = make_invitation(survey, customer, interaction=interaction)
        customer.legal_basis = "consent"
        known = personal_values([invitation.pk])[invitation.pk]
        document = published_document(invitation.version_id)
        mails.append(Stationery(organisation).mail(invitation, document, customer, known=known))
    texts = [parsed(mail.content) for mail in mails]
    day = "1. Januar 2025" if organisation.time_zone == "Europe/Berlin" else "31. Dezember 2024"
    assert texts[0][0] == "Zähler <3>: wie war Lieferung & Montage?"
    assert f"Sie waren am {day} bei uns, Ína?" in texts[0][1]
    assert "Nordlicht" in texts[0][1]
    assert "Zähler &lt;3&gt;: wie war Lieferung &amp; Montage?" in texts[0][2]
    assert texts[1][0] == "Ihr Kauf: wie war Lieferung & Montage?"
    assert "Sie waren am neulich bei uns, ja?" in texts[1][1]
    assert not any(chr(code) in text for parts in texts for text in parts for code in (*range(1, 9), *range(14, 28)))


def parsed(content: bytes) -> tuple[str, str, str]:
    """Subject, text and page."""
    message = message_from_bytes(content, policy=policy.default)
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert page
    return message["Subject"], plain.get_content(), page.get_content()
