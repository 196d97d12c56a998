//! `gyre math bandit`: how to share people out among arms.

use super::Estimate;
use super::metric::{ArmMetric, Counts, JointSums, MeanSums};
use crate::answer::{Node, fields};
use gyre_math::bandit::budget::{self, Limits};
use gyre_math::bandit::delay::{DelayCurve, Immature};
use gyre_math::bandit::segments::{Growth, Row, Tree, leaf_probabilities};
use gyre_math::bandit::thompson::{self, Beta, Gaussian, Posterior};
use gyre_math::bandit::{change, draw, explore, linear, period};
use gyre_math::moments::{Mean, Metric, Sample};
use gyre_math::{Error, Result};
use schemars::JsonSchema;
use serde::Deserialize;

fn one() -> f64 {
    1.0
}
fn ten() -> f64 {
    10.0
}
fn half() -> f64 {
    0.5
}

/// Shapes of a Beta distribution.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shapes {
    /// α: successes and one more, under the uniform prior.
    alpha: f64,
    /// β: failures and one more.
    beta: f64,
}

/// A normal distribution.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Normal {
    /// Mean.
    mean: f64,
    /// Standard deviation.
    sd: f64,
}

/// What is known of the arms.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Arms {
    /// Counts of each arm, under the prior Beta(1, 1).
    Counts(Vec<Counts>),
    /// Beta posteriors.
    Beta(Vec<Shapes>),
    /// Metrics of each arm, under a flat prior: normal posteriors.
    Metrics(Vec<ArmMetric>),
    /// Metrics of each arm under a normal prior; gbstats takes mean 0, sd 100.
    MetricsWithPrior {
        /// Metrics of each arm.
        metrics: Vec<ArmMetric>,
        /// The prior of every arm.
        prior: Normal,
    },
    /// Normal posteriors.
    Gaussian(Vec<Normal>),
}

/// A sample that is known already, as a metric.
struct Known(Sample);

impl Metric for Known {
    fn sample(&self) -> Result<Sample> {
        Ok(self.0)
    }
}

impl Arms {
    fn shares(&self, lowest: bool, top_two: bool) -> Result<Vec<f64>> {
        fn of<P: Posterior>(arms: &[P], top_two: bool) -> Result<Vec<f64>> {
            if top_two {
                thompson::top_two_probabilities(arms)
            } else {
                thompson::best_arm_probabilities(arms)
            }
        }
        let beta = |arms: Vec<Beta>| {
            let turned: Vec<Beta> =
                arms.into_iter().map(|arm| if lowest { arm.reversed() } else { arm }).collect();
            of(&turned, top_two)
        };
        let gaussian = |arms: Vec<Gaussian>| {
            let turned: Vec<Gaussian> =
                arms.into_iter().map(|arm| if lowest { arm.reversed() } else { arm }).collect();
            of(&turned, top_two)
        };
        match self {
            Self::Counts(all) => {
                let arms = all.iter().map(|counts| Beta::UNIFORM.after(&(*counts).into()));
                beta(arms.collect::<Result<_>>()?)
            }
            Self::Beta(all) => {
                let arms = all.iter().map(|shapes| Beta::new(shapes.alpha, shapes.beta));
                beta(arms.collect::<Result<_>>()?)
            }
            Self::Metrics(all) => {
                let arms = all.iter().map(|metric| Gaussian::flat(&Known(metric.sample()?)));
                gaussian(arms.collect::<Result<_>>()?)
            }
            Self::MetricsWithPrior { metrics, prior } => {
                let prior = Gaussian::new(prior.mean, prior.sd)?;
                let arms = metrics.iter().map(|metric| prior.after(&Known(metric.sample()?)));
                gaussian(arms.collect::<Result<_>>()?)
            }
            Self::Gaussian(all) => {
                let arms = all.iter().map(|normal| Gaussian::new(normal.mean, normal.sd));
                gaussian(arms.collect::<Result<_>>()?)
            }
        }
    }
}

/// An observation of a linear model.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Observation {
    /// Arm, from 0.
    arm: usize,
    /// Features; add a constant 1 for an intercept.
    features: Vec<f64>,
    /// Reward.
    reward: f64,
    /// Weight.
    #[serde(default = "one")]
    weight: f64,
}

/// People who are alike.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Segment {
    /// How many.
    people: f64,
    /// Expected value of each arm for one of them.
    values: Vec<f64>,
    /// Cost of each arm for one of them.
    costs: Vec<f64>,
}

/// Rules and posteriors of bandits.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Exact chance of each arm to be the best: Thompson sampling's probabilities.
    BestArm {
        /// The arms.
        arms: Arms,
        /// Whether the lowest is the best.
        #[serde(default)]
        lowest: bool,
        /// Least probability of each arm.
        floor: Option<f64>,
    },
    /// Chance to be drawn when first and second place share equally.
    TopTwo {
        /// The arms.
        arms: Arms,
        /// Whether the lowest is the best.
        #[serde(default)]
        lowest: bool,
        /// Least probability of each arm.
        floor: Option<f64>,
    },
    /// Weights moved to where every arm has at least the floor.
    WithFloor {
        /// A distribution.
        weights: Vec<f64>,
        /// Least probability of each arm.
        floor: f64,
    },
    /// The same with a floor for each arm.
    WithFloors {
        /// A distribution.
        weights: Vec<f64>,
        /// Least probability of each arm.
        floors: Vec<f64>,
    },
    /// Wanted probabilities, approached by at most a limit.
    LimitedChange {
        /// Probabilities now.
        now: Vec<f64>,
        /// Probabilities wanted.
        wanted: Vec<f64>,
        /// Most that one may change.
        limit: f64,
    },
    /// Whether every arm can be drawn, with at least a probability.
    CheckSupport {
        /// A distribution.
        probabilities: Vec<f64>,
        /// Least probability.
        #[serde(default)]
        least: f64,
    },
    /// Index drawn at a uniform number.
    Pick {
        /// A distribution.
        probabilities: Vec<f64>,
        /// From 0 to below 1.
        uniform: f64,
    },
    /// ε-greedy probabilities.
    EpsilonGreedy {
        /// Score of each arm.
        scores: Vec<f64>,
        /// ε.
        epsilon: f64,
    },
    /// Softmax probabilities.
    Softmax {
        /// Score of each arm.
        scores: Vec<f64>,
        /// τ, in the unit of the scores.
        #[serde(default = "one")]
        temperature: f64,
    },
    /// Inverse gap weighting: the probabilities of SquareCB.
    InverseGap {
        /// Score of each arm.
        scores: Vec<f64>,
        /// γ, in 1/unit of the scores.
        gamma: f64,
    },
    /// γ of SquareCB after so many rounds.
    SquareCbGamma {
        /// Decisions so far.
        rounds: u64,
        /// Scale; Vowpal Wabbit takes 10.
        #[serde(default = "ten")]
        scale: f64,
        /// Exponent; Vowpal Wabbit takes ½.
        #[serde(default = "half")]
        exponent: f64,
    },
    /// UCB1 indices; nothing for an arm without draws, which is to be played.
    Ucb1 {
        /// [mean, draws] of each arm.
        arms: Vec<(f64, u64)>,
    },
    /// Linear Thompson sampling and LinUCB, one ridge regression per arm.
    Linear {
        /// Observations.
        observations: Vec<Observation>,
        /// Number of arms.
        arms: usize,
        /// λ of the ridge.
        #[serde(default = "one")]
        ridge: f64,
        /// α: scale of the draws and width of the bounds.
        #[serde(default = "one")]
        alpha: f64,
        /// Features of who is decided about.
        at: Vec<f64>,
        /// Standard normals, as many as features, for one draw of weights per arm.
        normals: Option<Vec<f64>>,
    },
    /// Segments found by a tree, with Thompson sampling in each.
    Segments {
        /// Rows to grow the tree on, and to sample with.
        rows: Vec<Observation>,
        /// Number of arms.
        arms: usize,
        /// Most leaves.
        leaves: usize,
        /// Fewest rows of every arm in a leaf.
        rows_per_arm: usize,
        /// Units of an arm below which a leaf takes the probabilities of all.
        #[serde(default)]
        least: u64,
        /// Features of people whose leaf is asked for.
        #[serde(default)]
        at: Vec<Vec<f64>>,
    },
    /// Means weighted by period, against shares and rates that both moved.
    WeightedMeans {
        /// Metrics by period and arm.
        periods: Vec<Vec<ArmMetric>>,
    },
    /// Where the window that still holds begins, after changes of a rate.
    WindowStart {
        /// Sums of each period, the oldest first.
        periods: Vec<MeanSums>,
        /// Chance of dropping anything while nothing changes.
        delta: f64,
        /// Width of one reward.
        #[serde(default = "one")]
        range: f64,
    },
    /// Share of eventual conversions seen by an age, from those who converted.
    DelayCurve {
        /// From contact to conversion.
        delays: Vec<f64>,
        /// From contact to now, of the same people.
        ages: Vec<f64>,
        /// Ages asked for.
        #[serde(default)]
        at: Vec<f64>,
    },
    /// Rate of an arm of which some people may still convert.
    Immature {
        /// Steps [age, share of conversions seen by it], the last share 1.
        curve: Vec<(f64, f64)>,
        /// People who converted.
        conversions: u64,
        /// Age of each person who did not yet.
        pending_ages: Vec<f64>,
        /// Σ over those who converted of the share seen by their age.
        converted_shares: f64,
    },
    /// Margin − contact cost − churn cost per person.
    Reward {
        /// Sums of [margin, contacts, churned] per person.
        sums: JointSums,
        /// Cost of one contact.
        contact: f64,
        /// Margin lost when a person leaves.
        churn: f64,
    },
    /// The best allocation within a budget and stocks.
    Allocate {
        /// Segments of people.
        segments: Vec<Segment>,
        /// Money in all; none is no limit.
        budget: Option<f64>,
        /// People each arm can serve; none is no limit.
        stock: Vec<Option<f64>>,
    },
}

fn floored(shares: Vec<f64>, floor: Option<f64>) -> Result<Node> {
    let shares = match floor {
        None => shares,
        Some(floor) => thompson::with_floor(&shares, floor)?,
    };
    Ok(fields! { "probabilities": shares })
}

impl Estimate for Request {
    fn answer(self) -> Result<Node> {
        let probabilities = |all: Vec<f64>| fields! { "probabilities": all };
        match self {
            Self::BestArm { arms, lowest, floor } => floored(arms.shares(lowest, false)?, floor),
            Self::TopTwo { arms, lowest, floor } => floored(arms.shares(lowest, true)?, floor),
            Self::WithFloor { weights, floor } => {
                thompson::with_floor(&weights, floor).map(probabilities)
            }
            Self::WithFloors { weights, floors } => {
                explore::with_floors(&weights, &floors).map(probabilities)
            }
            Self::LimitedChange { now, wanted, limit } => {
                explore::limited_change(&now, &wanted, limit).map(probabilities)
            }
            Self::CheckSupport { probabilities, least } => {
                explore::check_support(&probabilities, least)?;
                Ok(fields! { "supported": true })
            }
            Self::Pick { probabilities, uniform } => {
                Ok(fields! { "index": draw::pick(&probabilities, uniform)? })
            }
            Self::EpsilonGreedy { scores, epsilon } => {
                explore::epsilon_greedy(&scores, epsilon).map(probabilities)
            }
            Self::Softmax { scores, temperature } => {
                explore::softmax(&scores, temperature).map(probabilities)
            }
            Self::InverseGap { scores, gamma } => {
                explore::inverse_gap(&scores, gamma).map(probabilities)
            }
            Self::SquareCbGamma { rounds, scale, exponent } => {
                Ok(fields! { "gamma": explore::square_cb_gamma(rounds, scale, exponent)? })
            }
            Self::Ucb1 { arms } => Ok(fields! { "indices": explore::ucb1(&arms)? }),
            Self::Linear { observations, arms, ridge, alpha, at, normals } => {
                linear_arms(&observations, arms, (ridge, alpha), &at, normals.as_deref())
            }
            Self::Segments { rows, arms, leaves, rows_per_arm, least, at } => {
                let rows: Vec<Row<'_>> = rows.iter().map(Observation::row).collect();
                let tree = Tree::grow(&rows, arms, Growth { leaves, rows_per_arm })?;
                let shares = leaf_probabilities(&tree.sums(&rows)?, least)?;
                let at =
                    at.iter().map(|features| tree.leaf(features)).collect::<Result<Vec<_>>>()?;
                Ok(fields! { "leaves": tree.leaves(), "probabilities": shares, "leaf_of": at })
            }
            Self::WeightedMeans { periods } => {
                let known = |metric: &ArmMetric| metric.sample().map(Known);
                let periods = periods.iter().map(|arms| arms.iter().map(known).collect());
                let periods = periods.collect::<Result<Vec<Vec<Known>>>>()?;
                let means = period::weighted_means(&periods)?;
                Ok(fields! { "arms": means.iter().map(normal).collect::<Vec<_>>() })
            }
            Self::WindowStart { periods, delta, range } => {
                let periods: Vec<Mean> = periods.into_iter().map(Into::into).collect();
                Ok(fields! { "start": change::window_start(&periods, delta, range)? })
            }
            Self::DelayCurve { delays, ages, at } => {
                let curve = DelayCurve::from_converted(&delays, &ages)?;
                let shares: Vec<f64> = at.iter().map(|age| curve.share(*age)).collect();
                Ok(fields! { "shares": shares, "maturity": curve.maturity(&at) })
            }
            Self::Immature { curve, conversions, pending_ages, converted_shares } => {
                let curve = DelayCurve::new(&curve)?;
                let pending_ages = &pending_ages[..];
                let arm = Immature { conversions, pending_ages, converted_shares };
                let beta = arm.beta(Beta::UNIFORM, &curve)?;
                // The likelihood has no top inside where nobody converted or all did.
                let rate = arm.rate(&curve).ok();
                Ok(fields! {
                    "posterior_mean": beta.mean(), "rate": rate.map(|rate| normal(&rate)),
                })
            }
            Self::Reward { sums, contact, churn } => {
                let prices = gyre_math::bandit::reward::Prices { contact, churn };
                let sample = prices.reward(sums.joint()?).sample()?;
                Ok(fields! { "n": sample.n, "mean": sample.mean, "variance": sample.variance })
            }
            Self::Allocate { segments, budget, stock } => {
                let segments = segments.into_iter().map(|segment| {
                    let Segment { people, values, costs } = segment;
                    budget::Segment { people, values, costs }
                });
                let segments: Vec<budget::Segment> = segments.collect();
                let found = budget::allocate(&segments, &Limits { budget, stock })?;
                Ok(fields! {
                    "shares": found.shares, "value": found.value, "cost": found.cost,
                    "budget_price": found.budget_price, "stock_prices": found.stock_prices,
                })
            }
        }
    }
}

impl Observation {
    fn row(&self) -> Row<'_> {
        Row { features: &self.features, arm: self.arm, reward: self.reward }
    }
}

fn normal(normal: &Gaussian) -> Node {
    fields! { "mean": normal.mean(), "sd": normal.sd() }
}

fn linear_arms(
    observations: &[Observation],
    arms: usize,
    (ridge, alpha): (f64, f64),
    at: &[f64],
    normals: Option<&[f64]>,
) -> Result<Node> {
    let mut sums = (0..arms).map(|_| linear::Sums::new(at.len())).collect::<Result<Vec<_>>>()?;
    for one in observations {
        let Some(sum) = sums.get_mut(one.arm) else {
            let value = one.arm as f64;
            return Err(Error::OutOfRange { what: "arm", value, domain: "below arms" });
        };
        sum.observe(&one.features, one.reward, one.weight)?;
    }
    let (mut nodes, mut posteriors) = (Vec::new(), Vec::new());
    for sum in &sums {
        let model = sum.fit(ridge)?;
        let score = model.score(at)?;
        posteriors.push(score.posterior(alpha)?);
        let drawn = normals.map(|normals| model.draw(normals, alpha)).transpose()?;
        let drawn = drawn.map(|weights| {
            fields! {
                "draw": weights.iter().zip(at).map(|(w, x)| w * x).sum::<f64>(),
                "draw_weights": weights,
            }
        });
        let node = fields! {
            "n": sum.n(), "weights": model.weights(), "mean": score.mean, "sd": score.sd,
            "upper_bound": score.upper_bound(alpha)?,
        };
        nodes.push(drawn.into_iter().fold(node, Node::and));
    }
    let shares = thompson::best_arm_probabilities(&posteriors)?;
    Ok(fields! { "arms": nodes, "probabilities": shares })
}
