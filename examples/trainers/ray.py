"""A loss over a data set of Ray. Run it as `python -P examples/trainers/ray.py`.

-P keeps Python from importing this very file as `ray`.
"""

import numpy as np
import pandas as pd
import ray

import lossreg
from lossreg.integrations.ray import evaluate

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR", object_store_memory=10**8)
ray.data.DataContext.get_current().enable_progress_bars = False
rng = np.random.default_rng(0)
y, p = rng.normal(size=(2, 10_000))
loss = lossreg.get("huber", delta=1.5)
data = ray.data.from_pandas(pd.DataFrame({"y": y, "p": p}))

print("A data set of Ray, in 3 blocks and in 8")
for blocks in (3, 8):
    print(f"  {evaluate(loss, data.repartition(blocks), true='y', pred='p')!r}")
print(f"  in one call: {loss(y, p)!r}")
ray.shutdown()
