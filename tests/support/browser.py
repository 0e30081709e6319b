"""A real, headless Chromium: Debian's, driven by playwright, without its own errands on the network."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE 127.0.0.2",
)


def executable() -> str | None:
    """Where Chromium is; None when this machine has none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser. Raises FileNotFoundError when there is none to be had."""
    path = executable()
    if path is None:
        raise FileNotFoundError("no Chromium: install Debian's chromium")
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError as error:
        raise FileNotFoundError("no libatomic, without which Playwright does not start: install libatomic1") from error
    # It keeps crash reports and settings in the home folder, whatever profile it is given.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=list(ARGUMENTS), env={**os.environ, "HOME": home}
        )
        try:
            yield browser
        finally:
            browser.close()
