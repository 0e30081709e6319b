"""Templates: looking at them, editing drafts, publishing, and the versions that were."""

from __future__ import annotations

from app.console import shell
from app.console.card_templates import editor, listed, look, making, publishing

ROUTES: shell.Routes = (*listed.ROUTES, *making.ROUTES, *editor.ROUTES, *look.ROUTES, *publishing.ROUTES)
