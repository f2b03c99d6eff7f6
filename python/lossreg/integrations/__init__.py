"""Losses inside other libraries' trainers, one module for each library, imported when it is asked for.

=============  ==============================================================
`booster`      what gradient boosters share: checks, start values, derivatives
`catboost`     objectives, metrics and estimators of CatBoost
`needs`        the library that an integration is for, or what to install
`scipy`        objectives for `minimize`, losses for `least_squares`
`sklearn`      scorers, linear models, HistGradientBoosting (experimental)
=============  ==============================================================

This package imports none of them: a library that is missing, or too old, is an `ImportError` of its own module, which says
what to install.
"""
