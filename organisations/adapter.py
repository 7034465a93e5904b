from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Said by allauth's forms, not by its adapter; listed here to be translated by our catalogue, which wins over theirs.
SAID_BY_FORMS = [_("You must type the same password each time.")]


class AccountAdapter(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, str | Promise]] = {
        # In our words: allauth's own German is informal.
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is switched off."),
        "cannot_remove_primary_email": _("You sign in with this address; it cannot be removed."),
        "duplicate_email": _("This address is already on your account."),
        "email_password_mismatch": _("E-mail address or password is wrong."),
        "email_taken": _("Another account uses this address."),
        "enter_current_password": _("Please enter your current password."),
        "incorrect_password": _("This password is wrong."),
        "invalid_login": _("E-mail address or password is wrong."),
        "invalid_or_expired_key": _("This link no longer works."),
        "invalid_password_reset": _("This link no longer works."),
        "rate_limited": _("That was too often in a short time. Please wait a little."),
        "same_as_current": _("Please choose a new one; this is the current one."),
        "too_many_login_attempts": _("Too many failed attempts. Please try again in a few minutes."),
        "unknown_email": _("There is no account with this address."),
        "unverified_primary_email": _("Please confirm this address first."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People join by invitation of an organisation only."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Where to go on after signing in: https://[ cannot even be read, which allauth takes for our fault."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False
