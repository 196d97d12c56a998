//! `gyre math uplift`: whether a score puts those first whom a treatment helps.

mod answer;

pub(crate) use answer::all;

use crate::answer::{Node, fields};
use crate::request::common::{alpha, rounds, seed};
use gyre_math::uplift::causal_ml::{self, Measure};
use gyre_math::uplift::{Scored, rate, scikit_uplift};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

fn ten() -> usize {
    10
}
fn yes() -> bool {
    true
}
fn subsamples() -> usize {
    200
}

/// People of an experiment with a score, one entry of each list per person.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct People {
    /// Predicted uplift or any other rank; higher comes first.
    pub(crate) scores: Vec<f64>,
    /// Outcome.
    pub(crate) outcomes: Vec<f64>,
    /// Whether the person was treated.
    pub(crate) treated: Vec<bool>,
}

impl People {
    pub(crate) fn scored(&self) -> Scored<'_> {
        Scored { scores: &self.scores, outcomes: &self.outcomes, treated: &self.treated }
    }
}

/// Who the top are.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strategy {
    /// The first part of all.
    #[default]
    Overall,
    /// The first part of the treated and the first part of control.
    ByGroup,
}

impl From<Strategy> for scikit_uplift::Strategy {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Overall => Self::Overall,
            Strategy::ByGroup => Self::ByGroup,
        }
    }
}

/// How the area under the TOC is weighted.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weighting {
    /// AUTOC.
    #[default]
    Autoc,
    /// QINI.
    Qini,
}

/// A measure of CausalML.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CausalMl {
    /// `auuc_score`.
    Auuc,
    /// `qini_score`.
    Qini,
    /// `rate_score`, weights 1/q.
    Autoc,
    /// `rate_score`, weights q.
    RateQini,
}

/// Which curve.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CurveOf {
    /// scikit-uplift's uplift curve.
    ScikitUplift,
    /// scikit-uplift's Qini curve.
    ScikitQini,
    /// scikit-uplift's best possible uplift curve.
    ScikitPerfectUplift,
    /// scikit-uplift's best possible Qini curve, with negative effects.
    ScikitPerfectQini,
    /// The same without negative effects.
    ScikitPerfectQiniNoNegative,
    /// CausalML's cumulative lift.
    CausalMlLift,
    /// CausalML's cumulative gain.
    CausalMlGain,
    /// CausalML's Qini curve.
    CausalMlQini,
    /// CausalML's targeting operator characteristic.
    CausalMlToc,
}

/// Measures of uplift.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// The measures of both packages side by side, for outcomes of 0 and 1.
    All {
        /// People.
        people: People,
        /// Error rate of intervals.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Seed of intervals.
        #[serde(default = "seed")]
        seed: u64,
    },
    /// A curve.
    Curve {
        /// People.
        people: People,
        /// Which.
        of: CurveOf,
    },
    /// scikit-uplift's Qini coefficient.
    QiniAucScore {
        /// People.
        people: People,
        /// Whether the perfect curve knows people who are harmed.
        #[serde(default = "yes")]
        negative_effect: bool,
    },
    /// scikit-uplift's area under the uplift curve.
    UpliftAucScore {
        /// People.
        people: People,
    },
    /// scikit-uplift's uplift at k.
    UpliftAtK {
        /// People.
        people: People,
        /// Part of people, above 0 up to 1.
        k: f64,
        /// Who the top are.
        #[serde(default)]
        strategy: Strategy,
    },
    /// scikit-uplift's uplift by percentile, with the weighted average uplift.
    UpliftByPercentile {
        /// People.
        people: People,
        /// Bins.
        #[serde(default = "ten")]
        bins: usize,
        /// Who the top are.
        #[serde(default)]
        strategy: Strategy,
    },
    /// scikit-uplift's maximum profit: profit per person from treating the first k.
    MaxProfUplift {
        /// People.
        people: People,
        /// Worth of one unit of outcome.
        benefit: f64,
        /// Cost of the incentive, per unit of outcome of the treated.
        c_incentive: f64,
        /// Cost of one contact.
        c_contact: f64,
        /// Fixed cost.
        #[serde(default)]
        a_cost: f64,
    },
    /// CausalML's AUUC.
    AuucScore {
        /// People.
        people: People,
        /// Whether the curve is divided by its end.
        #[serde(default = "yes")]
        normalize: bool,
    },
    /// CausalML's Qini.
    QiniScore {
        /// People.
        people: People,
        /// Whether the curve is divided by its end.
        #[serde(default = "yes")]
        normalize: bool,
    },
    /// CausalML's RATE.
    RateScore {
        /// People.
        people: People,
        /// Weights.
        #[serde(default)]
        weighting: Weighting,
    },
    /// A measure of CausalML with its interval by half samples.
    CausalMlInterval {
        /// People.
        people: People,
        /// Which.
        measure: CausalMl,
        /// Whether curves are divided by their end.
        #[serde(default = "yes")]
        normalize: bool,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Half samples.
        #[serde(default = "subsamples")]
        rounds: usize,
        /// Seed.
        #[serde(default = "seed")]
        seed: u64,
    },
    /// RATE on the paper's scale, with its interval.
    Rate {
        /// Rank of each person; higher comes first.
        ranks: Vec<f64>,
        /// Effect score of each person.
        effects: Vec<f64>,
        /// Weights.
        #[serde(default)]
        weighting: Weighting,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Half samples.
        #[serde(default = "subsamples")]
        rounds: usize,
        /// Seed.
        #[serde(default = "seed")]
        seed: u64,
    },
    /// Targeting operator characteristic on the paper's scale.
    Toc {
        /// Rank of each person.
        ranks: Vec<f64>,
        /// Effect score of each person.
        effects: Vec<f64>,
    },
    /// Doubly robust scores of the effect on each person.
    EffectScores {
        /// Outcome.
        outcomes: Vec<f64>,
        /// Whether the person was treated.
        treated: Vec<bool>,
        /// Chance of treatment.
        propensity: Vec<f64>,
        /// Predicted outcome if treated; zeros if it is not given.
        with: Option<Vec<f64>>,
        /// Predicted outcome if not.
        without: Option<Vec<f64>>,
    },
    /// Difference of means among the top, with Wald's and the bootstrap's interval.
    Top {
        /// People.
        people: People,
        /// Part of people, above 0 up to 1.
        k: f64,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Resamples.
        #[serde(default = "rounds")]
        rounds: usize,
        /// Seed.
        #[serde(default = "seed")]
        seed: u64,
    },
    /// Best linear predictor of effects: slope 1 is calibrated.
    BestLinearPredictor {
        /// Predicted effect of each person.
        predictions: Vec<f64>,
        /// Effect score of each person.
        effects: Vec<f64>,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
    },
    /// Predicted against observed effect by bin.
    Calibration {
        /// People whose scores are predicted effects.
        people: People,
        /// Bins.
        #[serde(default = "ten")]
        bins: usize,
    },
    /// Profit by how many are treated.
    ProfitCurve {
        /// People.
        people: People,
        /// Worth of one unit of outcome.
        benefit: f64,
        /// Cost of one contact.
        contact: f64,
        /// Cost of the incentive, per unit of outcome of the treated.
        #[serde(default)]
        incentive: f64,
        /// Fixed cost.
        #[serde(default)]
        fixed: f64,
    },
    /// Several treatments with costs: what each further unit of budget buys.
    CostCurve {
        /// Predicted effect by person and treatment.
        predicted: Vec<Vec<f64>>,
        /// Cost by person and treatment, above 0.
        costs: Vec<Vec<f64>>,
        /// Effect scores by which the choice is judged; the predictions if they are not given.
        scores: Option<Vec<Vec<f64>>>,
        /// Mean budgets per person asked for.
        #[serde(default)]
        budgets: Vec<f64>,
    },
}

impl From<CausalMl> for Measure {
    fn from(measure: CausalMl) -> Self {
        match measure {
            CausalMl::Auuc => Self::Auuc,
            CausalMl::Qini => Self::Qini,
            CausalMl::Autoc => Self::Rate(causal_ml::Weighting::Autoc),
            CausalMl::RateQini => Self::Rate(causal_ml::Weighting::Qini),
        }
    }
}

impl From<Weighting> for rate::Weighting {
    fn from(weighting: Weighting) -> Self {
        match weighting {
            Weighting::Autoc => Self::Autoc,
            Weighting::Qini => Self::Qini,
        }
    }
}

fn score(value: f64) -> Node {
    fields! { "score": value }
}
