"""One module per version of the tables, in order; never changed once released."""
