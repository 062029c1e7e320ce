"""`python -m conference`: the same as `meetingpoint`."""

from conference.cli import main

main()
