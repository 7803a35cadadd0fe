"""Files where there is no HDFS: what Spark's client of WebHDFS asks, and what it must not."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from tests.nodes.scripts.conftest import NET
from tests.support.cloud import until
from tests.support.specs import SHIPPED, draft

ADDRESS = f"{NET}.70"
PORT = 7079


@dataclass
class Share:
    """A server that runs, and its folder."""

    folder: Path

    def ask(self, verb: str, path: str, operation: str, **more: str) -> requests.Response:
        """A call, as clients make it: where they are sent with data, they go with it."""
        data = more.pop("data", "").encode()
        url = f"http://{ADDRESS}:{PORT}/webhdfs/v1{path}"
        asked = {"op": operation, "user.name": "ubuntu", **more}
        answer = requests.request(verb, url, params=asked, allow_redirects=False, timeout=20)
        if answer.status_code != 307:
            return answer
        return requests.request(verb, answer.headers["Location"], data=data, timeout=20)

    def files(self) -> set[str]:
        """What is there."""
        found = (p for p in self.folder.rglob("*") if p.is_file())
        return {str(p.relative_to(self.folder)) for p in found}


def script(*frameworks: str) -> str:
    context = Contexts(*draft(dict.fromkeys(frameworks, ""))).component("spark", "master")
    return Templates(SHIPPED, "salt").file("spark", "share.py.j2", context)


def running(folder: Path, free_mb: int) -> Iterator[Share]:
    (folder / "files").mkdir()
    (folder / "share.py").write_text(script("spark"))
    words = [ADDRESS, str(PORT), str(folder / "files"), str(free_mb)]
    server = subprocess.Popen([sys.executable, "-I", str(folder / "share.py"), *words])
    share = Share(folder / "files")

    def up() -> bool:
        try:
            return share.ask("GET", "/", "GETFILESTATUS").status_code == 200
        except requests.ConnectionError:
            return False

    try:
        until(up, 30, "the server")
        yield share
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Share]:
    yield from running(tmp_path, 1)


def test_with_hadoop_there_is_none() -> None:
    assert "class" in script("spark")
    assert not script("spark", "hadoop").strip()


def test_a_file_is_written_read_and_replaced_only_when_asked(share: Share) -> None:
    assert share.ask("PUT", "/out/a b", "CREATE", data="one").status_code == 201
    assert share.ask("GET", "/out/a b", "OPEN").text == "one"
    assert share.ask("GET", "/out/a b", "OPEN", offset="1", length="1").text == "n"
    refused = share.ask("PUT", "/out/a b", "CREATE", data="two", overwrite="false")
    assert refused.status_code == 403
    assert refused.json()["RemoteException"]["exception"] == "FileAlreadyExistsException"
    assert share.ask("PUT", "/out/a b", "CREATE", data="two", overwrite="true").status_code == 201
    assert share.ask("GET", "/out/a b", "OPEN").text == "two"
    (listed,) = share.ask("GET", "/out", "LISTSTATUS").json()["FileStatuses"]["FileStatus"]
    assert (listed["pathSuffix"], listed["length"], listed["type"]) == ("a b", 3, "FILE")


def raw(verb: str, target: bytes) -> tuple[int, str, bytes]:
    """A request whose target is sent as it is: status, Location and what is answered."""
    with socket.create_connection((ADDRESS, PORT), timeout=20) as link:
        link.sendall(verb.encode() + b" /webhdfs/v1" + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = http.client.HTTPResponse(link)
        answer.begin()
        return answer.status, answer.getheader("Location", ""), answer.read()


@pytest.mark.parametrize("name", ["größe", "à la Å", "land=Österreich", "世界 😀", "a+b%c\x85d"])
def test_a_name_is_the_same_raw_and_quoted(share: Share, name: str) -> None:
    """Hadoop's client quotes blanks and signs, and sends all that is not ASCII as it is."""
    sent = quote(name, safe="=+")
    as_is = re.sub(rb"%[89A-F][0-9A-F]", lambda m: bytes([int(m[0][1:], 16)]), sent.encode())
    assert b"%C3" not in as_is
    assert raw("PUT", b"/" + as_is + b"?op=MKDIRS")[0] == 200
    assert [p.name for p in share.folder.iterdir()] == [name]
    code, location, _ = raw("PUT", b"/" + as_is + b"/" + as_is + b"?op=CREATE")
    assert code == 307
    assert requests.put(location, data=b"12", timeout=20).status_code == 201
    assert share.files() == {f"{name}/{name}"}
    code, _, told = raw("GET", b"/" + as_is + b"?op=LISTSTATUS")
    listed = json.loads(told)["FileStatuses"]["FileStatus"]
    assert (code, [file["pathSuffix"] for file in listed]) == (200, [name])
    moved = share.ask("PUT", f"/{quote(name)}/{quote(name)}", "RENAME", destination=f"/{name}/2")
    assert moved.json() == {"boolean": True}
    assert share.ask("GET", f"/{quote(name)}/2", "OPEN").text == "12"


def test_a_name_that_is_no_utf_8_stays_what_it_is(share: Share) -> None:
    assert raw("PUT", b"/a\xff\xa0?op=MKDIRS")[0] == 200
    assert os.listdir(bytes(share.folder)) == [b"a\xff\xa0"]
    assert raw("GET", b"/a%FF%A0?op=GETFILESTATUS")[0] == 200


def test_what_is_not_there_is_said_as_hdfs_says_it(share: Share) -> None:
    for verb, operation in (("GET", "GETFILESTATUS"), ("GET", "OPEN"), ("GET", "LISTSTATUS")):
        answer = share.ask(verb, "/nothing", operation)
        assert answer.status_code == 404
        assert answer.json()["RemoteException"]["javaClassName"] == "java.io.FileNotFoundException"
    assert share.ask("DELETE", "/nothing", "DELETE").json() == {"boolean": False}
    assert share.ask("PUT", "/", "SETXATTR").status_code == 403


@pytest.mark.parametrize("more", [{}, {"renameoptions": "NONE"}])
def test_a_rename_replaces_nothing_unless_it_says_so(share: Share, more: dict[str, str]) -> None:
    share.ask("PUT", "/a", "CREATE", data="a")
    share.ask("PUT", "/b", "CREATE", data="b")
    kept = share.ask("PUT", "/a", "RENAME", destination="/b", **more)
    assert kept.status_code == 403 if more else kept.json() == {"boolean": False}
    assert share.ask("GET", "/b", "OPEN").text == "b"
    done = share.ask("PUT", "/a", "RENAME", destination="/b", renameoptions="OVERWRITE")
    assert (done.status_code, done.content) == (200, b"")
    assert share.ask("GET", "/b", "OPEN").text == "a"


def test_what_a_job_committed_moves_into_a_folder_that_is_there(share: Share) -> None:
    share.ask("PUT", "/out/_temporary/0/task", "MKDIRS")
    share.ask("PUT", "/out/_temporary/0/task/part-0", "CREATE", data="x")
    moved = share.ask("PUT", "/out/_temporary/0/task/part-0", "RENAME", destination="/out")
    assert moved.json() == {"boolean": True}
    refused = share.ask("DELETE", "/out", "DELETE", recursive="false")
    assert refused.json()["RemoteException"]["exception"] == "PathIsNotEmptyDirectoryException"
    assert share.ask("DELETE", "/out/_temporary", "DELETE", recursive="true").json()["boolean"]
    assert share.files() == {"out/part-0"}


@pytest.mark.parametrize("path", ["/../secret", "/a/../../secret", "/%2e%2e/secret", "/%00", "/.."])
def test_nothing_outside_of_the_folder_is_reached(share: Share, path: str) -> None:
    secret = share.folder.parent / "secret"
    secret.write_text("kept")
    connection = http.client.HTTPConnection(ADDRESS, PORT, timeout=20)  # sends paths as they are
    for verb, more in (("GET", "op=OPEN&data=1"), ("DELETE", "op=DELETE&recursive=true")):
        connection.request(verb, f"/webhdfs/v1{path}?{more}")
        answer = connection.getresponse()
        assert answer.status in (403, 404)
        assert b"kept" not in answer.read()
        connection.close()
    share.ask("PUT", "/a", "CREATE", data="new")
    assert share.ask("PUT", "/a", "RENAME", destination="/../secret").status_code == 403
    assert secret.read_text() == "kept"


def test_a_length_below_zero_is_none(share: Share) -> None:
    place = "/webhdfs/v1/a?op=CREATE&data=1"
    for head in ({"Content-Length": "-1"}, {"Transfer-Encoding": "chunked"}):
        connection = http.client.HTTPConnection(ADDRESS, PORT, timeout=20)
        connection.putrequest("PUT", place)
        for name, value in head.items():
            connection.putheader(name, value)
        connection.endheaders(b"-1\r\nmore than there may be")
        # said while this end is still open: nothing was read until it closes
        assert connection.getresponse().status == 403
        connection.close()
    assert share.files() == set()


def test_no_word_of_a_request_is_a_header_of_the_answer(share: Share) -> None:
    url = f"http://{ADDRESS}:{PORT}/webhdfs/v1/a?op=CREATE&x%0D%0ASet-Cookie:%20a=b"
    answer = requests.put(url, allow_redirects=False, timeout=20)
    assert answer.status_code == 307
    assert "Set-Cookie" not in answer.headers


def test_the_room_is_what_may_be_written(share: Share) -> None:
    told = share.ask("GET", "/", "GETSTATUS").json()["FsStatus"]
    free = shutil.disk_usage(share.folder).free
    assert told["remaining"] == pytest.approx(free - (1 << 20), rel=0.05)
    assert 0 < told["remaining"] < told["capacity"]


def test_half_a_file_is_none(share: Share) -> None:
    connection = http.client.HTTPConnection(ADDRESS, PORT, timeout=20)
    connection.putrequest("PUT", "/webhdfs/v1/half?op=CREATE&data=1")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders(b"5\r\nhello\r\n")
    connection.close()
    share.ask("PUT", "/whole", "CREATE", data="x")
    assert share.files() == {"whole"}


def test_the_master_s_disk_is_not_filled(tmp_path: Path) -> None:
    for share in running(tmp_path, 1 << 30):
        refused = share.ask("PUT", "/a", "CREATE", data="x")
        assert "No space left on device" in refused.json()["RemoteException"]["message"]
        assert share.files() == set()
