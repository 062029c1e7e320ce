"""Who may do what in a whole conference: organisers and other roles, invited and taken away."""
