from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import numbers
from organisations.models import LANGUAGES
from surveys.domain.reminders import Past
from surveys.models import Invitation, Reminder


@dataclass(frozen=True)
class Wording:
    """The fields of one language."""

    language: str
    name: str
    fields: list[forms.BoundField]


class ReminderForm(forms.Form):
    """When it is sent, and its words in each language of the survey."""

    days = forms.IntegerField(
        label=gettext_lazy("Days after the first mail"),
        min_value=1,
        max_value=364,
        help_text=gettext_lazy(
            "Only who has not answered by then gets it. "
            "You are asked first whether those get it who are past this day already, by up to a week."
        ),
    )

    def __init__(self, data: Any, *, reminder: Reminder) -> None:
        super().__init__(data, initial={"days": reminder.days})
        self.reminder, self.survey = reminder, reminder.survey
        # Named by the day: what was decided about those past one day says nothing about those past another.
        self._past = f"past_{self['days'].value()}"
        self.fields[self._past] = forms.ChoiceField(
            label=gettext_lazy("Who is past this day already"),
            choices=Past.choices,
            required=False,
            widget=forms.RadioSelect,
        )
        for language in self.survey.languages:
            with translation.override(language):
                # A start, in the language of the mail: to be changed at will.
                subject = _("Reminder: %(subject)s") % {"subject": self.survey.mail_subject.get(language, "")}
                text = _("A few days ago we asked for your opinion. Should you not have had the time, it still counts.")
            is_new = reminder.pk is None
            self.fields[f"subject_{language}"] = forms.CharField(
                label=gettext_lazy("Subject of the mail"),
                max_length=150,
                initial=reminder.subject.get(language, subject if is_new else ""),
                widget=forms.TextInput({"lang": language}),
            )
            self.fields[f"text_{language}"] = forms.CharField(
                label=gettext_lazy("Text of the mail"),
                max_length=3000,
                initial=reminder.text.get(language, text if is_new else ""),
                widget=forms.Textarea({"rows": 4, "lang": language}),
            )

    def wordings(self) -> list[Wording]:
        names = dict(LANGUAGES)
        return [
            Wording(language, str(names[language]), [self[f"subject_{language}"], self[f"text_{language}"]])
            for language in self.survey.languages
        ]

    @property
    def past(self) -> Past | None:
        """What is decided about those who are past the day already."""
        decision = self.cleaned_data[self._past]
        return Past(decision) if decision else None

    def ask_about_past(self, count: int) -> None:
        """Show the choice, with how many it is about."""
        sentence = ngettext(
            "%(number)s customer is past this day and would get it with the next mails.",
            "%(number)s customers are past this day and would get it with the next mails.",
            count,
        )
        self.fields[self._past].required = True
        self.add_error(self._past, sentence % {"number": numbers.count(count)})

    def past_choice(self) -> forms.BoundField | None:
        """None: nothing to choose, so far as is known."""
        return self[self._past] if self.has_error(self._past) or self[self._past].value() else None

    def filled(self) -> Reminder:
        """The reminder as the form says; wording of languages that the survey no longer speaks stays."""
        self.reminder.days = self.cleaned_data["days"]
        for language in self.survey.languages:
            # On one line: a line break would start another header of the mail.
            subject = " ".join(self.cleaned_data[f"subject_{language}"].split())
            self.reminder.subject = {**self.reminder.subject, language: subject}
            self.reminder.text = {**self.reminder.text, language: self.cleaned_data[f"text_{language}"]}
        return self.reminder


class ReminderMailFilterForm(forms.Form):
    UNCLEAR = "unclear"

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("all")), *Invitation.State.choices, (UNCLEAR, gettext_lazy("unclear"))],
    )
