from django.core.exceptions import BadRequest
from django.http import HttpRequest

STEPS = {"up": -1, "down": 1}


def read_step(request: HttpRequest) -> int:
    """One place up or down, as the pressed button says."""
    try:
        return STEPS[request.POST.get("direction", "")]
    except KeyError:
        raise BadRequest("direction is up or down") from None
