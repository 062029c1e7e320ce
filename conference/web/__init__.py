"""Floor 0: the HTML edge. Rendering, languages, headers, errors as HTTP, static files, the cache of public pages."""
