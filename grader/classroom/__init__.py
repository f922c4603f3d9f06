"""Marking a class: find what was handed in, take the kata's files out safely, judge, and report."""
