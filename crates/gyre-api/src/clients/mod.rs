//! What clients ask for beside collection, so that an unmodified SDK is content with this server:
//! settings, source configuration, metrics, pixels, and what PostHog's libraries call.

pub(crate) mod address;
pub(crate) mod pixels;
pub(crate) mod posthog;
pub(crate) mod settings;
