"""Losses inside other libraries' trainers, one module for each library, imported when it is asked for.

=============  ==============================================================
`booster`      what gradient boosters share: checks, start values, derivatives
`needs`        the library that an integration is for, or what to install
`scipy`        objectives for `minimize`, losses for `least_squares`
`sklearn`      scorers, linear models, HistGradientBoosting (experimental)
`glum`         families of generalised linear models
`ngboost`      distributions with exact metrics
`perpetual`    objectives, a booster whose models are saved
`river`        losses of online models
`skglm`        datafits of sparse linear models
`statsmodels`  norms of robust linear models
`residuals`    which losses reweighted least squares can minimise
=============  ==============================================================

This package imports none of them: a library that is missing, or too old, is an `ImportError` of its own module, which says
what to install.
"""
