"""The plenary: a curtain, people behind the stage, an order of greetings, a deputy for the host and for the studio's feed."""
