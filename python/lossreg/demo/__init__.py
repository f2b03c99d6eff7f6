"""The main job on real data, and a gallery that explains what was seen.

Nine supervised trainings and a small GAN, with gradients from lossreg, stand beside scikit-learn's own models and plain
NumPy.

`lossreg.demo.run.run` makes the report, `lossreg.demo.page.write` the page. Both need the extra `demo`:
``pip install "lossreg[demo]"``.
"""
