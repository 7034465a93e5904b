"""Signing in, and everything about one's own account, in our look and in our words."""

import re

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from tests.makers import PASSWORD, make_user

INFORMAL = re.compile(r"\b([Dd]u|[Dd]ir|[Dd]ich|[Dd]ein(e[mnrs]?)?|[Ee]uch)\b")
STRANGERS = ["login/", "signup/", "password/reset/", "password/reset/done/", "confirm-email/", "inactive/"]
SIGNED_IN = ["logout/", "email/", "password/change/", "reauthenticate/"]


@pytest.fixture
def person(db: None) -> Client:
    client = Client()
    client.force_login(make_user(email="jana@example.org", language="de"))
    return client


def german(client: Client, path: str) -> str:
    response = client.get(f"/account/{path}", headers={"accept-language": "de"}, follow=True)
    assert response.status_code == 200
    page = response.content.decode()
    assert '<html lang="de">' in page
    assert "css/portal" in page
    assert not re.search(r"\s(style|on\w+)=", page)
    assert not INFORMAL.search(re.sub(r"<[^>]*>", " ", page))
    return page


@pytest.mark.django_db
@pytest.mark.parametrize("path", STRANGERS)
def test_pages_before_signing_in(client: Client, path: str) -> None:
    german(client, path)


@pytest.mark.parametrize("path", SIGNED_IN)
def test_pages_about_ones_own_account(person: Client, path: str) -> None:
    german(person, path)


@pytest.mark.django_db
def test_a_wrong_password_is_told_at_the_form_and_names_nobody(client: Client) -> None:
    make_user(email="jana@example.org")
    answers = [
        client.post("/account/login/", {"login": email, "password": "wrong"}, headers={"accept-language": "de"})
        for email in ("jana@example.org", "nobody@example.org")
    ]
    for answer in answers:
        assert "E-Mail-Adresse oder Passwort stimmt nicht." in answer.content.decode()


@pytest.mark.django_db
def test_a_forgotten_password_is_replaced_through_the_mail(client: Client) -> None:
    make_user(email="jana@example.org", language="de")
    asked = client.post("/account/password/reset/", {"email": "jana@example.org"}, headers={"accept-language": "de"})
    assert asked.status_code == 302
    message = mail.outbox[0]
    assert message.subject == "Neues Passwort wählen"
    assert not INFORMAL.search(str(message.body))
    link = re.search(r"https?://[^/]+(/\S+)", str(message.body))
    assert link
    form = client.get(link[1], headers={"accept-language": "de"}, follow=True)
    where = form.redirect_chain[-1][0]
    with translation.override("de"):
        new = {"password1": "ein langer neuer Satz", "password2": "ein langer neuer Satz"}
        client.post(where, new, headers={"accept-language": "de"})
    assert client.login(email="jana@example.org", password=new["password1"])
    assert not client.login(email="jana@example.org", password=PASSWORD)


def test_an_unattended_browser_does_not_give_the_account_away(person: Client) -> None:
    """With another address, whoever sits down at it could set a password, too."""
    asked = person.post("/account/email/", {"action_add": "", "email": "mallory@example.org"})
    assert asked.headers["Location"].startswith("/account/reauthenticate/")
    assert person.post(asked.headers["Location"], {"password": "a guess at it"}).status_code == 200
    assert not mail.outbox
    person.post(asked.headers["Location"], {"password": PASSWORD})
    assert [message.to for message in mail.outbox] == [["mallory@example.org"]]


@pytest.mark.django_db
def test_a_stranger_gets_our_page_where_there_is_nothing(client: Client) -> None:
    page = client.get("/no/such/page/", headers={"accept-language": "de"})
    assert page.status_code == 404
    assert "Hier ist nichts" in page.content.decode()


@pytest.mark.django_db
def test_who_guesses_passwords_locks_out_themselves_only(client: Client, settings: LazySettings) -> None:
    """Behind the proxy that ends TLS, which appends where a request came from."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    cache.clear()
    jana, kim = make_user(email="jana@example.org"), make_user(email="kim@example.org")

    def sign_in(email: str, password: str, address: str) -> int:
        data = {"login": email, "password": password}
        return client.post("/account/login/", data, headers={"x-forwarded-for": f"10.9.9.9, {address}"}).status_code

    for number in range(12):
        assert sign_in(jana.email, f"wrong {number}", "203.0.113.7") == 200
    assert sign_in(jana.email, PASSWORD, "203.0.113.7") == 200, "even with the right password"
    assert sign_in(kim.email, PASSWORD, "203.0.113.7") == 200
    assert sign_in(kim.email, PASSWORD, "198.51.100.2") == 302
    cache.clear()
