"""What was begun is not begun twice, and not lost, where only the cloud's answer is lost."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from disco.errors import CloudError, CloudTimeout, CloudUnavailable
from disco.openstack.credentials import Credentials
from disco.openstack.readiness import Readiness
from disco.openstack.registration import Registration
from disco.openstack.session import Sessions
from tests.api.cloud_fault_bench import LONGEST_S, Bench, bench
from tests.api.cloud_fault_rows import FAULTS, OVER, PAGE, PATIENT_S, TIMEOUT_S, Verb, dripping_head
from tests.support.cloud import session_of
from tests.support.cloud_faults import cut_off, dripping_body, reset, says, silent
from tests.support.service import Caller, on_network

LOST = {
    "reset": reset,
    "cut off": cut_off,
    "500": says(500, {"error": {"message": "Too late."}}),
    "504 of a proxy": says(504, PAGE, Content_Type="text/html"),
    "no answer": silent(OVER),
    "a body that drips": dripping_body(OVER),
    "a page": says(201, PAGE, Content_Type="text/html"),
    "null": says(201, None),
}
AWAY = says(503, {}, Retry_After="3")


@pytest.fixture(scope="module")
def ready(
    tmp_path_factory: pytest.TempPathFactory, embedded_cloud: EmbeddedCloud, network_of_alice: str
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("lost-answers")
    with bench(folder, embedded_cloud, "demo", network_of_alice) as found:
        yield found


@pytest.fixture
def cluster(ready: Bench) -> Iterator[str]:
    made = ready.make("standing")
    yield made
    ready.remove(made)


def create(ready: Bench, cluster: str, hasty: bool = False) -> Any:
    return (ready.hasty if hasty else ready.caller).create(
        {**on_network(ready.network), "occi.core.id": cluster}, Accept="application/json"
    )


@pytest.mark.parametrize("name", LOST)
def test_a_create_whose_answer_is_lost_has_made_one_cluster(ready: Bench, name: str) -> None:
    lost, slow = LOST[name], name in ("no answer", "a body that drips")
    cluster = str(uuid.uuid4())
    before = set(ready.statuses())
    try:
        with ready.proxy.fails("orchestration", r"/stacks$", lost, method="POST", done=True):
            answer = create(ready, cluster, slow)
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"].endswith(f"/disco/{cluster}")
        assert create(ready, cluster).status_code == 201
        assert set(ready.statuses()) - before == {cluster}
    finally:
        ready.remove(cluster)


def test_a_create_of_which_nothing_is_known_tells_how_to_repeat_it(ready: Bench) -> None:
    cluster = str(uuid.uuid4())
    before = set(ready.statuses())
    heat = "orchestration"
    try:
        with (
            ready.proxy.fails(heat, r"/stacks$", reset, method="POST", done=True),
            ready.proxy.fails(heat, r"\?name=", AWAY),
        ):
            answer = create(ready, cluster)
        assert answer.status_code == 503
        said = answer.json()
        assert "orchestration service" in said["message"]
        named = re.search(r'occi\.core\.id="([0-9a-f-]{36})"', said["hint"])
        assert named and named[1] == cluster
        assert create(ready, cluster).status_code == 201
        assert set(ready.statuses()) - before == {cluster}
    finally:
        ready.remove(cluster)


def test_a_create_that_heat_did_not_get_makes_nothing(ready: Bench) -> None:
    before = ready.statuses()
    with ready.proxy.fails("orchestration", r"/stacks$", reset, method="POST"):
        answer = create(ready, str(uuid.uuid4()))
    assert answer.status_code == 503 and "orchestration service" in answer.text
    assert ready.statuses() == before


ACTIONS = {
    "suspend": ("POST", "/actions", {"action": "suspend"}, ("SUSPEND_COMPLETE",)),
    "scale": (
        "PATCH",
        "/stacks/",
        {"action": "scale", "attributes": {"icclab.disco.components.heat.slavecount": "2"}},
        ("UPDATE_COMPLETE",),
    ),
    "delete": ("DELETE", "/stacks/", {}, ("gone",)),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_whose_answer_is_lost_can_be_repeated(
    ready: Bench, cluster: str, name: str
) -> None:
    method, path, sent, ends = ACTIONS[name]
    before = set(ready.statuses())
    verb = Verb(name, "DELETE" if name == "delete" else "POST", "/disco/{}", (), "standing",
                send=lambda: dict(sent))  # fmt: skip
    with ready.proxy.fails("orchestration", path, reset, method=method, done=True) as rule:
        answer = ready.send(verb)
    assert rule.met == 1
    assert answer.status_code == 503 and "orchestration service" in answer.text
    again = ready.send(verb)
    # what is in progress is said to be, and what is gone is unknown, which the original said so
    assert again.status_code in (200, 400 if name == "delete" else 409), again.text
    assert ready.at_rest(cluster) in ends
    assert set(ready.statuses()) == before - ({cluster} if name == "delete" else set())


def test_a_token_that_expires_in_the_middle_is_401_and_a_password_goes_on(
    ready: Bench, embedded_cloud: EmbeddedCloud
) -> None:
    who = embedded_cloud.credentials_of("demo")
    gone = says(401, {"error": {"message": "The request you have made requires authentication."}})
    both = {**ready.caller.headers, "X-User-Name": who.username, "X-Password": who.password}
    for headers, status in ((ready.caller.headers, 401), (both, 200)):
        with ready.proxy.fails("orchestration", "", gone, times=1) as rule:
            answer = Caller(ready.caller.base, dict(headers)).get("/disco/")
        assert (answer.status_code, rule.met) == (status, 1), answer.text
    with ready.proxy.fails("orchestration", "", gone):
        assert Caller(ready.caller.base, dict(both)).get("/disco/").status_code == 401


# -- Keystone, where nobody listens; the start of the service; /ready -----------------------


def test_a_keystone_that_does_not_listen_is_named() -> None:
    with pytest.raises(CloudUnavailable, match="identity service"):
        Sessions("http://127.0.0.1:9", True, 2).open(Credentials(token="t", tenant="demo"))


BROKEN = [f for f in FAULTS if f.happens is not None and not f.is_change and f.status != 401]


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.name)
def test_a_registration_that_fails_names_keystone(
    ready: Bench, embedded_cloud: EmbeddedCloud, fault: Any
) -> None:
    who = embedded_cloud.credentials_of("admin")
    admin = session_of(who).get_token()
    sessions = Sessions(ready.proxy.auth_url, True, TIMEOUT_S if fault.is_slow else PATIENT_S)
    registration = Registration(
        sessions, str(admin), who.project_name, "RegionOne", "http://x#kind", "title", "http://here"
    )
    began = time.monotonic()
    with (
        ready.proxy.fails("identity", "/services", fault.happens),
        pytest.raises((CloudError, CloudTimeout, CloudUnavailable), match="identity service"),
    ):
        registration.register()
    assert time.monotonic() - began < LONGEST_S


@pytest.mark.parametrize("fault", [silent(OVER), dripping_head, says(503), reset],
                         ids=["silent", "drips", "503", "reset"])  # fmt: skip
def test_ready_tells_which_service_does_not_answer(ready: Bench, fault: Any) -> None:
    base = f"http://127.0.0.1:{ready.proxy.ports[1]}/orchestration/"
    asked = Readiness(lambda: {"identity": ready.proxy.auth_url, "orchestration": base}, True)
    began = time.monotonic()
    with ready.proxy.fails("orchestration", "", fault):
        answers = {answer.service: answer.reason for answer in asked.answers()}
    assert time.monotonic() - began < LONGEST_S
    assert answers["identity"] is None
    assert answers["orchestration"]
