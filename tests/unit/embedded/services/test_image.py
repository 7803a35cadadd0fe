"""The image service shows the images that nodes can boot from."""

from __future__ import annotations

from unittest import mock

import pytest
from falcon import testing

from disco.embedded.nodes.protocol import ImageInfo, NodeHost
from disco.embedded.services.image import build_app

IMAGES = [
    ImageInfo("a", "debian-12", 1, 256, 100, "active", {"os_distro": "debian"}),
    ImageInfo("b", "debian-13", 1, 256, 0, "error"),
]


@pytest.fixture
def glance() -> testing.TestClient:
    host = mock.Mock(spec=NodeHost)
    host.images.return_value = IMAGES
    return testing.TestClient(build_app(host))


def test_images_are_listed_and_filtered_by_name(glance: testing.TestClient) -> None:
    names = [image["name"] for image in glance.simulate_get("/v2/images").json["images"]]
    assert names == ["debian-12", "debian-13"]
    page = glance.simulate_get("/v2/images", params={"name": "debian-12"}).json["images"]
    assert [image["id"] for image in page] == ["a"]


def test_an_image_has_its_properties_and_a_failed_one_is_killed(
    glance: testing.TestClient,
) -> None:
    shown = glance.simulate_get("/v2/images/a").json
    assert (shown["os_distro"], shown["size"], shown["status"]) == ("debian", 100, "active")
    assert glance.simulate_get("/v2/images/b").json["status"] == "killed"


def test_an_unknown_image_is_404(glance: testing.TestClient) -> None:
    answer = glance.simulate_get("/v2/images/c")
    assert (answer.status_code, answer.json["title"]) == (404, "Not Found")
