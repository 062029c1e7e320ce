"""The organisers' people: the list, one person, tables read in and links taken out."""
