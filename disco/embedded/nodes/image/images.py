"""The images that nodes boot from: built once from Debian packages, cached, shared.

``debian-12`` is the base; ``debian-12-disco`` is a read-only layer on it with
the built-in frameworks' software. ``$DISCO_EMBEDDED_IMAGES`` may name further
releases, such as ``debian-13``. All are directories that serve as lower layers
of the nodes' overlays. A cache entry is keyed by a digest of all that decides
its content, and appears whole or not at all.

``python -m disco.embedded.nodes.image.images build`` builds them and says how it goes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import threading
import uuid
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from disco.embedded.nodes.image import folders, recipe
from disco.embedded.nodes.image.layer import bake, trust_host_certificates
from disco.embedded.nodes.protocol import ImageInfo

log = logging.getLogger(__name__)

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:disco:embedded:images")
BASE, FULL = "debian-12", "debian-12-disco"
#: images of further releases, built when they are asked for
EXTRA = {"debian-13": recipe.DEBIAN_13}
IMAGE_IDS = {name: str(uuid.uuid5(NAMESPACE, name)) for name in (BASE, FULL, *EXTRA)}
#: what the second image carries: the frameworks of the first steps in the README
BAKED = ("dask", "jupyter", "spark")
#: entry points of functions that give a script for the names in ``BAKED``
IMAGE_SCRIPTS = "disco.image_scripts"
#: environment variable that switches the image with the frameworks' software off
SWITCH = "DISCO_EMBEDDED_LAYER"
#: environment variable with the names of further images, separated by commas
MORE = "DISCO_EMBEDDED_IMAGES"
_DESCRIPTIONS = {
    BASE: "Debian 12 with cloud-init",
    FULL: "Debian 12 with cloud-init and the software of " + ", ".join(BAKED),
    **{name: f"Debian {release.number} with cloud-init" for name, release in EXTRA.items()},
}
_MIN_DISK_GB, _MIN_RAM_MB = 1, 256


class ImageError(Exception):
    """An image is unknown or cannot be built; the text says why."""


def cache_directory() -> Path:
    """Where images are kept: ``$DISCO_CACHE`` or ``~/.cache/disco``, below it ``images``."""
    given = os.environ.get("DISCO_CACHE")
    return (Path(given) if given else Path.home() / ".cache/disco") / "images"


def bake_script() -> str:
    """The script that installs the software of ``BAKED``.

    An installed package offers it as an entry point: this cloud knows nothing of frameworks.

    Raises ImageError when no package offers a script.
    """
    scripts = list(entry_points(group=IMAGE_SCRIPTS))
    if not scripts:
        raise ImageError(
            f"No installed package has an entry point {IMAGE_SCRIPTS}: install DISCO again with pip"
        )
    return "\n".join(str(script.load()(BAKED)) for script in scripts)


def wanted_extra() -> tuple[str, ...]:
    """The further images that the environment asks for.

    Raises ImageError for an unknown image.
    """
    names = tuple(dict.fromkeys(re.findall(r"[^,\s]+", os.environ.get(MORE, ""))))
    for name in names:
        if name not in EXTRA:
            raise ImageError(f"{MORE}: unknown image {name}. Images: {', '.join(EXTRA)}")
    return names


def digest(*parts: str) -> str:
    """A short name for all of ``parts`` together."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class ImageStore:
    """Finds images in the cache and builds those that are missing."""

    def __init__(
        self, cache: Path | None = None, progress: Callable[[str], None] = log.info
    ) -> None:
        self.cache = cache or cache_directory()
        self._progress = progress
        self._changed = threading.Condition()
        off = os.environ.get(SWITCH, "").lower() in {"off", "0", "no", "false"}
        self._extra = wanted_extra()
        names = (BASE, *(() if off else (FULL,)), *self._extra)
        self._offered = {name: IMAGE_IDS[name] for name in names}
        self._layers: dict[str, tuple[Path, ...]] = {}
        self._errors: dict[str, str] = {}

    # -- keys ----------------------------------------------------------------

    def _base_folder(self, name: str = BASE) -> Path:
        release = EXTRA.get(name, recipe.DEBIAN_12)
        machine = os.uname().machine
        owners = Path("/proc/self/uid_map").read_text("ascii")
        lines = recipe.host_apt_lines(release=release)
        command = recipe.mmdebstrap_command(Path("/"), lines, release)
        bundle = Path(recipe.CA_BUNDLE)
        trust = hashlib.sha256(bundle.read_bytes()).hexdigest() if bundle.is_file() else ""
        key = digest(machine, " ".join(owners.split()), trust, *command)
        return self.cache / f"{name}-{machine}-{key}"

    # -- asking --------------------------------------------------------------

    def infos(self) -> list[ImageInfo]:
        """What the image catalogue shows."""
        infos = []
        with self._changed:
            for name, image_id in self._offered.items():
                layers, error = self._layers.get(name), self._errors.get(name)
                release = EXTRA.get(name, recipe.DEBIAN_12)
                properties = {"os_distro": "debian", "os_version": release.number}
                properties["description"] = error or _DESCRIPTIONS[name]
                size = sum(folders.size(layer) for layer in layers or ())
                status = "active" if layers else "error" if error else "queued"
                infos.append(
                    ImageInfo(image_id, name, _MIN_DISK_GB, _MIN_RAM_MB, size, status, properties)
                )
        return infos

    def layers(self, image_id: str, cancelled: Callable[[], bool]) -> tuple[Path, ...]:
        """The layers of an image, the topmost first; waits until it is built.

        Raises ImageError when there is no such image, when it cannot be
        built, or when ``cancelled`` says that nobody wants it any more.
        """
        name = next((n for n, i in self._offered.items() if image_id in {i, n}), None)
        if name is None:
            raise ImageError(f"Unknown image {image_id}")
        with self._changed:
            while name not in self._layers:
                if name in self._errors:
                    raise ImageError(f"image {name}: {self._errors[name]}")
                if cancelled():
                    raise ImageError("the node was deleted")
                self._changed.wait(0.5)
            return self._layers[name]

    # -- building ------------------------------------------------------------

    def start(self) -> None:
        """Find or build the images in the background."""
        self._find()
        threading.Thread(target=self.build, name="images", daemon=True).start()

    def _find(self) -> None:
        """Offer at once what the cache already has."""
        for name in self._extra:
            folder = self._base_folder(name)
            if (folder / "image.json").exists():
                self._done(name, (folder / "rootfs",))
        base = self._base_folder()
        if (base / "image.json").exists():
            self._done(BASE, (base / "rootfs",))
            if FULL not in self._offered:
                return
            try:
                layer = self._layer_folder(base, bake_script())
            except Exception as exc:
                self._failed((FULL,), exc)
                return
            if (layer / "image.json").exists():
                self._done(FULL, (layer / "rootfs", base / "rootfs"))

    def build(self) -> bool:
        """Find or build the images; False if one failed."""
        self._sweep()
        usual = self._build_usual()
        return all([usual, *map(self._build_extra, self._extra)])

    def _build_extra(self, name: str) -> bool:
        try:
            folder = self._base(name)
        except Exception as exc:
            self._failed((name,), exc)
            return False
        self._done(name, (folder / "rootfs",))
        return True

    def _build_usual(self) -> bool:
        try:
            base = self._base()
        except Exception as exc:
            self._failed((BASE, FULL), exc)
            return False
        self._done(BASE, (base / "rootfs",))
        if FULL not in self._offered:
            return True
        try:
            layer = self._layer(base)
        except Exception as exc:
            self._failed((FULL,), exc)
            return False
        self._done(FULL, (layer / "rootfs", base / "rootfs"))
        return True

    def _sweep(self) -> None:
        """Discard what builds left that were killed; one that is under way holds its lock."""
        for fresh in self.cache.glob(".*.new"):
            with (self.cache / f"{fresh.name.removesuffix('.new')}.lock").open("w") as handle:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    continue
                folders.discard(fresh)

    def _done(self, name: str, layers: tuple[Path, ...]) -> None:
        with self._changed:
            self._layers[name] = layers
            self._changed.notify_all()

    def _failed(self, names: tuple[str, ...], exc: Exception) -> None:
        log.error("image %s: %s", names[0], exc, exc_info=not isinstance(exc, ImageError))
        with self._changed:
            for name in names:
                self._errors[name] = str(exc)
            self._changed.notify_all()

    def _base(self, name: str = BASE) -> Path:
        target = self._base_folder(name)
        release = EXTRA.get(name, recipe.DEBIAN_12)

        def make(folder: Path) -> None:
            if not shutil.which("mmdebstrap"):
                raise ImageError("mmdebstrap is not installed")
            self._progress(f"building {name} from Debian packages (about a minute)")
            lines = recipe.host_apt_lines(release=release)
            command = recipe.mmdebstrap_command(folder / "rootfs", lines, release)
            self._run(command, folder / "build.log")
            trust_host_certificates(folder / "rootfs", Path(recipe.CA_BUNDLE))

        return self._entry(target, make)

    def _layer_folder(self, base: Path, script: str) -> Path:
        return self.cache / f"{FULL}-{digest(base.name, script)}"

    def _layer(self, base: Path) -> Path:
        script = bake_script()

        def make(folder: Path) -> None:
            self._progress("installing the frameworks' software into an image layer")
            command, env = bake(base / "rootfs", folder, script, self.cache)
            self._run(command, folder / "build.log", env)
            for name in ("work", "root", "bake.sh"):
                folders.discard(folder / name)

        return self._entry(self._layer_folder(base, script), make)

    def _entry(self, target: Path, make: Callable[[Path], None]) -> Path:
        """The cache entry ``target``, made by ``make`` under a lock when it is missing."""
        self.cache.mkdir(parents=True, exist_ok=True)
        with folders.locked(self.cache / f".{target.name}.lock"):
            if (target / "image.json").exists():
                self._progress(f"image {target.name} is in the cache")
                return target
            fresh = self.cache / f".{target.name}.new"
            folders.discard(fresh)
            folders.discard(target)
            fresh.mkdir()
            make(fresh)
            size = folders.measure(fresh / "rootfs")
            (fresh / "image.json").write_text(json.dumps({"size_bytes": size}), "ascii")
            fresh.rename(target)
            self._progress(f"image {target.name} is ready ({size >> 20} MiB)")
        return target

    def _run(self, command: list[str], log_file: Path, env: dict[str, str] | None = None) -> None:
        try:
            with log_file.open("ab") as out:
                done = subprocess.run(
                    command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False
                )
        except FileNotFoundError as exc:
            raise ImageError(f"{command[0]} is not installed") from exc
        if done.returncode != 0:
            tail = " / ".join(log_file.read_text("utf-8", "replace").splitlines()[-5:])
            raise ImageError(f"{command[0]} failed: {tail}")


if __name__ == "__main__":
    from disco.embedded.nodes.image.build import main

    raise SystemExit(main())
