//! Checks of signatures and of where secrets are kept.

use super::At;
use crate::kinds::{SECRET_PREFIX, Scheme, SecretPlace, SecretRef, Signature, Source, SourceType};

pub(super) fn signature(at: &mut At<'_, '_>, spec: &Source) {
    let webhook = spec.r#type == SourceType::Webhook;
    let Some(signature) = &spec.signature else {
        if webhook {
            let hint = "add `signature: {scheme: …, secrets: […]}`; without it no call is taken";
            at.warn("spec.type", "nothing says how calls of this source are signed", hint);
        }
        return;
    };
    if !webhook {
        let hint = "leave `signature` out, or write `type: webhook`";
        at.key("spec.signature", "only webhooks are signed", hint);
    }
    secrets(at, signature);
    let only = |at: &mut At<'_, '_>, key: &str, written: bool, fits: bool, scheme: &str| {
        if written && !fits {
            let hint = format!("leave `{key}` out, or write `scheme: {scheme}`");
            at.key(&format!("spec.signature.{key}"), "the scheme does not use this", hint);
        }
    };
    let hmac = signature.scheme == Scheme::Hmac;
    only(at, "header", signature.header.is_some(), hmac, "hmac");
    only(at, "algorithm", signature.algorithm.is_some(), hmac, "hmac");
    only(at, "encoding", signature.encoding.is_some(), hmac, "hmac");
    only(at, "prefix", signature.prefix.is_some(), hmac, "hmac");
    let basic = signature.scheme == Scheme::Basic;
    only(at, "user", signature.user.is_some(), basic, "basic");
    let timed = matches!(signature.scheme, Scheme::Standard | Scheme::Stripe);
    only(at, "tolerance", signature.tolerance.is_some(), timed, "standard");
    if hmac && signature.header.as_deref().is_none_or(|header| header.trim().is_empty()) {
        let hint = "for example `header: X-Hub-Signature-256`";
        at.key("spec.signature.header", "nothing says where the signature is", hint);
    }
    if basic && signature.user.is_none() {
        at.key("spec.signature.user", "nothing says who calls", "for example `user: gyre`");
    }
    if let Some(tolerance) = signature.tolerance {
        at.positive("spec.signature.tolerance", tolerance);
    }
}

fn secrets(at: &mut At<'_, '_>, signature: &Signature) {
    let none = signature.scheme == Scheme::None;
    if none == signature.secrets.is_empty() {
        for (index, one) in signature.secrets.iter().enumerate() {
            secret(at, &format!("spec.signature.secrets[{index}]"), one);
        }
        return;
    }
    if none {
        let hint = "leave `secrets` out, or name another scheme";
        at.key("spec.signature.secrets", "a call that proves nothing has no secret", hint);
    } else {
        let hint = format!("for example `secrets: [{{env: {SECRET_PREFIX}SHOP}}]`");
        at.key("spec.signature.secrets", "nothing says with what calls are signed", hint);
    }
}

/// A secret stands in exactly one place, and that place can hold no other.
pub(super) fn secret(at: &mut At<'_, '_>, path: &str, secret: &SecretRef) {
    match secret.place() {
        None => {
            let hint = format!("for example {{env: {SECRET_PREFIX}SHOP}} or {{file: shop}}");
            at.value(path, "a secret needs exactly one of `env`, `file` and `development`", hint);
        }
        Some(SecretPlace::Env(name)) => {
            let rest = name.strip_prefix(SECRET_PREFIX).unwrap_or_default();
            let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            if rest.is_empty() || !rest.chars().all(fits) {
                let message = format!("the variable's name must begin with {SECRET_PREFIX}");
                at.value(&format!("{path}.env"), message, format!("{SECRET_PREFIX}SHOP"));
            }
        }
        Some(SecretPlace::File(name)) => {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
                let hint = "the name of a file in the folder of secrets, without `/`";
                at.value(&format!("{path}.file"), "this is not a file's name", hint);
            }
        }
        Some(SecretPlace::Here(_)) => {
            let hint = "keep it in the environment or in the folder of secrets";
            let message = "whoever reads the resources knows this secret";
            at.warn(&format!("{path}.development"), message, hint);
        }
    }
}
