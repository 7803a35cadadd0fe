"""The stack of a probe: a node on a network of its own, which says what it reaches."""

from __future__ import annotations

from typing import Any

#: before what the node says on its console
SAID = "DISCO doctor "
#: runs on the node; cloud-init needs Python itself
_SCRIPT = """#!/usr/bin/env python3
# What this node reaches: to Heat, and on the console.
import json, platform, re, shutil, subprocess, time, urllib.error, urllib.request

def reach(url):
    try:
        urllib.request.urlopen(url, timeout=20)
    except urllib.error.HTTPError:
        pass
    except Exception as error:
        return re.sub("[^A-Za-z0-9 .,:()_-]", " ", str(getattr(error, "reason", error)))[:150]
    return "ok"

def output(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
        return done.stdout.decode("ascii", "replace").strip()[:80]
    except (OSError, subprocess.SubprocessError):
        return ""

def system():
    try:
        lines = (line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
        facts = {name: value.strip('"') for name, value in lines}
        return facts.get("ID", "") + " " + facts.get("VERSION_ID", "")
    except OSError:
        return ""

said = {
    "keystone": reach(@KEYSTONE@),
    "heat": reach(@HEAT@),
    "packages": reach("https://pypi.org/simple/pip/"),
    "clock": str(int(time.time())),
    "system": system(),
    "cloudinit": output("cloud-init", "--version"),
    "python": platform.python_version(),
    "curl": "there" if shutil.which("curl") else "missing",
}
line = "DISCO doctor " + json.dumps(said)
print(line, flush=True)
try:
    with open("/dev/console", "w") as console:
        console.write("\\n" + line + "\\n")
except OSError:
    pass
body = json.dumps({"status": "SUCCESS", "data": json.dumps(said)}).encode()
headers = {"X-Auth-Token": "@TOKEN@", "Content-Type": "application/json"}
for _ in range(5):
    try:
        urllib.request.urlopen(urllib.request.Request("@ENDPOINT@", body, headers), timeout=30)
        break
    except OSError as error:
        print("Heat is not reached:", error, flush=True)
        time.sleep(5)
"""


def render_script(keystone: str, heat: str) -> str:
    """The node's user data, in which Heat puts its own words for a token and an endpoint."""
    return _SCRIPT.replace("@KEYSTONE@", repr(keystone)).replace("@HEAT@", repr(heat))


def render(script: str, image: str, flavor: str, external: str, timeout_s: float) -> dict[str, Any]:
    """The template of the stack."""

    def get(name: str) -> dict[str, str]:
        return {"get_resource": name}

    return {
        "heat_template_version": "2018-08-31",
        "resources": {
            "handle": {"type": "OS::Heat::WaitConditionHandle"},
            "said": {
                "type": "OS::Heat::WaitCondition",
                "depends_on": "node",
                "properties": {"handle": get("handle"), "timeout": int(max(timeout_s, 1))},
            },
            "network": {"type": "OS::Neutron::Net"},
            "subnet": {
                "type": "OS::Neutron::Subnet",
                "properties": {"network": get("network"), "cidr": "10.98.7.0/29"},
            },
            "router": {
                "type": "OS::Neutron::Router",
                "properties": {"external_gateway_info": {"network": external}},
            },
            "interface": {
                "type": "OS::Neutron::RouterInterface",
                "properties": {"router": get("router"), "subnet": get("subnet")},
            },
            "port": {
                "type": "OS::Neutron::Port",
                "depends_on": "interface",
                "properties": {"network": get("network"), "fixed_ips": [{"subnet": get("subnet")}]},
            },
            "node": {
                "type": "OS::Nova::Server",
                "properties": {
                    "image": image,
                    "flavor": flavor,
                    "networks": [{"port": get("port")}],
                    "user_data_format": "RAW",
                    "user_data": {
                        "str_replace": {
                            "template": script,
                            "params": {
                                "@TOKEN@": {"get_attr": ["handle", "token"]},
                                "@ENDPOINT@": {"get_attr": ["handle", "endpoint"]},
                            },
                        }
                    },
                },
            },
        },
        "outputs": {"said": {"value": {"get_attr": ["said", "data"]}}},
    }
