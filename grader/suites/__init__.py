"""The suites: one file a step, plain pytest functions that judge through `judge`."""
