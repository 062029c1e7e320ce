"""The results sheet as PDF/UA: what it says, how a host lets it look, the process in which Typst sets it."""
