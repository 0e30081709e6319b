"""Signing in and out: the addresses, listed in one place."""

from __future__ import annotations

from flask import Blueprint, Flask
from werkzeug.exceptions import RequestEntityTooLarge

from app.auth.sign_in.asking import Forbidden, ProofNeeded, SignInNeeded, csrf_token
from app.auth.sign_in.pages import account, answers, by_link, coming, going, providers
from app.core.errors import Unavailable
from app.core.secrets import Sealer, installation_key
from app.core.settings import Settings


def install(app: Flask, settings: Settings) -> None:
    """Add the pages, and what they keep in this process. Raises ConfigError when there is no key to be had."""
    app.extensions["lanyard.sealer"] = Sealer(installation_key(settings.secret_key, settings.data_dir))
    providers.install(app.extensions)
    by_link.install(app.extensions)
    app.register_blueprint(_create_blueprint())
    app.register_error_handler(SignInNeeded, answers.on_sign_in_needed)
    app.register_error_handler(ProofNeeded, answers.on_proof_needed)
    app.register_error_handler(Forbidden, answers.on_forbidden)


def _create_blueprint() -> Blueprint:
    bp = Blueprint("sign_in", __name__, template_folder="../templates")
    for rule, endpoint, view, methods in (
        ("/login", "choose", coming.choose, ["GET"]),
        ("/login/<slug>", "begin", coming.begin, ["GET"]),
        ("/auth/callback/<slug>", "finish", coming.finish, ["GET"]),
        ("/setup/<token>", "set_up", by_link.open_link, ["GET", "POST"]),
        ("/login/link", "send_link", by_link.send, ["POST"]),
        ("/login/link/<token>", "open_link", by_link.open_link, ["GET", "POST"]),
        ("/logout", "log_out", going.log_out, ["GET", "POST"]),
        ("/auth/front-channel-logout/<slug>", "front_channel", going.front_channel, ["GET"]),
        ("/auth/back-channel-logout/<slug>", "back_channel", going.back_channel, ["POST"]),
        ("/me/sessions", "sessions", account.sessions_page, ["GET"]),
        ("/me/sessions/<session_id>/end", "end_session", account.end_session, ["POST"]),
    ):
        bp.add_url_rule(rule, endpoint, view, methods=methods)
    bp.register_error_handler(RequestEntityTooLarge, answers.on_too_large)
    bp.register_error_handler(Unavailable, answers.on_unavailable)
    bp.add_app_template_global(csrf_token, "csrf_token")
    return bp
