//! Whether a call comes from who it says. What is compared is compared in a time that tells nothing.

use crate::auth::basic;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gyre_config::kinds::{Algorithm, Encoding, Scheme, Signature};
use gyre_model::{Span, Timestamp};
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};

/// How far a signed time may be from now if nobody says: what Standard Webhooks and Stripe use.
const TOLERANCE: Span = Span(5 * Span::MINUTE.0);

/// Why a call is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header that the scheme needs is missing or cannot be read.
    #[error("the call is not signed as its source demands")]
    Unsigned,
    /// No secret made this signature.
    #[error("the signature is not that of the call")]
    Mismatch,
    /// The time that was signed is too far from now.
    #[error("the signature is too old or from the future")]
    Stale,
    /// The source says nothing of signatures, or its secrets cannot be used.
    #[error("the source cannot check signatures")]
    Unready,
}

/// Checks a call. `header` gives a header by its name in small letters; `secrets` are the texts of the
/// signature's secrets. Gives the id that was signed, where the scheme has one.
///
/// # Errors
/// Why the call is refused.
pub fn verify<'a>(
    signature: &Signature,
    secrets: &[String],
    header: &dyn Fn(&str) -> Option<&'a str>,
    body: &[u8],
    now: Timestamp,
) -> Result<Option<String>, Refused> {
    if signature.scheme == Scheme::None {
        return Ok(None);
    }
    if secrets.is_empty() || secrets.iter().any(String::is_empty) {
        return Err(Refused::Unready);
    }
    let tolerance = signature.tolerance.unwrap_or(TOLERANCE);
    let fresh = |text: &str| {
        let seconds: i64 = text.trim().parse().map_err(|_| Refused::Unsigned)?;
        let signed = Timestamp(seconds.saturating_mul(1_000_000));
        let apart = now.0.abs_diff(signed.0);
        if apart > tolerance.0.unsigned_abs() { Err(Refused::Stale) } else { Ok(()) }
    };
    let need = |name: &str| header(name).ok_or(Refused::Unsigned);
    match signature.scheme {
        Scheme::None => Ok(None),
        Scheme::Standard => {
            let (id, time) = (need("webhook-id")?, need("webhook-timestamp")?);
            let given: Vec<Vec<u8>> = need("webhook-signature")?
                .split_ascii_whitespace()
                .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
                .collect();
            let signed = [id.as_bytes(), b".", time.trim().as_bytes(), b".", body].concat();
            let keys = secrets.iter().map(|secret| {
                let text = secret.strip_prefix("whsec_").unwrap_or(secret);
                STANDARD.decode(text).map_err(|_| Refused::Unready)
            });
            let keys: Vec<Vec<u8>> = keys.collect::<Result<_, _>>()?;
            any(Algorithm::Sha256, &keys, &signed, &given)?;
            fresh(time)?;
            Ok(Some(id.to_owned()))
        }
        Scheme::Stripe => {
            let text = need("stripe-signature")?;
            let parts = || text.split(',').filter_map(|part| part.trim().split_once('='));
            let time = parts().find(|(key, _)| *key == "t").ok_or(Refused::Unsigned)?.1;
            let given: Vec<Vec<u8>> =
                parts().filter(|(key, _)| *key == "v1").filter_map(|(_, v)| hex(v)).collect();
            let signed = [time.as_bytes(), b".", body].concat();
            any(Algorithm::Sha256, &bytes(secrets), &signed, &given)?;
            fresh(time)?;
            Ok(None)
        }
        Scheme::Shopify => {
            let given = STANDARD
                .decode(need("x-shopify-hmac-sha256")?.trim())
                .map_err(|_| Refused::Unsigned)?;
            any(Algorithm::Sha256, &bytes(secrets), body, &[given])?;
            Ok(None)
        }
        Scheme::Hmac => {
            let name = signature.header.as_deref().unwrap_or_default().to_ascii_lowercase();
            let prefix = signature.prefix.as_deref().unwrap_or_default();
            let text = need(&name)?.trim().strip_prefix(prefix).ok_or(Refused::Unsigned)?;
            let given = match signature.encoding.unwrap_or_default() {
                Encoding::Hex => hex(text),
                Encoding::Base64 => STANDARD.decode(text).ok(),
            };
            let given = given.ok_or(Refused::Unsigned)?;
            let algorithm = signature.algorithm.unwrap_or_default();
            any(algorithm, &bytes(secrets), body, &[given])?;
            Ok(None)
        }
        Scheme::Basic => {
            let (user, password) = basic(need("authorization")?).ok_or(Refused::Unsigned)?;
            let known = signature.user.as_deref().unwrap_or_default();
            // Both are always compared.
            let right = same(known, &user) & one_of(secrets, &password);
            if right { Ok(None) } else { Err(Refused::Mismatch) }
        }
        Scheme::Bearer => {
            let text = need("authorization")?.trim();
            let (scheme, token) = text.split_once(' ').ok_or(Refused::Unsigned)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Refused::Unsigned);
            }
            if one_of(secrets, token.trim()) { Ok(None) } else { Err(Refused::Mismatch) }
        }
    }
}

fn bytes(secrets: &[String]) -> Vec<Vec<u8>> {
    secrets.iter().map(|secret| secret.as_bytes().to_vec()).collect()
}

/// Whether any key made any of the signatures.
fn any(
    algorithm: Algorithm,
    keys: &[Vec<u8>],
    signed: &[u8],
    given: &[Vec<u8>],
) -> Result<(), Refused> {
    let made = |key: &[u8], signature: &[u8]| match algorithm {
        Algorithm::Sha256 => Hmac::<Sha256>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(signed).verify_slice(signature).is_ok()),
        Algorithm::Sha512 => Hmac::<Sha512>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(signed).verify_slice(signature).is_ok()),
    };
    if given.is_empty() {
        return Err(Refused::Unsigned);
    }
    let pairs = keys.iter().flat_map(|key| given.iter().map(move |one| (key, one)));
    let right = pairs.fold(false, |right, (key, one)| right | made(key, one));
    if right { Ok(()) } else { Err(Refused::Mismatch) }
}

fn one_of(secrets: &[String], text: &str) -> bool {
    secrets.iter().fold(false, |right, secret| right | same(secret, text))
}

/// Whether two texts are the same, in a time that does not tell where they differ nor how long they
/// are: what is compared are their keyed hashes.
fn same(known: &str, text: &str) -> bool {
    let of = |text: &str| {
        Hmac::<Sha256>::new_from_slice(b"gyre").map(|mac| mac.chain_update(text.as_bytes()))
    };
    match (of(known), of(text)) {
        (Ok(known), Ok(text)) => known.verify(&text.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
