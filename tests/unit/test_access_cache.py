"""Look-ups are remembered: briefly, and not without bound."""

from chalicelib.access.cache import LookupCache


class Store:
    """Counts what it is asked, and knows what is in it."""

    def __init__(self, **values: int) -> None:
        self.values, self.asked, self.time = values, list[str](), 0.0

    def load(self, key: str) -> int | None:
        self.asked.append(key)
        return self.values.get(key)

    def cache(self, size: int = 10) -> LookupCache[str, int | None]:
        return LookupCache(self.load, seconds=60, size=size, clock=lambda: self.time)


def test_an_answer_is_looked_up_once_a_minute() -> None:
    store = Store(a=1)
    cache = store.cache()
    for moment in (0, 30, 59.9):
        store.time = moment
        assert cache.get("a") == 1
    assert store.asked == ["a"]
    store.time, store.values["a"] = 60, 2
    assert cache.get("a") == 2


def test_what_is_not_there_is_remembered_too() -> None:
    store = Store()
    cache = store.cache()
    assert [cache.get("a"), cache.get("a")] == [None, None]
    assert store.asked == ["a"]


def test_a_flood_of_different_keys_stays_bounded_and_keeps_the_newest() -> None:
    store = Store()
    cache = store.cache(size=3)
    for number in range(1000):
        cache.get(str(number))
    store.asked.clear()
    for number in (997, 998, 999, 0):
        cache.get(str(number))
    assert store.asked == ["0"]


def test_an_answer_that_is_renewed_counts_as_new() -> None:
    store = Store()
    cache = store.cache(size=2)
    cache.get("a")
    cache.get("b")
    store.time = 61
    cache.get("a")
    cache.get("c")
    store.asked.clear()
    cache.get("a")
    assert store.asked == []


def test_a_failed_look_up_is_not_remembered() -> None:
    store = Store(a=1)
    broken = [True]

    def load(key: str) -> int | None:
        if broken[0]:
            raise ConnectionError
        return store.load(key)

    cache = LookupCache(load, seconds=60, size=10, clock=lambda: 0)
    try:
        cache.get("a")
    except ConnectionError:
        broken[0] = False
    assert cache.get("a") == 1


def test_everything_can_be_forgotten() -> None:
    store = Store(a=1)
    cache = store.cache()
    cache.get("a")
    cache.clear()
    cache.get("a")
    assert store.asked == ["a", "a"]
