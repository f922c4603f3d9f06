"""The pytest suites, one a step: `pytest grader/suites/test_step_05_attention.py`."""

__all__: list[str] = []
