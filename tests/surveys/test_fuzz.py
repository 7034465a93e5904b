"""Whatever is sent to the pages that anyone may call: never a fault of ours, never half a sheet."""

from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from surveys.answersheets import AnswerSheet
from surveys.documents import published_document
from surveys.links import answer_token, unsubscribe_token
from surveys.models import Comment, Invitation, Question, Response, Score
from tests.makers import make_invitation, make_question, make_survey, publish

OPTIONS = [{"id": number, "text": {"de": f"Wahl {number}"}} for number in (1, 2, 3)]
SPECIAL = ["", " ", "0", "-1", "1", "3", "11", "n/a", "yes", "1e9", "NaN", "٣", "\x00", "\ud800", "🙂" * 50, "x" * 5001]
SPECIAL += [
    "9" * 400,
    "2024-12-31",
    "0000-00-00",
    "99999-01-01",
    "<script>",
    "{first_name}",
    "%s%n",
    "'; --",
    "\r\n",
    "1,5",
]

values = st.sampled_from(SPECIAL) | st.text(max_size=30) | st.integers(-5, 15).map(str)
queries = st.sampled_from(["", "?page=1", "?page=2", "?page=3", "?page=99", "?page=%00", "?page=²", "?lang=en"])
queries |= st.sampled_from(
    ["?s=9", "?s=%ff", "?lang=%00&page=2", "?page=1&page=2", "?" + "&" * 500, "?lang=" + "x" * 5000]
)
bodies = st.sampled_from(
    [b"\xff\xfe\x00", b"=&=&&", b"--x\r\nbroken", b"{}", b"%", b"q=%00%ff", b"a" * 3_000_000]
) | st.binary(max_size=200)
TYPES = ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7", "", "text/plain"]
TYPES += ["application/x-www-form-urlencoded; charset=nonsense", "multipart/form-data; boundary=x", "application/json"]
TYPES += [
    "multipart/form-data",
    "application/x-www-form-urlencoded; charset=\xff",
    "multipart/form-data; boundary=" + "x" * 300,
]
FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def questions(organisation: Organisation, other_organisation: Organisation) -> list[Question]:
    """Two pages with all kinds; the second has a row and a follow-up that hang on the first."""
    with organisation_scope(other_organisation.pk):
        make_invitation(make_survey(other_organisation))
    survey = make_survey(organisation, kinds=())
    nps = make_question(survey, "nps", allows_not_applicable=True)
    low = {"match": "all", "parts": [{"subject": "question", "key": nps.pk, "operator": "between", "values": [0, 6]}]}
    single = make_question(survey, "single", options=OPTIONS, allows_other=True)
    multiple = make_question(survey, "multiple", options=OPTIONS, allows_other=True)
    ranking = make_question(survey, "ranking", options=OPTIONS)
    why = make_question(survey, "text", condition=low)
    matrix = make_question(survey, "matrix", lo=1, hi=5)
    row = make_question(survey, "rating", matrix=matrix)
    rest = [make_question(survey, kind) for kind in ("yes_no", "short_text", "number", "date", "consent", "info")]
    publish(survey)
    return [nps, single, multiple, ranking, why, matrix, row, *rest]


def check_stored(invitation: Invitation) -> None:
    """What is there is a sheet that the logic could have led to, with all its scores and words, or nothing."""
    response = Response.objects.filter(invitation=invitation).first()
    scores = dict(Score.objects.filter(response__invitation=invitation).values_list("question_id", "score"))
    words = dict(Comment.objects.filter(response__invitation=invitation).values_list("question_id", "text"))
    if response is None:
        assert (scores, words) == ({}, {})
        return
    answers = {int(pk): value for pk, value in response.answers.items()}
    sheet = AnswerSheet(published_document(invitation.version_id), values=answers, comments=words)
    assert {question.id for page in sheet.pages for question in page.questions} >= answers.keys()
    assert scores == sheet.scores
    written = {pk for pk, kind in invitation.survey.questions.values_list("pk", "kind") if kind in Question.WRITTEN}
    assert {pk for pk, value in answers.items() if value is True and pk in written} <= words.keys()
    assert words.keys() <= {pk for pk, value in answers.items() if value is not None}


@FUZZ
@given(data=st.data())
def test_no_form_is_half_stored(questions: list[Question], data: Any) -> None:
    invitation = make_invitation(questions[0].survey)
    link, client = f"/r/{answer_token(invitation.organisation_id, invitation.pk)}", Client()
    names = [f"q{question.pk}" for question in questions]
    names += [f"{name}.{part}" for name in names[1:4] for part in ("1", "2", "3", "other", "x")]
    names += ["q", "q0", "q-1", "page", "begun", "switch", "contact", "csrfmiddlewaretoken", "\x00", "q" + "9" * 40]
    forms = st.dictionaries(st.sampled_from(names), st.lists(values, min_size=1, max_size=3), max_size=12)
    for _page in range(data.draw(st.integers(1, 4))):
        pairs = [(name, value) for name, sent in data.draw(forms).items() for value in sent]
        body = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)
        page = client.generic("POST", link + data.draw(queries), body.encode(), TYPES[0])
        assert page.status_code in {200, 303, 400, 410, 422}
        assert client.get(link + data.draw(queries)).status_code in {200, 400, 410}
        check_stored(invitation)
    connection.check_constraints()


def encoded(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


@FUZZ
@given(body=bodies, content_type=st.sampled_from(TYPES), query=queries, is_answer=st.booleans())
def test_no_body_is_a_fault_of_ours(
    questions: list[Question], body: bytes, content_type: str, query: str, is_answer: bool
) -> None:
    invitation = make_invitation(questions[0].survey)
    ids = (invitation.organisation_id, invitation.pk)
    path = f"/r/{answer_token(*ids)}" if is_answer else f"/u/{unsubscribe_token(*ids)}"
    page = Client().generic("POST", path + query, body, content_type)
    assert page.status_code in {200, 303, 400, 410, 413, 415, 422}
    check_stored(invitation)


@FUZZ
@given(
    token=st.text(st.characters(exclude_characters="/?#", exclude_categories=["Cs"]), min_size=1, max_size=80)
    | st.binary(min_size=1, max_size=60).map(quote_from_bytes),
    door=st.sampled_from(["r", "u"]),
    method=st.sampled_from(["GET", "POST", "HEAD"]),
)
def test_no_token_is_a_fault_of_ours(db: None, token: str, door: str, method: str) -> None:
    page = Client().generic(method, f"/{door}/{token}", b"q1=9", TYPES[0])
    assert page.status_code in {400, 404}
    assert not Response.objects.exists()
