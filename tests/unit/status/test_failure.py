"""What a failed stack's reason comes to."""

from __future__ import annotations

import pytest

from disco.status.failure import diagnose, hint_for

SIGNAL = "Resource CREATE failed: WaitConditionFailure: resources.ready: "
ATTRIBUTES = {"icclab.disco.components.heat.slavename": "w"}
ROWS = [
    (SIGNAL + "disco-manager: jupyter:smoke: exit 124: not done after 300 s",
     "disco-manager", "jupyter:smoke", "exit 124", "too long"),
    (SIGNAL + "disco-manager: workers:done: w-2 failed at dask:installed: exit 1: a: b: c",
     "w-2", "dask:installed", "exit 1: a: b: c", "events"),
    (SIGNAL + "disco-manager: workers:done: no word that they are done within 9 s from: w-1 w-3",
     "w-1 w-3", "workers:done", "no word", "sent nothing"),
    (SIGNAL + "w-1: spark:installed: exit 1: sha512 of spark.tgz is wrong",
     "w-1", "spark:installed", "exit 1", "mirror"),
    ("Resource CREATE failed: WaitConditionTimeout: resources.ready: 0 of 1 received",
     None, "shell:end", "0 of 1", "No node reported"),
    ('Resource CREATE failed: ResourceInError: resources.worker_3: Went to status ERROR due to'
     ' "Message: No valid host was found. , Code: 500"',
     "w-3", "heat:worker_3", "Went to", "no room"),
    ("Resource CREATE failed: Forbidden: resources.master: Quota exceeded for cores: Requested 2",
     "disco-manager", "heat:master", "Quota", "quota"),
    ("Resource CREATE failed: OverQuotaClient: resources.router: Quota exceeded for resources",
     None, "heat:router", "Quota", "quota"),
    ("Resource CREATE failed: ResourceInError: resources.master: Went to status ERROR due to"
     ' "Message: Volume 7 did not finish being created even after we waited 187 seconds"',
     "disco-manager", "heat:master", "Went to", "a retry makes another"),
    ("Resource CREATE failed: ResourceInError: resources.worker_1: Went to status ERROR due to"
     ' "Message: Build of instance 1 aborted: VolumeSizeExceedsAvailableQuota: Requested volume'
     ' or snapshot exceeds allowed gigabytes quota."',
     "w-1", "heat:worker_1", "Went to", "quota"),
    ("Resource CREATE failed: Forbidden: resources.master: Only volume-backed servers are allowed"
     " for flavors with zero disk.", "disco-manager", "heat:master", "Only", "rootvolumesize"),
    ("Resource CREATE failed: BadRequest: resources.volume_attachment_1: Invalid volume: Instance"
     " and volume not in the same availability_zone", "w-1", "heat:volume_attachment_1",
     "Invalid volume", "availabilityzone"),
    ("Create timed out", None, None, "Create timed out", "events"),
    ("", None, None, "", "events"),
]  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "ResourceUnknownStatus: resources.master: Suspend of server disco-manager failed - Unknown"
        ' status ERROR due to "Failed to suspend instance: this function is not supported by the'
        ' connection driver: virDomainManagedSave"',
        "ResourceInError: resources.worker_1: Went to status ERROR due to"
        ' "Message: suspend is not implemented, Code: 500"',
        "ResourceInError: resources.worker_1: Went to status ERROR due to"
        ' "Failed to suspend instance: Unable to detach PCI device"',
    ],
)
def test_a_hypervisor_that_cannot_suspend_is_not_asked_again(said: str) -> None:
    hint = diagnose(f"Resource SUSPEND failed: {said}", ATTRIBUTES).hint
    assert "some cannot" in hint and "resume" in hint and "again" not in hint


@pytest.mark.parametrize(("reason", "node", "step", "said", "hint"), ROWS)
def test_node_step_reason_and_hint(
    reason: str, node: str | None, step: str | None, said: str, hint: str
) -> None:
    found = diagnose(reason, ATTRIBUTES)
    assert (found.node, found.step) == (node, step)
    assert found.reason.startswith(said)
    assert hint in found.hint


def test_a_group_that_is_kept_apart_may_have_more_workers_than_there_are_hosts() -> None:
    """Nova's words are the same for every lack of room."""
    reason = (
        "Resource CREATE failed: ResourceInError: resources.worker_2: Went to status ERROR due to"
        ' "Message: No valid host was found. There are not enough hosts available., Code: 500"'
    )
    groups = {"icclab.disco.components.heat.groups": "{'a': {'count': 2, 'antiaffinity': True}}"}
    assert "'soft'" in diagnose(reason, groups).hint
    assert "soft" not in diagnose(reason, ATTRIBUTES).hint


def test_a_master_that_does_not_tell_that_workers_are_empty() -> None:
    reason = "Resource CREATE failed: WaitConditionTimeout: resources.drained_1: 0 of 1 received"
    found = diagnose(reason, ATTRIBUTES)
    assert (found.node, found.step) == ("disco-manager", "heat:drained_1")
    assert "hold no data" in found.hint and "still there" in found.hint
    assert "heat.timeout" not in found.hint


UNREAD = "exit 1: cannot fetch the node's scripts from Heat"


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        ("exit 1: cannot look up pypi.org: there are no name servers", "dnsnameservers"),
        ("Heat did not take the signal SUCCESS: curl: (60) SSL certificate problem", "ca_file"),
        ("pip does not reach what it installs from: certificate verify failed: x", "ca_file"),
        ("no source has a with the right checksum: curl: (56) CONNECT tunnel failed", "httpproxy"),
        ("no source has a with the right checksum: curl: (5) Could not resolve proxy", "httpproxy"),
        ("no source has a with the right checksum: curl: (6) Could not resolve host", "dnsname"),
        ("no source has a with the right checksum: another checksum", "wrong checksum"),
        ("Heat did not take the signal SUCCESS: curl: (7) Failed to connect", "Heat's public"),
        (f"{UNREAD}: curl: (6) Could not resolve host: heat.corp", "Heat's public"),
        (f"{UNREAD}: curl: (60) SSL certificate problem", "ca_file"),
        (f"{UNREAD}: it answered 503", "Heat's public"),
        (f"{UNREAD}: it answered 401", "a retry makes a new token"),
        (f"{UNREAD}: what it has is not what the cluster was made with", "a retry makes"),
    ],
)
def test_what_is_between_a_node_and_the_outside_has_its_hint(reason: str, named: str) -> None:
    assert named in hint_for(reason)
