"""One module per file family; each turns bytes into a `Cloud` and believes no number before it has checked it."""
