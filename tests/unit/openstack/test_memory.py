"""What a process remembers is bounded, and belongs to one project."""

from __future__ import annotations

from dataclasses import replace

from disco.openstack.memory import Memory
from disco.openstack.session import Sessions
from tests.support.catalogue import login_to


def test_what_was_kept_is_recalled_until_it_is_forgotten() -> None:
    memory = Memory()
    assert memory.recall(("p", "r", "a")) is None
    memory.keep(("p", "r", "a"), 1)
    memory.keep(("p", "r", "a"), 2)
    assert memory.recall(("p", "r", "a")) == 2
    memory.forget(("p", "r", "a"))
    memory.forget(("p", "r", "a"))
    assert memory.recall(("p", "r", "a")) is None


def test_the_least_used_goes_where_there_is_no_room() -> None:
    memory = Memory(2)
    for name in "ab":
        memory.keep((name,), name)
    memory.recall(("a",))
    memory.keep(("c",), "c")
    assert [memory.recall((name,)) for name in "abc"] == ["a", None, "c"]


def test_no_project_and_no_region_has_what_another_one_has() -> None:
    login = login_to()
    others = [replace(login, project_id="q"), replace(login, region="Two")]
    assert login.key("a") == login_to().key("a")
    assert login.key("a") not in [other.key("a") for other in others]


def test_logins_share_a_memory_where_sessions_are_kept_and_only_there() -> None:
    kept, each = (Sessions("http://k", True, 5, keep=seconds)._memory for seconds in (60, 0))
    assert isinstance(kept, Memory) and each is None
    assert login_to().memory is not login_to().memory
