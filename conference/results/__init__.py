"""What sessions bring out: findings, results sheets as HTML and PDF, the report."""
