"""A persona's page: what is believed, what was measured, and who may see which of it."""

import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from common.avatars import avatar
from common.pictures import square
from customers.domain.customer import erase_customer
from journeys.domain.personas import set_picture
from journeys.models import Channel, Persona, PersonaExpectation, PersonaPicture, Touchpoint
from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from surveys.models import Comment, PickedQuote, Survey
from tests.makers import (
    make_channel,
    make_customer,
    make_department,
    make_member,
    make_persona,
    make_response,
    make_survey,
    make_touchpoint,
)

SignIn = Callable[[Membership], Client]
PERSONAS = "/o/nordlicht/personas/"


def count() -> None:
    while count_changed_days():
        pass


def measured(organisation: Organisation, persona: Persona, name: str, scores: list[int], **fields: Any) -> Touchpoint:
    """A touchpoint that this persona scored; each answer with a comment."""
    touchpoint = make_touchpoint(organisation, name=name, **fields)
    survey = make_survey(organisation, kinds=["csat", "text"], touchpoint=touchpoint)
    for number, score in enumerate(scores):
        make_response(survey, [score, f"{name} remark {number}"], persona=persona)
    return touchpoint


def upload(kind: str = "PNG", size: tuple[int, int] = (80, 60)) -> SimpleUploadedFile:
    written = BytesIO()
    Image.new("RGB", size, "#885522").save(written, kind)
    return SimpleUploadedFile("me.png", written.getvalue(), content_type="image/png")


def test_a_portrait_is_written_and_shown(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    browser = sign_in(make_member(organisation, Role.CX_MANAGER))
    phone = make_channel(organisation, name="Telephone")
    with organisation_scope(other_organisation.pk):
        theirs = make_channel(other_organisation, name="Pigeon")
    fields = {
        "name": "Renate",
        "values": "Order & <b>trust</b>",
        "research": "Asks her daughter",
        "priorities": "Safe first",
        "marks": "Keeps every letter",
        "quotes": "First.\r\n\r\n Second. \r\nFirst.",
        "channels": [phone.pk],
        "trait_planning": "2",
        "trait_trust": "0",
        "unsaid_trust": "on",
        "trait_novelty": "-1",
        "unsaid_novelty": "on",  # moved all the same
    }
    assert "Pigeon" not in browser.get(f"{PERSONAS}new/").content.decode()
    page = browser.post(f"{PERSONAS}new/", fields, follow=True).content.decode()
    persona = Persona.objects.get()
    assert persona.quotes == ["First.", "Second."]
    assert persona.traits == {
        "planning": 2, "worth": None, "trust": None, "novelty": -1, "contact": None, "decision": None,
    }  # fmt: skip
    for text in ("Order &amp; &lt;b&gt;trust", "Asks her daughter", "Safe first", "Keeps every letter", "“Second.”"):
        assert text in page
    assert "Telephone" in page
    assert "very much: plans ahead" in page
    assert "sceptical" not in page
    browser.post(f"{PERSONAS}{persona.pk}/edit/", {"name": "Renate", "trait_planning": "2", "unsaid_planning": "on"})
    persona.refresh_from_db()
    assert persona.traits["planning"] is None
    assert not persona.channels.exists()
    assert b"Select a valid choice" in browser.post(f"{PERSONAS}new/", {"name": "x", "channels": [theirs.pk]}).content


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"trait_planning": "3"}, "less than or equal to 2"),
        ({"trait_planning": "x"}, "Enter a whole number"),
        ({"quotes": "x\n" * 2 + "y\nz\na\nb\nc"}, "At most 5 sentences"),
        ({"quotes": "x" * 301}, "is longer than 300 characters"),
        ({"values": "x" * 1_000_000}, "at most 2000 characters"),
        ({"marks": "x\0y"}, "Null characters are not allowed"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    organisation: Organisation, sign_in: SignIn, changed: dict[str, str], message: str
) -> None:
    browser = sign_in(make_member(organisation))
    response = browser.post(f"{PERSONAS}new/", {"name": "Renate", "research": "Asks around", **changed})
    assert message in response.content.decode()
    assert "Asks around" in response.content.decode()
    assert not Persona.objects.exists()


def test_a_picture_is_made_small_served_and_removed(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    browser = sign_in(make_member(organisation, Role.CX_MANAGER))
    persona = make_persona(organisation, name="Renate")
    address = f"{PERSONAS}{persona.pk}/"
    assert "<svg" in browser.get(address).content.decode()
    drawn = avatar("Renate")
    assert drawn in browser.get(f"{address}edit/").content.decode()
    assert browser.get(f"{address}picture/").status_code == 404
    for bad in (SimpleUploadedFile("me.png", b"<svg onload=alert(1)>"), upload("GIF")):
        refused = browser.post(f"{address}edit/", {"name": "Renate", "values": "kept", "picture": bad}).content.decode()
        assert "no PNG, JPEG or WebP picture" in refused
        assert "kept" in refused
    assert not PersonaPicture.objects.exists()

    browser.post(f"{address}edit/", {"name": "Renate", "picture": upload()})
    picture = PersonaPicture.objects.get()
    assert f"picture/?v={picture.digest}" in browser.get(address).content.decode()
    form = browser.get(f"{address}edit/").content.decode()
    assert (f"picture/?v={picture.digest}" in form, drawn in form) == (True, False)
    served = browser.get(f"{address}picture/?v={picture.digest}")
    assert served["Content-Type"] == "image/webp"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in served["Cache-Control"]
    assert "private" in served["Cache-Control"]
    assert served.content == bytes(picture.content)
    again = browser.get(f"{address}picture/", headers={"If-None-Match": served["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in again["Cache-Control"]
    with organisation_scope(other_organisation.pk):
        stranger = make_member(other_organisation)
    assert sign_in(stranger).get(f"{address}picture/").status_code == 404
    assert sign_in(stranger).get(f"/o/suedwind/personas/{persona.pk}/picture/").status_code == 404
    assert sign_in(make_member(organisation, Role.MEMBER)).get(f"{address}picture/").status_code == 403

    browser = sign_in(make_member(organisation, Role.CX_MANAGER))
    browser.post(f"{address}edit/", {"name": "Renate"})
    assert PersonaPicture.objects.exists()
    browser.post(f"{address}edit/", {"name": "Renate", "remove_picture": "on"})
    assert not PersonaPicture.objects.exists()


def test_what_was_measured_is_the_personas_own_and_a_lead_sees_their_departments(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    own = make_department(organisation)
    renate, jonas = make_persona(organisation, name="Renate"), make_persona(organisation, name="Jonas")
    measured(organisation, renate, "Invoice", [5] * 8, department=own)
    measured(organisation, renate, "Parcel", [1] * 6 + [5] * 2, department=own)
    measured(organisation, renate, "Shop", [1] * 9)
    measured(organisation, jonas, "Advert", [5] * 17)
    with organisation_scope(other_organisation.pk):
        measured(other_organisation, make_persona(other_organisation), "Stranger", [5] * 20)
    count()
    address = f"{PERSONAS}{renate.pk}/"
    page = sign_in(make_member(organisation, Role.ANALYST)).get(address)
    figures = page.context["figures"]
    assert [(tile.figure, tile.n) for tile in figures.tiles] == [("40%", 25)]
    assert [one.name for one, _group in figures.best] == ["Invoice"]
    assert [one.name for one, _group in figures.worst] == ["Shop"]
    assert figures.share_of_answers == "60%"
    assert "Advert" not in page.content.decode()
    assert "Stranger" not in page.content.decode()
    assert "Shop remark 8" in page.content.decode()

    nobody = make_persona(organisation, name="Nobody")
    page = sign_in(make_member(organisation, Role.ANALYST)).get(f"{PERSONAS}{nobody.pk}/")
    assert page.context["figures"].share_of_answers == "", "no data is not 0 %"

    page = sign_in(make_member(organisation, Role.DEPARTMENT_LEAD, own)).get(address)
    assert [(tile.figure, tile.n) for tile in page.context["figures"].tiles] == [("62%", 16)]
    assert [one.name for one, _group in page.context["figures"].worst] == ["Parcel"]
    assert "Shop" not in page.content.decode()
    assert "Edit" not in page.content.decode()
    with organisation_scope(other_organisation.pk):
        stranger = make_member(other_organisation)
    assert sign_in(stranger).get(address).status_code == 404
    assert sign_in(make_member(organisation, Role.MEMBER)).get(address).status_code == 403


def test_a_persona_is_held_against_what_it_expects_itself(organisation: Organisation, sign_in: SignIn) -> None:
    renate, jonas = make_persona(organisation, name="Renate"), make_persona(organisation, name="Jonas")
    shop = measured(organisation, renate, "Shop", [1] * 9, metric="csat", expected_value=80)
    survey = Survey.objects.get(touchpoint=shop)
    for _ in range(9):
        make_response(survey, [5, None], persona=jonas)
    measured(organisation, renate, "Invoice", [5] * 9)
    PersonaExpectation.objects.create(
        organisation=organisation, touchpoint=shop, persona=renate, expected_value=Decimal(60)
    )
    count()
    browser = sign_in(make_member(organisation, Role.ANALYST))

    def promised(address: str) -> set[str]:
        return set(re.findall(r"promised: (\d+%)", browser.get(address).content.decode()))

    assert promised(f"{PERSONAS}{renate.pk}/") == {"60%"}
    page = f"/o/nordlicht/touchpoints/{shop.pk}/"
    assert promised(page) == {"80%", "60%"}
    assert promised(f"{page}?persona={renate.pk}") == {"60%"}
    Touchpoint.objects.update(metric="nps")
    assert promised(page) == set()


def test_a_small_group_and_its_comments_stay_hidden(organisation: Organisation, sign_in: SignIn) -> None:
    renate, jonas = make_persona(organisation, name="Renate"), make_persona(organisation, name="Jonas")
    touchpoint = measured(organisation, renate, "Invoice", [5] * 30)
    survey = make_survey(organisation, kinds=["csat", "text"], touchpoint=touchpoint)
    for number in range(3):
        make_response(survey, [1, f"Whisper {number}"], persona=jonas)
    count()
    browser = sign_in(make_member(organisation))
    few = browser.get(f"{PERSONAS}{jonas.pk}/").content.decode()
    assert "Too few answers to show" in few
    assert "Whisper" not in few
    many = browser.get(f"{PERSONAS}{renate.pk}/").content.decode()
    assert "Hidden, so that a smaller group beside it stays hidden." in many


def test_a_page_costs_the_same_whatever_was_answered(organisation: Organisation, sign_in: SignIn) -> None:
    persona = make_persona(organisation, quotes=["Well."])
    browser = sign_in(make_member(organisation))

    def statements() -> list[str]:
        count()
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"{PERSONAS}{persona.pk}/").status_code == 200
        return [query["sql"] for query in queries]

    def grow(name: str) -> None:
        measured(organisation, persona, name, [5] * 8)
        persona.channels.add(make_channel(organisation), through_defaults={"organisation": organisation})
        PickedQuote.objects.create(organisation=organisation, persona=persona, comment=Comment.objects.latest("pk"))

    grow("First")
    statements()
    few = statements()
    for name in ("Second", "Third", "Fourth"):
        grow(name)
    many = statements()
    assert len(many) == len(few), "\n".join(many)


def test_a_comment_speaks_for_a_persona_until_its_customer_is_erased(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    own = make_department(organisation)
    persona = make_persona(organisation, name="Renate")
    touchpoint = measured(organisation, persona, "Invoice", [4] * 7)
    customer = make_customer(organisation, first_name="Adelheid", last_name="Quaas")
    survey = make_survey(organisation, kinds=["csat", "text"], touchpoint=touchpoint)
    make_response(survey, [4, "I read it twice."], persona=persona, customer=customer)
    for _ in range(7):
        make_response(survey, [4, ""], persona=persona)
    count()
    comment = Comment.objects.get(customer=customer)
    manager, lead = make_member(organisation, Role.CX_MANAGER), make_member(organisation, Role.DEPARTMENT_LEAD, own)
    browser = sign_in(manager)
    assert "Use as a quote" in browser.get("/o/nordlicht/comments/").content.decode()
    chosen = {"comment": comment.pk, "persona": persona.pk}
    page = browser.post(f"{PERSONAS}quotes/", chosen, follow=True)
    assert [quote.comment for quote in page.context["picked"]] == [comment]
    assert "Quaas" not in page.content.decode()
    browser.post(f"{PERSONAS}quotes/", chosen)
    quote = PickedQuote.objects.get()

    for wrong in ({"comment": 0, "persona": persona.pk}, {"comment": "x" * 99, "persona": ""}, {}):
        assert browser.post(f"{PERSONAS}quotes/", wrong).status_code == 404
    with organisation_scope(other_organisation.pk):
        other = make_persona(other_organisation)
    assert browser.post(f"{PERSONAS}quotes/", {**chosen, "persona": other.pk}).status_code == 404
    assert sign_in(make_member(organisation, Role.ANALYST)).post(f"{PERSONAS}quotes/", chosen).status_code == 403
    assert sign_in(lead).get(f"{PERSONAS}{persona.pk}/").context["picked"] == []

    organisation.comment_minimum_n = 50
    organisation.save()
    assert sign_in(manager).get(f"{PERSONAS}{persona.pk}/").context["picked"] == []
    organisation.comment_minimum_n = 8
    organisation.save()

    sign_in(manager).post(f"{PERSONAS}{persona.pk}/quotes/{quote.pk}/remove/")
    assert not PickedQuote.objects.exists()
    assert Comment.objects.filter(pk=comment.pk).exists()
    sign_in(manager).post(f"{PERSONAS}quotes/", chosen)
    erase_customer(customer=customer, actor=manager.user)
    assert not PickedQuote.objects.exists()


def test_a_liked_channel_may_be_deleted(organisation: Organisation, sign_in: SignIn) -> None:
    channel = make_channel(organisation)
    make_persona(organisation).channels.add(channel, through_defaults={"organisation": organisation})
    sign_in(make_member(organisation)).post(f"/o/nordlicht/channels/{channel.pk}/delete/")
    assert not Channel.objects.exists()


HOSTILE = '#panic("!") #read("/etc/passwd") *bold* $x$ @a <b> \\ 😀 \u202eעברית العربية \x07 漢字 '


@pytest.mark.parametrize("with_picture", [False, True])
@pytest.mark.parametrize("length", [0, 200, 2000])
def test_the_pdf_is_one_page_whatever_is_written(
    organisation: Organisation, sign_in: SignIn, length: int, with_picture: bool
) -> None:
    texts = ("background", "goals", "frustrations", "values", "research", "priorities", "marks")
    filled = dict.fromkeys(texts, (HOSTILE * 60)[:length])
    persona = make_persona(
        organisation,
        name=HOSTILE[:99],
        quotes=[(HOSTILE * 9)[:300]] * 5 if length else [],
        traits={"trust": -2} if length else {},
        **filled,
    )
    if with_picture:
        set_picture(persona=persona, content=square(upload()))
    for number in range(3):
        measured(organisation, persona, f"{number} {HOSTILE}"[:90], [5] * (8 + number))
    count()
    response = sign_in(make_member(organisation, Role.ANALYST)).get(f"{PERSONAS}{persona.pk}/pdf/")
    assert response["Content-Type"] == "application/pdf"
    assert "attachment" in response["Content-Disposition"]
    assert len(re.findall(rb"/Type\s*/Page\b", response.content)) == 1


def test_the_pdf_is_for_who_may_read_the_page(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    address = f"{PERSONAS}{make_persona(organisation).pk}/pdf/"
    assert sign_in(make_member(organisation, Role.MEMBER)).get(address).status_code == 403
    with organisation_scope(other_organisation.pk):
        stranger, theirs = make_member(other_organisation), make_persona(other_organisation)
    assert sign_in(stranger).get(address).status_code == 404
    assert sign_in(make_member(organisation)).get(f"{PERSONAS}{theirs.pk}/pdf/").status_code == 404
