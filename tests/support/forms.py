"""A page's form as a browser would send it, before or after somebody has typed into it."""

from __future__ import annotations

from html.parser import HTMLParser


class Form(HTMLParser):
    """The fields of the form with an id, in the order of the page: one text by name, of `row` and the like a list."""

    def __init__(self, html: str, form_id: str) -> None:
        super().__init__()
        self.fields: dict[str, str | list[str]] = {}
        self._id, self._is_within = form_id, False
        self._area: str | None = None
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self._is_within = found.get("id") == self._id
        name = found.get("name")
        if tag == "option" and self._select is not None:
            if "selected" in found or self._select not in self.fields:
                self.fields[self._select] = found.get("value") or ""
        elif not self._is_within or name is None:
            return
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self.fields[name], self._area = "", name
        elif tag == "input" and found.get("type") != "file" and (not _is_ticked(found) or "checked" in found):
            self._add(name, found.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_within = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self.fields[self._area] = str(self.fields[self._area]).removeprefix("\n")
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area] = f"{self.fields[self._area]}{data}"

    def _add(self, name: str, text: str) -> None:
        before = self.fields.get(name)
        if before is None:
            self.fields[name] = text
        else:
            self.fields[name] = [*(before if isinstance(before, list) else [before]), text]


def _is_ticked(found: dict[str, str | None]) -> bool:
    return found.get("type") in {"checkbox", "radio"}
