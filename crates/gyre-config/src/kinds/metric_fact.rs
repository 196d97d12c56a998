//! The vocabulary of metrics: the facts there are, and what each can be split and summed by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A table of things that happened, cleaned: duplicates out, people as known when asked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MetricFact {
    /// Messages that left or were shown, one row each; also those that bounced later.
    Send,
    /// The same without those that bounced.
    Delivery,
    /// What people did with a message: the first of each kind per message.
    Response,
    /// What became of each attempt to contact somebody, refusals with their reason.
    Outcome,
    /// Orders (`Order Completed`, and offline rows of kind `order` or `purchase`): the latest version of each, net of refunds, without cancelled ones.
    Order,
    /// People with a first order, on its date.
    Customer,
    /// Orders shared out among the clicked messages before them; what has none stands alone.
    Credit,
    /// Everything that was collected.
    Event,
    /// Visits: pages and screens of one person with less than 30 minutes between them.
    Session,
    /// People who entered an audience, a campaign or an arm.
    Enrollment,
    /// The arm of a loop first assigned to each person.
    Exposure,
    /// Ad spend (offline rows of kind `ad_spend`): the latest row per day, channel and campaign.
    Spend,
    /// Ad spend, and the expected cost of offers in delivered messages.
    Cost,
    /// Answers with a number (responses of kind `csat` or `nps`).
    Survey,
    /// Violations of tracking plans.
    Violation,
    /// Versions of resources, and who wrote them.
    Change,
    /// Turns of loops, and when their change went live.
    Turn,
}

impl MetricFact {
    /// All facts.
    pub const ALL: [Self; 17] = [
        Self::Send,
        Self::Delivery,
        Self::Response,
        Self::Outcome,
        Self::Order,
        Self::Customer,
        Self::Credit,
        Self::Event,
        Self::Session,
        Self::Enrollment,
        Self::Exposure,
        Self::Spend,
        Self::Cost,
        Self::Survey,
        Self::Violation,
        Self::Change,
        Self::Turn,
    ];
    /// The word in YAML and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Delivery => "delivery",
            Self::Response => "response",
            Self::Outcome => "outcome",
            Self::Order => "order",
            Self::Customer => "customer",
            Self::Credit => "credit",
            Self::Event => "event",
            Self::Session => "session",
            Self::Enrollment => "enrollment",
            Self::Exposure => "exposure",
            Self::Spend => "spend",
            Self::Cost => "cost",
            Self::Survey => "survey",
            Self::Violation => "violation",
            Self::Change => "change",
            Self::Turn => "turn",
        }
    }
    /// What it is, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Send => "Messages that left or were shown, also those that bounced later.",
            Self::Delivery => "Messages that left or were shown and did not bounce.",
            Self::Response => "What people did with messages.",
            Self::Outcome => "What became of attempts to contact somebody.",
            Self::Order => "Orders, net of refunds, without cancelled ones.",
            Self::Customer => "People with a first order, on its date.",
            Self::Credit => "Orders shared out among the clicked messages before them.",
            Self::Event => "Everything that was collected.",
            Self::Session => "Visits.",
            Self::Enrollment => "People who entered an audience, a campaign or an arm.",
            Self::Exposure => "The arm of a loop first assigned to each person.",
            Self::Spend => "Ad spend.",
            Self::Cost => "Ad spend, and the expected cost of offers in delivered messages.",
            Self::Survey => "Answers to surveys.",
            Self::Violation => "Violations of tracking plans.",
            Self::Change => "Versions of resources, and who wrote them.",
            Self::Turn => "Turns of loops.",
        }
    }
    /// Whether its rows are of people.
    pub fn has_person(self) -> bool {
        !matches!(self, Self::Spend | Self::Violation | Self::Change | Self::Turn)
    }
    /// Whether its rows are of messages, so that what follows is told by the message.
    pub fn has_message(self) -> bool {
        matches!(self, Self::Send | Self::Delivery | Self::Response)
    }
    /// What can be summed of it, beside properties of events.
    pub fn values(self) -> &'static [&'static str] {
        match self {
            Self::Send | Self::Delivery | Self::Cost => &["cost"],
            Self::Response | Self::Outcome | Self::Enrollment | Self::Exposure | Self::Change => {
                &[]
            }
            Self::Order => &["revenue", "gross", "margin", "discount", "net_margin"],
            Self::Customer => &["revenue", "net_margin", "lifetime_margin"],
            Self::Credit => &["revenue", "margin", "net_margin", "credit"],
            Self::Event => &["lag_seconds"],
            Self::Session => &["views", "seconds"],
            Self::Spend => &["spend"],
            Self::Survey => &["score"],
            Self::Violation => &["count"],
            Self::Turn => &["cycle_seconds"],
        }
    }
    /// What it can be split and filtered by.
    pub fn dimensions(self) -> &'static [MetricDimension] {
        use MetricDimension as D;
        match self {
            Self::Send | Self::Delivery => &[
                D::Campaign,
                D::Variant,
                D::Channel,
                D::Content,
                D::Offer,
                D::Loop,
                D::Arm,
                D::Segment,
                D::Placement,
                D::Audience,
                D::HourOfDay,
                D::Weekday,
            ],
            Self::Response => &[
                D::Response,
                D::Campaign,
                D::Variant,
                D::Channel,
                D::Content,
                D::Offer,
                D::Loop,
                D::Arm,
                D::Segment,
                D::Placement,
                D::Audience,
                D::HourOfDay,
                D::Weekday,
            ],
            Self::Outcome => &[
                D::Campaign,
                D::Variant,
                D::Channel,
                D::Outcome,
                D::SuppressionReason,
                D::Audience,
                D::HourOfDay,
                D::Weekday,
            ],
            Self::Order => {
                &[D::Source, D::Currency, D::CustomerType, D::Audience, D::HourOfDay, D::Weekday]
            }
            Self::Customer => &[D::Source, D::Currency, D::Audience, D::HourOfDay, D::Weekday],
            Self::Credit => &[
                D::Source,
                D::Currency,
                D::CustomerType,
                D::Campaign,
                D::Variant,
                D::Channel,
                D::Content,
                D::Offer,
                D::Loop,
                D::Arm,
                D::Segment,
                D::Placement,
                D::Audience,
                D::HourOfDay,
                D::Weekday,
            ],
            Self::Event => &[
                D::Event,
                D::Call,
                D::Source,
                D::Device,
                D::Country,
                D::Known,
                D::Audience,
                D::HourOfDay,
                D::Weekday,
            ],
            Self::Session => &[
                D::Engaged,
                D::UtmSource,
                D::UtmCampaign,
                D::Device,
                D::Country,
                D::Audience,
                D::HourOfDay,
                D::Weekday,
            ],
            Self::Enrollment => {
                &[D::Scope, D::EnrolledIn, D::Arm, D::Audience, D::HourOfDay, D::Weekday]
            }
            Self::Exposure => {
                &[D::Loop, D::Arm, D::Campaign, D::Audience, D::HourOfDay, D::Weekday]
            }
            Self::Spend => &[D::Channel, D::Campaign, D::Currency, D::HourOfDay, D::Weekday],
            Self::Cost => {
                &[D::Channel, D::Campaign, D::Currency, D::CostType, D::HourOfDay, D::Weekday]
            }
            Self::Survey => &[D::Survey, D::Campaign, D::Audience, D::HourOfDay, D::Weekday],
            Self::Violation => &[D::Plan, D::Event, D::Source, D::HourOfDay, D::Weekday],
            Self::Change => &[D::ResourceKind, D::ChangedBy, D::HourOfDay, D::Weekday],
            Self::Turn => &[D::Loop, D::Campaign, D::HourOfDay, D::Weekday],
        }
    }
}

/// What numbers can be split and filtered by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MetricDimension {
    /// The campaign.
    Campaign,
    /// The variant.
    Variant,
    /// The channel.
    Channel,
    /// The content that the variant shows on the channel, as the campaign stands now.
    Content,
    /// The offer of the variant, as the campaign stands now.
    Offer,
    /// The loop.
    Loop,
    /// The arm: `treated` or `holdout`.
    Arm,
    /// The segment of the policy, as drawn.
    Segment,
    /// Where in the app.
    Placement,
    /// Audiences the person was in then. People in several count in each, so rows add up to more than the total.
    Audience,
    /// The kind of response.
    Response,
    /// What became of it.
    Outcome,
    /// Why nothing was sent.
    SuppressionReason,
    /// The source.
    Source,
    /// The currency.
    Currency,
    /// `new` for a person's first order, else `returning`.
    CustomerType,
    /// The event's name.
    Event,
    /// The call.
    Call,
    /// `yes` for events with a user id, else `no`.
    Known,
    /// The kind of device.
    Device,
    /// The country.
    Country,
    /// `yes` or `no`.
    Engaged,
    /// Where the visit came from, as its link says.
    UtmSource,
    /// The campaign its link names.
    UtmCampaign,
    /// `audience`, `loop` or `campaign`.
    Scope,
    /// What was entered.
    EnrolledIn,
    /// `media` or `incentive`.
    CostType,
    /// Which question.
    Survey,
    /// The tracking plan.
    Plan,
    /// The kind of resource.
    ResourceKind,
    /// `person` or `loop`.
    ChangedBy,
    /// The hour in the question's time zone.
    HourOfDay,
    /// The day of the week, 1 for Monday, in the question's time zone.
    Weekday,
}

impl MetricDimension {
    /// All dimensions.
    pub const ALL: [Self; 33] = [
        Self::Campaign,
        Self::Variant,
        Self::Channel,
        Self::Content,
        Self::Offer,
        Self::Loop,
        Self::Arm,
        Self::Segment,
        Self::Placement,
        Self::Audience,
        Self::Response,
        Self::Outcome,
        Self::SuppressionReason,
        Self::Source,
        Self::Currency,
        Self::CustomerType,
        Self::Event,
        Self::Call,
        Self::Known,
        Self::Device,
        Self::Country,
        Self::Engaged,
        Self::UtmSource,
        Self::UtmCampaign,
        Self::Scope,
        Self::EnrolledIn,
        Self::CostType,
        Self::Survey,
        Self::Plan,
        Self::ResourceKind,
        Self::ChangedBy,
        Self::HourOfDay,
        Self::Weekday,
    ];
    /// The word in YAML and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Variant => "variant",
            Self::Channel => "channel",
            Self::Content => "content",
            Self::Offer => "offer",
            Self::Loop => "loop",
            Self::Arm => "arm",
            Self::Segment => "segment",
            Self::Placement => "placement",
            Self::Audience => "audience",
            Self::Response => "response",
            Self::Outcome => "outcome",
            Self::SuppressionReason => "suppression_reason",
            Self::Source => "source",
            Self::Currency => "currency",
            Self::CustomerType => "customer_type",
            Self::Event => "event",
            Self::Call => "call",
            Self::Known => "known",
            Self::Device => "device",
            Self::Country => "country",
            Self::Engaged => "engaged",
            Self::UtmSource => "utm_source",
            Self::UtmCampaign => "utm_campaign",
            Self::Scope => "scope",
            Self::EnrolledIn => "enrolled_in",
            Self::CostType => "cost_type",
            Self::Survey => "survey",
            Self::Plan => "plan",
            Self::ResourceKind => "resource_kind",
            Self::ChangedBy => "changed_by",
            Self::HourOfDay => "hour_of_day",
            Self::Weekday => "weekday",
        }
    }
    /// The dimension of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
    /// What it is, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Campaign => "The campaign.",
            Self::Variant => "The variant.",
            Self::Channel => "The channel.",
            Self::Content => {
                "The content that the variant shows on the channel, as the campaign stands now."
            }
            Self::Offer => "The offer of the variant, as the campaign stands now.",
            Self::Loop => "The loop.",
            Self::Arm => "The arm: `treated` or `holdout`.",
            Self::Segment => "The segment of the policy, as drawn.",
            Self::Placement => "Where in the app.",
            Self::Audience => {
                "Audiences the person was in then. People in several count in each, so rows add up to more than the total."
            }
            Self::Response => "The kind of response.",
            Self::Outcome => "What became of it.",
            Self::SuppressionReason => "Why nothing was sent.",
            Self::Source => "The source.",
            Self::Currency => "The currency.",
            Self::CustomerType => "`new` for a person's first order, else `returning`.",
            Self::Event => "The event's name.",
            Self::Call => "The call.",
            Self::Known => "`yes` for events with a user id, else `no`.",
            Self::Device => "The kind of device.",
            Self::Country => "The country.",
            Self::Engaged => "`yes` or `no`.",
            Self::UtmSource => "Where the visit came from, as its link says.",
            Self::UtmCampaign => "The campaign its link names.",
            Self::Scope => "`audience`, `loop` or `campaign`.",
            Self::EnrolledIn => "What was entered.",
            Self::CostType => "`media` or `incentive`.",
            Self::Survey => "Which question.",
            Self::Plan => "The tracking plan.",
            Self::ResourceKind => "The kind of resource.",
            Self::ChangedBy => "`person` or `loop`.",
            Self::HourOfDay => "The hour in the question's time zone.",
            Self::Weekday => "The day of the week, 1 for Monday, in the question's time zone.",
        }
    }
}
