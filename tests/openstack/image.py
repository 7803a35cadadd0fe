"""The image that instances boot: DISCO's own node image as one file, as Glance wants it."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from disco.embedded.nodes.image.images import FULL, IMAGE_IDS, ImageError, ImageStore
from tests.openstack.settings import State

HERE = Path(__file__).parent


def make(state: State) -> Path:
    """The file; made anew only if the image's layers are others.

    Raises ImageError if the layers or the file cannot be made.
    """
    store = ImageStore(progress=lambda text: print(f"  {text}", flush=True))
    store.build()
    layers = store.layers(IMAGE_IDS[FULL], lambda: True)
    script = HERE / "image.sh"
    parts = [*(str(layer) for layer in layers), script.read_text()]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    target = state.image / f"{FULL}-{key}.raw"
    if target.exists():
        return target
    state.image.mkdir(parents=True, exist_ok=True)
    for old in state.image.iterdir():
        old.unlink()
    fresh = target.with_suffix(".new")
    log = state.logs / "image.log"
    private = ["unshare", "--mount", "--propagation=private"]
    with log.open("wb") as out:
        done = subprocess.run(
            [*private, "sh", str(script), ":".join(map(str, layers)), str(fresh)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        )
    if done.returncode != 0:
        tail = log.read_text(errors="replace")[-800:]
        raise ImageError(f"the image's file cannot be made ({log}): {tail}")
    fresh.rename(target)
    return target
