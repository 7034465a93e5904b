"""Surveys of several pages: partial answers, going back, coming again, changing one's mind."""

import re
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.models import InvitationRollup
from surveys.links import answer_token
from surveys.models import ChangedDay, Comment, Invitation, PickedQuote, Question, Response, Score, Survey
from tests.makers import make_customer, make_invitation, make_persona, make_question, make_survey, publish

LOW = {"match": "all", "parts": [{"subject": "question", "key": 0, "operator": "between", "values": [0, 6]}]}


def about(question: Question, rule: dict[str, Any] = LOW) -> dict[str, Any]:
    """The rule, looking at that question."""
    return {**rule, "parts": [{**rule["parts"][0], "key": question.pk}]}


class Customer:
    """One person with one link and one browser."""

    def __init__(self, invitation: Invitation) -> None:
        self.client = Client()
        self.link = f"/r/{answer_token(invitation.organisation_id, invitation.pk)}"

    def look(self, query: str = "") -> str:
        page = self.client.get(self.link + query)
        assert page.status_code == 200
        return page.content.decode()

    def send(self, page: int, answers: dict[Question, Any], **extra: Any) -> Any:
        form = {f"q{question.pk}": value for question, value in answers.items()}
        return self.client.post(f"{self.link}?page={page}", form | extra)


class Sheet:
    """Page 1: a score; page 2: why (only after a low one) and a wish; page 3: a rating and a comment."""

    def __init__(self, organisation: Organisation) -> None:
        self.survey = make_survey(organisation, kinds=())
        self.nps = make_question(self.survey, "nps")
        self.why = make_question(self.survey, "text", condition=about(self.nps))
        self.wish = make_question(self.survey, "yes_no")
        self.rating = make_question(self.survey, "rating", starts_page=True)
        self.comment = make_question(self.survey, "text")
        publish(self.survey)
        self.customer = Customer(make_invitation(self.survey))

    @property
    def answers(self) -> dict[Question, Any]:
        stored = Response.objects.get().answers
        everything = (self.nps, self.why, self.wish, self.rating, self.comment)
        return {question: stored[str(question.pk)] for question in everything if str(question.pk) in stored}


@pytest.fixture
def sheet(organisation: Organisation, other_organisation: Organisation) -> Sheet:
    with organisation_scope(other_organisation.pk):
        Sheet(other_organisation)
    return Sheet(organisation)


def counted() -> None:
    while count_changed_days():
        pass


def test_each_page_is_stored_when_it_is_sent(sheet: Sheet) -> None:
    customer = sheet.customer
    first = customer.look()
    assert f'name="q{sheet.nps.pk}"' in first
    assert f'name="q{sheet.wish.pk}"' not in first
    assert "Seite 1 von etwa 3" in first, "whether why is asked depends on this page"
    page = customer.send(1, {sheet.nps: "3"})
    assert (page.status_code, page.headers["Location"]) == (303, f"{customer.link}?page=2")
    assert sheet.answers == {sheet.nps: 3}
    response = Response.objects.get()
    assert response.completed_at is None
    assert Score.objects.get().score == 3
    assert "Seite 2 von 3" in customer.look("?page=2")
    customer.send(2, {sheet.why: "zu spät", sheet.wish: "yes"})
    assert Comment.objects.get().text == "zu spät"
    thanks = customer.send(3, {sheet.rating: "4"})
    assert (thanks.status_code, "Vielen Dank" in thanks.content.decode()) == (200, True)
    assert sheet.answers == {sheet.nps: 3, sheet.why: True, sheet.wish: "yes", sheet.rating: 4, sheet.comment: None}
    response.refresh_from_db()
    assert response.completed_at == response.submitted_at
    assert "schon bei uns" in customer.look()
    assert "schon bei uns" in customer.send(1, {sheet.nps: "9"}).content.decode()
    assert sorted(Score.objects.values_list("score", flat=True)) == [3, 4]


def test_a_second_visit_goes_on_where_the_first_one_stopped(sheet: Sheet) -> None:
    sheet.customer.send(1, {sheet.nps: "9"})
    again = Client().get(sheet.customer.link).content.decode()
    assert f'name="q{sheet.wish.pk}"' in again
    assert f'name="q{sheet.why.pk}"' not in again
    assert "Seite 2 von 3" in again


def test_an_earlier_page_shows_what_was_answered(sheet: Sheet) -> None:
    customer = sheet.customer
    customer.send(1, {sheet.nps: "2"})
    customer.send(2, {sheet.why: "<b>zu spät</b>", sheet.wish: "no"})
    back = re.search(r'<a href="(\?page=\d+)">Zurück', customer.look())
    assert back
    shown = customer.look(back[1])
    assert "&lt;b&gt;zu spät&lt;/b&gt;</textarea>" in shown
    assert re.findall(r'value="(\w+)" checked', shown) == ["no"]
    assert re.findall(r'value="(\w+)" checked', customer.look("?page=1")) == ["2"]


def test_another_answer_drops_what_hung_on_the_first(sheet: Sheet) -> None:
    customer = sheet.customer
    customer.send(1, {sheet.nps: "2"})
    customer.send(2, {sheet.why: "zu spät", sheet.wish: "no"})
    page = customer.send(1, {sheet.nps: "9"})
    assert page.headers["Location"].endswith("?page=2")
    assert sheet.answers == {sheet.nps: 9, sheet.wish: "no"}
    assert not Comment.objects.exists()
    assert Score.objects.get().score == 9
    # And back again: it is asked anew, and the sheet is not complete without it.
    customer.send(1, {sheet.nps: "1"})
    assert f'name="q{sheet.why.pk}"' in customer.look()
    assert customer.send(3, {sheet.rating: "4"}).headers["Location"].endswith("?page=2")
    assert Response.objects.get().completed_at is None


def test_a_page_sent_again_replaces_itself(sheet: Sheet) -> None:
    customer = sheet.customer
    customer.send(1, {sheet.nps: "2"})
    for text in ("zu spät", "zu spät", "viel zu spät"):
        customer.send(2, {sheet.why: text, sheet.wish: "no"})
    assert (Response.objects.count(), Score.objects.count()) == (1, 1)
    assert Comment.objects.get().text == "viel zu spät"


def test_a_comment_that_was_picked_stays_picked_when_the_sheet_goes_on(sheet: Sheet) -> None:
    customer = sheet.customer
    customer.send(1, {sheet.nps: "2"})
    customer.send(2, {sheet.why: "zu spät"})
    organisation = sheet.survey.organisation
    PickedQuote.objects.create(
        organisation=organisation, persona=make_persona(organisation), comment=Comment.objects.get()
    )
    customer.send(2, {sheet.why: "viel zu spät"})
    customer.send(3, {sheet.rating: "4"})
    assert PickedQuote.objects.get().comment.text == "viel zu spät"
    assert Response.objects.get().completed_at


def test_a_page_that_is_not_its_turn_is_not_stored(sheet: Sheet) -> None:
    customer = sheet.customer
    for page in (2, 3, 4, 99):
        answer = customer.send(page, {sheet.rating: "4", sheet.wish: "yes"})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{customer.link}?page=1")
        assert f'name="q{sheet.nps.pk}"' in customer.look(f"?page={page}")
    for odd in ("0", "-1", "x", "1" * 50, "²", "1.5"):
        assert f'name="q{sheet.nps.pk}"' in customer.look(f"?page={odd}")
    assert not Response.objects.exists()


def test_faults_of_a_page_keep_what_was_stored(sheet: Sheet) -> None:
    customer = sheet.customer
    customer.send(1, {sheet.nps: "2"})
    page = customer.send(1, {sheet.nps: "12"})
    assert page.status_code == 422
    assert "von 0 bis 10" in page.content.decode()
    assert sheet.answers == {sheet.nps: 2}


def test_pages_may_be_left_empty_but_not_the_whole_sheet(sheet: Sheet) -> None:
    customer = sheet.customer
    customer.send(1, {})
    customer.send(2, {})
    page = customer.send(3, {})
    assert page.status_code == 422
    assert "Ein Tippen genügt" in page.content.decode()
    assert Response.objects.get().completed_at is None
    assert customer.send(3, {sheet.rating: "1"}).status_code == 200
    assert sheet.answers == {sheet.nps: None, sheet.wish: None, sheet.rating: 1, sheet.comment: None}


def test_the_language_is_kept_from_page_to_page(sheet: Sheet) -> None:
    customer = sheet.customer
    page = customer.client.post(f"{customer.link}?page=1&lang=en", {f"q{sheet.nps.pk}": "9"})
    assert page.headers["Location"] == f"{customer.link}?page=2&lang=en"
    assert "Page 2 of 3" in customer.look("?page=2&lang=en")
    assert "Page 2 of 3" in customer.look(), "also when they come again"
    typed = {f"q{sheet.wish.pk}": "yes", "switch": ""}
    switched = customer.client.post(f"{customer.link}?page=2&lang=de", typed).content.decode()
    assert "Seite 2 von 3" in switched
    assert 'value="yes" checked' in switched
    assert sheet.answers == {sheet.nps: 9}


def test_a_survey_may_end_early(organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=())
    nps = make_question(survey, "nps")
    Question.objects.filter(pk=nps.pk).update(ends_if=about(nps))
    rating = make_question(survey, "rating")
    publish(survey)
    customer = Customer(make_invitation(survey))
    assert "Vielen Dank" in customer.send(1, {nps: "0"}).content.decode()
    assert Response.objects.get().answers == {str(nps.pk): 0}
    other = Customer(make_invitation(survey))
    assert other.send(1, {nps: "9"}).status_code == 303
    assert f'name="q{rating.pk}"' in other.look()


def test_conditions_know_the_customer(organisation: Organisation) -> None:
    rule = {
        "match": "all",
        "parts": [{"subject": "attribute", "key": "tariff", "operator": "one_of", "values": ["öko"]}],
    }
    survey = make_survey(organisation, kinds=())
    make_question(survey, "rating", condition=rule)
    publish(survey)
    green = make_customer(organisation, attributes={"tariff": "Öko", "year": 2024})
    fits, not_asked = make_invitation(survey, green), make_invitation(survey)
    assert 'type="radio"' in Customer(fits).look()
    page = Client().get(Customer(not_asked).link)
    assert (page.status_code, "nichts zu fragen" in page.content.decode()) == (410, True)


def test_pages_to_be_read_are_shown_and_store_nothing(organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=())
    make_question(survey, "info")
    nps = make_question(survey, "nps", starts_page=True)
    make_question(survey, "info", starts_page=True)
    publish(survey)
    customer = Customer(make_invitation(survey))
    assert 'type="radio"' not in customer.look()
    assert customer.send(1, {}).headers["Location"].endswith("?page=2")
    assert not Response.objects.exists()
    assert customer.send(2, {nps: "9"}).headers["Location"].endswith("?page=3")
    assert Response.objects.get().completed_at is None
    assert 'type="radio"' not in customer.look(), "what was not read yet comes again"
    assert "Vielen Dank" in customer.send(3, {}).content.decode()
    assert Response.objects.get().completed_at


def test_opening_the_link_is_noted_once_and_only_by_looking(sheet: Sheet) -> None:
    sheet.customer.client.head(sheet.customer.link)
    assert Invitation.objects.get().opened_at is None
    sheet.customer.look()
    opened = Invitation.objects.get().opened_at
    assert opened
    sheet.customer.look("?lang=en")
    sheet.customer.send(1, {sheet.nps: "9"})
    assert Invitation.objects.get().opened_at == opened


def test_the_time_to_answer_begins_with_the_first_page(sheet: Sheet) -> None:
    customer = sheet.customer
    before = timezone.now().replace(microsecond=0)
    begun = re.findall(r'name="begun" value="([^"]+)"', customer.look())[0]
    page = customer.send(1, {sheet.nps: "12"}, begun=begun)
    assert f'value="{begun}"' in page.content.decode()
    customer.send(1, {sheet.nps: "2"}, begun=begun)
    begun_at = Response.objects.get().begun_at
    assert begun_at
    assert before <= begun_at <= timezone.now()
    assert 'name="begun"' not in customer.look()
    customer.send(2, {}, begun="AAAA")
    assert Response.objects.get().begun_at == begun_at


@pytest.mark.parametrize("begun", ["", "x", "A" * 100, "ä", "\x00"])
def test_a_forged_beginning_is_no_beginning(sheet: Sheet, begun: str) -> None:
    sheet.customer.send(1, {sheet.nps: "2"}, begun=begun)
    assert Response.objects.get().begun_at is None


@pytest.mark.django_db(transaction=True)
def test_reports_count_what_was_answered_and_keep_partial_sheets_apart() -> None:
    organisation = Organisation.objects.create(name="Nordlicht", slug="nordlicht-partial")
    with organisation_scope(organisation.pk):
        sheet = Sheet(organisation)

    def replies() -> tuple[int, int, int]:
        counted()
        call_command("verify_metrics")
        with organisation_scope(organisation.pk):
            return InvitationRollup.objects.values_list("sent", "answered", "partial").get()

    sheet.customer.send(1, {sheet.nps: "2"})
    assert replies() == (1, 0, 1)
    sheet.customer.send(2, {sheet.why: "zu spät"})
    sheet.customer.send(3, {sheet.rating: "4"})
    assert replies() == (1, 1, 0)


def test_a_sheet_that_goes_on_on_another_day_leaves_nothing_on_the_first(sheet: Sheet) -> None:
    customer = sheet.customer
    customer.send(1, {sheet.nps: "2"})
    yesterday = sheet.survey.organisation.today() - timedelta(days=1)
    Response.objects.update(day=yesterday, submitted_at=timezone.now() - timedelta(days=1))
    Score.objects.update(day=yesterday)
    ChangedDay.objects.all().delete()
    customer.send(2, {sheet.why: "zu spät"})
    today = sheet.survey.organisation.today()
    assert set(ChangedDay.objects.values_list("day", flat=True)) == {yesterday, today}
    assert {Response.objects.get().day, Score.objects.get().day, Comment.objects.get().day} == {today}


def test_the_last_day_is_kept(sheet: Sheet) -> None:
    customer, today = sheet.customer, sheet.survey.organisation.today()
    Survey.objects.filter(pk=sheet.survey.pk).update(closes_on=today)
    customer.look()
    Survey.objects.filter(pk=sheet.survey.pk).update(closes_on=today - timedelta(days=1))
    page = customer.send(1, {sheet.nps: "9"})
    assert (page.status_code, "Diese Umfrage ist beendet" in page.content.decode()) == (410, True)
    assert not Response.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_pages_sent_at_once_by_one_person_leave_one_sheet() -> None:
    organisation = Organisation.objects.create(name="Nordlicht", slug="nordlicht-pages")
    with organisation_scope(organisation.pk):
        sheet = Sheet(organisation)
    barrier, seen = Barrier(4), []

    def hurry(number: int) -> None:
        try:
            taps = [(1, {sheet.nps: str(number)}), (2, {sheet.why: f"Nr. {number}"}), (1, {sheet.nps: "3"})]
            for page, answers in taps:
                barrier.wait()
                seen.append(sheet.customer.send(page, answers).status_code)
        finally:
            connection.close()

    threads = [Thread(target=hurry, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [303] * 12
    with organisation_scope(organisation.pk):
        assert Response.objects.count() == Score.objects.count() == Comment.objects.count() == 1
        assert Score.objects.get().score == 3
    counted()
    call_command("verify_metrics")


def ask_for_contact(organisation: Organisation, kind: str = "nps", **fields: Any) -> tuple[Customer, Question]:
    survey = make_survey(
        organisation,
        kinds=(),
        thanks_high={"de": "Wie schön!"},
        thanks_low={"de": "Das tut uns leid."},
        review_url="https://reviews.example/nordlicht",
        offers_contact=True,
    )
    question = make_question(survey, kind, **fields)
    publish(survey)
    return Customer(make_invitation(survey)), question


@pytest.mark.parametrize(
    ("kind", "fields", "score", "words"),
    [
        ("nps", {}, 9, "Wie schön!"),
        ("nps", {}, 8, "Vielen Dank!"),
        ("nps", {}, 6, "Das tut uns leid."),
        ("csat", {}, 4, "Wie schön!"),
        ("csat", {}, 3, "Vielen Dank!"),
        ("csat", {}, 2, "Das tut uns leid."),
        ("ces", {"lo": 1, "hi": 5, "box_lo": 1, "box_hi": 2, "high_is_good": False}, 1, "Wie schön!"),
        ("ces", {"lo": 1, "hi": 5, "box_lo": 1, "box_hi": 2, "high_is_good": False}, 4, "Das tut uns leid."),
        ("rating", {}, 1, "Vielen Dank!"),
    ],
)
def test_the_thanks_fit_the_score(
    organisation: Organisation, kind: str, fields: dict[str, Any], score: int, words: str
) -> None:
    customer, question = ask_for_contact(organisation, kind, **fields)
    page = customer.send(1, {question: str(score)}).content.decode()
    assert f'<p class="intro">{words}</p>' in page
    assert ("https://reviews.example/nordlicht" in page) == (words == "Wie schön!")
    assert ('name="contact"' in page) == (words == "Das tut uns leid.")


@pytest.mark.parametrize(("high_is_good", "first"), [(True, 10), (False, 20)])
def test_the_smile_is_at_the_good_end(organisation: Organisation, high_is_good: bool, first: int) -> None:
    customer, _question = ask_for_contact(organisation, "rating", look="smileys", high_is_good=high_is_good)
    mouths = [int(height) for height in re.findall(r"15Q12 (\d+)", customer.look())]
    assert mouths == sorted(mouths, reverse=not high_is_good)
    assert mouths[0] == first


def test_only_an_answer_waits_until_the_disk_has_it(organisation: Organisation) -> None:
    def waits() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

    customer, question = ask_for_contact(organisation)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
    customer.send(1, {question: "2"})
    assert waits() == "on"
    customer.look()
    assert waits() == "off"


def test_a_low_score_may_be_followed_by_a_call(organisation: Organisation) -> None:
    customer, question = ask_for_contact(organisation)
    customer.send(1, {}, contact="yes")
    assert not Response.objects.exists(), "nothing was answered yet"
    customer.send(1, {question: "2"})
    assert 'name="contact"' in customer.look(), "also for who comes again"
    for _tap in range(2):
        page = customer.client.post(customer.link, {"contact": "yes"}).content.decode()
        assert "Es wird sich jemand bei Ihnen melden." in page
        assert 'name="contact"' not in page
    wished = Response.objects.get().contact_wished_at
    customer.client.post(customer.link, {"contact": "yes"})
    assert wished
    assert Response.objects.get().contact_wished_at == wished


def test_who_was_not_offered_a_call_cannot_wish_for_one(organisation: Organisation) -> None:
    customer, question = ask_for_contact(organisation)
    customer.send(1, {question: "9"})
    customer.client.post(customer.link, {"contact": "yes"})
    assert Response.objects.get().contact_wished_at is None


def test_a_survey_closes_when_it_has_as_many_answers_as_wanted(sheet: Sheet) -> None:
    Survey.objects.filter(pk=sheet.survey.pk).update(quota=1)
    sheet.customer.send(1, {sheet.nps: "9"})
    counted()
    assert Survey.objects.get().state == Survey.State.LIVE, "a partial sheet is not an answer"
    sheet.customer.send(2, {})
    sheet.customer.send(3, {})
    counted()
    assert Survey.objects.get().state == Survey.State.CLOSED
    assert Client().get(Customer(make_invitation(sheet.survey)).link).status_code == 410
