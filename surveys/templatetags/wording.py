from datetime import date

from django import template

from surveys import placeholders
from surveys.models import Survey, Texts

register = template.Library()


@register.filter
def in_language(texts: Texts, language: str) -> str:
    """The wording in exactly this language, so that an author sees what is missing."""
    return texts.get(language, "")


@register.filter
def state_on(survey: Survey, today: date) -> Survey.State:
    return survey.state_on(today)


@register.inclusion_tag("surveys/_placeholders.html")
def placeholder_help() -> dict[str, object]:
    """What can stand in braces, for those who word a text."""
    return {"names": [(f"{{{name}}}", name.label) for name in placeholders.Name], "example": "{first_name|…}"}
