"""Which regular expressions are taken: those that no text keeps busy for long."""

from time import process_time

import pytest

from chalicelib.signals.patterns import MAX_SEARCHED, fault_of_pattern, searches

TRIES = 3
LONGEST_SECONDS = 0.5  # a generous machine's limit; the worst pattern takes 20 ms, an evil one longer than anybody waits


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a+)+b", "itself varies"),
        ("(a*)*", "itself varies"),
        ("(a?)+", "itself varies"),
        ("(?:a{1,2})*b", "itself varies"),
        ("(a|aa)+b", "itself varies"),
        ("(?:ab|c)*", "itself varies"),
        ("(?:|a)*", "itself varies"),
        ("(?:a|bc){1,9}", "itself varies"),
        ("a*b*c*", "at most 2 repeats"),
        ("^a*b*c*", "at most 2 repeats"),
        ("(?:a*|b*)c{2,}", "at most 2 repeats"),
        ("a*b*", "too many ways"),
        (".*a.*b", "leave out"),
        ("a?" * 30 + "a" * 30, "too many ways"),
        (".{0,100}.{0,100}x", "too many ways"),
        ("(?:a?){30}", "too many ways"),
        ("(?:(?:a{0,9}){2}){2}", "too many ways"),
        ("(?:a|bc){30}", "too many ways"),
        (r"(\w)\1", "references to groups"),
        ("(?P<letter>a)(?P=letter)", "references to groups"),
        ("(a)(?(1)b|c)", "references to groups"),
        ("(?=a)b", "look-around"),
        ("(?!a)b", "look-around"),
        ("(?<=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        ("a++", "possessive"),
        ("(?>a)", "possessive"),
        ("(?m)^a", "flags"),
        ("(?s).", "flags"),
        ("(?x: a)", "flags"),
        ("(?a:a)", "flags"),
        ("a{1001}", "more than the 1000 characters"),
        ("(?:a{100}){100}", "more than the 1000 characters"),
        ("a" * 201, "200 characters at most"),
        ("(" * 21 + ")" * 21, "20 groups at most"),
        ("(", "not a regular expression"),
        ("[", "not a regular expression"),
        ("*", "not a regular expression"),
        ("a{99999999999}", "not a regular expression"),
    ],
)
def test_a_pattern_that_could_take_long_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    assert reason in (fault_of_pattern(pattern) or "")


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        ("裙|外套", "红色连衣裙", "红色衬衫"),
        (r"^1[3-9]\d{9}$", "13800138000", "23800138000"),
        (r"\d+元", "满100元", "满一百元"),
        (r"^https?://[^/]+/p/.*$", "https://a.cn/p/1", "https://a.cn/q/1"),
        ("(?i)dress", "Red DRESS", "Red skirt"),
        ("^(?i:a)b", "Ab", "AB"),
        (r"\d{1,3}(?:\.\d{1,3}){3}", "at 10.0.0.1", "at 10.0.1"),
        ("(?:ab){2,}c", "ababc", "abc"),
        ("^a.*b.*c", "a-b-c", "a-c-b"),
    ],
)
def test_a_plain_pattern_is_taken(pattern: str, found: str, not_found: str) -> None:
    assert fault_of_pattern(pattern) is None
    assert searches(pattern, found)
    assert not searches(pattern, not_found)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("a*b", "a"),
        ("(?i)a+b", "A"),
        ("(?:aaa)*b", "a"),
        ("^a*a*b", "a"),
        ("^(?:.a)*(?:a.)*b", "a"),
        (r"^https?://[^/]+/p/.*x$", "http://p"),
        ("a{0,44}a{0,43}b", "a"),
        ("(?:a|ab|aba)(?:a|ab|aba)(?:a|ab|aba)c", "ab"),
        ("(?:a?){10}b", "a"),
        ("a?" * 10 + "a" * 10 + "b", "a"),
    ],
)
def test_the_worst_text_takes_an_accepted_pattern_no_time_that_anybody_would_notice(pattern: str, text: str) -> None:
    assert fault_of_pattern(pattern) is None

    def seconds() -> float:
        begun = process_time()
        assert not searches(pattern, text * MAX_SEARCHED)
        return process_time() - begun

    assert min(seconds() for _ in range(TRIES)) < LONGEST_SECONDS


@pytest.mark.parametrize(("place", "found"), [(MAX_SEARCHED - 1, True), (MAX_SEARCHED, False)])
def test_the_first_thousand_characters_are_searched(place: int, found: bool) -> None:
    assert searches("裙", "衣" * place + "裙") is found
