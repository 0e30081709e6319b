"""axe-core, which finds what keeps people with disabilities from using a page, run in the page as it stands."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page, each as its rule and the places; best practices included."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_source())
    # Of what is right it would otherwise describe every element, and all of that would come over here.
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [f"{rule['id']}: {[node['html'][:120] for node in rule['nodes']]}" for rule in found]


@cache
def _source() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()
