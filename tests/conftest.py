pytest_plugins = ["tests.services", "tests.ci_skips"]
