"""A web server for photos on loopback, with certificates of its own authority; and a canary that nobody must reach."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = "127.0.0.2"
"""Where the server listens: on loopback, and not where canaries do."""
CANARIES = ("127.0.0.1", "::1")

Answering = Callable[[BaseHTTPRequestHandler], None]
"""Answers a GET."""


class PhotoServer(ThreadingHTTPServer):
    """Answers each path as `paths` says, 404 for any other; `asked` has what came, with its headers."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__((HERE, 0), _Handler)
        self.tls = tls
        self.paths: dict[str, Answering] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the thread of the request: a handshake keeps no other waiting."""
        try:
            with self.tls.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except OSError:
            return  # whoever asked went away

    def serve(self, path: str, content: bytes, status: int = 200, **headers: str) -> None:
        """Answer this path so; `Content_Type="…"` names a header. The length is said unless a header says it."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **given}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(content)

        self.paths[path] = answer

    def times(self, path: str) -> int:
        """How often the path was asked for."""
        return sum(asked == path for asked, _ in self.asked)


class _Handler(BaseHTTPRequestHandler):
    server: PhotoServer

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        answer = self.server.paths.get(self.path)
        if answer is None:
            self.send_error(404)
        else:
            answer(self)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to anybody."""


@contextmanager
def photo_server(folder: Path, *names: str) -> Iterator[tuple[PhotoServer, ssl.SSLContext]]:
    """A server with a certificate for these names, and what believes it."""
    authority, key = _certificate("Photo authority", None)
    certificate, own_key = _certificate(names[0], (authority, key), *names)
    pem = folder / "server.pem"
    pem.write_bytes(
        own_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    believing = ssl.create_default_context(cadata=authority.public_bytes(serialization.Encoding.PEM).decode())
    with PhotoServer(tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server, believing
        finally:
            server.shutdown()
            thread.join()


def _certificate(
    name: str, signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None, *hosts: str
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer[0].subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False)
    return builder.sign(signer[1] if signer else key, hashes.SHA256()), key


class Canary:
    """Listens at one port of all CANARIES, and counts who connects."""

    def __init__(self, stack: ExitStack, port: int) -> None:
        self.port = port
        self._reached = 0
        self._listening: list[socket.socket] = []
        for host in CANARIES:
            listener = stack.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
            listener.bind((host, self.port))
            listener.listen(128)
            listener.setblocking(False)
            self.port = listener.getsockname()[1]
            self._listening.append(listener)

    def count(self) -> int:
        """How many have connected so far; the kernel takes connections without our help."""
        for listener in self._listening:
            while True:
                try:
                    listener.accept()[0].close()
                except BlockingIOError:
                    break
                self._reached += 1
        return self._reached


@contextmanager
def canary(port: int = 0) -> Iterator[Canary]:
    """A canary at that port, or a free one."""
    with ExitStack() as stack:
        yield Canary(stack, port)
