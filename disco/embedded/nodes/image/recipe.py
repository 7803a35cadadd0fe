"""What the nodes' base image is made of.

Pure functions of the host's apt sources: the list of packages, the settings
that make the image behave as a cloud image does, and the mmdebstrap command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Release:
    """A release of Debian, by its number and the name that its archive has."""

    number: str
    suite: str


DEBIAN_12 = Release("12", "bookworm")
DEBIAN_13 = Release("13", "trixie")
DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

#: the user that gets the key pair's public key, as on a cloud image
DEFAULT_USER = "ubuntu"
#: a second name for the same account: what Debian's own cloud images call it
ALIAS_USER = "debian"

PACKAGES = (
    "systemd",
    "systemd-sysv",
    "systemd-resolved",
    "dbus",
    "libpam-systemd",
    "cloud-init",
    "cloud-guest-utils",
    "openssh-server",
    "sudo",
    "python3",
    "python3-venv",
    "python3-pip",
    "curl",
    "wget",
    "ca-certificates",
    "iproute2",
    "iputils-ping",
    "procps",
    "netcat-openbsd",
    "less",
    "netbase",
    "unzip",
    "bzip2",
    "xz-utils",
    "git",
    "rsync",
    "gnupg",
    "lsb-release",
    "locales",
)

#: units that make no sense in a container or that would wake up in the midst of an installation
MASKED_UNITS = (
    "console-getty.service",
    "getty.target",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "dpkg-db-backup.timer",
    "systemd-timesyncd.service",
)

#: what the image has from the beginning, cloud-init need not do at each first boot
CLOUD_CONFIG = f"""\
datasource_list: [ConfigDrive, None]
locale: false
grub_dpkg: {{enabled: false}}
manage_etc_hosts: false
apt: {{preserve_sources_list: true}}
disable_root: true
ssh_genkeytypes: [ed25519, ecdsa]
ssh: {{emit_keys_to_console: false}}
no_ssh_fingerprints: true
output: {{all: '| tee -a /var/log/cloud-init-output.log'}}
system_info:
  default_user:
    name: {DEFAULT_USER}
    gecos: Default user
    shell: /bin/bash
    lock_passwd: true
    sudo: ["ALL=(ALL) NOPASSWD:ALL"]
"""

#: router solicitations on a network without IPv6 would hold up the boot for many seconds
NETWORK_DROP_IN = "[Network]\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n"
#: cloud-init renders one file for each interface; nodes have few
INTERFACES = tuple(f"eth{index}" for index in range(4))

#: the part of the recipe that runs in the unpacked tree; $1 is the tree
CUSTOMIZE = f"""\
set -e
: > "$1/etc/machine-id"
rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/hostname"
printf '127.0.0.1 localhost\\n' > "$1/etc/hosts"
mkdir -p "$1/usr/share/man/man1" "$1/etc/disco"
chroot "$1" systemctl -q enable systemd-networkd systemd-resolved
chroot "$1" systemctl -q mask {" ".join(MASKED_UNITS)}
chroot "$1" useradd -m -s /bin/bash {DEFAULT_USER}
chroot "$1" useradd -o -u "$(chroot "$1" id -u {DEFAULT_USER})" -g {DEFAULT_USER} -M \\
    -d /home/{DEFAULT_USER} -s /bin/bash {ALIAS_USER}
printf '%s ALL=(ALL) NOPASSWD:ALL\\n' {DEFAULT_USER} {ALIAS_USER} > "$1/etc/sudoers.d/90-disco"
chmod 0440 "$1/etc/sudoers.d/90-disco"
printf 'LANG=C.UTF-8\\n' > "$1/etc/default/locale"
printf 'PasswordAuthentication no\\n' > "$1/etc/ssh/sshd_config.d/90-disco.conf"
printf '[global]\\ncert = {CA_BUNDLE}\\ndisable-pip-version-check = true\\n' > "$1/etc/pip.conf"
printf 'Acquire::Check-Valid-Until "false";\\n' > "$1/etc/apt/apt.conf.d/90disco"
cat > "$1/etc/cloud/cloud.cfg.d/90_disco.cfg" <<'CLOUD'
{CLOUD_CONFIG}CLOUD
for nic in {" ".join(INTERFACES)}; do
    folder="$1/etc/systemd/network/10-cloud-init-$nic.network.d"
    mkdir -p "$folder"
    printf '{NETWORK_DROP_IN.replace(chr(10), chr(92) + "n")}' > "$folder/50-disco.conf"
done
"""


def debian_sources(text: str) -> list[str]:
    """The archive URIs named in apt sources of either format, in order."""
    uris: list[str] = []
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        if match := re.match(r"URIs:\s*(.+)", line, re.IGNORECASE):
            uris += match[1].split()
        elif match := re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)", line):
            uris.append(match[1])
    return [uri.rstrip("/") for uri in uris if re.match(r"https?://|file:|copy:", uri)]


def apt_lines(os_id: str, sources: Iterable[str], release: Release = DEBIAN_12) -> list[str]:
    """The sources of the image: the host's own mirrors on Debian, the default name elsewhere."""
    uris = list(sources) if os_id == "debian" else []
    mirror = next((u for u in uris if not u.endswith("-security")), DEFAULT_MIRROR)
    suite = release.suite
    lines = [f"deb {mirror} {suite} main", f"deb {mirror} {suite}-updates main"]
    security = next((u for u in uris if u.endswith("-security")), None)
    if security:
        lines.append(f"deb {security} {suite}-security main")
    return lines


def host_apt_lines(root: Path = Path("/"), release: Release = DEBIAN_12) -> list[str]:
    """``apt_lines`` of the host that has its root at ``root``."""
    file = root / "etc/os-release"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    os_id = re.search(r'^ID="?([^"\n]*)', text, re.MULTILINE)
    files = [root / "etc/apt/sources.list"]
    folder = root / "etc/apt/sources.list.d"
    files += sorted(folder.glob("debian.sources")) + sorted(folder.glob("*.list"))
    sources = [
        uri for file in files if file.is_file() for uri in debian_sources(file.read_text("utf-8"))
    ]
    uris = [u for u in sources if "debian" in u]
    return apt_lines(os_id[1] if os_id else "", uris, release)


def mmdebstrap_command(
    target: Path, lines: Iterable[str], release: Release = DEBIAN_12
) -> list[str]:
    """The command that unpacks the base image into the new directory ``target``."""
    return [
        # its mounts must not be seen, nor stay, outside
        "unshare",
        "--mount",
        "--propagation=private",
        "mmdebstrap",
        "--mode=root",
        "--format=directory",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        f"--keyring={KEYRING}",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=Acquire::Languages "none"',
        '--aptopt=APT::Install-Recommends "false"',
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=force-unsafe-io",
        f"--customize-hook={CUSTOMIZE}",
        release.suite,
        str(target),
        *lines,
    ]
