"""The mapping of a CSV file that came without one, from the names of its columns. Pure; `docs/imports.md` lists the names.

A column is known by any of its names, whatever its case, spaces, hyphens and underscores. A receiver's phone is none of them: presents
are sent to others.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from chalicelib.events.limits import MAX_NAME_LENGTH
from chalicelib.events.model import Source
from chalicelib.imports.lines import Unreadable
from chalicelib.imports.mapping import MAX_ENTRIES, Mapping
from chalicelib.imports.rows import Content

MEMBER: Final = "member"  # stands for `member:SOURCE` in the table below

IDENTIFIERS: Final = {
    "user_id": ("user_id", "uid", "用户id"),
    "unionid": ("unionid",),
    MEMBER: ("member_id", "member_no", "会员号", "会员编号", "会员卡号", "会员id", "买家会员名"),
    "mobile": ("mobile", "phone", "手机", "手机号", "手机号码", "联系手机", "买家手机", "联系电话", "电话"),
    "email": ("email", "邮箱", "电子邮箱"),
}
LINE_ID: Final = ("order_item_id", "子订单编号")
ORDER_ID: Final = ("order_id", "order_no", "订单编号", "订单号", "主订单编号", "交易编号")
PAID_AT: Final = ("paid_at", "pay_time", "payment_time", "付款时间", "支付时间", "订单付款时间")
ORDERED_AT: Final = ("created_at", "order_time", "下单时间", "订单创建时间", "创建时间", "成交时间")
CHANGED_AT: Final = ("updated_at", "更新时间", "修改时间")
SUBMITTED_AT: Final = ("submitted_at", "submit_time", "created_at", "提交时间", "填写时间", "创建时间")

ORDER_PROPERTIES: Final = {
    "amount": ("number", ("amount", "paid_amount", "实付金额", "实际支付金额", "买家实际支付金额", "支付金额", "订单金额", "总金额")),
    "quantity": ("integer", ("quantity", "数量", "商品数量", "宝贝总数量")),
    "product": ("raw", ("product", "product_name", "商品名称", "商品标题", "宝贝标题")),
    "product_id": ("raw", ("product_id", "sku", "商品编号", "商品id", "商家编码")),
    "status": ("raw", ("status", "订单状态")),
    "shop": ("raw", ("shop", "店铺名称")),
}
FACTS: Final = {  # of the person, whoever tells them
    "name": ("raw", ("name", "姓名", "真实姓名")),
    "nickname": ("raw", ("nickname", "昵称")),
    "gender": ("raw", ("gender", "sex", "性别")),
    "birthday": ("raw", ("birthday", "生日", "出生日期")),
    "province": ("raw", ("province", "省", "省份")),
    "city": ("raw", ("city", "市", "城市")),
    "company": ("raw", ("company", "公司", "公司名称")),
    "industry": ("raw", ("industry", "行业")),
}
MEMBERSHIP: Final = {  # of the person at one source: kept apart as SOURCE_level and so on
    "level": ("raw", ("level", "member_level", "等级", "会员等级")),
    "points": ("number", ("points", "积分", "会员积分")),
    "joined": ("time", ("joined_at", "入会时间", "注册时间")),
}

_UNNAMEABLE: Final = re.compile(r"[^\w$ .:\-]+")
_LEADING: Final = re.compile(r"^[^\w$]+")


def default_mapping(content: Content, columns: Iterable[str], source: Source) -> Mapping:
    """The mapping for a header. Raises Unreadable (`mapping_needed`) when no column is known to identify a person."""
    header = _Header(columns)
    identifiers = dict(header.identifiers(source))
    if not identifiers:
        raise Unreadable("mapping_needed", f"no column is known to identify a person; send a mapping of {', '.join(header.columns)[:500]}")
    match content:
        case Content.ORDERS:
            parts = _orders(header)
        case Content.MEMBERS:
            parts = _members(header, source)
        case Content.FORMS:
            parts = _forms(header, identifiers)
    return Mapping.model_validate({"identifiers": identifiers, "context": {"channel": source.name}, **parts})


class _Header:
    """Finds columns by their names."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = tuple(columns)
        self._known = {_plain(column): column for column in reversed(self.columns)}

    def column(self, names: Iterable[str]) -> str | None:
        """The column that bears the first of the names that one bears."""
        return next((self._known[_plain(name)] for name in names if _plain(name) in self._known), None)

    def identifiers(self, source: Source) -> Iterator[tuple[str, str]]:
        """The namespaces with their columns."""
        for namespace, names in IDENTIFIERS.items():
            if column := self.column(names):
                yield f"{MEMBER}:{source.name}" if namespace == MEMBER else namespace, column

    def values(self, table: dict[str, tuple[str, tuple[str, ...]]], prefix: str = "") -> dict[str, Any]:
        """The values of a table whose columns are there."""
        found = {name: (kind, self.column(names)) for name, (kind, names) in table.items()}
        return {prefix + name: {"column": column, "type": kind} for name, (kind, column) in found.items() if column}


def _orders(header: _Header) -> dict[str, Any]:
    parts: dict[str, Any] = {"properties": header.values(ORDER_PROPERTIES)}
    if order := header.column(ORDER_ID):
        parts["properties"]["order_id"] = {"column": order}
    if number := header.column(LINE_ID) or order:
        parts["id"] = number
    if paid := header.column(PAID_AT):
        # Without a time of payment the order is not paid.
        return parts | {"event": "OrderPaid", "time": paid, "skip": [{"column": paid, "equals": ""}]}
    return parts | {"event": "OrderSubmitted", **_time(header.column(ORDERED_AT))}


def _members(header: _Header, source: Source) -> dict[str, Any]:
    attributes = {**header.values(FACTS), **header.values(MEMBERSHIP, prefix=f"{source.name}_")}
    return {"attributes": {"set": attributes}, **_time(header.column(CHANGED_AT))}


def _forms(header: _Header, identifiers: dict[str, str]) -> dict[str, Any]:
    """Every other column becomes a property under its own name: nobody knows which questions a form asks."""
    submitted = header.column(SUBMITTED_AT)
    taken = {submitted, *identifiers.values()}
    properties: dict[str, str] = {}
    for column in header.columns:
        if column not in taken and (name := property_name(column)) and len(properties) < MAX_ENTRIES:
            properties.setdefault(name, column)
    return {"properties": properties, "attributes": {"set": header.values(FACTS)}, **_time(submitted)}


def property_name(column: str) -> str:
    """A column's name as a property may be called: what a name cannot hold becomes `_`."""
    return _LEADING.sub("", _UNNAMEABLE.sub("_", column))[:MAX_NAME_LENGTH].strip()


def _time(column: str | None) -> dict[str, Any]:
    return {"time": column} if column else {}


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", name).casefold()
