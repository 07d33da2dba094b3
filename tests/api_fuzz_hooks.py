"""Teaches schemathesis to send raw mail, which OpenAPI can only call binary."""

import schemathesis


@schemathesis.serializer("message/rfc822")
def mail(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
