"""The report of a lot as a PDF file."""
