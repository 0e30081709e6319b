"""SCIM errors: status, `scimType` and a sentence that names the attribute and the reason (RFC 7644 §3.12)."""

from __future__ import annotations

from typing import Any

ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """An answer that says no. The directory's administrators read `detail`: it must help, and hold no secret."""

    def __init__(self, status: int, scim_type: str | None, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.scim_type = scim_type
        self.detail = detail

    def body(self) -> dict[str, Any]:
        """The error's JSON; `status` is a string, `scimType` is there only when there is one."""
        body = {"schemas": [ERROR_URN], "status": str(self.status), "detail": self.detail}
        if self.scim_type is not None:
            body["scimType"] = self.scim_type
        return body


def invalid_syntax(detail: str) -> ScimError:
    """400: the body is not built as it must be."""
    return ScimError(400, "invalidSyntax", detail)


def invalid_value(path: str, reason: str) -> ScimError:
    """400: the attribute at `path` cannot have the value; `reason` goes on from its name ("must be a text")."""
    return ScimError(400, "invalidValue", f"{path} {reason}.")


def invalid_path(path: str, reason: str) -> ScimError:
    """400: `path` is no attribute path."""
    return ScimError(400, "invalidPath", f"{path!r} is not an attribute path: {reason}.")


def invalid_filter(detail: str) -> ScimError:
    """400: the filter cannot be read, or compares what cannot be compared."""
    return ScimError(400, "invalidFilter", detail)


def no_target(detail: str) -> ScimError:
    """400: the path selects nothing to change."""
    return ScimError(400, "noTarget", detail)


def mutability(path: str, reason: str = "is set by the server and cannot be changed") -> ScimError:
    """400: the attribute at `path` is the server's own, or does not take this change for the reason given."""
    return ScimError(400, "mutability", f"{path} {reason}.")


def too_many(detail: str) -> ScimError:
    """400 `tooMany`: more than this server takes in one request."""
    return ScimError(400, "tooMany", detail)


def unsupported_media_type(media_type: str) -> ScimError:
    """415: the body is sent as something that is not JSON."""
    return ScimError(415, None, f"Send application/scim+json, not {media_type}.")
