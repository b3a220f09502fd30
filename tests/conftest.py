"""The environment that every test runs in: no real credentials, no real endpoint, one fixed set of names."""

import os

from hypothesis import settings

from tests.support.environment import TEST_ENVIRONMENT, UNWANTED

# At import, before any test module imports code that reads the environment once.
for _name in UNWANTED:
    os.environ.pop(_name, None)
os.environ.update(TEST_ENVIRONMENT)

# How long an example takes says more about the machine than about the code; the bench measures. CI tries the same examples each
# time, so that it fails for a change and not by chance; everybody else's runs look for new ones.
settings.register_profile("huiliu", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("huiliu")
