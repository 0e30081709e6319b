"""Looking at one person's photo in Graph: whether there is one, whether it is another, and taking it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from app.core.stores import Store
from app.core.unit_of_work import Database
from app.photos.containers import UnsafeImage, examine
from app.photos.graph.client import Answer, Away, Busy, Graph, TooLarge
from app.photos.images import named
from app.photos.preparing import store_photo

HAS, NONE, REFUSED, DENIED, SILENT = "has", "none", "refused", "denied", "silent"
"""What is known of somebody's photo in Graph: there is one, there is none, there is one that is no picture we open,
Graph does not let us ask about them, Graph did not answer. By the last two nothing is learned of the photo."""
UNLEARNED = frozenset({DENIED, SILENT})

PURPOSE = b"from microsoft graph\n"
"""Tells ids of photos from Graph from those of the same bytes that somebody uploaded: these go with their card."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo whose files are stored."""

    id: str
    original: str
    sizes: Sequence[int]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody's photo in Graph. `reason` says why there is none to show."""

    state: str
    etag: str | None = None
    reason: str | None = None
    photo: Taken | None = None


def judged(answer: Answer, before: Known | None) -> Known | None:
    """What an answer about somebody's photo says; None where there is one that must be fetched.

    `before` itself when that is still what is known. Raises Busy.
    """
    if answer.is_busy:
        raise Busy(answer.wait)
    if answer.status == HTTPStatus.NOT_FOUND or (answer.status == HTTPStatus.OK and _is_placeholder(answer)):
        reason = "Microsoft Graph has no photo of them"
        found = Known(NONE, reason=f"{reason} ({answer.code})" if answer.code else reason)
        return before if before is not None and before.state == NONE else found
    if answer.status == HTTPStatus.FORBIDDEN:
        return Known(DENIED, reason=f"Microsoft Graph refuses to be asked about them: {answer.in_words}")
    if answer.status != HTTPStatus.OK:
        said = f": {answer.in_words}" if answer.status else ""
        return Known(SILENT, reason=f"Microsoft Graph does not answer as it should{said}")
    etag = etag_of(answer)
    same = before is not None and etag is not None and before.etag == etag
    return before if same else None


def etag_of(answer: Answer) -> str | None:
    """The tag of the photo that an answer describes; another when the photo is another."""
    tag = answer.said.get("@odata.mediaEtag")
    return tag if isinstance(tag, str) and tag else None


def take(database: Database, store: Store, organization_id: str, graph: Graph, path: str, etag: str | None) -> Known:
    """Fetch the photo at `path`, and store its files. Raises Busy, NotTaken, StoreAway."""
    try:
        answer = graph.download(path)
    except Away as error:
        return Known(SILENT, reason=str(error))
    except TooLarge as error:
        return Known(REFUSED, etag, str(error))
    if answer.status != HTTPStatus.OK:
        return judged(answer, None) or Known(SILENT)
    try:
        container = examine(answer.body)
        if min(container.width, container.height) <= 1:
            return Known(NONE, etag, "Microsoft Graph has an empty picture of them")
        sizes = store_photo(database, store, organization_id, answer.body)
    except UnsafeImage as error:
        return Known(REFUSED, etag, f"The photo {error}.")
    photo = Taken(hashlib.sha256(PURPOSE + answer.body).hexdigest(), named(answer.body), sizes)
    return Known(HAS, etag, photo=photo)


def _is_placeholder(answer: Answer) -> bool:
    """Whether Graph describes the 1×1 picture that it has where nobody has given it one."""
    said = answer.said
    return (said.get("width"), said.get("height")) == (1, 1) or said.get("@odata.mediaEtag") == ""
