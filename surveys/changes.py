"""What became different from one version of a survey to the next, in words."""

from collections.abc import Iterator

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from organisations.models import LANGUAGES
from surveys.documents import Document, DocumentQuestion
from surveys.models import localised

LONGEST = 60


def changes(before: Document, after: Document) -> list[str]:
    """Sentences, those about the questions in their order first."""
    return [*_of_questions(before, after), *_of_the_whole(before, after)]


def _of_questions(before: Document, after: Document) -> Iterator[str]:
    former = {question.id: question for question in before.questions}
    for question in after.questions:
        named = {"question": _name(question, after)}
        old = former.pop(question.id, None)
        if old is None:
            row = _("New row: “%(question)s”") if question.matrix_id else _("New question: “%(question)s”")
            yield row % named
            continue
        for code, language in LANGUAGES:
            # Quoted in full: the difference may stand at the end.
            was, now = old.text.get(code), question.text.get(code)
            if was and now and was != now:
                yield _("Reworded (%(languages)s): “%(before)s” is now “%(question)s”") % {
                    "languages": language,
                    "before": was,
                    "question": now,
                }
        if _logic(old) != _logic(question):
            yield _("Other logic: “%(question)s”") % named
        if _options(old) != _options(question):
            yield _("Other choices: “%(question)s”") % named
        if old.touchpoint_id != question.touchpoint_id:
            yield _("Measures another touchpoint: “%(question)s”") % named
        if _details(old) != _details(question):
            yield _("Other details, such as labels, required or look: “%(question)s”") % named
    for question in former.values():
        yield _("Removed: “%(question)s”") % {"question": _name(question, before)}
    kept_before = [question.id for question in before.questions if after.question(question.id)]
    kept_after = [question.id for question in after.questions if before.question(question.id)]
    if kept_before != kept_after:
        yield _("The questions are in another order")


def _of_the_whole(before: Document, after: Document) -> Iterator[str]:
    names = dict(LANGUAGES)
    for code in after.languages:
        if code not in before.languages:
            yield _("Now also in %(language)s") % {"language": names.get(code, code)}
    for code in before.languages:
        if code not in after.languages:
            yield _("No longer in %(language)s") % {"language": names.get(code, code)}
    if before.default_language != after.default_language:
        yield _("Another default language: %(language)s") % {
            "language": names.get(after.default_language, after.default_language)
        }
    if before.intro != after.intro:
        yield _("Another greeting sentence")
    if (before.thanks, before.thanks_high, before.thanks_low) != (after.thanks, after.thanks_high, after.thanks_low):
        yield _("Another thank-you")
    if (before.review_url, before.offers_contact) != (after.review_url, after.offers_contact):
        yield _("Something else is offered after the answers")


def _name(question: DocumentQuestion, document: Document) -> str:
    return Truncator(localised(question.text, document.default_language, document.default_language)).chars(LONGEST)


def _logic(question: DocumentQuestion) -> tuple[object, ...]:
    return question.condition, question.ends_if, question.variants


def _options(question: DocumentQuestion) -> tuple[object, ...]:
    return question.options, question.allows_other, question.random_order


def _details(question: DocumentQuestion) -> tuple[object, ...]:
    labels = (question.low_label, question.high_label, question.look)
    return (*labels, question.is_required, question.allows_not_applicable, question.starts_page)
