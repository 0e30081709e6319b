"""Photos as the background work makes them, at once."""

from __future__ import annotations

import re

from flask import Flask

from app.cards import uploading
from app.core.jobs.running import Working
from app.photos import preparing

ADDRESS = re.compile(r"/c/[0-9a-z]+/photo/[0-9a-f]{64}-\d+\.(?:jpg|webp)")


def prepare(app: Flask) -> str:
    """Do what the job does for the photos that wait; its sentence."""
    return preparing.prepare(_working(app))


def draw_sent(app: Flask) -> str:
    """Do what the job does for the photos that people sent; its sentence."""
    return uploading.draw(_working(app))


def _working(app: Flask) -> Working:
    return Working(app.extensions["lanyard.database"], app.extensions["lanyard.settings"], "run")


def addresses(page: str) -> list[str]:
    """The paths of all photos that a card's page names, each once, in their order."""
    return list(dict.fromkeys(ADDRESS.findall(page)))
