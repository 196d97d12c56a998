"""Reference values for gyre_math::experiment, written to experiment.txt.

Versions: gbstats 0.8.0, statsmodels 0.15.0, scipy 1.17.1, numpy 2.4.6, savvi 0.3.1 (its two closed
forms are repeated here because the package itself asks for a convex solver).
Run: python experiment.py > experiment.txt
"""
import numpy as np
from scipy.special import gammaln
from scipy.stats import multivariate_normal, norm
from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
from gbstats.models.statistics import (
    QuantileClusteredStatistic, QuantileStatistic, RatioStatistic, SampleMeanStatistic,
    ProportionStatistic, RegressionAdjustedStatistic, compute_theta)
from statsmodels.stats.power import zt_ind_solve_power, normal_power


def say(name, *values):
    print(name, *(repr(float(v)) for v in values))


def test(a, b, kind):
    got = TwoSidedTTest(a, b, FrequentistConfig(difference_type=kind)).compute_result()
    return got.expected, got.ci[0], got.ci[1], got.uplift.stddev, got.p_value


# Ratio: revenue per order, people as units.
a = RatioStatistic(n=3000, m_statistic=SampleMeanStatistic(3000, 5200.5, 30100.25),
                   d_statistic=SampleMeanStatistic(3000, 4100.0, 9800.0), m_d_sum_of_products=12500.75)
b = RatioStatistic(n=3100, m_statistic=SampleMeanStatistic(3100, 5900.0, 36500.0),
                   d_statistic=SampleMeanStatistic(3100, 4250.0, 10100.0), m_d_sum_of_products=13800.0)
say("ratio_a", a.mean, a.variance)
say("ratio_relative", *test(a, b, "relative"))
say("ratio_absolute", *test(a, b, "absolute"))

q = QuantileStatistic(n=11000, n_star=11000, nu=0.9, quantile_hat=7.157987, quantile_lower=7.1, quantile_upper=7.2)
r = QuantileStatistic(n=12000, n_star=12000, nu=0.9, quantile_hat=7.694, quantile_lower=7.65, quantile_upper=7.75)
say("quantile_a", q.mean, q.variance)
say("quantile_relative", *test(q, r, "relative"))
c = QuantileClusteredStatistic(n=11000, n_star=11000, nu=0.9, quantile_hat=7.157987, quantile_lower=7.1,
                               quantile_upper=7.2, main_sum=9900, main_sum_squares=214344,
                               denominator_sum=11000, denominator_sum_squares=250000,
                               main_denominator_sum_product=229000, n_clusters=500)
say("clustered", c.variance / c.n)

# CUPED with gbstats.
post_a, pre_a = SampleMeanStatistic(3000, 1396.87, 52377.9767), SampleMeanStatistic(3000, 16.87, 527.9767)
post_b, pre_b = SampleMeanStatistic(3461, 2422.7, 134698.29), SampleMeanStatistic(3461, 22.7, 1348.29)
# Absolute only: since this version gbstats takes another variance for relative lifts.
for name, xy in (("small", (1, 1)), ("large", (4000, 9000))):
    s = RegressionAdjustedStatistic(n=3000, post_statistic=post_a, pre_statistic=pre_a, post_pre_sum_of_products=xy[0], theta=0)
    t = RegressionAdjustedStatistic(n=3461, post_statistic=post_b, pre_statistic=pre_b, post_pre_sum_of_products=xy[1], theta=0)
    theta = compute_theta(s, t)
    s.theta = t.theta = theta
    say(f"cuped_{name}", theta, *test(s, t, "absolute"))

# Power: two proportions, unpooled normal approximation.
def power_rates(p, q, n, alpha=0.05):
    se = np.sqrt(p * (1 - p) / n + q * (1 - q) / n)
    z = norm.isf(alpha / 2)
    return norm.sf(z - (q - p) / se) + norm.cdf(-z - (q - p) / se)

say("power_rates", power_rates(0.05, 0.06, 5000), power_rates(0.10, 0.095, 20000))
say("power_means", normal_power(0.1, 1000, 0.05, alternative="two-sided", sigma=np.sqrt(2)),
    normal_power(0.1, 1000, 0.05, alternative="larger", sigma=np.sqrt(2)))
say("units_means", zt_ind_solve_power(effect_size=0.1, alpha=0.05, power=0.8, ratio=1.0),
    zt_ind_solve_power(effect_size=0.1, alpha=0.05, power=0.9, ratio=3.0))
say("mde_means", zt_ind_solve_power(nobs1=1000, alpha=0.05, power=0.8, ratio=1.0))

# Anytime-valid t (savvi.linear_regression.log_bf and its interval).
def log_bf(t2, nu, phi, z2):
    r = phi / (phi + z2)
    return 0.5 * np.log(r) + 0.5 * (nu + 1) * (np.log(1 + t2 / nu) - np.log(1 + r * t2 / nu))

def radius(se, nu, phi, z2, alpha):
    r = phi / (phi + z2)
    x = (r * alpha**2) ** (1 / (nu + 1))
    return se * np.sqrt(nu * ((1 - x) / (x - r)))

say("anytime", np.exp(-log_bf((0.31 / 0.08) ** 2, 997, 1.0, 250.0)), radius(0.08, 997, 1.0, 250.0, 0.05))

# Multinomial (savvi.Multinomial), batches of three arms.
def logbeta(a):
    return gammaln(a).sum() - gammaln(a.sum())

for k in (100, 10000):
    theta = np.array([0.5, 0.3, 0.2])
    total, least = 0.0, 1.0
    alpha = k * theta
    for x in ([510, 290, 200], [5300, 2900, 1900], [52000, 29500, 19800]):
        x = np.array(x)
        total += logbeta(alpha + x) - logbeta(alpha) - (x * np.log(theta)).sum()
        alpha = alpha + x
        least = min(least, np.exp(-total))
    say(f"srm_{k}", total, least)

# Chance of crossing the published Lan-DeMets O'Brien-Fleming bounds at four equal looks.
z = np.array([4.3326, 2.9631, 2.3590, 2.0141])
t = np.array([0.25, 0.5, 0.75, 1.0])
cov = np.array([[np.sqrt(min(a, b) / max(a, b)) for b in t] for a in t])
stay = multivariate_normal.cdf(z, mean=np.zeros(4), cov=cov, lower_limit=-z, abseps=1e-10, releps=1e-10, maxpts=4_000_000)
say("crossing", 1 - stay)
