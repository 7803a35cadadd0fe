"""What is asked of Keystone once: it is believed for its time, by all who share it."""

from __future__ import annotations

from typing import Any

from disco.embedded.patches.token_cache import CACHE_KEY, TokenCache, with_token_cache


def test_what_was_kept_is_known_for_its_time() -> None:
    cache = TokenCache()
    cache.set("long", b"a user's", time=300)
    cache.set("short", b"over", time=0)
    assert cache.get("long") == b"a user's"
    assert cache.get("short") is None
    assert cache.get("never heard of") is None


def test_the_newest_word_counts() -> None:
    cache = TokenCache()
    cache.set("token", b"old", time=300)
    cache.set("token", b"new", time=300)
    assert cache.get("token") == b"new"
    cache.set("token", b"gone", time=0)
    assert cache.get("token") is None


def test_all_requests_have_one_cache() -> None:
    seen: list[Any] = []
    serve = with_token_cache(lambda environ, _start: seen.append(environ[CACHE_KEY]))
    for _ in range(2):
        serve({}, None)
    assert seen[0] is seen[1]
