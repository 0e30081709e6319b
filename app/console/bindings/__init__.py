"""Which groups get which cards: the list, edited as a whole, previewed, and saved as it was previewed."""

from __future__ import annotations

from app.console.bindings import views
from app.console.shell import GET, POST, Routes

ROUTES: Routes = (
    ("/bindings", views.listed, GET),
    ("/bindings/groups", views.groups, GET),
    ("/bindings/edit", views.edit, POST),
    ("/bindings/preview", views.preview, POST),
    ("/bindings/preview.csv", views.preview_as_csv, POST),
    ("/bindings/save", views.save, POST),
)
