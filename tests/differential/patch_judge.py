"""scim2-models' PATCH engine as a judge of ours, on the very schemas that we publish."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Union

from pydantic import ValidationError
from scim2_models import Context, Extension, PatchOp, Resource, Schema, SCIMException, ScimPolicy

from app.attributes.definitions import ResourceType

Document = dict[str, Any]
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
STRICT = ScimPolicy()
AS_ENTRA = ScimPolicy(
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
)


class Refused(Exception):
    """The judge does not carry the PATCH out; `scim_type` says why, None when it does not say."""

    def __init__(self, scim_type: str | None, detail: str) -> None:
        super().__init__(detail)
        self.scim_type = scim_type


class Judge:
    """What scim2-models makes of a document."""

    def __init__(self, resource_type: ResourceType) -> None:
        core: Any = Resource.from_schema(Schema.model_validate(dict(resource_type.schema.document)))
        extensions = [Extension.from_schema(Schema.model_validate(dict(e.document))) for e in resource_type.extensions]
        self._model: Any = core[Union[tuple(extensions)]]  # noqa: UP007 — of a list that is known at run time
        self._message: Any = PatchOp.__class_getitem__(self._model)
        self._schemas = [resource_type.schema.urn, *(extension.urn for extension in resource_type.extensions)]

    def patched(self, document: Document, operations: Sequence[Document], policy: ScimPolicy = STRICT) -> Document:
        """The document after the operations. Raises Refused."""
        resource = self._model.model_validate({"schemas": self._schemas, **deepcopy(document)})
        body = {"schemas": [PATCH_URN], "Operations": deepcopy(list(operations))}
        try:
            patch = self._message.model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=policy)
            patch.patch(resource, policy)
        except SCIMException as error:
            raise Refused(error.scim_type, str(error)) from error
        except ValidationError as error:
            kind = str(error.errors()[0]["type"])
            raise Refused(kind.removeprefix("scim_") if kind.startswith("scim_") else None, str(error)) from error
        after: Document = resource.model_dump()
        return {name: value for name, value in after.items() if name != "schemas"}
