"""A secret value of a framework's file: on the nodes, and in nothing that anybody is shown."""

from __future__ import annotations

import base64
import json
import re

from disco.embedded.cloud import EmbeddedCloud
from tests.api.test_packages import user_data
from tests.support.cloud import heat_of
from tests.support.service import KIND, Caller, attributes, join

SECRET = "s3cr3t<&value"
NAME = "icclab.disco.components.hadoop.secret.conf.core-site.fs.s3a.secret.key"
COUNT = "icclab.disco.components.heat.slavecount"
SENT = attributes(inject="{'hadoop': ''}", slaveflavor="m1.medium", masterflavor="m1.medium") | {
    NAME: SECRET
}


def test_a_preview_shows_where_it_goes_and_not_what_it_is(alice: Caller) -> None:
    headers = {"Content-type": "text/occi", "Category": KIND, "Accept": "application/json"}
    headers["X-OCCI-Attribute"] = join(SENT)
    answer = alice.request("POST", "/disco/?action=preview", headers=headers)
    assert answer.status_code == 200, answer.text
    assert "s3cr3t" not in answer.text
    assert "disco_secrets_worker" in answer.json()["template"]


def test_nobody_is_shown_it_and_the_servers_have_it(
    alice: Caller, embedded_cloud: EmbeddedCloud
) -> None:
    answer = alice.create(SENT)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    try:
        alice.wait_for(location, "CREATE_COMPLETE")
        heat = heat_of(embedded_cloud.credentials_of("demo"))
        stack = heat.stacks.get(f"disco_{location[-36:]}")
        path = f"{stack.stack_name}/{stack.id}"
        shown = [
            answer.text,
            *(alice.request("GET", where).text for where in (location, "/disco/")),
            json.dumps(stack.to_dict()),
            json.dumps(heat.stacks.template(path)),
            json.dumps(heat.stacks.files(path)),
            json.dumps(heat.stacks.environment(path)),
        ]
        assert stack.parameters["disco_secrets_master"] == "******"
        hidden = re.compile("s3cr3t|" + base64.b64encode(b"DISCO_SECRET_").decode()[:12])
        assert [text[:80] for text in shown if hidden.search(text)] == []
        # but with a server's events Heat shows what the server was made with: SECURITY.md says so
        made = [
            json.dumps(heat.events.get(path, "master", event.id).to_dict())
            for event in heat.events.list(path, resource_name="master")
        ]
        assert any(hidden.search(text) for text in made)
        # a worker that joins has it, too
        more = {"Content-type": "text/occi", "X-OCCI-Attribute": join({COUNT: "2"})}
        assert alice.request("POST", location, headers=more).status_code == 200
        alice.wait_for(location, "UPDATE_COMPLETE")
        for worker in ("worker_1", "worker_2"):
            server = heat.resources.get(path, worker).physical_resource_id
            told = re.search(r"base64 -d <<<'(\S+)'", user_data(embedded_cloud, server))
            assert told is not None
            assert "s3cr3t&lt;&amp;value" in base64.b64decode(told[1]).decode()
    finally:
        alice.request("DELETE", location)
        alice.wait_until_gone(location)
