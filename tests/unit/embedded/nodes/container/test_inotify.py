"""How many nodes may watch files at once."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from disco.embedded.nodes.container import inotify


def test_a_machine_has_room_for_more_than_a_few_nodes(tmp_path: Path) -> None:
    limit = tmp_path / "max_user_instances"
    limit.write_text("128\n")
    assert inotify.make_room(limit) is None
    assert int(limit.read_text()) >= 9 * 400
    limit.write_text("1000000\n")
    assert inotify.make_room(limit) is None
    assert limit.read_text() == "1000000\n"


def test_where_the_limit_cannot_be_raised_it_is_told(tmp_path: Path) -> None:
    limit = mock.Mock(read_text=lambda: "128", write_text=mock.Mock(side_effect=PermissionError))
    said = inotify.make_room(limit)
    assert said
    assert "about 14 nodes" in said
    assert "sysctl -w fs.inotify.max_user_instances=" in said
    assert inotify.make_room(tmp_path / "none") is None
