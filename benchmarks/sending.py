#!/usr/bin/env python3
"""How many invitations does one worker send a second, beside bare smtplib?

    benchmarks/sending.py [MAILS]       mails per round; 1,000 unless given

Both send to the same local SMTP server in turns, over one connection each: bare smtplib the same mails, ready-made;
the portal with claiming, writing and marking each of them, on a PostgreSQL of its own that syncs to the disk.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))
import bootstrap

bootstrap.enter("requirements-dev.lock")

import os
import smtplib
import socket
from contextlib import closing, suppress
from datetime import timedelta
from statistics import median
from time import perf_counter, process_time, sleep

import environment
import processes
from services import Services

ROUNDS = 5
HOST = "127.0.0.1"


def main() -> None:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    os.chdir(bootstrap.ROOT)
    sys.path.insert(0, str(bootstrap.ROOT))
    folder = environment.VAR / "benchmarks"
    with processes.interruptible(), processes.sole_use(folder / "lock", "a benchmark"):
        Services.of(folder).postgres.destroy()
        services = Services.of(folder)
        port = processes.free_port()
        sink = processes.start(
            [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"{HOST}:{port}", "-c", "aiosmtpd.handlers.Sink"],
            log=folder / "sink.log",
            env=os.environ,
            cwd=folder,
        )
        try:
            with services.running():
                os.environ.update(environment.settings(services, secret_key="only-for-benchmarks-" * 3))
                os.environ["CXPORTAL_EMAIL_URL"] = f"smtp://{HOST}:{port}"
                import django

                django.setup()
                from django.core.management import call_command

                call_command("migrate", verbosity=0)
                wait_for(port)
                measure(mails, port)
        finally:
            processes.stop(sink)
            services.postgres.destroy()


def wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        sleep(0.05)
    raise processes.Failure("The mail sink does not start.")


def measure(mails: int, port: int) -> None:
    from django.core.mail import get_connection
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from organisations.tenancy import organisation_scope
    from surveys.domain.campaigns import create_campaign, prepare_next_batch, start_campaign
    from surveys.domain.policy import change_policy
    from surveys.domain.sending import send_next_batch
    from surveys.models import Invitation
    from tests.makers import make_customer, make_organisation, make_survey

    organisation = make_organisation()
    with organisation_scope(organisation.pk):
        survey = make_survey(organisation)
        change_policy(organisation=organisation, actor=None, pause_days=30)
        for _ in range(mails):
            make_customer(organisation)

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
            while send_next_batch(mail_server):
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
    assert not unsent, f"{unsent} mails were not sent"
    prepare()
    with CaptureQueriesContext(connection) as queries:
        portal()
    rates = sorted(mine / raw for (mine, _used), raw in zip(sent, bare, strict=True))
    for name, rounds in (("prepared", prepared), ("sent by one worker", sent)):
        rate, used = (median(column) for column in zip(*rounds, strict=True))
        print(f"{name:<24}{rate:>8,.0f} a second, {used * 1e6:,.0f} µs of processor time each, the database's included")
    print(f"bare smtplib            {median(bare):>8,.0f} a second")
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


def smtplib_alone(content: bytes, mails: int, port: int) -> float:
    begin = perf_counter()
    with smtplib.SMTP(HOST, port) as server:
        assert server.sock is not None
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(mails):
            server.sendmail("portal@example.com", [f"customer{number}@example.net"], content)
    return mails / (perf_counter() - begin)


if __name__ == "__main__":
    main()
