"""Who carries messages for us besides WeChat: SMS, push, and other people's servers. One file per provider; `adapters` finds them."""
