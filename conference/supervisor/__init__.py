"""Attic: the parent of `meetingpoint serve` and `demo`. Keeps the parts alive; knows no feature and no database."""
