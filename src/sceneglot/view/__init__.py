"""Looking at results: figures and a self-contained static report."""
