//! What can be wrong with one event. Codes are Segment's own where it has one.

/// Why an event was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The stable code.
    pub(crate) code: &'static str,
    /// What is wrong.
    pub(crate) message: &'static str,
    /// What would mend it.
    pub(crate) hint: &'static str,
}

macro_rules! faults {
    ($($name:ident = $code:literal, $message:literal, $hint:literal;)*) => {
        $(pub(crate) const $name: &Fault =
            &Fault { code: $code, message: $message, hint: $hint };)*
    };
}

faults! {
    NOT_OBJECT = "event_not_object", "the event is not a json object",
        "send each event as an object";
    MALFORMED = "malformed_json", "the event has a number that is out of range",
        "send numbers that fit a 64-bit float";
    TOO_DEEP = "event_too_deep", "the event is nested more than 64 deep",
        "flatten the properties";
    TOO_LARGE = "event_too_large", "the event with its batch context is larger than the source allows",
        "send less in one event, or raise max_event_bytes of the source";
    TOO_MANY = "too_many_events", "the batch has more events than the source allows",
        "send smaller batches, or raise max_events of the source";
    TYPE = "type_not_known", "the event's type is none of track, identify, page, screen, group, alias",
        "set type, or use the route of the call";
    ID_NOT_STRING = "id_not_string", "an id is not a string",
        "send userId, anonymousId, previousId, groupId and messageId as strings";
    MESSAGE_ID_TOO_LONG = "message_id_too_long", "the message id has more than 100 characters",
        "use a uuid, or leave messageId out";
    NO_ID = "no_user_anon_id", "the event has neither a user id nor an anonymous id that identifies anybody",
        "send a userId or an anonymousId; placeholders such as null, undefined or 0 do not count";
    EVENT_NOT_DEFINED = "event_not_defined", "the track event has no name",
        "set event";
    EVENT_NOT_STRING = "event_not_string", "the track event's name is not a string",
        "send event as a string";
    NAME_NOT_STRING = "name_not_string", "the page's or screen's name is not a string",
        "send name as a string";
    PROPERTIES = "properties_not_object", "the properties are not an object",
        "send properties as an object";
    TRAITS = "traits_not_object", "the traits are not an object",
        "send traits as an object";
    SOURCE_DISABLED = "source_disabled", "the source is disabled",
        "enable the source, then replay these dead letters";
}
