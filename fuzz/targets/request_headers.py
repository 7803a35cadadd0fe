"""Headers that every request is asked for: the OCCI version, credentials, cookies of none."""

from __future__ import annotations

import falcon

from disco.api.http.middleware import CommonHeaders
from disco.api.http.occi import choose_for_cluster, choose_for_error
from disco.api.keystone.credentials import read_credentials
from fuzz.parts import as_fields, as_header, collect, make_request
from fuzz.target import Target

NAMES = ("User-Agent", "Accept", "X-Auth-Token", "X-User-Name", "X-Password", "X-Tenant-Name")


def run(data: bytes) -> str:
    """Read a request's headers before anything else of it."""
    values = map(as_header, as_fields(data, len(NAMES)))
    request = make_request(headers=dict(zip(NAMES, values, strict=True)))
    return collect(
        lambda: CommonHeaders().process_request(request, falcon.Response()),
        lambda: choose_for_cluster(request),
        lambda: choose_for_error(request),
        lambda: repr(read_credentials(request)),
    )


TARGET = Target(
    run, dictionary=("OCCI/1.2", "OCCI/", "application/occi+json", "$OS_TOKEN", "${TOKEN}")
)
