"""Reference values for gyre_math::drift, written to drift.txt.

Versions: scipy 1.17.1, statsmodels 0.15.0, numpy 2.4.6, pandas 3.1.1; data of nannyml 0.13.1
(synthetic_car_loan, reference and analysis, Apache-2.0), of which only counts are kept.
Run: python drift.py FOLDER > drift.txt, FOLDER being nannyml/datasets/data of the unpacked wheel.
"""
import sys

import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.special import kolmogorov
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint


def say(name, *values):
    print(name, *(repr(float(v)) for v in values))


def fill(p):
    p = p.copy()
    low = p[p != 0].min()
    np.place(p, p == 0, low / 10**6 if low <= 0.0001 else 0.0001)
    return p


def psi(a, b):  # Evidently's, from counts
    p, q = fill(a / a.sum()), fill(b / b.sum())
    return ((p - q) * np.log(p / q)).sum()


folder = sys.argv[1]
ref = pd.read_csv(f"{folder}/synthetic_car_loan_reference.csv")
cur = pd.read_csv(f"{folder}/synthetic_car_loan_analysis.csv")
a, b = ref["car_value"].to_numpy(), cur["car_value"].to_numpy()
edges = np.histogram_bin_edges(np.concatenate([a, b]), bins="sturges")
ha, hb = np.histogram(a, edges)[0], np.histogram(b, edges)[0]
say("car_edges", *edges)
say("car_counts", *ha, *hb)
deciles = np.quantile(a, np.arange(1, 10) / 10)
full = np.concatenate([[-np.inf], deciles, [np.inf]])
say("car_deciles", *np.histogram(a, full)[0], *np.histogram(b, full)[0])
say("car", psi(ha, hb), psi(np.histogram(a, full)[0], np.histogram(b, full)[0]), jensenshannon(ha, hb))
values = sorted(set(ref["loan_length"]) | set(cur["loan_length"]))
ca = np.array([(ref["loan_length"] == v).sum() for v in values])
cb = np.array([(cur["loan_length"] == v).sum() for v in values])
say("loan_values", *values)
say("loan_counts", *ca, *cb)
x, y = ref["loan_length"].to_numpy(), cur["loan_length"].to_numpy()
edges = np.histogram_bin_edges(np.concatenate([x, y]), bins="sturges")
d = ks_2samp(x, y, method="asymp").statistic
say("loan", psi(np.histogram(x, edges)[0], np.histogram(y, edges)[0]), d, kolmogorov(d * np.sqrt(25000)),
    wasserstein_distance(x, y), wasserstein_distance(x, y) / x.std(), jensenshannon(ca, cb))
for column in ("salary_range", "repaid_loan_on_prev_car", "size_of_downpayment"):
    keys = sorted(set(ref[column]) | set(cur[column]))
    p = np.array([(ref[column] == k).sum() for k in keys])
    q = np.array([(cur[column] == k).sum() for k in keys])
    test = chi2_contingency(np.array([p, q]), correction=False)
    say(column, *p, *q)
    say(column + "_drift", psi(p, q), test.statistic, test.pvalue)

rng = np.random.default_rng(5)
small, other = np.round(rng.normal(size=40), 2), np.round(rng.normal(0.5, 1.2, size=60), 2)
say("small", *small)
say("other", *other)
d = ks_2samp(small, other).statistic
say("small_drift", d, kolmogorov(d * np.sqrt(24)), wasserstein_distance(small, other), small.std())
say("kolmogorov", *(kolmogorov(v) for v in (0.1, 0.4, 0.7, 0.999, 1.0, 1.36, 2.5, 10.0)))

time = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35])
status = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
km = SurvfuncRight(time, status)
say("km_times", *km.surv_times)
say("km_survival", *km.surv_prob)
say("km_se", *km.surv_prob_se)
say("wilson", *(v for k, n in ((0, 10), (3, 10), (50, 1000), (10, 10)) for v in proportion_confint(k, n, 0.05, "wilson")))
