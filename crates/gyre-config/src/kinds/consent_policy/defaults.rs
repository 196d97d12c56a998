//! What the words of others stand for unless a policy says otherwise.

type Topics = &'static [&'static str];

/// Categories of Segment and RudderStack, as consent managers name them; OneTrust numbers them.
pub(super) fn category(word: &str) -> Topics {
    match word.to_ascii_lowercase().as_str() {
        "advertising" | "marketing" | "targeting" | "c0004" => &["ads_share"],
        "analytics" | "performance" | "statistics" | "c0002" => &["analytics"],
        "functional" | "preferences" | "personalization" | "personalisation" | "c0003" => {
            &["personalise"]
        }
        _ => &[],
    }
}

/// Purposes of the TCF: 1 store and access, 2 basic ads, 3 and 4 personalised ads, 5 and 6 personalised
/// content, 7 to 9 measurement, 10 improving products, 11 limited data for content.
pub(super) fn tcf(word: &str) -> Topics {
    match word {
        "1" => &["collect"],
        "2" | "4" => &["ads_share"],
        "3" => &["profiling", "ads_share"],
        "5" => &["profiling"],
        "6" => &["personalise"],
        "7" | "8" | "9" => &["analytics"],
        "10" => &["model_training"],
        _ => &[],
    }
}

/// Signals of the GPP's sections for the United States.
pub(super) fn gpp(word: &str) -> Topics {
    match word {
        "sale_opt_out" | "sharing_opt_out" | "targeted_advertising_opt_out" | "gpc" => {
            &["ads_share"]
        }
        _ => &[],
    }
}

/// Google's consent mode, version 2.
pub(super) fn google(word: &str) -> Topics {
    match word {
        "ad_storage" | "ad_user_data" | "ad_personalization" => &["ads_share"],
        "analytics_storage" => &["analytics"],
        "personalization_storage" => &["personalise"],
        _ => &[],
    }
}
