"""One reader tells all who follow a cluster, and takes nobody's word for another's credentials."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from unittest import mock

import pytest

from disco.clusters import cluster_reader
from disco.clusters.cluster_reader import (
    MAX_OF_FOLLOWER,
    MAX_RENEWED,
    ClusterReader,
    Followed,
    Listener,
)
from disco.errors import AuthenticationFailed, CloudTimeout, DiscoError, Forbidden, NotFound
from disco.heat.stack_status import StackStatus
from disco.openstack.session import Login
from disco.status.events import EventPage
from disco.status.stack_history import Event

CLUSTER = "11111111-1111-4111-8111-111111111111"
GOING = StackStatus("CREATE_IN_PROGRESS")


def login(user: str = "user", project: str = "project") -> Login:
    return Login(mock.Mock(), project, user, 0.0, None)


def page(*markers: str, at_rest: bool = False) -> EventPage:
    events = tuple(Event("t", "heat", None, m, "create", "done", id=m) for m in markers)
    return EventPage(events, markers[-1] if markers else "", GOING, at_rest)


class Cloud:
    """Events of a cluster, and how often they were read by whom."""

    def __init__(self) -> None:
        self.markers = ["ha"]
        self.read: list[Login] = []
        self.refused: dict[int, DiscoError] = {}
        self.error: DiscoError | None = None

    def follow(
        self, who: Login, cluster: str, since: str | None, ask_nodes: bool
    ) -> Iterator[EventPage]:
        assert (cluster, ask_nodes) == (CLUSTER, True)
        at = since
        while True:
            self.read.append(who)
            if error := self.error or self.refused.get(id(who)):
                raise error
            new = self.markers[self.markers.index(at) + 1 if at in self.markers else 0 :]
            at = new[-1] if new else at
            told = page(*new)
            yield EventPage(told.events, at or "", GOING, False)


class Ear(Listener):
    """Remembers what it is told."""

    def __init__(self, who: Login, marker: str) -> None:
        super().__init__(who, marker)
        self.heard: list[str] = []
        self.errors: list[DiscoError | None] = []
        self.new: Login | DiscoError | None = None

    def renew(self) -> Login:
        if isinstance(self.new, DiscoError):
            raise self.new
        return self.new or self.login

    def told(self, page: EventPage) -> None:
        self.heard += [event.id for event in page.events]

    def failed(self, error: DiscoError | None) -> None:
        self.errors.append(error)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def reader(cloud: Cloud, who: Login, *ears: Ear) -> ClusterReader:
    made = ClusterReader(Followed.by(who, CLUSTER, True), cloud.follow, "", page("ha"))
    for ear in ears:
        made.add(ear)
    return made


def test_a_thousand_are_told_by_one_reading(cloud: Cloud) -> None:
    who = login()
    ears = [Ear(who, "ha") for _ in range(1000)]
    one = reader(cloud, who, *ears)
    for marker in ("hb", "hc"):
        cloud.markers.append(marker)
        one.look()
    one.look()
    assert {tuple(ear.heard) for ear in ears} == {("hb", "hc")}
    assert {ear.marker for ear in ears} == {"hc"}
    assert len(cloud.read) == 3


def test_nobody_who_has_gone_is_told_or_read_for(cloud: Cloud) -> None:
    first, second = login("a"), login("b")
    gone, stays = Ear(first, "ha"), Ear(second, "ha")
    one = reader(cloud, first, gone, stays)
    one.look()
    one.remove(gone)
    cloud.markers.append("hb")
    one.look()
    assert (gone.heard, stays.heard) == ([], ["hb"])
    assert cloud.read[-1] is second
    one.remove(stays)
    one.look()
    assert len(cloud.read) == 2


def test_who_comes_during_a_look_is_told_by_the_next(cloud: Cloud) -> None:
    """What a look finds that began before somebody's own page may be older than it."""
    who = login()
    late = Ear(who, "hb")
    there = Ear(who, "ha")
    one = reader(cloud, who, there)
    cloud.markers += ["hb", "hc"]
    there.told = mock.Mock(side_effect=lambda _: one.add(late))  # type: ignore[method-assign]
    one.look()
    assert late.heard == []
    cloud.markers.append("hd")
    there.told = mock.Mock()  # type: ignore[method-assign]
    one.look()
    assert late.heard == ["hc", "hd"]


@pytest.mark.parametrize("error", [AuthenticationFailed("no"), Forbidden("no")])
def test_a_login_that_the_cloud_refuses_takes_nobody_else_along(
    cloud: Cloud, error: DiscoError
) -> None:
    bad, good = login("bad"), login("good")
    refused, others = [Ear(bad, "ha"), Ear(bad, "ha")], [Ear(good, "ha"), Ear(good, "ha")]
    cloud.refused[id(bad)] = error
    one = reader(cloud, bad, *refused, *others)
    cloud.markers.append("hb")
    one.look()
    one.look()
    assert [ear.heard for ear in others] == [["hb"], ["hb"]]
    # whether its login was used at all is chance
    if bad in cloud.read:
        assert [ear.errors for ear in refused] == [[error], [error]]


def test_credentials_that_are_not_good_any_more_end_their_followers(cloud: Cloud) -> None:
    error = AuthenticationFailed("revoked")
    revoked, good = login("revoked"), login("good")
    ends, stays = [Ear(revoked, "ha"), Ear(revoked, "ha")], Ear(good, "ha")
    for ear in ends:
        ear.new = error
    one = reader(cloud, revoked, *ends, stays)
    cloud.markers.append("hb")
    one.look()
    assert [ear.errors for ear in ends] == [[error], [error]]
    assert [ear.heard for ear in ends] == [[], []]
    assert stays.heard == ["hb"]
    assert cloud.read == [good]


def test_a_renewed_session_goes_on_with_the_reading(cloud: Cloud) -> None:
    old, new = login(), login()
    ear = Ear(old, "ha")
    one = reader(cloud, old, ear)
    one.look()
    ear.new = new
    cloud.markers.append("hb")
    one.look()
    assert cloud.read == [old, new]
    assert (ear.heard, ear.login) == (["hb"], new)


def test_of_many_old_sessions_few_are_renewed_at_a_time_and_all_in_the_end(cloud: Cloud) -> None:
    ears = [Ear(login(str(number)), "ha") for number in range(MAX_RENEWED * 3)]
    one = reader(cloud, ears[0].login, *ears)
    new = {ear: login(ear.login.user_id) for ear in ears}
    for ear in ears:
        ear.new = new[ear]
    for looks in range(1, 4):
        one.look()
        assert sum(ear.login is new[ear] for ear in ears) == looks * MAX_RENEWED


@pytest.mark.parametrize("other", [login(project="another"), login(user="another")])
def test_credentials_that_have_become_somebody_elses_are_refused(
    cloud: Cloud, other: Login
) -> None:
    ear = Ear(login(), "ha")
    one = reader(cloud, ear.login, ear)
    ear.new = other
    one.look()
    assert [type(error) for error in ear.errors] == [AuthenticationFailed]
    assert cloud.read == []


def test_a_session_that_is_new_reads_for_itself_before_it_is_served_from_memory(
    cloud: Cloud,
) -> None:
    """Else who may not read any more would go on by the readings of others, minute by minute."""
    others, old, new = login("others"), login(), login()
    ear = Ear(old, "ha")
    one = reader(cloud, others, Ear(others, "ha"), ear)
    ear.new = new
    one.look()
    assert one.has(ear)
    one.remove(ear)
    assert one.page_for(new, "ha") is None
    assert one.page_for(others, "ha") is not None  # whose session has read meanwhile
    one.add(Ear(new, "ha"))  # once it has
    one.look()
    assert one.page_for(new, "ha") is not None


def test_who_has_lost_a_role_is_told_nothing_more_and_begins_anew(cloud: Cloud) -> None:
    """Keystone still takes the credentials, and another follower's session still reads."""
    others = login("others")
    old, new = replace(login(), roles=frozenset(("reader",))), replace(login(), roles=frozenset())
    hears, lost, same = Ear(others, "ha"), Ear(old, "ha"), Ear(old, "ha")
    one = reader(cloud, others, hears, lost, same)
    lost.new = same.new = new
    cloud.markers.append("hb")
    one.look()
    assert (hears.heard, lost.heard, same.heard) == (["hb"], [], [])
    assert (hears.errors, lost.errors, same.errors) == ([], [None], [None])
    assert one.page_for(new, "ha") is None
    assert one.page_for(old, "ha") is None


@pytest.mark.parametrize("error", [NotFound("gone"), CloudTimeout("late")])
def test_what_ends_the_reading_is_told_to_all(cloud: Cloud, error: DiscoError) -> None:
    who = login()
    ears = [Ear(who, "ha"), Ear(login("other"), "ha")]
    one = reader(cloud, who, *ears)
    cloud.error = error
    one.look()
    assert one.is_over
    assert [ear.errors for ear in ears] == [[error], [error]]


def test_who_is_far_behind_reads_for_itself_and_not_without_end(cloud: Cloud) -> None:
    who = login()
    behind, there = Ear(who, "hfff"), Ear(who, "ha")
    one = reader(cloud, who, behind, there)
    cloud.markers = ["hfff", "ha", "hb"]
    one.look()
    assert (there.heard, behind.heard, behind.marker) == (["hb"], ["ha", "hb"], "hb")
    lost = Ear(who, "h000")
    one.add(lost)
    with mock.patch.object(cloud, "markers", []):
        for _ in range(MAX_OF_FOLLOWER + 1):
            one.look()
    assert lost.errors == [None]
    assert not one.has(lost)


def test_what_is_known_serves_those_whose_login_has_read_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = login()
    ear = Ear(who, "ha")
    one = reader(cloud, who, ear)
    cloud.markers.append("hb")
    one.look()
    known = one.page_for(who, "")
    assert known is not None
    assert [event.id for event in known.events] == ["ha", "hb"]
    # another login of the same user has not shown that it may see the cluster
    assert one.page_for(login(), "") is None
    monkeypatch.setattr(cluster_reader, "FRESH", -1)
    assert one.page_for(who, "") is None


def test_who_comes_while_it_looks_does_not_end_it(cloud: Cloud) -> None:
    """Hundreds of log-ins come and are forgotten while it reads."""
    who = login()
    ear = Ear(who, "ha")
    one = reader(cloud, who, ear)
    over = threading.Event()

    def come() -> None:
        while not over.is_set():
            one.note(login())

    threads = [threading.Thread(target=come) for _ in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for number in range(100):
            cloud.markers.append(f"h{number}")
            one.look()
    finally:
        over.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(before)
    assert ear.errors == []
    assert ear.heard == cloud.markers[1:]
