"""How the project tests itself. (A package, since some distributions install one called `tests`, too.)"""
