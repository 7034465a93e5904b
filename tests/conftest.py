import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, settings

from organisations.models import Membership, Organisation
from organisations.tenancy import organisation_scope
from tests.makers import make_organisation

# A busy machine is not a failure.
settings.register_profile("cxportal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cxportal")

# Argon2 is slow on purpose, which every signed-in test would pay for.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *django_settings.PASSWORD_HASHERS]

# Else WhiteNoise looks at each static file once more for each test that has a browser.
django_settings.WHITENOISE_AUTOREFRESH = True

# Each of several processes has a test database of its own; so that no worker takes the tasks of another's test, they
# don't share one of the broker's either.
if process := os.environ.get("PYTEST_XDIST_WORKER"):
    number = int(process.removeprefix("gw"))
    os.environ["CXPORTAL_BROKER_URL"] = django_settings.CELERY_BROKER_URL = (
        f"{django_settings.CELERY_BROKER_URL}?virtual_host={number}"
    )


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """What one test's visitors speak must not be heard in the next."""
    yield
    translation.deactivate()


@pytest.fixture
def organisation(db: None) -> Iterator[Organisation]:
    """The organisation that the test acts in; its scope stays open for the whole test."""
    organisation = make_organisation(name="Nordlicht", slug="nordlicht")
    with organisation_scope(organisation.pk):
        yield organisation


@pytest.fixture
def other_organisation(db: None) -> Organisation:
    """The stranger whose data must never show; fill it inside ``organisation_scope(other_organisation.pk)``."""
    return make_organisation(name="Südwind", slug="suedwind")


@pytest.fixture
def sign_in(client: Client) -> Callable[[Membership], Client]:
    """A browser in which this member is signed in."""

    def sign_in(membership: Membership) -> Client:
        client.force_login(membership.user)
        return client

    return sign_in
