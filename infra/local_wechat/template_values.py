"""What the fields of templates may hold: the beginning of a field's name is its type."""

import re
from collections.abc import Mapping
from typing import Any, Final

from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Template

_CHINESE: Final = "一-鿿"
RULES: Final[Mapping[str, re.Pattern[str]]] = {
    "thing": re.compile(r".{1,20}", re.DOTALL),
    "number": re.compile(r"-?[0-9]{1,32}(\.[0-9]{1,32})?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^A-Za-z0-9\s]{1,5}"),
    "character_string": re.compile(r"[!-~ ]{1,32}"),
    "time": re.compile(r".*[0-9].*", re.DOTALL),
    "date": re.compile(r".*[0-9].*", re.DOTALL),
    "amount": re.compile(r"[^0-9\s]?[0-9]{1,10}(\.[0-9]{1,2})?元?"),
    "phone_number": re.compile(r"[0-9+\- ]{1,17}"),
    "car_number": re.compile(rf"[A-Za-z0-9{_CHINESE}]{{1,8}}"),
    "name": re.compile(rf"[{_CHINESE}·]{{1,10}}|[A-Za-z .'-]{{1,20}}"),
    "phrase": re.compile(rf"[{_CHINESE}]{{1,5}}"),
}
"""What a whole value must look like, by type. Types that are not here take what comes."""

_TYPE: Final = re.compile(r"[a-z_]+?(?=[0-9]*$)")


def check(template: Template, data: Any, strictly: bool) -> None:
    """Each field of the template must be there; `strictly` it must also fit its type, otherwise the platform cuts it.

    Raises Refused (47003, naming the field).
    """
    if not isinstance(data, dict):
        raise Refused(47003, "data must be an object")
    for key in template.keys:
        value = data.get(key)
        text = value.get("value") if isinstance(value, dict) else None
        if text is None or str(text) == "":
            raise Refused(47003, f"data.{key}.value is empty")
        if strictly and not fits(key, str(text)):
            raise Refused(47003, f"data.{key}.value invalid")


def fits(key: str, text: str) -> bool:
    """Whether a text may stand in a field of that name."""
    found = _TYPE.match(key)
    rule = RULES.get(found.group() if found else "")
    return rule is None or rule.fullmatch(text) is not None
