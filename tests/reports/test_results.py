from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from organisations.models import Membership, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days
from reports.models import AnswerRollup, SheetRollup
from surveys.documents import Document
from surveys.domain.questions import replace_question
from surveys.links import answer_token
from surveys.models import ChangedDay, Comment, Question, Response, Survey, SurveyVersion
from tests.makers import (
    make_channel,
    make_customer,
    make_invitation,
    make_member,
    make_organisation,
    make_response,
    make_survey,
    make_touchpoint,
)

SignIn = Callable[[Membership], Client]
OPTIONS = [{"id": number, "text": {"de": name}} for number, name in ((1, "Rot"), (2, "Grün"), (3, "Blau"))]


def count() -> None:
    while count_changed_days():
        pass


def publish(survey: Survey) -> SurveyVersion:
    number = survey.versions.count() + 1
    return SurveyVersion.objects.create(
        organisation=survey.organisation, survey=survey, number=number, document=Document.of_draft(survey).to_json()
    )


@pytest.fixture
def survey(organisation: Organisation) -> Survey:
    return make_long_survey(organisation)


def make_long_survey(organisation: Organisation) -> Survey:
    """An NPS, a comment, and one question of each other kind."""
    made = make_survey(organisation, kinds=["nps", "text"], touchpoint=make_touchpoint(organisation))
    kinds: dict[str, dict[str, Any]] = {
        "yes_no": {},
        "single": {"options": OPTIONS, "allows_other": True},
        "multiple": {"options": OPTIONS},
        "ranking": {"options": OPTIONS},
        "number": {},
        "date": {},
        "consent": {},
        "matrix": {"lo": 1, "hi": 5},
    }
    for position, (kind, fields) in enumerate(kinds.items(), start=5):
        Question.objects.create(
            organisation=organisation, survey=made, kind=kind, position=position, text={"de": f"Frage {kind}"}, **fields
        )
    matrix = made.questions.get(kind="matrix")
    Question.objects.create(
        organisation=organisation, survey=made, kind="rating", matrix=matrix, lo=1, hi=5, text={"de": "Zeile"}
    )
    publish(made)
    return made


def answered(survey: Survey, **answers: Any) -> Response:
    """A sheet with answers by kind of question; what is not named was left empty."""
    document = Document.of_version(survey.versions.latest("number"))
    return make_response(survey, [answers.get(question.kind) for question in document.questions])


def results(browser: Client, survey: Survey, query: str = "") -> Any:
    return browser.get(f"/o/{survey.organisation.slug}/results/{survey.pk}/{query}")


def test_every_kind_of_question_is_counted(
    organisation: Organisation, other_organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        theirs = make_survey(other_organisation, kinds=["nps"], touchpoint=make_touchpoint(other_organisation))
        make_response(theirs, [10])
    for number in range(6):
        answered(
            survey,
            nps=10,
            yes_no="yes" if number else "no",
            single=1 if number < 4 else 0,
            multiple=[1, 2] if number else [2],
            ranking=[2, 1, 3] if number else [1, 2, 3],
            number=number * 1.5,
            date=f"2024-01-0{number + 1}",
            consent=True if number < 3 else None,
            rating=4,
        )
    answered(survey, nps="n/a")
    count()

    page = results(sign_in(make_member(organisation, role=Role.ANALYST)), survey)

    panels = {panel.kind: panel for panel in page.context["panels"]}
    nps = panels["Recommendation (NPS)"]
    assert (nps.n, nps.skipped, nps.not_applicable, nps.tile.figure) == (6, 0, 1, "+100")

    def shares(kind: str) -> list[tuple[str, int, str]]:
        return [(share.label, share.n, share.percent) for share in panels[kind].shares]

    assert shares("Yes or no") == [("Yes", 5, "83%"), ("No", 1, "17%")]
    assert shares("One choice") == [("Rot", 4, "67%"), ("Grün", 0, "0%"), ("Blau", 0, "0%"), ("Other", 2, "33%")]
    assert shares("Several choices") == [("Rot", 5, "83%"), ("Grün", 6, "100%"), ("Blau", 0, "0%")]
    assert shares("Ranking") == [("Grün", 5, "83%"), ("Rot", 1, "17%"), ("Blau", 0, "0%")]
    assert [share.note for share in panels["Ranking"].shares] == ["mean place 1.2", "mean place 1.8", "mean place 3.0"]
    assert shares("Consent") == [("Consented", 3, "43%")]
    assert dict(panels["Number"].facts)["From … to"] == "0 – 7.5"
    assert dict(panels["Number"].facts)["Mean"] == "3.8"
    assert dict(panels["Number"].facts)["Median"] == "3"
    assert dict(panels["Date"].facts)["Latest"] == "01/06/2024"
    (row,) = panels["Several ratings in a table"].rows
    assert (row.text, row.n, row.skipped, row.tile.figure) == ("Zeile", 6, 1, "4.0")
    assert page.context["sheets"].complete == 7


def test_few_answers_show_only_how_many_they_are(organisation: Organisation, survey: Survey, sign_in: SignIn) -> None:
    for _number in range(4):
        answered(survey, nps=10, yes_no="yes", text="Geheim")
    count()
    page = results(sign_in(make_member(organisation)), survey)
    for panel in page.context["panels"]:
        assert not panel.shares
        assert panel.tile is None
        assert panel.comments == ()
        assert panel.reason or panel.rows
    assert "Geheim" not in page.content.decode()


def test_filters_narrow_what_is_counted(organisation: Organisation, survey: Survey, sign_in: SignIn) -> None:
    phone, shop = make_channel(organisation, name="Phone"), make_channel(organisation, name="Shop")
    version = survey.versions.latest("number")
    size = len(version.document["questions"])
    for channel, scores in ((phone, [10] * 5), (shop, [0] * 6)):
        for score in scores:
            make_response(survey, [score, *[None] * (size - 1)], channel=channel)
    publish(survey)
    english = [answered(survey, nps=8) for _number in range(7)]
    Response.objects.filter(pk__in=[one.pk for one in english]).update(language="en")
    old = answered(survey, nps=0)
    day = organisation.today() - timedelta(days=400)
    Response.objects.filter(pk=old.pk).update(day=day)
    ChangedDay.objects.create(organisation=organisation, survey=survey, day=day)
    count()
    browser = sign_in(make_member(organisation))

    def n(query: str) -> int:
        return int(results(browser, survey, query).context["panels"][0].n)

    assert n("") == 18
    assert n(f"?channel={phone.pk}") == 5
    assert n("?language=en") == 7
    assert n("?version=1") == 0
    assert n("?version=2") == 11
    assert n(f"?version=3&channel={shop.pk}") == 0
    assert n("?version=3") == 7


def test_questions_no_longer_asked_keep_their_answers(
    organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    for _number in range(5):
        answered(survey, single=2, nps=9)
    survey.questions.filter(kind="single").update(archived_at=timezone.now())
    publish(survey)
    count()
    panels = results(sign_in(make_member(organisation)), survey).context["panels"]
    removed = panels[-1]
    assert (removed.kind, removed.number, removed.n) == ("One choice", None, 5)
    assert [(share.label, share.n) for share in removed.shares][:2] == [("Rot", 0), ("Grün", 5)]


def test_a_question_in_place_of_another_says_so(organisation: Organisation, survey: Survey, sign_in: SignIn) -> None:
    for _number in range(5):
        answered(survey, nps=9)
    new = replace_question(question=survey.questions.get(kind="nps"))
    publish(survey)
    Question.objects.filter(pk=new.pk).update(published_at=timezone.now())
    count()
    page = results(sign_in(make_member(organisation)), survey)
    both = [panel for panel in page.context["panels"] if panel.kind == "Recommendation (NPS)"]
    assert [(panel.number, panel.n, panel.replaced is not None) for panel in both] == [(1, 0, True), (None, 5, False)]
    assert page.content.decode().count("in place of another question") == 1


def test_what_is_set_aside_counts_nowhere_and_partial_sheets_stand_apart(
    organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    sheets = [answered(survey, nps=9) for _number in range(7)]
    Response.objects.filter(pk=sheets[0].pk).update(set_aside=Response.SetAside.TEST)
    Response.objects.filter(pk=sheets[1].pk).update(completed_at=None)
    for number, sheet in enumerate(sheets[2:], start=1):
        Response.objects.filter(pk=sheet.pk).update(begun_at=sheet.submitted_at - timedelta(seconds=number * 20))
    count()
    page = results(sign_in(make_member(organisation)), survey)
    assert page.context["panels"][0].n == 6
    assert (page.context["sheets"].complete, page.context["sheets"].partial) == (5, 1)
    assert page.context["duration"] == "1 min 0 s"
    Response.objects.exclude(begun_at=None).update(begun_at=F("submitted_at") - timedelta(seconds=3))
    ChangedDay.objects.create(organisation=organisation, survey=survey, day=sheets[2].day)
    count()
    assert results(sign_in(make_member(organisation)), survey).context["duration"] == "less than 5 s"


def test_single_answers_say_what_each_customer_answered(
    organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    customer = make_customer(organisation, first_name="Ada", last_name="Ohm")
    document = Document.of_version(survey.versions.latest("number"))
    given: dict[str, Any] = {
        "nps": 9,
        "text": "Sehr gut",
        "yes_no": "no",
        "single": 2,
        "ranking": [3, 1, 2],
        "date": "2024-02-01",
    }
    make_response(survey, [given.get(question.kind) for question in document.questions], customer=customer)
    Response.objects.update(channel=make_channel(organisation, name="e-mail"))
    aside = make_response(survey, [1, "Beiseite", *[None] * (len(document.questions) - 2)])
    Response.objects.filter(pk=aside.pk).update(set_aside=Response.SetAside.TRAP)
    count()
    browser = sign_in(make_member(organisation))
    page = browser.get(f"/o/{organisation.slug}/results/{survey.pk}/answers/")
    (sheet,) = page.context["sheets"]
    spoken = [line.answer for line in sheet.lines]
    assert spoken[:6] == ["9 of 10", "Sehr gut", "No", "Grün", "", "Blau › Rot › Grün"]
    assert "02/01/2024" in spoken
    assert sheet.lines[-1].question == "Frage matrix Zeile"
    assert "Ada Ohm" in page.content.decode()
    assert "Answered: e-mail" in page.content.decode()
    assert "Contact: e-mail" in page.content.decode()
    assert "Beiseite" not in page.content.decode()
    Comment.objects.all().delete()
    assert "(text erased)" in browser.get(f"/o/{organisation.slug}/results/{survey.pk}/answers/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_verification_recounts_the_sheets() -> None:
    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        survey = make_long_survey(organisation)
        answered(survey, nps=9, multiple=[1, 3], ranking=[1, 2, 3], number=2.5, date="1960-05-01", consent=True)
        sheet = answered(survey, nps="n/a", yes_no="no", single=0, text="Ja")
        Response.objects.filter(pk=sheet.pk).update(begun_at=sheet.submitted_at - timedelta(seconds=64))
        make_pulse(organisation, 1)
    count()
    call_command("verify_metrics")
    with organisation_scope(organisation.pk):
        AnswerRollup.objects.filter(question__kind="yes_no", n=1).update(codes=[1])
        SheetRollup.objects.update(partial=3)
    with pytest.raises(CommandError, match="3 differences"):
        call_command("verify_metrics", stdout=StringIO())
    call_command("rebuild_metrics", stdout=StringIO())
    call_command("verify_metrics", stdout=StringIO())


def test_statements_do_not_grow_with_answers(organisation: Organisation, survey: Survey, sign_in: SignIn) -> None:
    browser = sign_in(make_member(organisation))

    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(f"/o/{organisation.slug}/results/{survey.pk}/{path}")
        return len(captured)

    answered(survey, nps=9, text="Eins")
    count()
    statements("answers/")  # reads the version, once per process
    few = [statements(""), statements("answers/")]
    for number in range(12):
        answered(survey, nps=9, text=f"Wort {number}", yes_no="yes", single=1)
    count()
    many = [statements(""), statements("answers/")]
    assert many[1] == few[1]
    assert many[0] <= few[0] + 1  # the comments, once there are enough to show them


def test_the_way_from_the_mail_to_the_answer(organisation: Organisation, survey: Survey, sign_in: SignIn) -> None:
    sent = [make_invitation(survey, make_customer(organisation)) for _number in range(8)]
    visitor = Client()
    for invitation in sent[:4]:
        assert visitor.get(f"/r/{answer_token(organisation.pk, invitation.pk)}").status_code == 200
    for invitation in sent[3:5]:  # the latter from the mail's one tap
        make_response(survey, [9, *[None] * (len(survey.asked_questions()) - 1)], invitation=invitation)
    Response.objects.filter(invitation=sent[4]).update(completed_at=None)
    later = ChangedDay.objects.filter(due_at__gt=timezone.now())
    assert later.count() == 4, "reports hear of opened links later, when most have been answered"
    count()
    assert later.count() == 4
    later.update(due_at=timezone.now())
    count()
    page = results(sign_in(make_member(organisation)), survey)
    steps = [(step.label, step.text, step.share) for step in page.context["steps"]]
    assert steps == [
        ("Delivered", "8", "100%"),
        ("Opened the link", "5", "62%"),
        ("Begun", "2", "25%"),
        ("Answered to the end", "1", "12%"),
    ]


def make_pulse(organisation: Organisation, number: int, **fields: Any) -> Survey:
    """A survey of employees, answered so often yesterday."""
    pulse = make_survey(organisation, kinds=["nps", "text"], is_anonymous=True, **fields)
    channel, yesterday = make_channel(organisation), organisation.today() - timedelta(days=1)
    for each in range(number):
        employee = make_customer(organisation, last_name=f"Employee {each}")
        invitation = make_invitation(pulse, customer=employee, channel=channel)
        words: list[int | str | None] = [9, f"Word {number - each}"]
        make_response(pulse, words, invitation=invitation, customer=employee, channel=channel, day=yesterday)
    count()
    return pulse


def test_answers_that_are_never_shown_one_by_one(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        make_pulse(other_organisation, 1)
    pulse, browser = make_pulse(organisation, 8), sign_in(make_member(organisation, role=Role.ADMIN))
    page = results(browser, pulse, f"?channel={Response.objects.earliest('pk').channel_id}&version=7")
    shown = page.content.decode()
    assert "never shown one by one" in shown
    assert "Single answers" not in shown
    assert page.context["panels"][0].tile.figure == "+100"
    assert page.context["selection"].channel is None, "no groups"
    assert [comment.text for comment in page.context["panels"][1].comments] == [f"Word {each}" for each in range(1, 6)]
    for secret in ("Open a case", "Use as a quote", "Employee 1"):
        assert secret not in shown
    assert results(browser, pulse, "answers/").status_code == 404
    comment = Comment.objects.earliest("pk")
    assert "Word" not in browser.get("/o/nordlicht/comments/").content.decode()
    assert browser.get(f"/o/nordlicht/cases/new/?comment={comment.pk}").status_code == 404


def test_no_other_report_counts_what_is_never_shown_one_by_one(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    """There one chooses days and groups: two figures, with and without somebody, would tell what that one said."""
    with organisation_scope(other_organisation.pk):
        make_pulse(other_organisation, 8)
    touchpoint = make_touchpoint(organisation)
    make_pulse(organisation, 8, touchpoint=touchpoint)
    browser = sign_in(make_member(organisation))
    today = organisation.today().isoformat()
    for query in ("", f"?from={today}&to={today}"):
        tiles = browser.get(f"/o/nordlicht/{query}").context["tiles"]
        assert [str(tile.label) for tile in tiles] == ["Response rate"]
        assert browser.get(f"/o/nordlicht/touchpoints/{touchpoint.pk}/{query}").context["sections"] == []


def test_what_is_wrong_in_the_address_is_said_once(organisation: Organisation, sign_in: SignIn) -> None:
    page = results(sign_in(make_member(organisation)), make_pulse(organisation, 8), "?period=nonsense")
    assert page.content.decode().count("is not a period") == 1


def test_results_nobody_is_known_in_grow_by_several_people_at_a_time(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        make_pulse(other_organisation, 8)
    pulse, browser = (
        make_survey(organisation, kinds=["nps", "text"], is_anonymous=True),
        sign_in(make_member(organisation)),
    )
    today = organisation.today()

    def answered_on(days_ago: int, number: int) -> None:
        for _each in range(number):
            make_response(pulse, [9, "Word"], day=today - timedelta(days=days_ago))
        count()

    def shown(query: str = "") -> tuple[int, int, bool]:
        page = results(browser, pulse, query)
        return page.context["sheets"].complete, page.context["panels"][0].n, "Word" in page.content.decode()

    answered_on(0, 9)
    assert shown() == (0, 0, False), "a day is not over before its end: its next answer could be told apart"
    answered_on(9, 3)
    assert shown() == (0, 0, False)
    answered_on(7, 3)
    assert shown() == (6, 6, False)
    answered_on(5, 4)
    assert shown() == (6, 6, False), "4 new people are too few"
    for first, last, number in ((9, 0, 6), (8, 0, 6), (7, 7, 6), (9, 8, 0), (6, 0, 0)):
        days = f"?from={today - timedelta(days=first)}&to={today - timedelta(days=last)}"
        assert shown(days)[0] == number, "a step is in the period in which it ends, whole"
    answered_on(1, 1)
    assert shown() == (11, 11, True)
    assert (
        "In this period that is not so yet."
        in results(browser, pulse, "?from=2020-01-01&to=2020-02-01").content.decode()
    )


def test_how_many_of_a_few_have_answered_is_not_told(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        make_pulse(other_organisation, 8)
    pulse, browser = make_pulse(organisation, 4), sign_in(make_member(organisation))
    assert results(browser, pulse).context["steps"] == []
    make_invitation(pulse)
    ChangedDay.objects.create(organisation=organisation, survey=pulse, day=organisation.today())
    count()
    for query in ("", "?from=2020-01-01&to=2020-02-01"):
        steps = results(browser, pulse, query).context["steps"]
        assert [step.text for step in steps] == ["5", "4", "4", "4"], "of all days, so that none can be told apart"


def test_comments_of_the_few_stay_hidden(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        make_pulse(other_organisation, 8)
    touchpoint = make_touchpoint(organisation)
    pulse, browser = make_pulse(organisation, 7, touchpoint=touchpoint), sign_in(make_member(organisation))
    assert "Word" not in results(browser, pulse).content.decode()
    named = make_survey(organisation, kinds=["nps", "text"], touchpoint=touchpoint)
    for _number in range(8):
        make_response(named, [9, "Said by a customer"])
    count()
    shown = browser.get(f"/o/nordlicht/touchpoints/{touchpoint.pk}/").content.decode()
    assert "Said by a customer" in shown
    assert "Word" not in shown


def test_a_suspicious_sheet_is_set_aside_and_counted_again(
    organisation: Organisation, other_organisation: Organisation, survey: Survey, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        foreign = answered(make_long_survey(other_organisation), nps=1)
    sheet, other = answered(survey, nps=0, text="Spam"), answered(survey, nps=10)
    manager = sign_in(make_member(organisation, role=Role.CX_MANAGER))
    listed = results(manager, survey, "answers/?period=12m&language=de")
    assert f"/answers/{sheet.pk}/?period=12m&amp;language=de" in listed.content.decode()
    page = f"/o/nordlicht/results/{survey.pk}/answers/{sheet.pk}/?period=12m&language=de"
    after = manager.post(page, {"to": "aside"}, follow=True)
    assert [shown.response for shown in after.context["sheets"]] == [other]
    assert after.context["aside"] == sheet
    assert after.redirect_chain[0][0].endswith(f"?period=12m&language=de&aside={sheet.pk}")
    sheet.refresh_from_db()
    assert sheet.set_aside == Response.SetAside.BY_HAND
    again = manager.post(f"{page}&aside={sheet.pk}", {"to": "back"}, follow=True)
    assert len(again.context["sheets"]) == 2
    assert again.context["aside"] is None
    manager.post(f"/o/nordlicht/results/{survey.pk}/answers/{foreign.pk}/", {"to": "aside"})
    with organisation_scope(other_organisation.pk):
        assert Response.objects.get(pk=foreign.pk).set_aside == ""

    analyst = sign_in(make_member(organisation, role=Role.ANALYST))
    assert "Set it aside" not in results(analyst, survey, "answers/").content.decode()
    assert analyst.post(page, {"to": "aside"}).status_code == 403


def test_a_survey_that_nobody_was_invited_to_says_so_and_what_is_known_instead(
    organisation: Organisation, other_organisation: Organisation, sign_in: SignIn
) -> None:
    with organisation_scope(other_organisation.pk):
        make_invitation(make_survey(other_organisation))
    survey, anonymous = make_survey(organisation), make_survey(organisation, is_anonymous=True)
    count()
    browser = sign_in(make_member(organisation))

    def page(survey: Survey) -> tuple[list[tuple[str, int, str]], str]:
        response = results(browser, survey)
        return [(step.label, step.n, step.share) for step in response.context["steps"]], response.content.decode()

    for empty in (survey, anonymous):
        steps, html = page(empty)
        assert (steps, "Nobody has received an invitation to this survey." in html) == ([], True)
        assert "invitations have arrived" not in html

    for score in (9, 3, 7, None):
        make_response(survey, [score, None])
    Response.objects.filter(pk=Response.objects.latest("pk").pk).update(completed_at=None)
    ChangedDay.objects.create(organisation=organisation, survey=survey, day=organisation.today())
    count()
    steps, html = page(survey)
    assert steps == [("Begun", 4, "100%"), ("Answered to the end", 3, "75%")]
    assert "Nobody has received an invitation to this survey: these answers came in by other ways" in html
    assert "From the mail to the answer" not in html

    make_invitation(survey)
    ChangedDay.objects.create(organisation=organisation, survey=survey, day=organisation.today())
    count()
    steps, html = page(survey)
    assert steps[0] == ("Delivered", 1, "100%")
    assert "Nobody has received" not in html
