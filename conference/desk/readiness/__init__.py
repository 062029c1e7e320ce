"""Whether a conference is ready: what is missing, where it is mended, what is waived and why, and going live."""
