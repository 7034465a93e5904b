"""What the steps of a test of the mail settings found, in words, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Verdict(StrEnum):
    GOOD = "good"
    BAD = "bad"
    ADVICE = "advice"
    """Works, but could be better."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Words:
    verdict: Verdict
    says: str | Promise
    do: str | Promise = ""


@dataclass(frozen=True)
class Explained:
    verdict: Verdict
    says: str
    do: str
    answer: str
    """Of the mail server, as it said it."""


GOOD, BAD, ADVICE, UNKNOWN = Verdict
_CERTIFICATE = _("Ask whoever runs the mail server for a valid certificate, or whether another server name is meant.")
_DNS = _("Whoever looks after the domain can add that.")

FINDINGS = {
    "connected": Words(GOOD, _("The mail server %(host)s answers at port %(port)s.")),
    "encrypted": Words(GOOD, _("The connection is encrypted (%(version)s) and the server's certificate is valid.")),
    "logged_in": Words(GOOD, _("The login was accepted.")),
    "accepted": Words(
        GOOD,
        _("%(host)s has accepted a test mail to you. See whether it arrives, and not in the spam folder."),
    ),
    "host_unknown": Words(
        BAD,
        _("There is no server named %(host)s."),
        _("Check the server's name in CXPORTAL_EMAIL_URL, and that this machine can look up names."),
    ),
    "connection_refused": Words(
        BAD,
        _("%(host)s refuses connections at port %(port)s."),
        _("Check the port in CXPORTAL_EMAIL_URL (587 for smtp+tls, 465 for smtps), and that the mail server runs."),
    ),
    "no_answer": Words(
        BAD,
        _("%(host)s does not answer at port %(port)s within %(seconds)s seconds."),
        _("A firewall is the usual reason: many providers close port 25; try port 587 with smtp+tls."),
    ),
    "unreachable": Words(
        BAD,
        _("There is no way from this machine to %(host)s."),
        _("Check the network and the firewall of the machine on which the portal runs."),
    ),
    "no_mail_server": Words(
        BAD,
        _("Something answers at %(host)s, port %(port)s, but not as a mail server does."),
        _("Usually the port speaks TLS from the start: then CXPORTAL_EMAIL_URL begins with smtps:// (port 465)."),
    ),
    "no_tls_at_port": Words(
        BAD,
        _("%(host)s does not speak TLS from the start at port %(port)s."),
        _("Usually it does so after a greeting: then CXPORTAL_EMAIL_URL begins with smtp+tls:// (port 587)."),
    ),
    "turned_away": Words(
        BAD,
        _("%(host)s turns this machine away before anything was said."),
        _("It may not know the address of this machine, or block it; its answer below says more."),
    ),
    "no_starttls": Words(
        BAD,
        _("%(host)s offers no encryption at this port, although the settings ask for it."),
        _("Use smtps:// (port 465) in CXPORTAL_EMAIL_URL or, on a private network only, smtp:// without encryption."),
    ),
    "tls_failed": Words(
        BAD, _("%(host)s and the portal could not agree on an encryption."), _("The server's TLS may be outdated.")
    ),
    "certificate_expired": Words(BAD, _("The certificate of %(host)s is no longer valid."), _CERTIFICATE),
    "certificate_unknown": Words(
        BAD, _("The certificate of %(host)s was made by nobody whom this machine trusts."), _CERTIFICATE
    ),
    "certificate_other_host": Words(
        BAD,
        _("The certificate is for another server than %(host)s."),
        _("Write the name that stands in the certificate into CXPORTAL_EMAIL_URL."),
    ),
    "certificate_wrong": Words(BAD, _("The certificate of %(host)s cannot be accepted."), _CERTIFICATE),
    "not_encrypted": Words(
        ADVICE,
        _("The connection to %(host)s is not encrypted: names, addresses and answers' links can be read on the way."),
        _("Use smtp+tls:// (port 587) or smtps:// (port 465) in CXPORTAL_EMAIL_URL."),
    ),
    "login_refused": Words(
        BAD,
        _("%(host)s does not accept the user name and password."),
        _("Check both in CXPORTAL_EMAIL_URL; signs such as @, : and / are percent-encoded there, as in web addresses."),
    ),
    "login_not_offered": Words(
        BAD,
        _("%(host)s offers no login here."),
        _("Most servers do so on an encrypted connection only (smtp+tls, smtps); where none is wanted, leave it out."),
    ),
    "login_failed": Words(BAD, _("The login at %(host)s did not work."), _("Check user name and password.")),
    "encryption_wanted": Words(
        BAD,
        _("The server takes mails over an encrypted connection only."),
        _("Let CXPORTAL_EMAIL_URL begin with smtp+tls://."),
    ),
    "login_wanted": Words(
        BAD,
        _("The server takes mails only from who has logged in."),
        _("Put user name and password before the server's name in CXPORTAL_EMAIL_URL."),
    ),
    "sender_refused": Words(
        BAD,
        _("The server does not let this login send mails from %(domain)s."),
        _("Choose a sender's address that belongs to the login, or let the server's owner allow this one."),
    ),
    "recipient_refused": Words(
        BAD,
        _("The server takes mails from you, but not to your own address."),
        _("“Relaying” in its answer means that it wants a login before it sends mails to others."),
    ),
    "content_refused": Words(
        BAD, _("The server took sender and recipient, but not the mail."), _("Its answer below says why.")
    ),
    "unclear": Words(
        BAD,
        _("The connection broke after the mail was handed over; whether it goes out, nobody can tell."),
        _("Try once more."),
    ),
    "broke_off": Words(BAD, _("The connection broke off while the mail was handed over."), _("Try once more.")),
    "provider_away": Words(
        BAD,
        _("The mail provider %(provider)s does not take the mail."),
        _("Check the key in CXPORTAL_EMAIL_URL, and that this machine reaches the provider."),
    ),
    "mailbox_read": Words(GOOD, _("Mails that come back are read in the mailbox at %(host)s.")),
    "mailbox_closed": Words(
        BAD,
        _("The mailbox at %(host)s, to which mails come back, cannot be read: nobody learns which did not arrive."),
        _("Check server, user name, password and folder in CXPORTAL_BOUNCE_IMAP_URL."),
    ),
    "mailbox_missing": Words(
        ADVICE,
        _("No mailbox is set in which the portal reads the mails that come back."),
        _("Set CXPORTAL_BOUNCE_IMAP_URL, unless the mail server hands them over with read_bounces."),
    ),
    "domain_reserved": Words(
        UNKNOWN,
        _("%(domain)s is a domain for examples, so there is nothing to check about it."),
        _("For real mails, set a sender of your own: CXPORTAL_FROM_EMAIL."),
    ),
    "dns_unanswered": Words(
        UNKNOWN,
        _("What the domain %(domain)s says about its senders could not be checked: name servers do not answer."),
    ),
    "spf_found": Words(GOOD, _("SPF: the domain %(domain)s says which servers may send its mails.")),
    "spf_missing": Words(ADVICE, _("SPF: the domain %(domain)s does not say which servers may send its mails."), _DNS),
    "spf_several": Words(
        BAD,
        _("SPF: the domain %(domain)s has %(n)s such records, so that none counts."),
        _("Make one of them, with all servers in it."),
    ),
    "spf_open": Words(
        ADVICE, _("SPF: the domain %(domain)s lets every server in the world send its mails."), _("End it with ~all.")
    ),
    "dkim_found": Words(
        GOOD,
        _("DKIM: the domain %(domain)s has keys. Whether mails are signed, the header of the test mail says."),
    ),
    "dkim_missing": Words(ADVICE, _("DKIM: the domain %(domain)s has no keys, so nobody can sign its mails."), _DNS),
    "dmarc_found": Words(GOOD, _("DMARC: the domain %(domain)s says what becomes of forged mails (%(policy)s).")),
    "dmarc_watching": Words(
        ADVICE,
        _("DMARC: the domain %(domain)s asks for reports of forged mails, but lets them through."),
        _("Large providers are content with that; p=quarantine protects better."),
    ),
    "dmarc_missing": Words(
        ADVICE,
        _("DMARC: the domain %(domain)s does not say what becomes of forged mails."),
        _("Google, Yahoo and Microsoft want it of whoever sends many mails; the domain's keeper can add it."),
    ),
}


def explained(findings: Iterable[Mapping[str, Any]]) -> list[Explained]:
    """In the active language; what another version of the portal has found is left out."""
    known = [(words, finding["values"]) for finding in findings if (words := FINDINGS.get(finding["code"]))]
    return [
        Explained(words.verdict, str(words.says) % values, str(words.do), values.get("answer", ""))
        for words, values in known
    ]
