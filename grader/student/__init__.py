"""What a learner types: step, run, watch, trace, progress, prompt, hint, reset, diff, submit, doctor, …"""

__all__: list[str] = []
