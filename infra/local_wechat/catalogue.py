"""All calls that the local WeChat knows, by path."""

from collections.abc import Mapping
from typing import Final

from infra.local_wechat import (
    api_codes,
    api_custom,
    api_mass,
    api_media,
    api_menus,
    api_minis,
    api_notices,
    api_oauth,
    api_quota,
    api_tags,
    api_templates,
    api_tokens,
    api_users,
)
from infra.local_wechat.call import Api

_LISTS: Final = (
    api_tokens.APIS,
    api_users.APIS,
    api_tags.APIS,
    api_codes.APIS,
    api_menus.APIS,
    api_custom.APIS,
    api_templates.APIS,
    api_notices.APIS,
    api_mass.APIS,
    api_media.APIS,
    api_quota.APIS,
    api_minis.APIS,
    api_oauth.APIS,
)

APIS: Final[Mapping[str, Api]] = {api.path: api for apis in _LISTS for api in apis}
