"""What a learner types: step, run, watch, trace, progress, prompt, hint, reset, diff, submit, doctor, gpt2."""

__all__: list[str] = []
