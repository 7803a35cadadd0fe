"""``disco doctor`` finds what is wrong with a cloud, and is quiet on a good one."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from disco.doctor import reach
from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import free_port_pair, session_of, until
from tests.support.cloud_faults import cut_off, reset, says
from tests.support.cloud_proxy import Change, CloudProxy, change_json, clock, only_region
from tests.support.shell import Done, Shell, environment

#: names that stand for the proxy, as a cloud's endpoints have names
CLOUD = "cloud.example.org"
PUBLIC = "1.1.1.1"


@pytest.fixture(scope="module")
def proxy(embedded_cloud: EmbeddedCloud) -> Iterator[CloudProxy]:
    """A cloud whose endpoints have a public name."""
    ask = socket.getaddrinfo

    def resolve(host: Any, *more: Any, **named: Any) -> Any:
        return ask("127.0.0.1" if host == CLOUD else host, *more, **named)

    with (
        CloudProxy(embedded_cloud.ports) as made,
        mock.patch.object(socket, "getaddrinfo", resolve),
        made.catalog(named(CLOUD)),
    ):
        yield made


def named(host: str) -> Callable[[list[Any]], list[Any]]:
    def changed(catalog: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for endpoint in endpoints(catalog):
            endpoint["url"] = endpoint["url"].replace("127.0.0.1", host).replace(CLOUD, host)
        return catalog

    return changed


def endpoints(catalog: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e for service in catalog for e in service["endpoints"]]


@pytest.fixture
def patient(proxy: CloudProxy, embedded_cloud: EmbeddedCloud, tmp_path: Path) -> Iterator[Shell]:
    env = environment(embedded_cloud.credentials_of("demo"), tmp_path)
    with mock.patch.object(reach, "resolve", lambda host: [PUBLIC] if host == CLOUD else [host]):
        yield Shell({**env, "OS_AUTH_URL": proxy.auth_url}, tmp_path)


def examine(shell: Shell, *words: str, **names: str | None) -> Done:
    done = shell.call("doctor", "-f", "json", *words, **names)
    assert "Traceback" not in done.err, done.err
    return done


def test_it_is_quiet_on_a_good_cloud(patient: Shell, proxy: CloudProxy) -> None:
    before = len(proxy.seen)
    done = examine(patient, "--strict")
    assert [f for f in done.json["findings"] if f["state"] != "good"] == []
    assert (done.status, done.json["ok"], done.err) == (0, True, "")
    checks = {f["check"] for f in done.json["findings"]}
    assert checks >= {
        *("keystone", "region", "catalogue", "services", "clocks", "credentials", "heat"),
        *("images", "flavors", "external network", "security groups", "quotas"),
        *("application credentials", "nodes"),
    }
    # it looks and changes nothing: a token is asked for, and a preview of an empty stack
    writes = {(a.method, a.path.partition("?")[0]) for a in proxy.seen[before:]}
    changed = {(method, path) for method, path in writes if method not in ("GET", "HEAD")}
    assert {path.rpartition("/")[2] for _, path in changed} == {"tokens", "preview"}


def test_for_people_each_line_says_what_to_do(patient: Shell, proxy: CloudProxy) -> None:
    with proxy.answers("image", "/images", change_json(lambda said: {**said, "images": []})):
        done = patient.call("doctor")
    lines = done.out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("failed"))
    assert "images: No image can be used" in lines[at]
    assert lines[at + 1].strip().startswith("-> Upload a cloud image")
    assert done.status == 1 and lines[-1].startswith("1 failed, 0 warnings")


# -- ways to break a cloud -----------------------------------------------------


def without(service: str) -> Callable[[list[Any]], list[Any]]:
    return lambda catalog: [s for s in catalog if s["type"] != service]


def internal_only(catalog: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for service in catalog:
        if service["type"] == "compute":
            service["endpoints"] = [e | {"interface": "internal"} for e in service["endpoints"]]
    return catalog


def images(**changes: Any) -> Change:
    return change_json(
        lambda said: {**said, "images": [image | changes for image in said["images"]]}
    )


def flavors(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    return change_json(lambda said: {**said, "flavors": [change(f) for f in said["flavors"]]})


def not_external(said: dict[str, Any]) -> dict[str, Any]:
    if "networks" in said:
        said["networks"] = [n | {"router:external": False} for n in said["networks"]]
    return said


def all_used(said: dict[str, Any]) -> dict[str, Any]:
    if "limits" in said:
        absolute = said["limits"]["absolute"]
        absolute["totalInstancesUsed"] = absolute["maxTotalInstances"] = 4
    return said


def no_wait_condition(said: dict[str, Any]) -> dict[str, Any]:
    types = [t for t in said["resource_types"] if t != "OS::Heat::WaitCondition"]
    return {**said, "resource_types": types}


def reader(answer: Any) -> Any:
    said = answer.json() if answer.body and answer.status < 300 else {}
    if "roles" in said.get("token", {}):
        said["token"]["roles"] = [{"id": "r", "name": "reader"}]
        return answer.with_json(said)
    return answer


Break = Callable[[CloudProxy], contextlib.AbstractContextManager[Any]]
NO_FREE = {"network_ip_availability": {"total_ips": 10, "used_ips": 10}}
#: a way to break it: the fault, the check that finds it, its state, and words of the line
BREAKS: dict[str, tuple[Break, str, str, str]] = {
    "no Heat": (
        lambda p: p.catalog(without("orchestration")), "catalogue", "failed", "no Heat",
    ),
    "Heat in another region": (
        lambda p: p.catalog(only_region("elsewhere", ["orchestration"])),
        "catalogue", "failed", "elsewhere",
    ),
    "another region": (
        lambda p: p.catalog(only_region("elsewhere")), "region", "failed", "elsewhere",
    ),
    "internal endpoints only": (
        lambda p: p.catalog(internal_only), "interface", "failed", "internal",
    ),
    "Nova down": (
        lambda p: p.fails("compute", "/flavors", says(503)), "services", "failed", "Nova",
    ),
    "Neutron silent": (
        lambda p: p.fails("network", "", reset), "services", "failed", "Neutron",
    ),
    "Heat refuses tokens": (
        lambda p: p.fails("orchestration", "/stacks", says(401)), "services", "failed", "Heat",
    ),
    "Glance's answer cut off": (
        lambda p: p.fails("image", "/images", cut_off), "images", "failed", "",
    ),
    "an answer of a proxy's": (
        lambda p: p.answers("compute", "/limits", change_json(lambda said: {"x": 1})),
        "quotas", "warning", "",
    ),
    "Heat's clock": (
        lambda p: p.answers("orchestration", "", clock(3600)), "clocks", "failed", "Heat",
    ),
    "Keystone's clock": (
        lambda p: p.answers("identity", "", clock(-60)), "clocks", "warning", "Keystone",
    ),
    "Windows alone": (
        lambda p: p.answers("image", "/images", images(os_type="windows")),
        "images", "failed", "windows",
    ),
    "arm64 alone": (
        lambda p: p.answers("image", "/images", images(hw_architecture="aarch64")),
        "images", "failed", "aarch64",
    ),
    "images that are queued": (
        lambda p: p.answers("image", "/images", images(status="queued")),
        "images", "failed", "queued",
    ),
    "images of which nothing is known": (
        lambda p: p.answers("image", "/images", images(name="mine", os_distro=None)),
        "images", "warning", "cloud-init",
    ),
    "no external network": (
        lambda p: p.answers("network", "/networks", change_json(not_external)),
        "external network", "failed", "no external network",
    ),
    "no free address": (
        lambda p: p.fails("network", "/network-ip-availabilities", says(200, NO_FREE)),
        "external network", "failed", "0 free",
    ),
    "small flavors": (
        lambda p: p.answers("compute", "/flavors", flavors(lambda f: f | {"ram": 512})),
        "flavors", "failed", "1024 MiB",
    ),
    "flavors without disk": (
        lambda p: p.answers("compute", "/flavors", flavors(lambda f: f | {"disk": 0})),
        "flavors", "warning", "disk",
    ),
    "no quota left": (
        lambda p: p.answers("compute", "/limits", change_json(all_used)),
        "quotas", "failed", "instances 4 of 4 used",
    ),
    "no security groups": (
        lambda p: p.fails("network", "/security-groups", says(404)),
        "security groups", "failed", "",
    ),
    "no wait conditions": (
        lambda p: p.answers("orchestration", "/resource_types", change_json(no_wait_condition)),
        "heat", "failed", "OS::Heat::WaitCondition",
    ),
    "no stacks for these roles": (
        lambda p: p.fails("orchestration", "/preview", says(403, {"error": {"message": "no"}})),
        "heat", "failed", "does not let you",
    ),
    "a reader": (
        lambda p: p.answers("identity", "/auth/tokens", reader), "credentials", "warning", "reader",
    ),
    "no application credentials": (
        lambda p: p.fails("identity", "/application_credentials", says(403)),
        "application credentials", "warning", "",
    ),
    "endpoints of the machine itself": (
        lambda p: p.catalog(named("127.0.0.1")), "nodes", "warning", "the node itself",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_found(patient: Shell, proxy: CloudProxy, name: str) -> None:
    fault, check, state, words = BREAKS[name]
    with fault(proxy):
        done = examine(patient)
    bad = [f for f in done.json["findings"] if f["state"] != "good"]
    found = [f for f in bad if (f["check"], f["state"]) == (check, state)]
    assert found and any(words in f["text"] + f["todo"] for f in found), bad
    assert all(len(f["todo"]) > 15 for f in bad), bad
    assert done.status == (1 if any(f["state"] == "failed" for f in bad) else 0)
    assert "Error" not in "".join(f["text"] for f in bad)


def test_two_regions_and_none_chosen(patient: Shell, proxy: CloudProxy) -> None:
    def two(catalog: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for service in catalog:
            service["endpoints"] += [
                e | {"region": "two", "region_id": "two"} for e in service["endpoints"]
            ]
        return catalog

    with proxy.catalog(two):
        done = examine(patient, OS_REGION_NAME=None)
        chosen = examine(patient)
    (found,) = [f for f in done.json["findings"] if f["state"] == "failed"]
    assert found["check"] == "region" and "RegionOne, two" in found["todo"]
    assert chosen.status == 0


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"OS_PASSWORD": "wrong"}, "refused"),
        ({"OS_PROJECT_NAME": "nobody's"}, "refused"),
        ({"OS_AUTH_URL": f"http://127.0.0.1:{free_port_pair()}/v3"}, "refused"),
        ({"OS_AUTH_URL": "http://no-such-host.invalid/v3"}, "unknown host name"),
        ({"OS_PROJECT_NAME": None}, "no project"),
    ],
)
def test_a_log_in_that_fails_is_a_finding(
    patient: Shell, names: dict[str, str | None], said: str
) -> None:
    done = examine(patient, **names)
    (found,) = done.json["findings"]
    assert (done.status, found["check"], found["state"]) == (1, "keystone", "failed")
    assert said in found["text"] and found["todo"]


def test_an_application_credential_creates_nothing(
    patient: Shell, proxy: CloudProxy, embedded_cloud: EmbeddedCloud
) -> None:
    session = session_of(embedded_cloud.credentials_of("demo"))
    url = f"{embedded_cloud.auth_url}/users/{session.get_user_id()}/application_credentials"
    body = {"application_credential": {"name": "doctor", "secret": "a secret of mine"}}
    made = session.post(url, json=body).json()["application_credential"]
    names: dict[str, str | None] = dict.fromkeys(k for k in patient.env if k.startswith("OS_"))
    names |= {
        "OS_AUTH_URL": proxy.auth_url, "OS_REGION_NAME": "RegionOne",
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_APPLICATION_CREDENTIAL_ID": made["id"],
        "OS_APPLICATION_CREDENTIAL_SECRET": "a secret of mine",
    }  # fmt: skip
    done = examine(patient, **names)
    session.delete(f"{url}/{made['id']}")
    (found,) = [f for f in done.json["findings"] if f["state"] == "failed"]
    assert found["check"] == "credentials" and "password" in found["todo"]


@pytest.mark.parametrize("option", ["--image", "--flavor", "--external-network"])
def test_what_was_named_and_is_not_there(patient: Shell, option: str) -> None:
    done = examine(patient, option, "nothing")
    assert done.status == 1
    assert any("nothing" in f["text"] for f in done.json["findings"] if f["state"] == "failed")


def test_more_workers_than_there_is_room_for(patient: Shell) -> None:
    done = examine(patient, "--workers", "5000")
    (found,) = [f for f in done.json["findings"] if f["state"] == "failed"]
    assert found["check"] == "quotas" and "1 + 5000" in found["text"]


def test_strict_counts_warnings(patient: Shell, proxy: CloudProxy) -> None:
    fault, *_ = BREAKS["flavors without disk"]
    with fault(proxy):
        assert examine(patient).status == 0
        assert examine(patient, "--strict").status == 1
    assert until(lambda: examine(patient).status == 0, what="a good cloud again")
