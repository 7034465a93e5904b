#!/usr/bin/env python3
"""How many invitations does one worker send a second, beside bare smtplib? And prepare, in how much memory?

    benchmarks/sending.py [MAILS]               mails per round; 1,000 unless given
    benchmarks/sending.py --prepare [MAILS]     only decides who is asked: a tenth of them, then 100,000 unless given

Both send to the same local SMTP server in turns, over one connection each: bare smtplib the same mails, ready-made;
the portal with claiming, writing and marking each of them, on a PostgreSQL of its own that syncs to the disk.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bin")]
import bootstrap

bootstrap.enter("requirements-dev.lock")

import argparse
import os
import smtplib
import socket
from contextlib import closing
from datetime import timedelta
from statistics import median
from time import perf_counter, process_time

import environment
import processes
from services import Services

from benchmarks import sink

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("mails", type=int, nargs="?")
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
                if options.prepare:
                    prepare_only(options.mails or 100_000)
                else:
                    measure(options.mails or 1000, port, recipients)
        finally:
            services.postgres.destroy()


def prepare_only(mails: int) -> None:
    """Sizes one after the other, each in an organisation of its own; memory is this process's, which prepares."""
    from organisations.tenancy import organisation_scope
    from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
    from surveys.domain.policy import change_policy
    from surveys.models import Campaign, MailQueue
    from tests.makers import make_organisation, make_survey

    organisations = {}
    for size in (mails // 10, mails):
        organisations[size] = organisation = make_organisation()
        with organisation_scope(organisation.pk):
            customers_of(organisation.pk, size)
            change_policy(organisation=organisation, actor=None, pause_days=30)
            create_campaign(survey=make_survey(organisation), name="Benchmark", selection="everyone")
    for size, organisation in organisations.items():
        with organisation_scope(organisation.pk):
            start_campaign(campaign=Campaign.objects.get())
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew, proc_pid_clear_refs(5)
        begin, used = perf_counter(), processor_time()
        while prepare_next_batch():
            pass
        took, used = perf_counter() - begin, processor_time() - used
        assert MailQueue.objects.filter(organisation=organisation).count() == size
        status = Path("/proc/self/status").read_text().splitlines()
        [peak] = (int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
        print(f"{size:,} prepared in {took:.1f} s, {used:.1f} s of processor time, at most {peak:.0f} MB", flush=True)


def customers_of(organisation_id: int, number: int) -> None:
    """So many customers who have consented; inside the organisation's scope."""
    from django.utils import timezone

    from customers.models import Consent, Customer

    now = timezone.now()
    for start in range(0, number, 2000):
        customers = Customer.objects.bulk_create(
            [
                Customer(
                    organisation_id=organisation_id,
                    external_id=f"C{each}",
                    email=f"customer{each}@example.net",
                    first_name="Kim",
                    last_name=f"Customer {each}",
                    language="de",
                )
                for each in range(start, min(start + 2000, number))
            ]
        )
        Consent.objects.bulk_create(
            [
                Consent(
                    organisation_id=organisation_id,
                    customer=customer,
                    basis=Consent.Basis.CONSENT,
                    source="order form",
                    wording="You may ask me how it was.",
                    given_at=now,
                )
                for customer in customers
            ]
        )


def measure(mails: int, port: int, recipients: Path) -> None:
    from django.core.mail import get_connection
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from organisations.tenancy import organisation_scope
    from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
    from surveys.domain.claiming import BATCH
    from surveys.domain.policy import change_policy
    from surveys.domain.sending import send_next_batch
    from surveys.models import Invitation
    from tests.makers import make_organisation, make_survey

    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
        change_policy(organisation=organisation, actor=None, pause_days=30)
        customers_of(organisation.pk, mails)

    def prepare() -> tuple[float, float]:
        with organisation_scope(organisation.pk):
            # Long enough ago that the pause of the contact policy, which is looked at for each customer, is over.
            Invitation.objects.update(sent_at=timezone.now() - timedelta(days=60))
            start_campaign(campaign=create_campaign(survey=survey, name="Benchmark", selection="everyone"))
        begin, used = perf_counter(), processor_time()
        while prepare_next_batch():
            pass
        return mails / (perf_counter() - begin), (processor_time() - used) / mails

    def portal() -> tuple[float, float]:
        begin, used = perf_counter(), processor_time()
        with closing(get_connection()) as mail_server:
            size = BATCH
            while size := send_next_batch(mail_server, size):
                pass
        return mails / (perf_counter() - begin), (processor_time() - used) / mails

    prepared, sent, bare = [], [], []
    content = example(organisation.pk)
    for _ in range(ROUNDS):
        prepared.append(prepare())
        sent.append(portal())
        bare.append(smtplib_alone(content, mails, port))
    with organisation_scope(organisation.pk):
        unsent = Invitation.objects.exclude(state=Invitation.State.SENT).count()
    arrived = len(recipients.read_bytes().splitlines())
    assert not unsent, f"{unsent} mails were not sent"
    assert arrived == 2 * ROUNDS * mails, f"{arrived:,} mails arrived"
    prepare()
    with CaptureQueriesContext(connection) as queries:
        portal()
    rates = sorted(mine / raw for (mine, _used), (raw, _bare_used) in zip(sent, bare, strict=True))
    for name, rounds in (("prepared", prepared), ("sent by one worker", sent), ("bare smtplib", bare)):
        rate, used = (median(column) for column in zip(*rounds, strict=True))
        print(f"{name:<24}{rate:>8,.0f} a second, {used * 1e6:,.0f} µs of processor time each, the database's included")
    print(f"ratio                   {median(rates):>8.0%} ({rates[0]:.0%} to {rates[-1]:.0%} in {ROUNDS} rounds)")
    print(f"statements per mail     {len(queries) / mails:>8.2f}")
    print(f"bytes per mail          {len(content):>8,}")


def processor_time() -> float:
    """Seconds that this process and its connection to the database have used; says the same on a busy machine."""
    from django.db import connection

    connection.ensure_connection()
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    user, system = backend.rpartition(")")[2].split()[11:13]
    return process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def example(organisation_id: int) -> bytes:
    """One mail as the portal writes it."""
    from customers.models import Customer
    from organisations.models import Organisation
    from organisations.tenancy import organisation_scope
    from surveys.documents import published_document
    from surveys.mails import Stationery
    from surveys.models import Survey
    from tests.makers import make_invitation

    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        customer = Customer.objects.with_legal_basis()[0]
        invitation = make_invitation(Survey.objects.get(), customer)
        return Stationery(organisation).mail(invitation, published_document(invitation.version_id), customer).content


def smtplib_alone(content: bytes, mails: int, port: int) -> tuple[float, float]:
    begin, used = perf_counter(), processor_time()
    with smtplib.SMTP(sink.HOST, port) as server:
        assert server.sock is not None
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(mails):
            server.sendmail("portal@example.com", [f"customer{number}@example.net"], content)
    return mails / (perf_counter() - begin), (processor_time() - used) / mails


if __name__ == "__main__":
    main()
