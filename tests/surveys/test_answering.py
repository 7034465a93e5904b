"""Answering through the door that customers use."""

import re
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from common import tokens
from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.answers import LONGEST_COMMENT, NOT_APPLICABLE
from surveys.documents import Document
from surveys.links import unsubscribe_path
from surveys.models import ChangedDay, Comment, Invitation, Question, Response, Score, Survey, SurveyVersion
from surveys.pages import survey_context
from tests.makers import (
    make_customer,
    make_invitation,
    make_member,
    make_question,
    make_response,
    make_survey,
    make_touchpoint,
    publish,
)


def link(invitation: Invitation) -> str:
    return "/r/" + tokens.make("respond", invitation.organisation_id, invitation.pk)


def fields(invitation: Invitation) -> list[str]:
    """Names of the form fields, in the order of the questions."""
    return [f"q{question['id']}" for question in invitation.version.document["questions"]]


def gzipped(client: Client, path: str) -> int:
    """Bytes of the body on the wire."""
    response = client.get(path, headers={"accept-encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    return len(response.getvalue())


@pytest.fixture
def survey(organisation: Organisation) -> Survey:
    return make_survey(organisation)


@pytest.fixture
def invitation(survey: Survey) -> Invitation:
    customer = make_customer(survey.organisation, salutation="ms", first_name="Ina", last_name="Petersen")
    return make_invitation(survey, customer)


@pytest.fixture(autouse=True)
def strangers_survey(other_organisation: Organisation) -> Invitation:
    with organisation_scope(other_organisation.pk):
        return make_invitation(make_survey(other_organisation))


def test_looking_shows_the_questions_and_records_nothing(client: Client, invitation: Invitation) -> None:
    for query in ("", "?s=9", "?s=9&lang=en", "?q1=9&submit=1"):
        for look in (client.get, client.head):
            assert look(link(invitation) + query).status_code == 200
    page = client.get(link(invitation)).content.decode()
    assert "Guten Tag Frau Petersen" in page
    assert "Wie war es?" in page
    assert "Frage 1" in page
    assert not Response.objects.exists()
    assert not ChangedDay.objects.due().exists(), "that the link was opened is counted later"


def test_an_answer_is_stored_before_the_thanks(client: Client, organisation: Organisation) -> None:
    touchpoint = make_touchpoint(organisation)
    invitation = make_invitation(make_survey(organisation, touchpoint=touchpoint))
    nps, text = fields(invitation)
    page = client.post(link(invitation), {nps: "9", text: " Alles\r\ngut\x00 "})
    assert page.status_code == 200
    assert "Vielen Dank" in page.content.decode()
    response = Response.objects.get()
    assert (response.invitation, response.customer) == (invitation, invitation.customer)
    assert (response.answers, response.language) == ({nps[1:]: 9, text[1:]: True}, "de")
    assert response.completed_at == response.submitted_at
    assert response.day == organisation.today()
    score, comment = Score.objects.get(), Comment.objects.get()
    assert (score.score, score.touchpoint, score.day) == (9, touchpoint, organisation.today())
    assert (comment.text, comment.touchpoint, comment.customer) == ("Alles\ngut", touchpoint, invitation.customer)
    assert ChangedDay.objects.get().survey_id == invitation.survey_id


def test_a_second_answer_changes_nothing(client: Client, invitation: Invitation) -> None:
    nps, text = fields(invitation)
    client.post(link(invitation), {nps: "9"})
    again = client.post(link(invitation), {nps: "1", text: "doch nicht"})
    assert again.status_code == 200
    assert "schon bei uns" in again.content.decode()
    assert "schon bei uns" in client.get(link(invitation)).content.decode()
    assert Response.objects.get().answers == {nps[1:]: 9, text[1:]: None}
    assert Score.objects.count() == 1
    assert not Comment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_store_one_answer() -> None:
    organisation = Organisation.objects.create(name="Nordlicht", slug="nordlicht-taps")
    with organisation_scope(organisation.pk):
        invitations = [make_invitation(make_survey(organisation)) for _ in range(4)]
        names = [fields(invitation)[0] for invitation in invitations]
    barrier = Barrier(4)
    pages = []

    def tap() -> None:
        browser = Client()
        try:
            for invitation, name in zip(invitations, names, strict=True):
                barrier.wait()
                pages.append(browser.post(link(invitation), {name: "9"}))
        finally:
            connection.close()

    threads = [Thread(target=tap) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [page.status_code for page in pages] == [200] * 16
    assert all("Vielen Dank" in page.content.decode() for page in pages)
    with organisation_scope(organisation.pk):
        assert Response.objects.count() == Score.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_each_statement_enters_the_organisation_of_the_link_and_no_other() -> None:
    organisation, stranger = [
        Organisation.objects.create(name=name, slug=f"{name}-alone".lower()) for name in ("Nordlicht", "Fremd")
    ]
    with organisation_scope(organisation.pk):
        invitation = make_invitation(make_survey(organisation))
        score = fields(invitation)[0]
    browser = Client()
    browser.get(link(invitation))  # reads the version
    with CaptureQueriesContext(connection) as looked:
        assert browser.get(link(invitation)).status_code == 200
    with CaptureQueriesContext(connection) as answered:
        assert browser.post(link(invitation), {score: "9"}).status_code == 200
    assert (len(looked), len(answered)) == (1, 2)
    assert not Response.objects.exists(), "nothing can be seen once they are done"
    with organisation_scope(organisation.pk):
        assert Response.objects.get().invitation == invitation
        assert Invitation.objects.get().opened_at
    foreign = "/r/" + tokens.make("respond", stranger.pk, invitation.pk)
    assert browser.get(foreign).status_code == 404
    assert browser.post(foreign, {score: "9"}).status_code == 404


def test_an_empty_sheet_is_asked_for_kindly(client: Client, invitation: Invitation) -> None:
    _nps, text = fields(invitation)
    for data in ({}, {text: "  \n"}, {"unknown": "9"}):
        page = client.post(link(invitation), data)
        assert page.status_code == 422
        assert "Ein Tippen genügt" in page.content.decode()
    assert not Response.objects.exists()


def test_a_fault_is_shown_at_its_question_and_nothing_typed_is_lost(client: Client, invitation: Invitation) -> None:
    nps, text = fields(invitation)
    page = client.post(link(invitation), {nps: "11", text: "Ganz <b>gut</b>"})
    html = page.content.decode()
    assert page.status_code == 422
    assert f'id="{nps}-error">Bitte wählen Sie eine Zahl von 0 bis 10.' in html
    assert f'<a href="#{nps}">Frage 1</a>' in html
    assert "Ganz &lt;b&gt;gut&lt;/b&gt;</textarea>" in html
    page = client.post(link(invitation), {nps: "7", text: "x" * (LONGEST_COMMENT + 1)})
    html = page.content.decode()
    assert page.status_code == 422
    assert f'id="{text}-error">' in html
    assert 'value="7" checked' in html
    assert "x" * (LONGEST_COMMENT + 1) in html
    assert not Response.objects.exists()


def test_a_required_question_is_insisted_on(client: Client, survey: Survey) -> None:
    survey.questions.filter(kind="nps").update(is_required=True)
    document = Document.of_draft(survey).to_json()
    SurveyVersion.objects.create(organisation=survey.organisation, survey=survey, number=2, document=document)
    invitation = make_invitation(survey)
    nps, text = fields(invitation)
    page = client.post(link(invitation), {text: "Nur ein Wort"})
    assert page.status_code == 422
    assert f'id="{nps}-error">Bitte beantworten Sie diese Frage.' in page.content.decode()
    assert "Nur ein Wort</textarea>" in page.content.decode()


def test_not_applicable_and_long_scales_can_be_answered(client: Client, survey: Survey) -> None:
    scale = {"lo": 0, "hi": 100, "allows_not_applicable": True, "text": {"de": "Von 0 bis 100?"}}
    for position in (5, 6):
        Question.objects.create(
            organisation=survey.organisation, survey=survey, position=position, kind="rating", **scale
        )
    document = Document.of_draft(survey).to_json()
    SurveyVersion.objects.create(organisation=survey.organisation, survey=survey, number=2, document=document)
    invitation = make_invitation(survey)
    nps, text, first, second = fields(invitation)
    assert "<option>100</option>" in client.get(link(invitation)).content.decode()
    client.post(link(invitation), {first: "77", second: NOT_APPLICABLE})
    answers = {nps[1:]: None, text[1:]: None, first[1:]: 77, second[1:]: NOT_APPLICABLE}
    assert Response.objects.get().answers == answers
    assert Score.objects.get().score == 77


@pytest.mark.parametrize("score", ["10", "0"])
def test_the_tap_in_the_mail_preselects(client: Client, invitation: Invitation, score: str) -> None:
    checked = re.findall(r'value="(\d+)" checked', client.get(f"{link(invitation)}?s={score}").content.decode())
    assert checked == [score]


@pytest.mark.parametrize("score", ["11", "-1", "9.0", "٩", "", "<script>", "9" * 5000])
def test_a_tap_that_is_no_score_selects_nothing(client: Client, invitation: Invitation, score: str) -> None:
    page = client.get(link(invitation), {"s": score})
    assert page.status_code == 200
    assert b" checked" not in page.content
    assert b"<script" not in page.content


def test_the_language_can_be_switched_without_losing_what_was_typed(client: Client, invitation: Invitation) -> None:
    nps, text = fields(invitation)
    assert "Question 1" in client.get(f"{link(invitation)}?lang=en").content.decode()
    assert "Frage 1" in client.get(f"{link(invitation)}?lang=fr").content.decode()
    page = client.post(f"{link(invitation)}?lang=en", {nps: "3", text: "so far", "switch": ""})
    html = page.content.decode()
    assert page.status_code == 200
    assert '<html lang="en">' in html
    assert "Question 1" in html
    assert "Hello Ms Petersen" in html
    assert 'value="3" checked' in html
    assert "so far</textarea>" in html
    assert not Response.objects.exists()
    assert "Thank you" in client.post(f"{link(invitation)}?lang=en", {nps: "3"}).content.decode()
    assert Response.objects.get().language == "en"


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"salutation": "mr", "first_name": "Jan", "last_name": "Ohm"}, "Guten Tag Herr Ohm<"),
        ({"salutation": "mr", "first_name": "Jan", "last_name": ""}, "Guten Tag Jan<"),
        ({"first_name": "Jan", "last_name": "Ohm"}, "Guten Tag Jan Ohm<"),
        ({"first_name": "", "last_name": "Ohm"}, "Guten Tag<"),
        ({"first_name": "", "last_name": ""}, "Guten Tag<"),
        ({"first_name": "<b>", "last_name": "%(x)s"}, "Guten Tag &lt;b&gt; %(x)s<"),
    ],
)
def test_the_greeting_says_what_is_known(client: Client, survey: Survey, known: dict[str, Any], words: str) -> None:
    invitation = make_invitation(survey, make_customer(survey.organisation, **known))
    assert words in client.get(link(invitation)).content.decode()


def test_links_that_cannot_be_answered_say_why(client: Client, organisation: Organisation, survey: Survey) -> None:
    closed = make_survey(organisation, state=Survey.State.CLOSED)
    past = timezone.now() - timedelta(seconds=1)
    gone = make_invitation(survey)
    gone.delete()
    erased = make_invitation(survey)
    Invitation.objects.filter(pk=erased.pk).update(customer=None)
    for invitation, status, words in [
        (make_invitation(survey, expires_at=past), 410, "Die Zeit zum Antworten ist vorbei"),
        (make_invitation(closed), 410, "Diese Umfrage ist beendet"),
        (make_invitation(closed, language="en"), 410, "This survey has ended"),
        (make_invitation(survey, state=Invitation.State.NOT_SENT), 410, "Diese Einladung gilt nicht mehr"),
        (erased, 410, "Diese Einladung gilt nicht mehr"),
    ]:
        name = fields(invitation)[0]
        for page in (client.get(link(invitation)), client.post(link(invitation), {name: "9"})):
            assert page.status_code == status
            assert words in page.content.decode()
            assert "Nordlicht" in page.content.decode()
    path = "/r/" + tokens.make("respond", organisation.pk, 10**12)
    for page in (client.get(path), client.post(path, {"q1": "9"})):
        assert page.status_code == 404
    assert not Response.objects.exists()


def test_a_bad_link_costs_no_statement_and_speaks_the_browsers_language(
    client: Client, invitation: Invitation, strangers_survey: Invitation
) -> None:
    good = link(invitation)
    swapped = tokens.make("respond", invitation.organisation_id)
    other_purpose = tokens.make("unsubscribe", invitation.organisation_id, invitation.pk)
    with CaptureQueriesContext(connection) as statements:
        for path in (good[:-1], good + "A", "/r/%00", "/r/%ff", "/r/ä", "/r/" + "x" * 3000, f"/r/{swapped}",
                     f"/r/{other_purpose}"):  # fmt: skip
            page = client.get(path, headers={"accept-language": "de"})
            assert page.status_code == 404
            assert "Dieser Link funktioniert nicht" in page.content.decode()
            page = client.post(path, {"q1": "9"}, headers={"accept-language": "en"})
            assert page.status_code == 404
            assert "This link does not work" in page.content.decode()
    assert statements.captured_queries == []


def test_a_signed_link_into_another_organisation_finds_nothing(
    client: Client, organisation: Organisation, strangers_survey: Invitation
) -> None:
    """Should ids ever be mixed up, the wall of the database holds."""
    path = "/r/" + tokens.make("respond", organisation.pk, strangers_survey.pk)
    assert client.get(path).status_code == 404
    assert client.post(path, {fields(strangers_survey)[0]: "9"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xfe=\x00&q1=%00%ff%fe&&&=", "application/x-www-form-urlencoded"),
        (b"q1=9", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"q1=9", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"&".join(b"q%d=9" % number for number in range(5000)), "application/x-www-form-urlencoded"),
        (b"q1=" + b"x" * (6 * 2**20), "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
        (b'{"q1": 9}', "application/json"),
        (b"", ""),
        (b"<xml/>", "text/xml"),
    ],
)
def test_no_body_is_a_server_error(client: Client, invitation: Invitation, body: bytes, content_type: str) -> None:
    page = client.generic("POST", link(invitation), body, content_type)
    assert page.status_code in {400, 413, 415, 422}
    assert not Response.objects.exists()


def test_odd_values_are_faults_not_server_errors(client: Client, invitation: Invitation) -> None:
    nps, text = fields(invitation)
    for value in ("NaN", "1e1", "9 9", "\ud800".encode("utf-8", "surrogatepass"), "9" * 10000, "٩", "-0", "+9", "n/a"):
        page = client.post(link(invitation), {nps: value})
        assert page.status_code == 422
    page = client.post(link(invitation), f"{nps}=1&{nps}=8", content_type="application/x-www-form-urlencoded")
    assert page.status_code == 200
    assert Response.objects.get().answers == {nps[1:]: 8, text[1:]: None}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(client: Client, invitation: Invitation, method: str) -> None:
    assert client.generic(method, link(invitation)).status_code == 405
    assert not Response.objects.exists()


def test_pages_set_no_cookie_are_kept_by_nobody_else_and_load_one_style_sheet(invitation: Invitation) -> None:
    client = Client(enforce_csrf_checks=True)
    nps, _text = fields(invitation)
    pages = [
        client.get(link(invitation)),
        client.get("/r/nonsense"),
        client.post(link(invitation), {}),
        client.post(link(invitation), {nps: "9"}),
        client.get(link(invitation)),
    ]
    assert [page.status_code for page in pages] == [200, 404, 422, 200, 200]
    kept = [page.headers["Cache-Control"] for page in pages]
    assert kept == ["no-store", "no-store", "private, no-cache", "no-store", "no-store"], "but what comes back refused"
    for page in pages:
        assert not page.cookies
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "Cookie" not in page.headers.get("Vary", "")
        html = page.content.decode()
        assert re.findall(r"<(?:script|img|iframe|style|object)|\sstyle=|\son\w+=|\ssrc=|http", html) == []
        assert len(re.findall("<link", html)) == 2, "an empty icon and the style sheet"


def test_the_page_weighs_little(client: Client, organisation: Organisation) -> None:
    """HTML and CSS in one round trip: 14 kB is the first window of a TCP connection."""
    survey = make_survey(organisation, kinds=("nps", "csat", "ces", "rating", "text"))
    path = link(make_invitation(survey))
    sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', client.get(path).content.decode())
    assert gzipped(client, path) + sum(gzipped(client, sheet) for sheet in sheets) <= 14_000
    assert len(sheets) == 1


def test_everyone_is_greeted_by_their_own_name_and_unsubscribes_themselves(client: Client, survey: Survey) -> None:
    """The rest of the page is kept from one customer to the next."""
    names = ["Petersen", "<b>Ö'Neil</b>", "Petersen"]
    customers = [make_customer(survey.organisation, salutation="ms", last_name=name) for name in names]
    invitations = [make_invitation(survey, customer) for customer in customers]
    for invitation, name in zip(invitations, names, strict=True):
        for query in ("", "?s=9", "?lang=en"):
            sheet = client.get(link(invitation) + query).content.decode()
            assert f"{'Hello Ms' if 'lang' in query else 'Guten Tag Frau'} {escape(name)}</h1>" in sheet
            assert [unsubscribe_path(invitation.organisation_id, invitation.pk)] == re.findall('"(/u/[^"]+)"', sheet)
    for invitation in invitations:
        thanks = client.post(link(invitation), {fields(invitation)[0]: "9"}).content.decode()
        assert [unsubscribe_path(invitation.organisation_id, invitation.pk)] == re.findall('"(/u/[^"]+)"', thanks)


def test_the_short_cut_changes_nothing(client: Client, invitation: Invitation, settings: Any) -> None:
    """Neither the pages about an invitation nor those in the browser's language."""
    paths = [link(invitation), link(invitation) + "?lang=en&s=7", "/r/unknown"]
    with time_machine.travel(timezone.now(), tick=False):  # the page says when it was shown
        short = [client.get(path, headers={"accept-language": "de"}).content for path in paths]
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith(".AnsweringMiddleware")]
        assert short == [Client().get(path, headers={"accept-language": "de"}).content for path in paths]
    assert "Dieser Link" in short[2].decode()


def test_a_look_and_an_answer_take_few_statements_whoever_is_signed_in(client: Client, survey: Survey) -> None:
    """Counted as in production, where no transaction is open around the request: two and three."""
    client.force_login(make_member(survey.organisation).user)
    client.get(link(make_invitation(survey)))
    invitation = make_invitation(survey)
    nps, text = fields(invitation)
    with CaptureQueriesContext(connection) as look:
        client.get(link(invitation))
    with CaptureQueriesContext(connection) as answer:
        client.post(link(invitation), {nps: "9", text: "gut"})
    assert (counted(look), counted(answer)) == (2, 3)


def never_counted() -> None:
    """As if PostgreSQL had never counted comments: where it has, while there were none, it plans to read them all."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE surveys_comment CASCADE")


def test_a_look_reads_no_comments_of_others_though_planned_before_there_were_any(
    client: Client, survey: Survey
) -> None:
    never_counted()
    invitation = make_invitation(survey)
    for _ in range(12):  # by then psycopg has prepared the statement, and PostgreSQL keeps its plan
        client.get(link(invitation))
    for _ in range(100):
        make_response(survey, [9, "The fitter was friendly, and came two days late. " * 20])
    before = comments_read()
    client.get(link(invitation))
    assert comments_read() == before


def test_a_further_page_reads_no_comments_of_others_though_planned_before_there_were_any(
    client: Client, organisation: Organisation
) -> None:
    survey = make_survey(organisation, kinds=("nps", "text"))
    make_question(survey, "csat", starts_page=True)
    publish(survey)

    def answer_both_pages() -> None:
        invitation = make_invitation(survey)
        nps, text, csat = fields(invitation)
        client.post(link(invitation), {nps: "9", text: "Friendly, and two days late."})
        assert client.post(f"{link(invitation)}?page=2", {csat: "4"}).status_code == 200

    never_counted()
    for _ in range(12):
        answer_both_pages()
    for _ in range(100):
        make_response(survey, [9, "The fitter was friendly, and came two days late. " * 20, None])
    before = comments_read()
    answer_both_pages()
    own = 4
    assert comments_read() - before <= own


def comments_read() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'surveys_comment'"
        )
        return int(cursor.fetchone()[0])


def counted(statements: CaptureQueriesContext) -> int:
    """Without what only a transaction inside the test's needs: savepoints, and setting the organisation back."""
    nested = ("SAVEPOINT", "RELEASE SAVEPOINT", "SELECT current_setting", "SELECT set_config('cxportal.organisation', ")
    texts = [statement["sql"] or "prepared" for statement in statements.captured_queries]  # psycopg tells no more
    return 1 + sum(not text.startswith(nested) for text in texts)


def test_a_draft_is_previewed_from_a_plain_context(organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=("nps", "csat", "text"))
    document = Document.of_draft(survey).localised("en")
    context = survey_context(
        document=document, organisation_name="Nordlicht", greeting="Hello Ms Petersen", is_preview=True
    )
    page = render_to_string("respond/survey.html", context)
    assert "Hello Ms Petersen" in page
    assert page.count('type="radio"') == 11 + 5
    assert 'method="post"' not in page
