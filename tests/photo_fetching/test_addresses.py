"""What is an address that photos are fetched from, and which machines are on the internet."""

from __future__ import annotations

import pytest

from app.photos.fetching.addresses import NotAllowed, is_listed, is_public, parse_address, parse_redirect

HOME = parse_address("https://photos.example/people/ines.jpg")


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        pytest.param("https://photos.example/ines.jpg", "photos.example", 443, "/ines.jpg", id="plain"),
        pytest.param("HTTPS://Photos.EXAMPLE/Ines.jpg", "photos.example", 443, "/Ines.jpg", id="capitals"),
        pytest.param("https://photos.example", "photos.example", 443, "/", id="no path"),
        pytest.param("https://photos.example?id=1", "photos.example", 443, "/?id=1", id="a query alone"),
        pytest.param("https://photos.example/a%20b?x=/../y&z=@", "photos.example", 443, "/a%20b?x=/../y&z=@", id="all sorts of signs"),
        pytest.param("https://photos.example:443/", "photos.example", 443, "/", id="the usual port"),
        pytest.param("https://photos.example:8443/", "photos.example", 8443, "/", id="another port"),
        pytest.param("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/", id="a name in another script, encoded"),
        pytest.param("https://1.2.3.4.example/", "1.2.3.4.example", 443, "/", id="figures in front"),
    ],
)  # fmt: skip
def test_a_plain_https_address_is_taken(text: str, host: str, port: int, target: str) -> None:
    address = parse_address(text)

    assert (address.host, address.port, address.target) == (host, port, target)


ODD = {
    "http": "http://photos.example/",
    "another scheme": "ftp://photos.example/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://photos.example/_GET",
    "no scheme": "//photos.example/",
    "one slash": "https:/photos.example/",
    "three slashes": "https:///photos.example/",
    "backslashes": r"https:\\photos.example\x",
    "a backslash in the host": r"https://photos.example\@127.0.0.1/",
    "a user": "https://me@photos.example/",
    "a user and a password": "https://me:secret@photos.example/",
    "a host in front of the host": "https://photos.example@127.0.0.1/",
    "a fragment": "https://photos.example/#x",
    "a fragment that hides the host": "https://127.0.0.1#@photos.example/",
    "a blank in front": " https://photos.example/",
    "a line break": "https://photos.example/\r\nHost: x",
    "a line break behind": "https://photos.example/\n",
    "a tab": "https://photos\t.example/",
    "a null": "https://photos.example\0.example/",
    "an IPv4 address": "https://93.184.216.34/",
    "loopback": "https://127.0.0.1/",
    "loopback, short": "https://127.1/",
    "loopback, decimal": "https://2130706433/",
    "loopback, hexadecimal": "https://0x7f000001/",
    "loopback, hexadecimal parts": "https://0x7f.0x0.0x0.0x1/",
    "loopback, octal": "https://0177.0.0.1/",
    "loopback, longer octal": "https://017700000001/",
    "an IPv6 address": "https://[2606:2800:220:1::1]/",
    "loopback, IPv6": "https://[::1]/",
    "an IPv6 zone": "https://[fe80::1%25eth0]/",
    "localhost": "https://localhost/",
    "a name of one part": "https://intranet/",
    "a dot at the end": "https://photos.example./",
    "an address with a dot at the end": "https://127.0.0.1./",
    "two dots": "https://photos..example/",
    "a dot in front": "https://.photos.example/",
    "figures in circles": "https://①②⑦.⓪.⓪.①/",
    "letters of full width": "https://ｐhotos.example/",
    "a dot of full width": "https://photos。example/",
    "another script": "https://bücher.example/",
    "a soft hyphen": "https://photos\u00ad.example/",
    "a percent sign in the host": "https://photos%2eexample/",
    "an underscore": "https://_photos.example/",
    "a hyphen at the end": "https://photos-.example/",
    "a long part": f"https://{'a' * 64}.example/",
    "a long name": f"https://{'a.' * 126}example/",
    "an empty port": "https://photos.example:/",
    "port 0": "https://photos.example:0/",
    "a port with a zero in front": "https://photos.example:0443/",
    "a port that is none": "https://photos.example:65536/",
    "a port of figures elsewhere": "https://photos.example:٤٤٣/",
    "a path in another script": "https://photos.example/zoë.jpg",
    "no host": "https://",
    "a port alone": "https://:443/",
    "nothing": "",
    "a long address": "https://photos.example/" + "a" * 2048,
}  # fmt: skip


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_any_other_is_refused_without_a_word(text: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        parse_address(text)

    assert str(refused.value) == ""


@pytest.mark.parametrize(
    ("location", "wanted"),
    [
        pytest.param("/other.jpg", "https://photos.example/other.jpg", id="a path"),
        pytest.param("other.jpg?x", "https://photos.example/people/other.jpg?x", id="beside it"),
        pytest.param("../other.jpg", "https://photos.example/other.jpg", id="above it"),
        pytest.param("https://other.example/", "https://other.example/", id="elsewhere"),
        pytest.param("//other.example/x", "https://other.example/x", id="elsewhere, by the same scheme"),
    ],
)
def test_a_redirect_leads_where_it_says(location: str, wanted: str) -> None:
    assert str(parse_redirect(HOME, location)) == wanted


@pytest.mark.parametrize(
    "location",
    ["http://photos.example/", "file:///etc/passwd", "https://127.0.0.1/", "//[::1", r"\\127.0.0.1\x", "https://a@b.example/", "zoë.jpg"],
)  # fmt: skip
def test_a_redirect_to_what_is_no_plain_address_is_refused(location: str) -> None:
    with pytest.raises(NotAllowed):
        parse_redirect(HOME, location)


@pytest.mark.parametrize(
    ("hosts", "text", "listed"),
    [
        pytest.param({"photos.example"}, "https://photos.example/", True, id="named"),
        pytest.param({"photos.example"}, "https://other.example/", False, id="not named"),
        pytest.param({"photos.example"}, "https://x.photos.example/", False, id="below one that is named"),
        pytest.param({"photos.example"}, "https://photos.example:8443/", False, id="another port"),
        pytest.param({"photos.example:8443"}, "https://photos.example:8443/", True, id="named with its port"),
        pytest.param({"photos.example:8443"}, "https://photos.example/", False, id="without it"),
        pytest.param({"*"}, "https://photos.example/", True, id="any"),
        pytest.param({"*"}, "https://photos.example:8443/", False, id="any, at another port"),
        pytest.param(set(), "https://photos.example/", False, id="none"),
    ],
)
def test_the_operator_says_which_hosts(hosts: set[str], text: str, listed: bool) -> None:
    assert is_listed(parse_address(text), frozenset(hosts)) is listed


@pytest.mark.parametrize("ip", ["93.184.216.34", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1"])  # fmt: skip
def test_machines_on_the_internet_may_be_asked(ip: str) -> None:
    assert is_public(ip)


ELSEWHERE = {
    "unspecified": "0.0.0.0",
    "this network": "0.1.2.3",
    "private": "10.1.2.3",
    "private, 172": "172.16.0.1",
    "private, the end of 172": "172.31.255.255",
    "private, 192": "192.168.1.1",
    "shared": "100.64.0.1",
    "metadata of Alibaba": "100.100.100.200",
    "loopback": "127.0.0.1",
    "loopback, elsewhere": "127.255.255.254",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "metadata of containers": "169.254.170.2",
    "Azure's host": "168.63.129.16",
    "of the IETF": "192.0.0.1",
    "metadata of Oracle": "192.0.0.192",
    "documentation": "192.0.2.1",
    "documentation, 2": "198.51.100.1",
    "documentation, 3": "203.0.113.1",
    "6to4 relays": "192.88.99.1",
    "benchmarking": "198.18.0.1",
    "benchmarking, its end": "198.19.255.255",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 unspecified": "::",
    "IPv6 loopback": "::1",
    "compatible": "::7f00:1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata": "::ffff:a9fe:a9fe",
    "mapped, on the internet": "::ffff:93.184.216.34",
    "translated": "::ffff:0:127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of the internet": "64:ff9b::5db8:d822",
    "local NAT64": "64:ff9b:1::7f00:1",
    "discard": "100::1",
    "Teredo": "2001:0:7f00:1::1",
    "benchmarking, IPv6": "2001:2::1",
    "ORCHID": "2001:20::1",
    "documentation, IPv6": "2001:db8::1",
    "documentation, IPv6, newer": "3fff::1",
    "6to4 of loopback": "2002:7f00:1::1",
    "6to4 of a private address": "2002:a00:1::",
    "ISATAP of loopback": "2a00:1450::5efe:7f00:1",
    "ISATAP, unique, of a private address": "2a00:1450::200:5efe:a00:1",
    "segment routing": "5f00::1",
    "unique local": "fc00::1",
    "metadata of AWS, IPv6": "fd00:ec2::254",
    "metadata of Google, IPv6": "fd20:ce::254",
    "link-local, IPv6": "fe80::1",
    "link-local with a zone": "fe80::1%eth0",
    "site-local": "fec0::1",
    "multicast, IPv6": "ff02::1",
    "an address with a zone": "2606:4700::1111%eth0",
    "no address": "photos.example",
    "a short address": "127.1",
}  # fmt: skip


@pytest.mark.parametrize("ip", ELSEWHERE.values(), ids=ELSEWHERE)
def test_nothing_else_may(ip: str) -> None:
    assert not is_public(ip)
