"""A node behind a proxy, and in a cloud with a CA of its own: with real curl, TLS and a proxy."""

from __future__ import annotations

import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.nodes.scripts.conftest import NET, TOKEN, Answer, Node, Server, answer_with

Serve = Callable[[Answer], Server]
PASSWORD = "geheim"


@dataclass
class Proxy:
    """A small HTTP proxy that lets through who knows the password, and writes down what for."""

    url: str
    asked: list[str] = field(default_factory=list)


class _Handler(socketserver.StreamRequestHandler):
    server: _ProxyServer

    def handle(self) -> None:
        line = self.rfile.readline().decode()
        headers = b""
        while (header := self.rfile.readline()) not in (b"\r\n", b""):
            headers += header
        method, target = line.split()[:2]
        self.server.proxy.asked.append(f"{method} {target}")
        if b"Proxy-Authorization: Basic bWU6Z2VoZWlt" not in headers:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        place = target if method == "CONNECT" else target.split("/")[2]
        host, port = place.rsplit(":", 1)
        # names mean this machine: a node behind a proxy may have no name server
        other = socket.create_connection((host if host[0].isdigit() else "127.0.0.1", int(port)))
        if method == "CONNECT":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            path = "/" + target.split("/", 3)[3]
            other.sendall(f"{method} {path} HTTP/1.0\r\n".encode() + headers + b"\r\n")
        back = threading.Thread(target=self._copy, args=(other, self.connection))
        back.start()
        self._copy(self.rfile, other)
        back.join()
        other.close()

    @staticmethod
    def _copy(source: object, target: socket.socket) -> None:
        read = source.recv if isinstance(source, socket.socket) else source.read1  # type: ignore[attr-defined]
        try:
            while piece := read(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class _ProxyServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    proxy: Proxy


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with _ProxyServer(("127.0.0.1", 0), _Handler) as server:
        server.proxy = Proxy(f"http://me:{PASSWORD}@127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.proxy
        server.shutdown()


@dataclass
class Tls:
    """A server whose certificate is of a company's own CA."""

    url: str
    ca: str
    bodies: list[str] = field(default_factory=list)


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[Tls]:
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        tmp_path, *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Company", "-days", "2"
    )
    names = "subjectAltName=IP:127.0.0.1,DNS:heat.example.org"
    openssl(
        tmp_path, *new, "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "own.key",
        "-out", "own.pem", "-subj", "/CN=heat", "-days", "2", "-addext", names,
        "-addext", "basicConstraints=CA:false",
    )  # fmt: skip
    found = Tls("", (tmp_path / "ca.pem").read_text())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            found.bodies.append(self.rfile.read(length).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem", tmp_path / "own.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.url = f"https://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def behind(node: Node, proxy: Proxy, **more: str) -> None:
    node.facts |= {"DISCO_HTTP_PROXY": proxy.url, "DISCO_HTTPS_PROXY": proxy.url, **more}
    node.facts.setdefault("DISCO_CIDR", f"{NET}.0/24")


def certified(tls: Tls, script: str) -> str:
    """A script of a node that has the CA, as user data has it."""
    return f"disco_ca() {{\ncat <<'END_CA'\n{tls.ca}END_CA\n}}\ndisco_export_network\n{script}"


ADD_TO_BUNDLE = (
    'mkdir -p "$DISCO_ROOT/etc/ssl/certs"; cat "$DISCO_ROOT"/usr/local/share/ca-certificates/*.crt'
    ' >"$DISCO_ROOT/etc/ssl/certs/ca-certificates.crt"'
)


def test_curls_own_words_say_why_heat_did_not_hear(node: Node, tls: Tls) -> None:
    node.signal_to(tls.url)
    done = node.run("disco_signal SUCCESS good; echo rc $?")
    assert "rc 1" in done.stdout
    said = node.deployment_log()
    assert "Heat did not take the signal SUCCESS: curl: (60) SSL certificate problem" in said
    assert "000" not in said
    assert tls.bodies == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9", "curl: (7) Failed to connect to 127.0.0.1 port 9"),
        ("http://no-such-host.invalid", "curl: (6) Could not resolve host: no-such-host.invalid"),
    ],
)
def test_a_signal_that_goes_nowhere_is_explained(node: Node, url: str, words: str) -> None:
    node.signal_to(url)
    node.run("disco_signal FAILURE bad || true")
    assert f"Heat did not take the signal FAILURE: {words}" in node.deployment_log()
    assert TOKEN not in node.deployment_log()


def test_what_heat_answered_is_told_where_it_answered(node: Node, serve: Serve) -> None:
    node.signal_to(serve(answer_with(403)).url)
    node.run("disco_signal FAILURE bad || true")
    assert "Heat did not take the signal FAILURE: it answered 403" in node.deployment_log()


def test_a_company_s_ca_is_trusted_before_the_signal(node: Node, tls: Tls) -> None:
    node.stand_in("update-ca-certificates", ADD_TO_BUNDLE)
    node.signal_to(tls.url)
    done = node.run(certified(tls, "disco_trust && disco_signal SUCCESS good; echo rc $?"))
    assert "rc 0" in done.stdout, done.stdout + done.stderr
    assert len(tls.bodies) == 1
    written = node.root / "usr/local/share/ca-certificates/disco-1.crt"
    assert written.read_text() == tls.ca


def test_each_certificate_of_a_bundle_has_its_file_and_old_ones_go(node: Node, tls: Tls) -> None:
    node.stand_in("update-ca-certificates", "exit 0")
    folder = node.root / "usr/local/share/ca-certificates"
    folder.mkdir(parents=True)
    (folder / "disco-9.crt").write_text("old")
    tls.ca *= 2
    assert node.run(certified(tls, "disco_trust")).returncode == 0
    assert sorted(p.name for p in folder.iterdir()) == ["disco-1.crt", "disco-2.crt"]


def test_an_image_that_cannot_take_certificates_says_so(node: Node, tls: Tls) -> None:
    node.stand_in("update-ca-certificates", "exit 3")
    done = node.run(certified(tls, "disco_step shell:start disco_trust"))
    assert done.returncode == 1
    assert "ca_file cannot be added" in node.status()["reason"]


def test_downloads_and_the_signal_take_the_proxy(
    node: Node, serve: Serve, proxy: Proxy, tls: Tls
) -> None:
    server = serve(answer_with(200))
    behind(node, proxy)
    node.signal_to(server.url.replace("127.0.0.1", "heat.example.org"))
    done = node.run("disco_signal SUCCESS good; echo rc $?")
    assert "rc 0" in done.stdout
    assert [r.json["status"] for r in server.requests] == ["SUCCESS"]
    node.stand_in("update-ca-certificates", ADD_TO_BUNDLE)
    node.signal_to(tls.url.replace("127.0.0.1", "heat.example.org"))
    done = node.run(certified(tls, "disco_trust && disco_signal SUCCESS good; echo rc $?"))
    assert "rc 0" in done.stdout, node.deployment_log()
    assert len(tls.bodies) == 1
    ways = [asked.split(":")[0] for asked in proxy.asked]
    assert ways == ["POST http", "CONNECT heat.example.org"]


def test_a_proxy_that_refuses_is_told_with_its_answer(node: Node, proxy: Proxy, tls: Tls) -> None:
    proxy.url = proxy.url.replace(PASSWORD, "wrong")
    behind(node, proxy)
    node.signal_to("https://heat.example.org:1")
    node.run("disco_signal SUCCESS good || true")
    assert "CONNECT tunnel failed, response 407" in node.deployment_log()
    assert "wrong" not in node.deployment_log()


def test_what_is_inside_of_the_cluster_is_asked_directly(
    node: Node, serve: Serve, proxy: Proxy, tmp_path: Path
) -> None:
    inside = serve(answer_with(200))
    port = inside.url.rsplit(":", 1)[1]
    behind(node, proxy, DISCO_NO_PROXY="*.corp, .example.com,10.9.0.0/16")
    hosts = (
        "localhost", "127.0.0.1", f"{NET}.10", f"{NET}.11", f"{NET}.13", "c1-master", "c1-worker-3",
        "169.254.169.254", "x.corp", "a.b.example.com",
    )  # fmt: skip
    ask = (
        "import sys, urllib.request as u;print(*[h for h in sys.argv[1:] if not u.proxy_bypass(h)])"
    )
    words = " ".join(hosts)
    done = node.run(f"{sys.executable} -I -c '{ask}' {words}")
    assert done.stdout.split() == [], done.stderr
    done = node.run(f"{sys.executable} -I -c '{ask}' heat.example.org 10.1.1.1 corp.example.net")
    assert done.stdout.split() == ["heat.example.org", "10.1.1.1", "corp.example.net"]
    script = f"curl -sS -m 5 -o /dev/null http://localhost:{port}/ && disco_http {inside.url}/x"
    assert node.run(script).returncode == 0
    assert proxy.asked == []


def test_an_asterisk_switches_the_proxy_off(node: Node, serve: Serve, proxy: Proxy) -> None:
    server = serve(answer_with(200))
    behind(node, proxy, DISCO_NO_PROXY="*")
    assert node.run(f"curl -sS -o /dev/null {server.url}").returncode == 0
    assert proxy.asked == []


def test_services_apt_and_people_are_told_of_the_proxy(node: Node, proxy: Proxy) -> None:
    (node.root / "etc/apt/apt.conf.d").mkdir(parents=True)
    behind(node, proxy, DISCO_NO_PROXY="mirror.corp,10.0.0.0/8")
    assert node.run("disco_network_files").returncode == 0
    apt = (node.root / "etc/apt/apt.conf.d/95disco-proxy").read_text()
    assert f'Acquire::http::Proxy "{proxy.url}";' in apt
    assert 'Acquire::https::Proxy::mirror.corp "DIRECT";' in apt
    assert "10.0.0.0" not in apt
    if Path("/usr/bin/apt-config").exists():
        done = subprocess.run(
            ["apt-config", "-c", str(node.root / "etc/apt/apt.conf.d/95disco-proxy"), "dump"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert f'Acquire::http::Proxy "{proxy.url}";' in done.stdout
    secret = node.root / "etc/disco/network.env"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert f'https_proxy="{proxy.url}"' in secret.read_text()
    profile = node.root / "etc/profile.d/disco-network.sh"
    done = subprocess.run(
        ["bash", "-c", f'. {profile}; echo "$HTTPS_PROXY $no_proxy"'],
        capture_output=True,
        text=True,
        check=True,
        env={},
    )
    assert done.stdout.startswith(f"{proxy.url} localhost,")


def test_nothing_is_written_where_there_is_no_proxy(node: Node) -> None:
    (node.root / "etc/apt/apt.conf.d").mkdir(parents=True)
    assert node.run("disco_trust; disco_network_files; env | grep -i _proxy").stdout == ""
    assert not (node.root / "etc/disco/network.env").exists()


def test_the_proxy_s_password_is_in_nothing_that_is_served(node: Node, proxy: Proxy) -> None:
    behind(node, proxy)
    node.run("disco_node_env; disco_export_network; disco_network_files")
    node.run("f() { fetch /opt/x 00 http://nowhere.example.org:1/x; }\ndisco_step dask:installed f")
    texts = "".join(p.read_text() for p in node.web.rglob("*") if p.is_file())
    assert PASSWORD not in texts + (node.root / "etc/disco/node.env").read_text()
