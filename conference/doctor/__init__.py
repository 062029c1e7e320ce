"""Attic: `meetingpoint doctor` looks at everything that serving needs."""
