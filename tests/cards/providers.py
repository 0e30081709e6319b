"""Hypothesis strategies for everything that an operator may say of an OpenID provider."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from app.auth.sign_in.roles import ROLES
from app.auth.sign_in.wanted import ENTRA, LONGEST, Wanted
from tests.cards.layouts import lines

SECRET = "a secret: 100 % of it # and {more}"

_texts = lines(LONGEST).filter(str.isprintable)
_issuers = st.sampled_from(("https://id.example", "https://id.example:8443/a%20b", "http://[::1]:1/"))


@st.composite
def providers(draw: st.DrawFn) -> Wanted:
    """A provider that can be set up, a tenant of Entra or another."""
    tenant = draw(st.none() | st.uuids().map(str))
    entra = tenant is not None and draw(st.booleans())
    made = Wanted(
        issuer=f"https://{ENTRA}/{tenant}/v2.0" if entra else draw(_issuers),
        client_id=draw(_texts),
        client_secret=SECRET,
        tenant_id=tenant,
        role_claim=draw(st.none() | _texts),
    )
    if made.role_claim is None:
        return made
    return replace(made, role_values=draw(st.dictionaries(_texts, st.sampled_from(ROLES), max_size=3)))
