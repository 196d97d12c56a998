"""Reference values for gyre_math::uplift, written to uplift.txt.

Versions: scikit-uplift 0.5.1, causalml 0.18.0 (its metrics alone), statsmodels 0.15.0, scikit-learn
1.9.1, pandas 3.1.1, numpy 2.4.6.
Run: python uplift.py > uplift.txt
"""
import sys
import types

import numpy as np
import pandas as pd
import statsmodels.api as sm
from sklearn.metrics import auc

# The packages plot too; no plotting is needed here.
for name in ("matplotlib", "matplotlib.pyplot", "requests", "tqdm", "tqdm.auto", "seaborn", "lightgbm"):
    module = types.ModuleType(name)
    module.__getattr__ = lambda _, m=None: types.SimpleNamespace(use=lambda *a, **k: None)
    sys.modules[name] = module
sys.modules["lightgbm"].LGBMRegressor = lambda **_: None
sys.modules["seaborn"].set_palette = lambda *a: None
sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]
sys.modules["matplotlib.pyplot"].Axes = sys.modules["matplotlib.pyplot"].Figure = object
sys.modules["matplotlib.pyplot"].style = types.SimpleNamespace(use=lambda *a: None)

from sklift import metrics as sk  # noqa: E402


def say(name, *values):
    print(name, *(repr(float(v)) for v in values))


i = np.arange(200)
a, b, c = i * 37 % 101, i * 53 % 89, i * 29 % 97
w = (b % 5 < 3).astype(int)
y = (c < 20 + np.where(w == 1, a // 3, 0)).astype(int)
for name, s in (("sklift_ties", (a // 10).astype(float)), ("sklift", a + i / 1000.0)):
    say(name, sk.qini_auc_score(y, s, w), sk.qini_auc_score(y, s, w, negative_effect=False), sk.uplift_auc_score(y, s, w),
        sk.uplift_at_k(y, s, w, strategy="overall", k=0.1), sk.uplift_at_k(y, s, w, strategy="overall", k=0.3),
        sk.uplift_at_k(y, s, w, strategy="by_group", k=0.3),
        sk.weighted_average_uplift(y, s, w, strategy="overall", bins=10),
        sk.weighted_average_uplift(y, s, w, strategy="by_group", bins=7))
    say(name + "_areas", auc(*sk.uplift_curve(y, s, w)), auc(*sk.qini_curve(y, s, w)), auc(*sk.perfect_uplift_curve(y, w)),
        auc(*sk.perfect_qini_curve(y, w, True)), auc(*sk.perfect_qini_curve(y, w, False)))
    t = sk.uplift_by_percentile(y, s, w, strategy="overall", bins=5, std=True)
    say(name + "_bins", *t[["n_treatment", "n_control", "uplift", "std_uplift"]].to_numpy().ravel())

df = pd.DataFrame({"y": y, "w": w, "s": a + i / 1000.0})
import importlib.util  # noqa: E402


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


root = sys.argv[1] if len(sys.argv) > 1 else "causalml"  # folder of the unpacked wheel
for name in ("causalml", "causalml.inference", "causalml.inference.meta", "causalml.inference.meta.tmle", "causalml.metrics"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["causalml.inference.meta.tmle"].TMLELearner = None
rate = load(f"{root}/metrics/rate.py", "causalml.metrics.rate")
vis = load(f"{root}/metrics/visualize.py", "causalml.metrics.visualize")
say("causalml", vis.auuc_score(df)["s"], vis.auuc_score(df, normalize=False)["s"], vis.qini_score(df)["s"],
    vis.qini_score(df, normalize=False)["s"], rate.rate_score(df, weighting="autoc")["s"], rate.rate_score(df, weighting="qini")["s"])

psi = np.where(w == 1, y / 0.5, -y / 0.5)
fit = sm.OLS(psi, sm.add_constant(a + i / 1000.0)).fit(cov_type="HC1")
say("blp", fit.params[0], fit.params[1], fit.bse[0], fit.bse[1], fit.pvalues[1])
