"""The local WeChat: a platform of one's own that answers, counts, refuses and pushes as WeChat does, for tests and development.

    with LocalWechat(seed=1) as wechat:
        settings(wechat_api_url=wechat.url, ...)

It knows nothing of Huiliu but what the platform itself fixes (cipher, signature, XML), so that it can disagree with Huiliu's code.
"""
