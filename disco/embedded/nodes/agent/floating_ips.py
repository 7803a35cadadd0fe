"""The floating IPs of one embedded cloud: which there are, after a restart too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from disco.embedded.nodes.agent import store
from disco.embedded.nodes.net.floating_ip import FloatingIp
from disco.embedded.nodes.net.tcp_relay import RelayLoop


@dataclass(frozen=True)
class FloatingIpRecord:
    """A floating IP as it is kept on disk."""

    address: str
    network_id: str
    fixed_address: str


class FloatingIps:
    """The floating IPs by address; not safe for threads, the host holds its lock meanwhile."""

    def __init__(self, folder: Path, relays: RelayLoop) -> None:
        self._folder = folder
        self._relays = relays
        self._by_address: dict[str, FloatingIp] = {}

    def __iter__(self) -> Iterator[FloatingIp]:
        return iter(self._by_address.values())

    def read_records(self) -> list[FloatingIpRecord]:
        """The floating IPs that an earlier agent had."""
        return store.read_all(FloatingIpRecord, self._folder, "*.json")

    def add(self, record: FloatingIpRecord) -> None:
        """Have an address; one that led elsewhere leads there no more."""
        present = self._by_address.get(record.address)
        target = (record.network_id, record.fixed_address)
        if present and (present.network_id, present.fixed_address) != target:
            self.remove(record.address)
        self._by_address.setdefault(record.address, FloatingIp(record.address, *target))
        store.write(self._file(record.address), record)

    def remove(self, address: str) -> None:
        """Stop listening on an address, and forget it."""
        floating_ip = self._by_address.pop(address, None)
        if floating_ip is not None:
            floating_ip.close(self._relays)
        self._file(address).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop listening on all addresses; the next agent finds them."""
        for floating_ip in self:
            floating_ip.close(self._relays)

    def _file(self, address: str) -> Path:
        return self._folder / f"{store.file_name(address)}.json"
