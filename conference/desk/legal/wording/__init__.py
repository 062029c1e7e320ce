"""What the pages say, in German and English, filled from the fields of their forms. Pure.

A text is paragraphs parted by blank lines; "## " begins a heading, lines with "- " are a list (web/prose.py).
The wording follows the law as of November 2026; a host's own legal office reads it before it is public.
"""
