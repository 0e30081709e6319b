"""`LANYARD_PHOTO_HOSTS`."""

from __future__ import annotations

import pytest

from app.core.errors import ConfigError
from app.core.settings import Settings


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param("*", {"*"}, id="any"),
        pytest.param("photos.example", {"photos.example"}, id="one"),
        pytest.param(
            "Photos.Example:443, img.example:8443", {"photos.example", "img.example:8443"}, id="two with ports"
        ),
    ],
)
def test_hosts_are_named_with_commas_between_them(text: str, hosts: set[str]) -> None:
    assert Settings.from_env({"LANYARD_PHOTO_HOSTS": text}).photo_hosts == hosts


@pytest.mark.parametrize("host", ["https://photos.example", "*.example", "127.0.0.1", "localhost", "photos.example.", "photos.example:0", "bücher.example"])  # fmt: skip
def test_what_is_no_name_of_a_host_stops_the_start(host: str) -> None:
    with pytest.raises(
        ConfigError, match=r"LANYARD_PHOTO_HOSTS must be \* or names of hosts .* is not the name of a host"
    ):
        Settings.from_env({"LANYARD_PHOTO_HOSTS": f"photos.example,{host}"})
