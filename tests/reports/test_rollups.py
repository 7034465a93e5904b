from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from organisations.models import Organisation
from organisations.tenancy import organisation_scope
from reports.domain.rollups import count_changed_days, rebuild
from reports.models import InvitationRollup, ScoreRollup
from surveys.models import ChangedDay, Response, Score
from tests.makers import make_channel, make_organisation, make_persona, make_response, make_survey, make_touchpoint

DAY = date(2026, 3, 2)


def rollups(grain: ScoreRollup.Grain) -> list[tuple[object, ...]]:
    rows = ScoreRollup.objects.filter(grain=grain).order_by("day", "question", "channel", "persona")
    return list(rows.values_list("day", "channel", "persona", "n", "top", "bottom", "total", "scores", "counts"))


def test_counts_scores_per_day_at_both_grains(organisation: Organisation) -> None:
    shop, phone = make_channel(organisation), make_channel(organisation)
    survey = make_survey(organisation, kinds=["nps"], touchpoint=make_touchpoint(organisation))
    for score, channel in ((10, shop), (10, phone), (7, phone), (2, phone)):
        make_response(survey, [score], day=DAY, channel=channel)

    while count_changed_days():
        pass

    assert rollups(ScoreRollup.Grain.TOTAL) == [(DAY, None, None, 4, 2, 1, 29, [2, 7, 10], [1, 1, 2])]
    assert rollups(ScoreRollup.Grain.DETAIL) == [
        (DAY, shop.pk, None, 1, 1, 0, 10, [10], [1]),
        (DAY, phone.pk, None, 3, 1, 1, 19, [2, 7, 10], [1, 1, 1]),
    ]
    assert not ChangedDay.objects.exists()


def test_counting_twice_changes_nothing_and_erasing_is_seen(organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation))
    make_response(survey, [5], day=DAY)
    gone = make_response(survey, [1], day=DAY)
    while count_changed_days():
        pass
    once = rollups(ScoreRollup.Grain.TOTAL)
    rebuild(organisation)
    assert rollups(ScoreRollup.Grain.TOTAL) == once == [(DAY, None, None, 2, 1, 0, 6, [1, 5], [1, 1])]

    gone.delete()
    ChangedDay.objects.create(organisation=organisation, survey=survey, day=DAY)
    while count_changed_days():
        pass
    assert rollups(ScoreRollup.Grain.TOTAL) == [(DAY, None, None, 1, 1, 0, 5, [5], [1])]


def test_counts_each_organisation_by_itself(organisation: Organisation, other_organisation: Organisation) -> None:
    survey = make_survey(organisation, kinds=["nps"], touchpoint=make_touchpoint(organisation))
    make_response(survey, [9], day=DAY)
    with organisation_scope(other_organisation.pk):
        strange = make_survey(other_organisation, kinds=["nps"], touchpoint=make_touchpoint(other_organisation))
        make_response(strange, [0], day=DAY)
    while count_changed_days():
        pass
    assert rollups(ScoreRollup.Grain.TOTAL) == [(DAY, None, None, 1, 1, 0, 9, [9], [1])]
    with organisation_scope(other_organisation.pk):
        assert rollups(ScoreRollup.Grain.TOTAL) == [(DAY, None, None, 1, 0, 1, 0, [0], [1])]


@pytest.mark.django_db(transaction=True)
def test_verification_finds_what_was_tampered_with_and_rebuilding_mends_it() -> None:
    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation, kinds=["nps", "text"], touchpoint=make_touchpoint(organisation))
        for score in (0, 6, 7, 9, 10):
            make_response(survey, [score, "because"], day=DAY, persona=make_persona(organisation))
    while count_changed_days():
        pass
    call_command("verify_metrics", stdout=StringIO())

    with organisation_scope(organisation.pk):
        ScoreRollup.objects.filter(grain=ScoreRollup.Grain.TOTAL).update(top=5)
        Score.objects.filter(score=0).delete()
        InvitationRollup.objects.create(organisation=organisation, survey=survey, day=DAY, sent=1, answered=1)
    with pytest.raises(CommandError, match="2 differences"):
        call_command("verify_metrics", stdout=StringIO())

    call_command("rebuild_metrics", stdout=StringIO())
    with pytest.raises(CommandError, match="differences"):  # the score is still missing
        call_command("verify_metrics", stdout=StringIO())
    with organisation_scope(organisation.pk):
        nps, text = survey.questions.all()
        assert Response.objects.get(scores=None).answers == {str(nps.pk): 0, str(text.pk): True}


def test_a_large_import_is_counted_before_the_database_knows_how_large_it_is(organisation: Organisation) -> None:
    """Without statistics a plan could compare each count with each: for these 20,000 that takes minutes."""
    survey = make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation))
    response = make_response(survey, [5])
    question = survey.questions.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO surveys_score (organisation_id, response_id, survey_id, question_id, day, score)"
            " SELECT %s, %s, %s, %s, DATE '1970-01-01' + n, 5 FROM generate_series(1, 20000) n",
            [organisation.pk, response.pk, survey.pk, question.pk],
        )
        cursor.execute("SET LOCAL statement_timeout = '30s'")
        rebuild(organisation)
        cursor.execute("SET LOCAL statement_timeout = 0")
    assert ScoreRollup.objects.seen().filter(survey=survey, touchpoint=None).count() == 20_000
