"""Pages on which a survey's reminders are written, and where one sees to whom they went."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.form_pages import render_form
from common.paging import newest_first
from organisations.permissions import Permission, requires
from organisations.requests import OrganisationRequest
from surveys.domain import reminders as domain
from surveys.forms.reminders import ReminderForm, ReminderMailFilterForm
from surveys.models import Reminder, ReminderMail, Survey, localised
from surveys.views.builder import head

USUAL_DAYS = (4, 10, 18)


@requires(Permission.DESIGN)
@require_safe
def reminders(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    counts, language = domain.counts(found), get_language()
    rows = [
        (
            reminder,
            localised(reminder.subject, language, found.default_language),
            localised(reminder.text, language, found.default_language),
            counts[reminder.pk],
            bool(domain.missing_texts(reminder, found.languages)),
        )
        for reminder in found.reminders.all()
    ]
    context = {"rows": rows, "may_add": len(rows) < Reminder.MOST, "most": Reminder.MOST, **head(found)}
    return render(request, "surveys/reminders.html", context)


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_reminder(request: OrganisationRequest, survey: int) -> HttpResponse:
    found = get_object_or_404(Survey, pk=survey)
    taken = found.reminders.count()
    days = next((days for days in USUAL_DAYS[taken:] if days < found.answer_days), 1)
    return _form_page(request, Reminder(organisation=request.organisation, survey=found, days=days))


@requires(Permission.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_reminder(request: OrganisationRequest, survey: int, pk: int) -> HttpResponse:
    found = get_object_or_404(Reminder.objects.select_related("survey", "organisation"), survey=survey, pk=pk)
    return _form_page(request, found)


def _form_page(request: OrganisationRequest, reminder: Reminder) -> HttpResponse:
    form = ReminderForm(request.POST or None, reminder=reminder)
    if form.is_valid():
        try:
            domain.save_reminder(reminder=form.filled(), user=request.user, past=form.past)
        except domain.PastUndecided as undecided:
            form.ask_about_past(undecided.count)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("surveys:reminders", request.organisation.slug, reminder.survey_id)
    return render_form(
        request, "surveys/reminder_form.html", {"form": form, "reminder": reminder, **head(reminder.survey)}
    )


@requires(Permission.DESIGN)
@require_POST
def remove_reminder(request: OrganisationRequest, survey: int, pk: int) -> HttpResponse:
    found = get_object_or_404(Reminder.objects.select_related("survey", "organisation"), survey=survey, pk=pk)
    domain.remove_reminder(reminder=found, user=request.user)
    messages.success(request, _("The reminder has been removed; who has got it keeps it."))
    return redirect("surveys:reminders", request.organisation.slug, survey)


@requires(Permission.DESIGN)
@require_safe
def reminder_mails(request: OrganisationRequest, survey: int) -> HttpResponse:
    """Who was reminded when, and who was not and why."""
    found = get_object_or_404(Survey, pk=survey)
    form = ReminderMailFilterForm(request.GET)
    mails = ReminderMail.objects.filter(invitation__survey=found).select_related("invitation__customer")
    if found.is_anonymous:  # Who was reminded had not answered; what somebody must decide about stays in sight.
        mails = mails.unclear()
    elif form.is_valid() and (state := form.cleaned_data["state"]):
        mails = mails.unclear() if state == form.UNCLEAR else mails.filter(state=state)
    context = {"form": form, "page": newest_first(mails, request.GET), **head(found)}
    return render(request, "surveys/reminder_mails.html", context)


@requires(Permission.DESIGN)
@require_POST
def settle_reminder(request: OrganisationRequest, survey: int, mail: int) -> HttpResponse:
    """A person says what became of a mail whose worker stopped while sending."""
    found = get_object_or_404(ReminderMail, invitation__survey=survey, pk=mail)
    decide = domain.send_again if request.POST.get("decision") == "again" else domain.count_as_sent
    if not decide(mail=found):
        messages.info(request, _("This mail is no longer unclear; nothing was changed."))
    return redirect(reverse("surveys:reminder_mails", args=[request.organisation.slug, survey]) + "?state=unclear")
