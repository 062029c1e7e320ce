"""Words for all: real-time text, live captions by people or their software, signing people and their interpreters."""
