"""What providers ask of a text message beyond its wording (`providers.texts` knows that): where an approved text takes variables. Pure but
for looking which adapters there are.

Providers are named as their adapters are, without `sms_`.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from chalicelib.providers import adapters, texts
from chalicelib.providers.texts import TextRules, Wording

MAX_PARTS: Final = 8  # as many as the longest message has


def rules_of(provider: str, opt_out: str | None = None) -> TextRules:
    """The provider's rules; with an own wording of how to refuse more, where the provider leaves the wording open."""
    rules = _wording(provider).rules
    if opt_out is None or rules.opt_outs != texts.ANY_PROVIDER.opt_outs:
        return rules
    return replace(rules, opt_outs=(*rules.opt_outs, opt_out))


def approved(provider: str) -> bool:
    """Whether texts are templates that the provider has approved, under a code."""
    return _wording(provider).places is not None


def numbered(provider: str) -> bool:
    """Whether variables are counted and not named."""
    return _wording(provider).numbered


def signed(signature: str, text: str) -> str:
    """The text as the phone shows it."""
    return f"【{signature}】{text}" if signature else text


def parts_of(provider: str, signature: str, text: str) -> int:
    """In how many pieces a text goes, which is what is paid for."""
    return texts.china_parts(signature, text) if approved(provider) else texts.world_parts(signed(signature, text))


def places(provider: str, text: str) -> tuple[str, ...]:
    """The names of the variables that an approved text takes, in order of appearance, each once."""
    pattern = _wording(provider).places
    return tuple(dict.fromkeys(found[1] for found in pattern.finditer(text))) if pattern else ()


def filled(provider: str, text: str, values: Mapping[str, str]) -> str:
    """An approved text with its variables filled in, as the provider will do it."""
    pattern = _wording(provider).places
    return pattern.sub(lambda found: values.get(found[1], found[0]), text) if pattern else text


def adjacent(provider: str, text: str) -> bool:
    """Whether two variables stand next to each other, which providers do not approve."""
    pattern = _wording(provider).places
    ends = [found.span() for found in pattern.finditer(text)] if pattern else []
    return any(not text[end:start].strip() for (_, end), (start, _) in pairwise(ends))


def _wording(provider: str) -> Wording:
    return adapters.adapter(f"sms_{provider}").wording
