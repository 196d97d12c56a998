//! Why an edge does not hold.

use serde::{Deserialize, Serialize};

/// Why an edge does not hold. Of several reasons the first here counts. Kept in the fold by its place in
/// this list: a change of the list is a change of the fold's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The edge is only likely.
    Probabilistic,
    /// Somebody said that the two are not one person.
    Separated,
    /// The identifier is linked with more people than one can be: a kiosk, an id in the code.
    LinkedWithManyPeople,
    /// The identifier is linked with more identifiers than a person may have.
    TooManyIdentifiers,
    /// The user id turns up on the devices of many other users: an id in the code.
    OnDevicesOfOthers,
    /// Several users have the identifier, so nothing but theirs follows from it.
    Shared,
    /// The person, or the identifier, would have more of a type than its limit.
    OverTheLimit,
    /// Everything linked is more than a person may have, so that only direct links with users hold.
    TooLarge,
    /// The person would have two user ids.
    OneUserIdPerPerson,
    /// The person would have two of a type of which there is one.
    OnePerPerson,
    /// A device brings no second address to a person: it may be anybody's who held it.
    OneThroughDevice,
    /// The person would have absorbed more people than the cap.
    TooManyMerges,
    /// Both are known without what a customer's device says, and only such a device joins them.
    BothKnown,
}

impl Reason {
    /// The name in records and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneUserIdPerPerson => "one_user_id_per_person",
            Self::OnePerPerson => "one_per_person",
            Self::OverTheLimit => "over_the_limit",
            Self::OneThroughDevice => "one_through_device",
            Self::BothKnown => "both_known",
            Self::TooManyMerges => "too_many_merges",
            Self::LinkedWithManyPeople => "linked_with_many_people",
            Self::OnDevicesOfOthers => "on_devices_of_others",
            Self::TooManyIdentifiers => "too_many_identifiers",
            Self::Shared => "shared",
            Self::TooLarge => "too_large",
            Self::Separated => "separated",
            Self::Probabilistic => "probabilistic",
        }
    }
}
