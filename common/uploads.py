"""Receiving files that people upload."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from common.csv_file import MAX_BYTES

LARGEST = 2 * MAX_BYTES
"""Bytes of a whole request: what is not too much larger than a file may be is still told so in its form."""


class LimitedUpload(TemporaryFileUploadHandler):
    """Writes files to the disk, as anybody can make it do on any page with a form, but none without end."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:  # noqa: N803  # Django's name
        if content_length > LARGEST:
            raise RequestDataTooBig("The uploaded files are larger than any may be.")
