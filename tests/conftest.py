from tests.media.browsers.length import LONG

pytest_plugins = ["tests.services", "tests.ci_skips", "tests.in_memory", "tests.side_by_side"]

# Journeys in browsers that only the long runs take (tests/load/soak_browsers.py): a change has twenty-five minutes.
LONG_RUNS = [
    "cards/test_gallery_browser.py",
    "results/collecting/test_journey.py",
    "results/report/test_browser.py",
    "results/sheets/test_journey.py",
]
collect_ignore = [] if LONG else LONG_RUNS
