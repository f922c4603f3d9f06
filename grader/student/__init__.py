"""What a learner types: step, run, watch, progress, hint, reset, diff, submit, doctor, gpt2."""

__all__: list[str] = []
