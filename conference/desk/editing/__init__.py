"""The program editor: sessions in forms, their order, people, publishing, moving the day, schedules from elsewhere."""
