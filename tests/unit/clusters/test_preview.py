"""Preview and create are one path: the same request gives the same template and user data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disco.attributes import INJECT
from disco.clusters import plan
from disco.clusters import service as use_cases
from disco.clusters.preview import NO_FRAMEWORK, describe, masked
from disco.config import Settings, load_settings
from disco.errors import InvalidRequest
from disco.spec import Flavor, RenderedStack
from tests.support.specs import ID, SHIPPED, draft, unpacked

HEAT = "icclab.disco.components.heat"
FLAVORS = [Flavor("3", "medium", 4096, 2, 40), Flavor("4", "large", 16384, 8, 80)]
PASSWORD = "s3cr3t-pass-word"

requests = st.fixed_dictionaries(
    {
        f"{HEAT}.masterimage": st.just("image"),
        f"{HEAT}.slaveimage": st.just("image"),
        f"{HEAT}.masterflavor": st.sampled_from(["medium", "large"]),
        f"{HEAT}.slaveflavor": st.sampled_from(["medium", "large"]),
        f"{HEAT}.slavecount": st.integers(1, 30).map(str),
        f"{HEAT}.externalnetworkname": st.just("public"),
        "icclab.disco.dependencies.inject": st.sets(
            st.sampled_from(["dask", "jupyter", "spark"])
        ).map(lambda names: str({name: "" for name in sorted(names)})),
    },
    optional={
        f"{HEAT}.waitcondition": st.sampled_from(["true", "false"]),
        f"{HEAT}.cidr": st.sampled_from(["10.1.0.0/24", "192.168.16.0/20"]),
        f"{HEAT}.mastername": st.sampled_from(["head", "m"]),
        f"{HEAT}.allowedcidr": st.just("198.51.100.0/24"),
        "icclab.disco.components.jupyter.password": st.just(PASSWORD),
        "some.note": st.text("abc é'\"\\", max_size=9),
    },
)  # fmt: skip


class Cloud:
    """A cloud that has what the requests name, and tells no quota."""

    def __init__(self, login: object) -> None:
        self.login = login
        self.faults: list[object] = []
        self.warnings: list[str] = []

    def begin(self, *_: object, **__: object) -> None:
        """Nothing is asked ahead."""

    def flavor(self, _: str, name: str) -> Flavor:
        return next(f for f in FLAVORS if f.name == name)

    def flavors(self) -> list[Flavor]:
        return FLAVORS

    usable_flavors = flavors

    def images(self) -> list[dict[str, str]]:
        return []

    def image(self, *_: object) -> str:
        return "image-id"

    def external_network(self, *_: object) -> str:
        return "public-id"

    def volume(self, *_: object) -> None:
        return None

    has_volumes = False

    def get(self, *_: str, **query: object) -> object:
        from disco.errors import NotInCloud

        raise NotInCloud("not told", by_service=True)

    pages = get


class Recorder:
    """Takes the place of Heat; keeps what it was given."""

    given: RenderedStack

    def __init__(self, _: object) -> None:
        pass

    def create(self, _name: str, rendered: RenderedStack, _minutes: int) -> str:
        type(self).given = rendered
        return "id"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> use_cases.Clusters:
    folder: Path = tmp_path_factory.mktemp("service")
    config = folder / "sm.cfg"
    config.write_text("[service_manager]\ndesign_uri=http://127.0.0.1:1/v3\n")
    loaded: Settings = load_settings(config)
    return use_cases.Clusters(loaded, SHIPPED, "/disco/")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(request=requests)
def test_preview_and_create_give_the_same(
    service: use_cases.Clusters, request: Mapping[str, str]
) -> None:
    login = mock.Mock(project_id="p")
    shown = []

    def keep(made: plan.ClusterPlan, _: object) -> dict[str, object]:
        shown.append(made)
        return {}

    with (
        mock.patch.object(plan, "CloudCatalogue", Cloud),
        mock.patch.object(use_cases, "Stacks", Recorder),
        mock.patch.object(use_cases, "describe", keep),
    ):
        try:
            service.create(login, request, ID)
        except InvalidRequest as refused:
            with pytest.raises(InvalidRequest) as too:
                service.preview(login, request, ID)
            assert too.value.faults == refused.faults
            return
        service.preview(login, request, ID)
    assert shown[0].rendered == Recorder.given
    words = describe(shown[0], SHIPPED)
    secrets = [s for named in shown[0].spec.secrets.values() for s in named.values()]
    if not secrets:
        assert words["template"] == Recorder.given.template
        assert words["user_data"] == Recorder.given.user_data
    for secret in secrets:
        for text in (words["template"], *words["user_data"].values()):
            assert secret not in unpacked(text)


def test_masking_changes_nothing_but_the_secrets() -> None:
    _, spec = draft({"jupyter": ""})
    assert spec.secrets["jupyter"]
    hidden = masked(spec)
    assert set(hidden.secrets["jupyter"].values()) == {"***"}
    assert replace(hidden, secrets=spec.secrets) == spec


def test_a_cluster_without_a_framework_is_planned_with_a_warning(
    service: use_cases.Clusters,
) -> None:
    wanted = {
        f"{HEAT}.{name}": value
        for name, value in (
            ("masterimage", "image"), ("slaveimage", "image"), ("masterflavor", "medium"),
            ("slaveflavor", "medium"), ("slavecount", "1"), ("externalnetworkname", "public"),
        )
    }  # fmt: skip
    login = mock.Mock(project_id="p")
    with mock.patch.object(plan, "CloudCatalogue", Cloud):
        (warning,) = service.preview(login, wanted, ID)["warnings"]
        assert warning.startswith(NO_FRAMEWORK)
        assert warning.endswith(f"Frameworks: {', '.join(SHIPPED.frameworks)}.")
        told = service.preview(login, {**wanted, INJECT: "{'dask': ''}"}, ID)["warnings"]
        assert told == []
