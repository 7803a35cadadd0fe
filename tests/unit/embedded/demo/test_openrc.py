"""The openrc file is read as a shell would, and is not run."""

from __future__ import annotations

from pathlib import Path

from disco.embedded.demo.openrc import read_openrc


def test_exported_variables_of_openstack_are_read(tmp_path: Path) -> None:
    file = tmp_path / "openrc"
    file.write_text(
        "# export OS_USERNAME=nobody\n"
        "export OS_USERNAME=demo\n"
        "export OS_PASSWORD='two words'\n"
        "export PATH=/x\n"
        "unset OS_TOKEN\n"
        f"export OS_REGION_NAME=$(touch {tmp_path}/ran)\n"
    )
    variables = read_openrc(file)
    assert variables["OS_USERNAME"] == "demo"
    assert variables["OS_PASSWORD"] == "two words"
    assert "PATH" not in variables
    assert not (tmp_path / "ran").exists()
