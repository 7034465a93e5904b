from django import template

from surveys.models import Texts

register = template.Library()


@register.filter
def in_language(texts: Texts, language: str) -> str:
    """The wording in exactly this language, so that an author sees what is missing."""
    return texts.get(language, "")
