"""The organisers' side of registering: its terms, who has registered, what people need to take part."""
