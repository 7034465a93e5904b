"""Before publishing: placeholders that nobody knows, and those that would leave a gap."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from customers.models import Customer
from organisations.models import Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.authoring import NotPublishable, publish
from surveys.domain.checks import Problem, problems
from surveys.models import Survey
from tests.makers import (
    make_customer,
    make_member,
    make_question,
    make_reminder,
    make_survey,
    make_touchpoint,
    make_user,
)


@pytest.fixture
def survey(organisation: Organisation, other_organisation: Organisation) -> Survey:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, attributes={"colour": "red"})
    make_customer(organisation, attributes={"Tarif": "Fix"})
    return make_survey(organisation, kinds=["csat"], touchpoint=make_touchpoint(organisation))


def told(survey: Survey, language: str = "en") -> list[str]:
    with translation.override(language):
        return [problem.sentence for problem in problems(survey)]


def of(survey: Survey) -> list[Problem]:
    return problems(survey)


def test_attributes_of_ones_own_customers_are_known(survey: Survey) -> None:
    survey.mail_text["en"] = "{first_name|You}, {tarif|}, {organisation}"
    assert of(survey) == []
    survey.mail_text["en"] = "{colour|red}"
    assert told(survey) == ["English, “Text of the mail”: there is no placeholder {colour|red}."]
    (problem,) = of(survey)
    assert (problem.part, problem.language, problem.is_error, problem.is_missing) == ("texts", "en", True, False)


def test_an_unknown_one_keeps_the_survey_from_being_published(survey: Survey) -> None:
    survey.thanks["de"] = "Danke, {vorname}!"
    survey.save()
    with pytest.raises(NotPublishable):
        publish(survey=survey, user=make_user())


def test_one_without_a_fallback_is_a_warning(survey: Survey) -> None:
    survey.intro = {"de": "Hallo { first_name }, { first_name }, {last_name|}!", "en": "Hello!"}
    survey.save()
    (sentence,) = told(survey, "de")
    assert sentence.startswith("Deutsch, „Begrüßungssatz“: { first_name } hinterlässt eine Lücke")
    assert sentence.endswith(": { first_name|…}.")
    publish(survey=survey, user=make_user())


def test_every_text_is_looked_at(survey: Survey) -> None:
    def wrong(place: str) -> dict[str, str]:
        return {"de": "Gut", "en": "{" + place + "|}"}

    reminder = make_reminder(survey)
    reminder.subject, reminder.text = wrong("r1"), wrong("r2")
    reminder.save()
    survey.questions.update(low_label=wrong("label"))
    variant = {"condition": {"match": "all", "parts": []}, "text": wrong("variant")}
    options = [{"id": pk, "text": wrong(f"option{pk}")} for pk in (1, 2)]
    options.append({"id": 3, "text": wrong("gone"), "archived": True})
    make_question(survey, "single", options=options, variants=[variant])
    matrix = make_question(survey, "matrix", lo=1, hi=5)
    make_question(survey, "rating", matrix=matrix, text=wrong("row"))
    found = [sentence.removeprefix("English, ") for sentence in told(survey) if "placeholder" in sentence]
    assert found == [
        "“Label of the lowest score” of question 1: there is no placeholder {label|}.",
        "“Choice 1” of question 2: there is no placeholder {option1|}.",
        "“Choice 2” of question 2: there is no placeholder {option2|}.",
        "“Other wording” of question 2: there is no placeholder {variant|}.",
        "“Row” of question 3: there is no placeholder {row|}.",
        "the reminder after 4 days: there is no placeholder {r1|}.",
        "the reminder after 4 days: there is no placeholder {r2|}.",
    ]
    assert [each.question for each in of(survey) if each.language][-3] == matrix


def test_the_builder_lists_what_can_be_used_and_says_what_is_wrong(
    client: Client, organisation: Organisation, survey: Survey
) -> None:
    survey.intro["de"] = "Hallo {vorname}!"
    survey.save()
    client.force_login(make_member(organisation, Role.CX_MANAGER).user)
    page = client.get(reverse("surveys:texts", args=[organisation.slug, survey.pk])).content.decode()
    assert "<code>{first_name}</code>" in page
    assert "{vorname}." in page
    assert "missing" not in page.split("chips")[1].split("</nav>")[0]
    other = client.get(reverse("surveys:edit", args=[organisation.slug, survey.pk]), {"language": "en"})
    assert "{vorname}." not in other.content.decode()


def test_an_attribute_of_a_single_customer_is_known(
    survey: Survey, organisation: Organisation, other_organisation: Organisation, django_assert_num_queries: Any
) -> None:
    with organisation_scope(other_organisation.pk):
        make_customer(other_organisation, attributes={"Foreign": "x"})
    rare = make_customer(organisation, may_be_asked=False, attributes={"BonusPoints": "7", "rare": "x"})
    Customer.objects.bulk_create(
        Customer(organisation=organisation, external_id=f"X{number}", attributes={"Tarif": "Fix"})
        for number in range(2100)
    )
    older = [Customer(organisation=organisation, pk=-number, external_id=f"O{number}") for number in range(1, 1100)]
    Customer.objects.bulk_create(older)
    assert set(Customer.objects.common_attributes()) == {"Tarif"}, "far from both ends"
    survey.mail_text["en"] = "{BonusPoints|}, {RARE|}, {tarif|}"
    assert of(survey) == []
    survey.mail_text["en"] = "{Rare|}, {foreign|}, {nobody|}"
    assert told(survey) == [
        "English, “Text of the mail”: there is no placeholder {foreign|}.",
        "English, “Text of the mail”: there is no placeholder {nobody|}.",
    ]
    with django_assert_num_queries(2):
        assert Customer.objects.attributes_among(["Rare", *(f"nobody {number}" for number in range(50))]) == {"rare"}
    rare.delete()
    assert len(told(survey)) == 3
