"""A trigger as people say it: "After a contact at “Delivery” (phone), 2 hours later: every fifth customer"."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.numbers import count
from surveys.models import Trigger

HOUR, DAY = 60, 60 * 24
SHARES: dict[int, str | Promise] = {
    100: gettext_lazy("all customers"),
    50: gettext_lazy("every second customer"),
    33: gettext_lazy("every third customer"),
    25: gettext_lazy("every fourth customer"),
    20: gettext_lazy("every fifth customer"),
    10: gettext_lazy("every tenth customer"),
    5: gettext_lazy("every twentieth customer"),
    1: gettext_lazy("every hundredth customer"),
}


def sentence(trigger: Trigger) -> str:
    """The whole of it; reads ``channels``, so prefetch them."""
    words = {"touchpoint": trigger.touchpoint.name, "delay": delay(trigger), "whom": whom(trigger)}
    words["channels"] = channels(trigger)
    if not words["channels"]:
        return _("After a contact at “%(touchpoint)s”, %(delay)s: %(whom)s") % words
    return _("After a contact at “%(touchpoint)s” (%(channels)s), %(delay)s: %(whom)s") % words


def delay(trigger: Trigger) -> str:
    minutes = trigger.delay
    if not minutes:
        return _("at once")
    if minutes % DAY == 0:
        return ngettext("%(n)d day later", "%(n)d days later", minutes // DAY) % {"n": minutes // DAY}
    if minutes % HOUR == 0:
        return ngettext("%(n)d hour later", "%(n)d hours later", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)d minute later", "%(n)d minutes later", minutes) % {"n": minutes}


def channels(trigger: Trigger) -> str:
    """ "" for all of them."""
    names = [channel.name for channel in trigger.channels.all()]
    *others, last = names or [""]
    return _("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last} if others else last


def whom(trigger: Trigger) -> str:
    known = SHARES.get(trigger.share)
    parts = [str(known) if known else _("%(share)d %% of the customers") % {"share": trigger.share}]
    if trigger.rule:
        parts.append(_("if the conditions are met"))
    if trigger.daily_cap:
        parts.append(_("at most %(n)s a day") % {"n": count(trigger.daily_cap)})
    return ", ".join(parts)
