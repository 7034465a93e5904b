from typing import Any

import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils import timezone

from common.periods import Period
from demo.founding import PASSWORD
from demo.nordlicht import NORDLICHT
from demo.plan import Company
from demo.suedwind import SUEDWIND
from demo.yearly_questions import ROWS, SCORE, WRONG, YEARLY
from journeys.models import Channel, Interaction, Touchpoint
from organisations.models import Membership, Organisation, User
from organisations.permissions import Role
from organisations.tenancy import organisation_scope, user_scope
from reports.domain.measuring import readings_by
from reports.domain.overview import clear_changes, measured, only_channel
from reports.domain.results import Selection, question_results, sheets
from reports.models import ScoreRollup
from surveys.answers import OTHER
from surveys.domain.reminders import due_to
from surveys.links import read_answer_token
from surveys.models import Comment, Invitation, Reminder, Response, Survey
from tests.demo.conftest import Printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("printed")]


def test_a_second_run_only_prints(printed: Printed) -> None:
    assert printed.second == printed.first
    assert Organisation.objects.count() == 2


def test_figures_can_be_recounted(printed: Printed) -> None:
    for line in printed.verification.splitlines():
        assert line.endswith("0 survey days still queued, 0 differences")


def test_there_is_something_to_look_at() -> None:
    nordlicht = Organisation.objects.get(slug=NORDLICHT.slug)
    with organisation_scope(nordlicht.pk):
        responses = Response.objects.count()
        assert 5000 < responses < 8000
        assert 0.2 < Comment.objects.count() / responses < 0.3
        assert {row["reason"] for row in Invitation.objects.counts()} == {
            "",
            "no_address",
            "no_legal_basis",
            "recently_asked",
            "sampled_out",
            "suppressed",
            "unsubscribed",
            "bounced",
            "complained",
        }
        assert not Response.objects.filter(day__gt=nordlicht.today())
        newest = Comment.objects.order_by("-pk").values_list("text", flat=True)[:20]
        assert len(set(newest)) == 20


@pytest.mark.parametrize("company", [NORDLICHT, SUEDWIND], ids=lambda company: company.slug)
def test_a_touchpoint_that_names_a_survey_has_figures(company: Company) -> None:
    with organisation_scope(Organisation.objects.get(slug=company.slug).pk):
        named = set(Touchpoint.objects.filter(surveys__isnull=False))
        assert named
        assert named == set(Touchpoint.objects.filter(pk__in=Response.objects.values("touchpoint")))


def test_contacts_set_off_triggers_and_who_does_not_answer_is_reminded() -> None:
    nordlicht = Organisation.objects.get(slug=NORDLICHT.slug)
    with organisation_scope(nordlicht.pk):
        decided = Invitation.objects.filter(trigger__isnull=False)
        assert Interaction.objects.count() == decided.count() > 1000
        assert not decided.exclude(interaction__touchpoint=F("touchpoint")).exists()
        reminder = Reminder.objects.latest("days")
        assert reminder.mails.count() > 50
        assert not due_to(reminder, timezone.now()).exists(), "the demo does not begin with a wave of mails"


def test_the_yearly_survey_shows_every_kind_of_result() -> None:
    nordlicht = Organisation.objects.get(slug=NORDLICHT.slug)
    with organisation_scope(nordlicht.pk):
        selection = Selection(Survey.objects.get(name=YEARLY.name), Period.preset("90d", today=nordlicht.today()))
        count, found = sheets(selection), question_results(selection)
        asked = {result.question.kind: result for result in found}
    assert count.complete > 80
    assert count.partial > 10
    assert len(found) == len(YEARLY.questions)
    assert all(result.n >= nordlicht.comment_minimum_n for result in found if not result.rows)
    rows = asked["matrix"].rows
    assert len({row.meaning.touchpoint_id for row in rows}) == len(rows) == len(ROWS)
    assert all(row.n and row.skipped and row.not_applicable for row in rows)
    assert asked["single"].codes[OTHER]
    assert asked["multiple"].codes[OTHER]
    assert found[WRONG - 1].n < found[SCORE - 1].n, "only who scored low was asked"


@pytest.mark.parametrize("person", [person for person in NORDLICHT.people if person.is_shown], ids=lambda one: one.role)
def test_everyone_shown_can_sign_in(client: Client, printed: Printed, person: Any) -> None:
    assert person.email in printed.first
    assert PASSWORD in printed.first
    client.post("/account/login/", {"login": person.email, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(User.objects.get(email=person.email).pk)


def test_one_person_works_in_both_organisations() -> None:
    (shared,) = {person.email for person in NORDLICHT.people} & {person.email for person in SUEDWIND.people}
    user = User.objects.get(email=shared)
    with user_scope(user.pk):
        assert set(Membership.objects.of(user).values_list("organisation__slug", flat=True)) == {
            "nordlicht",
            "suedwind",
        }


def test_the_survey_link_leads_to_an_open_invitation(printed: Printed) -> None:
    (address,) = [word for word in printed.first.split() if word.startswith(settings.BASE_URL)]
    ids = read_answer_token(address.rpartition("/")[2])
    assert ids
    with organisation_scope(ids[0]):
        invitation = Invitation.objects.get(pk=ids[1])
        assert invitation.state == Invitation.State.SENT
        assert not Response.objects.filter(invitation=invitation)


@pytest.mark.parametrize("preset", ["12m", "90d"])
def test_reports_tell_the_story(preset: str) -> None:
    nordlicht = Organisation.objects.get(slug=NORDLICHT.slug)
    with organisation_scope(nordlicht.pk):
        period = Period.preset(preset, today=nordlicht.today())
        readings = readings_by(ScoreRollup.objects.seen(), period, "touchpoint_id", minimum=nordlicht.minimum_n)
        broken, mended = clear_changes(measured(list(Touchpoint.objects.current()), readings))
        channel = only_channel(broken, period, list(Channel.objects.all()), nordlicht.minimum_n)
    told = [(thing.touchpoint.name, thing.reading and thing.reading.change) for thing in (broken, mended)]
    assert [(name, change and change.verdict) for name, change in told] == [
        ("Zustelltermin", "fell"),
        ("Rückruf", "rose"),
    ]
    assert str(channel) == "Paketdienst"


def test_employees_have_a_pulse_in_which_nobody_is_known(client: Client) -> None:
    nordlicht = Organisation.objects.get(slug=NORDLICHT.slug)
    with organisation_scope(nordlicht.pk):
        survey = Survey.objects.get(is_anonymous=True)
        client.force_login(Membership.objects.filter(role=Role.ANALYST).earliest("pk").user)
    page = client.get(f"/o/nordlicht/results/{survey.pk}/")
    assert page.context["sheets"].complete > 30, "but for the last few, who are too few to be shown"
    recommends, reason, table, change = page.context["panels"]
    assert recommends.tile.figure.startswith("+")
    assert table.rows
    assert reason.comments
    assert change.comments
