"""Whatever form is sent to a survey's page: never half a sheet. The rest is tests/guards/test_public_addresses.py."""

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
from surveys.links import answer_token
from surveys.models import Comment, Question, Response, Score, Survey
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
FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def survey_of_all_kinds(organisation: Organisation) -> Survey:
    """Two pages; the second has a row and a follow-up that hang on the first."""
    survey = make_survey(organisation, kinds=())
    nps = make_question(survey, "nps", allows_not_applicable=True)
    low = {"match": "all", "parts": [{"subject": "question", "key": nps.pk, "operator": "between", "values": [0, 6]}]}
    for kind in ("single", "multiple", "ranking"):
        make_question(survey, kind, options=OPTIONS, allows_other=kind != "ranking")
    make_question(survey, "text", condition=low)
    make_question(survey, "rating", matrix=make_question(survey, "matrix", lo=1, hi=5))
    for kind in ("yes_no", "short_text", "number", "date", "consent", "info"):
        make_question(survey, kind)
    publish(survey)
    return survey


@pytest.fixture
def survey(organisation: Organisation, other_organisation: Organisation) -> Survey:
    with organisation_scope(other_organisation.pk):
        make_invitation(make_survey(other_organisation))
    return survey_of_all_kinds(organisation)


def check_whole(response: Response) -> None:
    """It is a sheet that the logic could have led to, with all its scores and words."""
    scores = dict(Score.objects.filter(response=response).values_list("question_id", "score"))
    words = dict(Comment.all_objects.filter(response=response).values_list("question_id", "text"))
    answers = {int(pk): value for pk, value in response.answers.items()}
    sheet = AnswerSheet(published_document(response.version_id), values=answers, comments=words)
    assert {question.id for page in sheet.pages for question in page.questions} >= answers.keys()
    assert response.set_aside or scores == sheet.scores
    written = {pk for pk, kind in response.survey.questions.values_list("pk", "kind") if kind in Question.WRITTEN}
    assert {pk for pk, value in answers.items() if value is True and pk in written} <= words.keys()
    assert words.keys() <= {pk for pk, value in answers.items() if value is not None}


@FUZZ
@given(data=st.data())
def test_no_form_is_half_stored(survey: Survey, data: Any) -> None:
    invitation = make_invitation(survey)
    link, client = f"/r/{answer_token(invitation.organisation_id, invitation.pk)}", Client()
    names = [f"q{question.pk}" for question in survey.questions.order_by("position")]
    names += [f"{name}.{part}" for name in names[1:4] for part in ("1", "2", "3", "other", "x")]
    names += ["q", "q0", "q-1", "page", "begun", "switch", "contact", "csrfmiddlewaretoken", "\x00", "q" + "9" * 40]
    forms = st.dictionaries(st.sampled_from(names), st.lists(values, min_size=1, max_size=3), max_size=12)
    for _page in range(data.draw(st.integers(1, 4))):
        pairs = [(name, value) for name, sent in data.draw(forms).items() for value in sent]
        body = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)
        page = client.generic("POST", link + data.draw(queries), body.encode(), "application/x-www-form-urlencoded")
        assert page.status_code in {200, 303, 400, 410, 422}
        assert client.get(link + data.draw(queries)).status_code in {200, 400, 410}
        for stored in Response.objects.filter(invitation=invitation):
            check_whole(stored)
    connection.check_constraints()


def encoded(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))
