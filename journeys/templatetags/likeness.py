from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.avatars import avatar
from journeys.models import Persona

register = template.Library()


@register.simple_tag(takes_context=True)
def likeness(context: Context, persona: Persona, digest: str | None) -> SafeString:
    """A persona's small picture beside its name, uploaded (by its ``digest``) or drawn; not read aloud."""
    if not digest:
        return format_html('<span class="likeness small" aria-hidden="true">{}</span>', avatar(persona.name))
    url = reverse("journeys:persona_picture", args=[context["organisation"].slug, persona.pk])
    return format_html(
        '<span class="likeness small"><img src="{}?v={}" width="512" height="512" alt="" loading="lazy"></span>',
        url,
        digest,
    )
