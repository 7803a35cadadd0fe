"""What nodes write: files, units, names, facts."""

from __future__ import annotations

import subprocess

import pytest

from tests.nodes.scripts.conftest import NET, Node

HOSTS = "127.0.0.1\tlocalhost\n127.0.1.1\tc1-worker-1.novalocal c1-worker-1\n::1 ip6-localhost\n"


def test_only_facts_are_replaced_in_files(node: Node) -> None:
    text = "${DISCO_NAME} at ${DISCO_ADDRESS}; $HOME ${HOME} $(x) `x` \\ ${DISCO_NAME\n\n"
    done = node.run(f"disco_file /etc/a/b 0600 root:root <<'X'\n{text}X")
    assert done.returncode == 0, done.stderr
    path = node.root / "etc/a/b"
    wanted = text.replace("${DISCO_NAME}", "c1-worker-1")
    assert path.read_text() == wanted.replace("${DISCO_ADDRESS}", f"{NET}.11")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["b"]


def test_what_a_fact_contains_is_not_replaced_again(node: Node) -> None:
    node.run("disco_file /a 0644 root:root <<<'${DISCO_NAME}'", DISCO_NAME="${DISCO_ROLE}")
    assert (node.root / "a").read_text() == "${DISCO_ROLE}\n"


@pytest.mark.parametrize("name", ["DISCO_TYPO", "DISCO_SIGNAL"])
def test_a_file_with_a_name_of_no_value_is_not_written(node: Node, name: str) -> None:
    (node.root / "a").write_text("old")
    done = node.run(f"disco_file /a 0644 root:root <<<'${{{name}}}'", DISCO_SIGNAL="curl x")
    assert done.returncode != 0
    assert name in done.stderr
    assert (node.root / "a").read_text() == "old"


def test_a_unit_is_written_and_enabled_and_started(node: Node) -> None:
    node.run("disco_unit disco-x <<<'ExecStart=/x ${DISCO_ADDRESS}'\ndisco_start disco-x")
    unit = node.root / "etc/systemd/system/disco-x.service"
    assert unit.read_text() == f"ExecStart=/x {NET}.11\n"
    assert "enable disco-x.service" in node.systemctl_log.read_text()
    assert "restart disco-x.service" in node.systemctl_log.read_text()


def test_names_have_real_addresses(node: Node) -> None:
    (node.root / "etc").mkdir()
    hosts = node.root / "etc/hosts"
    hosts.write_text(HOSTS)
    for _ in range(2):
        assert node.run("disco_base_setup").returncode == 0
    lines = hosts.read_text().splitlines()
    assert "127.0.0.1\tlocalhost" in lines
    assert "::1 ip6-localhost" in lines
    assert f"{NET}.10 c1-master" in lines
    assert [x for x in lines if "worker" in x] == [f"{NET}.1{i} c1-worker-{i}" for i in (1, 2, 3)]
    assert not [x for x in lines if x.startswith("127.0.1.1")]
    assert len(lines) == len(set(lines))


def test_worker_addresses_carry_over(node: Node) -> None:
    done = node.run('disco_worker_address 300; echo "$REPLY"', DISCO_WORKER_BASE="10.0.255.250")
    assert done.stdout.strip() == "10.1.1.38"


def test_the_facts_are_kept_without_the_signal(node: Node) -> None:
    node.run("disco_base_setup", DISCO_SIGNAL="curl secret", DISCO_WORKER_NAME="it's-")
    text = (node.root / "etc/disco/node.env").read_text()
    assert "secret" not in text
    read = node.run('. "$DISCO_ROOT/etc/disco/node.env"; echo "$DISCO_NAME $DISCO_WORKER_NAME"')
    assert read.stdout.strip() == "c1-worker-1 it's-"


def test_progress_begins_with_nothing_done(node: Node) -> None:
    node.run("disco_base_setup")
    assert (node.web / "progress.log").read_text() == "0"
    (node.web / "progress.log").write_text("1")
    node.run("disco_base_setup")
    assert (node.web / "progress.log").read_text() == "1"


def test_a_wait_names_what_it_waited_for(node: Node) -> None:
    done = node.run("wait_for 0 'the moon' false")
    assert done.returncode == 1
    assert "the moon" in done.stderr


def test_a_probe_wants_the_answer_that_it_expects(node: Node) -> None:
    assert node.run("disco_probe x 5 command 'echo ALIVE 3' 'ALIVE [0-9]'").returncode == 0
    done = node.run("disco_probe 'Spark: master' 0 command 'echo DEAD' ALIVE")
    assert done.returncode == 1
    assert "Spark: master" in done.stdout
    assert "DEAD" in done.stdout


def test_a_command_over_ssh_has_the_frameworks_variables_and_a_shell_has_them_once(
    node: Node,
) -> None:
    (node.root / "etc/profile.d").mkdir(parents=True)
    file = node.root / "etc/bash.bashrc"
    file.write_text('[ -z "$PS1" ] && return\necho interactive\n')
    for _ in range(2):
        done = node.run("disco_ssh_commands")
        assert done.returncode == 0, done.stderr
    assert file.read_text().count("profile.d") == 1
    assert file.read_text().endswith("\necho interactive\n")
    file.write_text(file.read_text().replace("/etc/profile.d", f"{node.root}/etc/profile.d"))

    def said(**environment: str) -> str:
        command = ["bash", "-c", f'. {file}; echo "$RAY_ADDRESS"']
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=20
        )
        assert done.stderr == ""
        return done.stdout

    assert said(SSH_CONNECTION="1.2.3.4 5 6.7.8.9 22") == "\n"
    (node.root / "etc/profile.d/disco-ray.sh").write_text("export RAY_ADDRESS=ray://a:10001\n")
    assert said(SSH_CONNECTION="1.2.3.4 5 6.7.8.9 22") == "ray://a:10001\n"
    assert said() == "\n"


def test_a_system_without_such_a_file_is_left_as_it_is(node: Node) -> None:
    assert node.run("disco_ssh_commands").returncode == 0
    assert not (node.root / "etc/bash.bashrc").exists()
