"""The talk beside the talk: questions, chat and polls of a session's room, silent reactions, announcements."""
