"""Local fronts of Aliyun's and Tencent Cloud's SMS, JPush and webhook receivers: they check, count, refuse and call back as those do.

    with LocalProviders(seed=1) as providers:
        Account("main", "sms_aliyun", url=providers.url, ...)

Which front a request is for, it says itself: by its headers (Aliyun, Tencent) or its path (JPush, receivers), so one address does for all.
They know nothing of Huiliu, so that they can disagree with its code. Time, faults and HTTP are those of the local WeChat.
"""
