"""The program in the formats of other programs: frab's schedule.xml and schedule.json, schema.org's JSON-LD."""
