import logging

import pytest
from django.conf import settings
from django.test import Client

from common.logs import WithoutLinks


@pytest.mark.parametrize(
    "path",
    [
        "/r/AQEPHM8u3Ycayvf4UCo",
        "/u/AQEPHM8u3Ycayvf4UCo",
        "/a/AQEPHM8u3Ycayvf4/AQEPHM8u3Ycayvf4UCo",
        "/join/1-1:AQEPHM8u3Ycayvf4UCo/",
        "/account/password/reset/key/1-AQEPHM8u3Ycayvf4UCo/",
    ],
)
def test_no_link_that_opens_something_stands_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture, db: None, path: str
) -> None:
    client.put(path)
    client.get(f"{path}?lang=de")
    lines = [WithoutLinks().format(record) for record in caplog.records]
    assert lines or "key" in path
    assert not any("AQEPHM8u3Ycayvf4UCo" in line for line in lines)


def test_other_addresses_and_tracebacks_stay_readable() -> None:
    assert "'class': 'common.logs.WithoutLinks'" in str(settings.LOGGING)
    try:
        raise ValueError("no answer at http://localhost/r/secret?lang=de")
    except ValueError as error:
        record = logging.LogRecord(
            "x", 40, __file__, 1, "Not Found: %s", ("/o/a/customers/",), (type(error), error, None)
        )
    text = WithoutLinks("%(message)s").format(record)
    assert "Not Found: /o/a/customers/" in text
    assert "http://localhost/r/…?lang=de" in text
    assert "ValueError" in text
