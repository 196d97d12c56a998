//! Certificates: what was removed where, signed, so that it can be shown without this server.

use super::rectify::REMAINS;
use super::request::Request;
use crate::error::{Error, Result};
use gyre_model::Timestamp;
use gyre_model::record::body::SubjectRequestKind;
use gyre_ports::Signer;
use serde_json::{Value, json};

/// What a certificate is, for readers of later versions.
const FORM: &str = "gyre erasure certificate 1";
const RECTIFIED: &str = "gyre rectification certificate 1";

/// The signed certificate of a request that is done.
pub(crate) fn sign(request: &Request, at: Timestamp, signer: &dyn Signer) -> Result<Value> {
    let mut certificate = json!({
        "form": FORM,
        "request": request.id,
        "workspace": request.workspace,
        "kind": request.kind,
        "by": request.by,
        "reference": request.reference,
        "requested_at": request.requested_at,
        "done_at": at,
        "subject": request.subject,
    });
    let told = if request.kind == SubjectRequestKind::Rectify {
        json!({"form": RECTIFIED, "corrected": request.corrected, "remains": REMAINS})
    } else {
        json!({"removed": request.removed, "verified": true, "models": models()})
    };
    if let (Some(all), Value::Object(told)) = (certificate.as_object_mut(), told) {
        all.extend(told);
    }
    let bytes =
        serde_json::to_vec(&certificate).map_err(|why| Error::corrupt("certificate", why))?;
    Ok(json!({
        "certificate": certificate,
        "algorithm": signer.algorithm(),
        "key": hex(&signer.public_key()),
        "signature": hex(&signer.sign(&bytes)),
    }))
}

/// What is stale because somebody was in it.
fn models() -> Value {
    json!({
        "stale": [],
        "because": "no trained model is kept: each turn learns anew from the records that are there",
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
