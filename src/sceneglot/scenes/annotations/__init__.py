"""Sentences and questions that people (and other programs) wrote about scans, read in their own file formats."""
