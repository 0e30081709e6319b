"""Every route says who may use it; an app with a route that does not say so does not start."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from flask import Flask, request
from werkzeug.exceptions import NotFound

View = TypeVar("View", bound=Callable[..., Any])
Check = Callable[[], None]
"""Returns when the request may pass, else raises what the edge turns into an answer."""

PUBLIC = "public"


def guarded(name: str, check: Check) -> Callable[[View], View]:
    """A decorator that declares the guard `name` on a view and has `check` run before it."""

    def declare(view: View) -> View:
        view.guard = name  # type: ignore[attr-defined]
        view.guard_check = check  # type: ignore[attr-defined]
        return view

    return declare


def also(guard: Callable[[View], View], name: str, check: Check) -> Callable[[View], View]:
    """A guard that lets pass what `guard` does, and then `check`; it is declared under both names."""

    def declare(view: View) -> View:
        first = guard(view)
        check_first: Check = first.guard_check  # type: ignore[attr-defined]

        def check_both() -> None:
            check_first()
            check()

        return guarded(f"{first.guard}, {name}", check_both)(first)  # type: ignore[attr-defined]

    return declare


def public(view: View) -> View:
    """Declare that anybody may use this view."""
    view.guard = PUBLIC  # type: ignore[attr-defined]
    return view


def declared_guard(app: Flask, endpoint: str) -> str | None:
    """The guard that an endpoint declares; files below a `static` endpoint are public."""
    if endpoint.rpartition(".")[2] == "static":
        return PUBLIC
    return getattr(app.view_functions[endpoint], "guard", None)


def install(app: Flask, *, own_words: Collection[str] = ()) -> None:
    """Have the guards checked before each request, and nothing found at an address with a NUL character.

    The blueprints `own_words` say so themselves, in the words of whoever asks there. Raises RuntimeError naming a route
    without a guard.
    """
    for rule in app.url_map.iter_rules():
        if declared_guard(app, rule.endpoint) is None:
            raise RuntimeError(f"the route {rule.rule} ({rule.endpoint}) declares no guard")

    @app.before_request
    def check_guard() -> None:
        if request.endpoint is None:
            return
        if "\0" in request.path and request.blueprint not in own_words:
            raise NotFound  # nothing is called so, and PostgreSQL cannot even be asked
        check: Check | None = getattr(app.view_functions[request.endpoint], "guard_check", None)
        if check is not None:
            check()
