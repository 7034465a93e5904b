"""The addresses that customers are led to; each carries a signed token and nothing about the person."""

from datetime import UTC, datetime

from django.conf import settings

from common import tokens


def answer_token(organisation_id: int, invitation_id: int) -> str:
    return tokens.make("respond", organisation_id, invitation_id)


def read_answer_token(token: str) -> tuple[int, int] | None:
    """(organisation id, invitation id); None: not one of ours."""
    return _two(tokens.read("respond", token))


def answer_url(organisation_id: int, invitation_id: int) -> str:
    return f"{settings.BASE_URL}/r/{answer_token(organisation_id, invitation_id)}"


def begun_token(respondent_id: int, moment: datetime) -> str:
    """Stands in the form and comes back with it: when it was first shown, to the second."""
    return tokens.make("begun", respondent_id, int(moment.timestamp()))


def read_begun_token(respondent_id: int, token: str) -> datetime | None:
    """None: not one of ours, or another respondent's."""
    ids = _two(tokens.read("begun", token))
    return datetime.fromtimestamp(ids[1], UTC) if ids and ids[0] == respondent_id else None


def unsubscribe_token(organisation_id: int, invitation_id: int) -> str:
    return tokens.make("unsubscribe", organisation_id, invitation_id)


def read_unsubscribe_token(token: str) -> tuple[int, int] | None:
    """(organisation id, invitation id); None: not one of ours."""
    return _two(tokens.read("unsubscribe", token))


def unsubscribe_path(organisation_id: int, invitation_id: int) -> str:
    return f"/u/{unsubscribe_token(organisation_id, invitation_id)}"


def unsubscribe_url(organisation_id: int, invitation_id: int) -> str:
    return settings.BASE_URL + unsubscribe_path(organisation_id, invitation_id)


def entrance_token(organisation_id: int, entrance_id: int) -> str:
    return tokens.make("entrance", organisation_id, entrance_id)


def read_entrance_token(token: str) -> tuple[int, int] | None:
    """(organisation id, entrance id); None: not one of ours."""
    return _two(tokens.read("entrance", token))


def entrance_path(organisation_id: int, entrance_id: int) -> str:
    return f"/a/{entrance_token(organisation_id, entrance_id)}"


def entrance_url(organisation_id: int, entrance_id: int) -> str:
    return settings.BASE_URL + entrance_path(organisation_id, entrance_id)


def _two(ids: tuple[int, ...] | None) -> tuple[int, int] | None:
    return (ids[0], ids[1]) if ids and len(ids) == 2 else None
