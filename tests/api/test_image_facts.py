"""What Glance says of images: systems that cannot be nodes, and images that do not go together."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from tests.api.bent_cloud import Bent, change_each, faults_of, preview, previewed
from tests.support.cloud_proxy import change_json
from tests.support.service import attributes


def images(bent: Bent, **by_name: dict[str, str]) -> AbstractContextManager[None]:
    """The cloud has these images beside its own, with such properties."""

    def added(said: dict[str, list[dict[str, object]]]) -> object:
        model = next(i for i in said["images"] if i["name"] == "debian-12")
        more = [{**model, "id": f"id-{n}", "name": n, **facts} for n, facts in by_name.items()]
        return {**said, "images": [*said["images"], *more]}

    return bent.proxy.answers("image", r"^/v2/images", change_json(added))


def flavor_is(bent: Bent, name: str, **specs: str) -> AbstractContextManager[None]:
    real = {key.replace("__", ":"): value for key, value in specs.items()}
    change = change_each(
        "flavors", lambda f: f.update(extra_specs=real) if f["name"] == name else 0
    )
    return bent.proxy.answers("compute", r"^/v2.1/flavors/detail", change)


@pytest.mark.parametrize(
    "facts",
    [
        {"os_type": "windows"},
        {"os_type": "Windows"},
        {"os_distro": "windows"},
        {"os_distro": "freebsd"},
        {"os_distro": "win2k22"},
        {"os_type": "linux", "disk_format": "iso"},
        {"disk_format": "ari"},
    ],
)
def test_an_image_that_cannot_be_a_node_is_refused(bent: Bent, facts: dict[str, str]) -> None:
    with images(bent, odd=facts):
        found = faults_of(preview(bent.alice, attributes(masterimage="odd", slaveimage="odd")))
        assert set(found) == {"masterimage", "slaveimage"}
        value = next(v for k, v in facts.items() if v != "linux")
        assert value.lower() in found["masterimage"]["message"]
        groups = "{'g': {'count': 1, 'image': 'odd'}}"
        assert set(faults_of(preview(bent.alice, attributes(groups=groups)))) == {"groups"}


def test_a_system_without_apt_is_warned_of(bent: Bent) -> None:
    with images(bent, rocky={"os_type": "linux", "os_distro": "rocky", "os_version": "9.4"}):
        shown = previewed(bent.alice, attributes(masterimage="rocky", slaveimage="rocky"))
    (warning,) = shown["warnings"]
    assert "'rocky' is of rocky 9.4" in warning
    assert "apt" in warning


@pytest.mark.parametrize(
    ("image", "specs"),
    [
        ({"architecture": "aarch64"}, {"capabilities__cpu_info__arch": "x86_64"}),
        ({"hw_architecture": "arm64"}, {"trait__COMPUTE_ARCH_X86_64": "required"}),
        ({"architecture": "x86_64"}, {"capabilities__cpu_arch": "s== aarch64"}),
        ({"hw_architecture": "AMD64"}, {"trait__COMPUTE_ARCH_AARCH64": "required"}),
    ],
)
def test_an_image_for_other_machines_than_the_flavors_is_refused(
    bent: Bent, image: dict[str, str], specs: dict[str, str]
) -> None:
    with images(bent, other=image), flavor_is(bent, "m1.small", **specs):
        found = faults_of(preview(bent.alice, attributes(masterimage="other", slaveimage="other")))
        assert set(found) == {"masterimage", "slaveimage"}
        assert "flavor 'm1.small'" in found["masterimage"]["message"]
        fine = attributes(
            masterimage="other", slaveimage="other", masterflavor="m1.medium",
            slaveflavor="m1.medium",
        )  # fmt: skip
        assert preview(bent.alice, fine).status_code == 200


@pytest.mark.parametrize("same", [("amd64", "x86_64"), ("arm64", "aarch64")])
def test_two_words_for_one_machine_are_one(bent: Bent, same: tuple[str, str]) -> None:
    first, second = same
    specs = {"capabilities__cpu_info__arch": second}
    with images(bent, one={"architecture": first}), flavor_is(bent, "m1.small", **specs):
        shown = previewed(bent.alice, attributes(masterimage="one", slaveimage="one"))
    assert shown["warnings"] == []


def test_nodes_of_two_architectures_are_no_cluster(bent: Bent) -> None:
    machines = {"a": {"architecture": "aarch64"}, "x": {"architecture": "x86_64"}}
    with images(bent, **machines):
        found = faults_of(preview(bent.alice, attributes(masterimage="x", slaveimage="a")))
        assert set(found) == {"slaveimage"}
        groups = "{'g': {'count': 1, 'image': 'a'}}"
        wanted = attributes(masterimage="x", slaveimage="x", groups=groups)
        assert set(faults_of(preview(bent.alice, wanted))) == {"groups"}
        shown = previewed(bent.alice, attributes(masterimage="a", slaveimage="a"))
    assert ["aarch64" in w for w in shown["warnings"]] == [True]


RELEASES = {
    "d12": {"os_distro": "debian", "os_version": "12"},
    "d12point": {"os_distro": "Debian", "os_version": "12.5"},
    "u2404": {"os_distro": "ubuntu", "os_version": "24.04"},
    "u2204": {"os_distro": "ubuntu", "os_version": "22.04"},
    "some_debian": {"os_distro": "debian"},
    "some_ubuntu": {"os_distro": "ubuntu"},
}


@pytest.mark.parametrize("framework", ["spark", "dask", "ray"])
def test_another_python_on_workers_is_warned_of(bent: Bent, framework: str) -> None:
    with images(bent, **RELEASES):
        wanted = attributes(
            masterimage="d12", slaveimage="u2404", inject=f"{{'{framework}': ''}}",
            masterflavor="m1.large", slaveflavor="m1.large",
        )  # fmt: skip
        (warning,) = previewed(bent.alice, wanted)["warnings"]
    assert "ubuntu 24.04 (Python 3.12)" in warning
    assert "debian 12 (Python 3.11)" in warning
    assert "same Python" in warning


@pytest.mark.parametrize(
    ("master", "worker", "inject", "warned"),
    [
        ("u2204", "u2404", "{'dask': ''}", True),
        ("some_debian", "some_ubuntu", "{'dask': ''}", True),
        ("d12", "d12point", "{'dask': ''}", False),
        ("d12", "some_debian", "{'dask': ''}", False),
        ("d12", "debian-12", "{'dask': ''}", False),
        ("u2204", "u2404", "{'zookeeper': ''}", False),
        ("u2204", "u2404", "{}", False),
    ],
)
def test_only_what_differs_and_matters_is_warned_of(
    bent: Bent, master: str, worker: str, inject: str, warned: bool
) -> None:
    with images(bent, **RELEASES):
        wanted = attributes(masterimage=master, slaveimage=worker, inject=inject)
        assert bool(previewed(bent.alice, wanted)["warnings"]) is warned
        groups = repr({"g": {"count": 1, "image": worker}})
        wanted = attributes(masterimage=master, slaveimage=master, inject=inject, groups=groups)
        assert bool(previewed(bent.alice, wanted)["warnings"]) is warned
