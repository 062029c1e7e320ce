pytest_plugins = ["tests.services", "tests.ci_skips", "tests.in_memory", "tests.side_by_side"]
