#!/usr/bin/env python3
"""Is anybody written to twice, or forgotten, when the worker that sends is killed again and again?

    benchmarks/kills.py [MAILS [KILLS]]     5,000 and 20 unless given

A Celery worker as in production sends a campaign to a local mail server, is killed by SIGKILL at random moments, and
started anew. What it left unclear is then decided as a person would with the mail server's log beside them. Prints what
was found after each kill and at the end; exits 1 where somebody got two mails or none.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bin")]
import bootstrap

bootstrap.enter("requirements-dev.lock")

import argparse
import os
import random
from collections import Counter
from time import monotonic, sleep
from typing import TYPE_CHECKING

import environment
import processes
from services import Services

from benchmarks import sink
from benchmarks.sending import customers_of

if TYPE_CHECKING:
    from surveys.models import Campaign

MOMENT = 0.1
"""Seconds in which a worker also marks and claims, so that it is killed then, too."""
PATIENCE = 120
"""Seconds without any mail after which something must be wrong."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("mails", type=int, nargs="?", default=5000)
    parser.add_argument("kills", type=int, nargs="?", default=20)
    options = parser.parse_args()
    os.chdir(ROOT)
    folder = environment.VAR / "benchmarks"
    with processes.interruptible(), processes.sole_use(folder / "lock", "a benchmark"):
        Services.of(folder).postgres.destroy()
        services = Services.of(folder)
        try:
            with services.running(), sink.running(folder) as (port, recipients):
                os.environ.update(environment.settings(services, secret_key="only-for-benchmarks-" * 3, smtp_port=port))
                import django

                django.setup()
                from django.core.management import call_command

                call_command("migrate", verbosity=0)
                return look(prepared(options.mails), options.mails, options.kills, recipients)
        finally:
            services.postgres.destroy()


def prepared(mails: int) -> "Campaign":
    from organisations.tenancy import organisation_scope
    from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
    from tests.makers import make_organisation, make_survey

    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        customers_of(organisation.pk, mails)
        campaign = create_campaign(survey=make_survey(organisation), name="Benchmark", selection="everyone")
        start_campaign(campaign=campaign)
    while prepare_next_batch():
        pass
    return campaign


def look(campaign: "Campaign", mails: int, kills: int, recipients: Path) -> int:
    from surveys.models import Invitation

    for kill in range(1, kills + 1):
        share = (mails - len(arrived(recipients))) // (kills - kill + 1)
        if not let_work(recipients, kill_after=random.randint(1, max(1, share))):
            raise processes.Failure("All mails were sent before the last kill: give more mails, or fewer kills.")
        left = Counter(states(campaign).values())
        settle()
        found = states(campaign)
        unclear = [address for address, state in found.items() if state == Invitation.State.SENDING]
        print(
            f"kill {kill:>3} after {len(arrived(recipients)):>6,} mails: {left[Invitation.State.SENDING]:>3} left"
            f" as being sent, {len(unclear)} unclear in all once the lease is over",
            flush=True,
        )
    let_work(recipients)
    return verdict(campaign, mails, kills, recipients)


def verdict(campaign: "Campaign", mails: int, kills: int, recipients: Path) -> int:
    """What is unclear has been neither sent again nor given up; then a person decides, and everybody has one mail."""
    from surveys.models import Invitation

    got, found = arrived(recipients), states(campaign)
    unclear = {address for address, state in found.items() if state == Invitation.State.SENDING}
    sent = {address for address, state in found.items() if state == Invitation.State.SENT}
    lost = sorted((sent - got.keys()) | (found.keys() - sent - unclear))
    print(
        f"{mails:,} mails, {kills} kills: {len(sent):,} count as sent; {len(unclear)} unclear, of which"
        f" {len(unclear & got.keys())} had arrived and {len(unclear - got.keys())} had not"
    )
    decide(campaign, got)
    let_work(recipients)
    got, found = arrived(recipients), states(campaign)
    twice = sorted(address for address, number in got.items() if number > 1)
    forgotten = sorted(found.keys() - got.keys())
    print(f"after a person decided: {len(twice)} got two mails, {len(forgotten)} got none")
    wrong = lost or twice or forgotten or len(found) != mails or set(found.values()) != {Invitation.State.SENT}
    for name, addresses in (("Neither sent nor unclear", lost), ("Twice", twice), ("Forgotten", forgotten)):
        if addresses:
            print(f"{name}: {', '.join(addresses[:20])}")
    return 1 if wrong else 0


def let_work(recipients: Path, *, kill_after: int = 0) -> bool:
    """A worker sends. True: it was killed, a moment after so many mails had arrived; False: no mail is left."""
    from celery import current_app

    from surveys.models import MailBatch, MailQueue
    from tests.services import celery_worker

    begin = seen = arrived(recipients).total()
    last_sign = monotonic()
    with celery_worker(environment.VAR / "benchmarks") as worker:
        current_app.send_task("surveys.send_mails")
        while not kill_after or seen < begin + kill_after:
            # In one statement, since they go from the one to the other.
            if not MailQueue.objects.values("pk").union(MailBatch.objects.values("pk"), all=True):
                return False
            now = arrived(recipients).total()
            if now > seen:
                seen, last_sign = now, monotonic()
            assert monotonic() < last_sign + PATIENCE, "nothing is sent"
            sleep(0.02)
        sleep(random.uniform(0, MOMENT))
        worker.kill()
    return True


def settle() -> None:
    """What the next worker does once the lease of the one that was killed has run out."""
    from django.utils import timezone

    from surveys.domain.sending import settle_next_batch
    from surveys.models import MailBatch

    MailBatch.objects.update(due_at=timezone.now())
    while settle_next_batch():
        pass


def decide(campaign: "Campaign", got: "Counter[str]") -> None:
    """As a person does, who finds the mail in the mail server's log or doesn't."""
    from django.utils import timezone

    from organisations.tenancy import organisation_scope
    from surveys.domain.settling import count_as_sent, send_again
    from surveys.models import Invitation

    with organisation_scope(campaign.organisation_id):
        being_sent = campaign.invitations.filter(state=Invitation.State.SENDING)
        being_sent.update(claimed_at=timezone.now() - 2 * Invitation.UNCLEAR_AFTER)  # as if that time had passed
        for invitation in campaign.invitations.unclear().select_related("customer"):
            assert invitation.customer
            settled = count_as_sent if invitation.customer.email in got else send_again
            assert settled(invitation=invitation)


def arrived(recipients: Path) -> "Counter[str]":
    """By address how many mails it got."""
    return Counter(recipients.read_text().splitlines())


def states(campaign: "Campaign") -> dict[str, str]:
    """By address what the portal says about the mail."""
    from organisations.tenancy import organisation_scope

    with organisation_scope(campaign.organisation_id):
        return dict(campaign.invitations.values_list("customer__email", "state"))


if __name__ == "__main__":
    processes.run(main)
