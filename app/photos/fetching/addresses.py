"""Which web addresses photos may be fetched from, and which machines may be asked for them. Pure.

An address is written plainly or not at all (RFC 3986 knows a dozen ways to write the same one, and programs differ in
what they make of the odd ones). A machine is on the internet or not asked: whatever leads to this network, to a single
machine or through a translator is refused, also where what it translates to would be public.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urljoin

from app.core.hosts import HTTPS, authority, parse_host
from app.directory.pictures import LONGEST_ADDRESS

ANY = "*"
"""In a list of hosts: any that is on the internet."""

_URL = re.compile(r"https://(?P<authority>[^/?]+)(?P<target>[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)", re.IGNORECASE)
"""RFC 3986 without userinfo, fragment and what it does not name: blanks, controls, backslashes, other scripts."""


class NotAllowed(ValueError):
    """An address that nothing is fetched from. Says nothing more: whoever gave it learns nothing of what is there."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An https address. `target` is what is asked for there: path and query."""

    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the header `Host` has them."""
        return authority(self.host, self.port)

    def __str__(self) -> str:
        return f"https://{self.authority}{self.target}"


def parse_address(text: str) -> WebAddress:
    """The address in `text`. Raises NotAllowed for any other than a plain https address of a name."""
    match = _URL.fullmatch(text) if len(text) <= LONGEST_ADDRESS else None
    if match is None:
        raise NotAllowed
    try:
        host, port = parse_host(match["authority"])
    except ValueError as error:
        raise NotAllowed from error
    target = match["target"]
    return WebAddress(host, port, target if target.startswith("/") else f"/{target}")


def parse_redirect(origin: WebAddress, location: str) -> WebAddress:
    """Where `location`, the header of an answer from `origin`, leads. Raises NotAllowed."""
    try:
        target = urljoin(str(origin), location)
    except ValueError as error:  # half an IPv6 address
        raise NotAllowed from error
    return parse_address(target)


def is_listed(address: WebAddress, hosts: frozenset[str]) -> bool:
    """Whether the operator lets photos be fetched from there; ANY stands for every host at the usual port."""
    return address.authority in hosts or (ANY in hosts and address.port == HTTPS)


_REFUSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # shared by a provider's customers (RFC 6598); Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host, from within a virtual machine
        "169.254.0.0/16",  # link-local; metadata of AWS, Azure, Google and others
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # of the IETF (RFC 6890); Oracle's metadata
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.31.196.0/24",  # AS112 (RFC 7535)
        "192.52.193.0/24",  # AMT relays (RFC 7450)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "198.18.0.0/15",  # benchmarking (RFC 2544)
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved; broadcast
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
"""All that has been given out as unicast on the internet (RFC 4291). Beyond it are loopback, unspecified, mapped and
compatible addresses, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard, segment routing, local (with AWS's metadata),
link-local, site-local, and multicast."""
_REFUSED_V6 = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # of the IETF: Teredo, benchmarking, ORCHID (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056)
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""The middle of an address whose end is an IPv4 address of this network (RFC 5214)."""


def is_public(text: str) -> bool:
    """Whether an IP address, as a resolver gives it, is of a machine on the internet that may be asked."""
    try:
        ip = ip_address(text)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return ip.is_global and not any(ip in network for network in _REFUSED_V4)
    return _is_public_v6(ip)


def _is_public_v6(ip: IPv6Address) -> bool:
    return (
        ip.scope_id is None
        and ip in _GLOBAL_V6
        and (int(ip) >> 32 & 0xFFFF_FFFF) not in _ISATAP
        and not any(ip in network for network in _REFUSED_V6)
    )
