"""The pages that the law asks for: forms, the wording that they fill, the film in sign language, papers for data protection."""
