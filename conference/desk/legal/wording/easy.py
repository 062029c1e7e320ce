"""A beginning for the page in Leichte Sprache (section 4 BITV 2.0). People who know Leichte Sprache write and check the "
"rest."""

from __future__ import annotations

BEGINNING = """Das ist eine Seite für ein Treffen im Internet.

Das Treffen heißt: {title}.

Das Treffen ist am {day}.

Bei dem Treffen sprechen Menschen miteinander. Sie sehen und hören sich mit dem Computer oder dem Handy.

Auf der Seite sehen Sie: das Programm. Und später die Ergebnisse.

Zum Treffen kommen Sie mit einem Link. Der Link steht in Ihrer Einladung.

Unten auf jeder Seite steht: So erreichen Sie uns. Sie können uns schreiben oder anrufen.

Ist etwas auf der Seite schwer für Sie? Dann sagen Sie es uns. Die Seite dafür heißt: Barrierefreiheit."""
